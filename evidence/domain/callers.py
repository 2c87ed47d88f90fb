"""Who is calling: a signed-in person, an organisation's machine, a phone by its key, or the service itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evidence.domain.roles import GUEST_VERBS, PHONE_VERBS, Role, Verb, verbs_of_roles, verbs_of_scopes

SYSTEM_ID = UUID("00000000-0000-7000-8000-000000000000")
"""The actor of what the service does by itself: jobs, sweeps, the clock."""


@dataclass(frozen=True)
class Actor:
    """``actor`` of a custody entry: ``type`` person, device, token or system."""

    type: str
    id: UUID
    role: str | None


@dataclass(frozen=True)
class PersonCaller:
    """A signed-in person. ``factor_at`` is when a second factor was last shown.

    ``home_id`` is set for a guest: a partner's supervisor who acts for ``organisation_id`` under ``agreement_id``.
    """

    person_id: UUID
    organisation_id: UUID
    roles: frozenset[Role]
    account_id: UUID
    session_id: UUID
    factor_at: datetime
    home_id: UUID | None = None
    agreement_id: UUID | None = None

    @property
    def verbs(self) -> frozenset[Verb]:
        return verbs_of_roles(self.roles) if self.home_id is None else GUEST_VERBS

    def actor(self, *preferred: Role) -> Actor:
        """The person in the first of ``preferred`` roles held, else in the first of all roles held."""
        held = [role for role in preferred if role in self.roles] or sorted(self.roles)
        return Actor("person", self.person_id, held[0].value if held else None)


@dataclass(frozen=True)
class MachineCaller:
    """A laboratory's or desk's own system, by token; ``owner_id`` is the person who answers for it."""

    token_id: UUID
    organisation_id: UUID
    owner_id: UUID
    scopes: frozenset[str]

    @property
    def verbs(self) -> frozenset[Verb]:
        return verbs_of_scopes(self.scopes)

    def actor(self, *_preferred: Role) -> Actor:
        return Actor("token", self.token_id, None)


@dataclass(frozen=True)
class PhoneCaller:
    """A phone that signed a challenge within the last 15 minutes."""

    device_id: UUID
    officer_id: UUID
    organisation_id: UUID

    @property
    def verbs(self) -> frozenset[Verb]:
        return PHONE_VERBS

    def actor(self, *_preferred: Role) -> Actor:
        return Actor("device", self.device_id, Role.OFFICER.value)


Caller = PersonCaller | MachineCaller | PhoneCaller

SYSTEM = Actor("system", SYSTEM_ID, None)
