"""A person's passkeys: adding, listing and removing them (protocol, section 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor, people, sign_in_steps
from evidence.actions.accounts.sign_in_steps import Purpose
from evidence.actions.ports import Services
from evidence.domain import passkeys as rules
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.errors import EvidenceError, conflict, invalid, not_found
from evidence.domain.roles import Role
from evidence.records.people import Account, Person, UserSession
from evidence.records.sign_in import Passkey, passkeys_of

MOST = 10
TOLD_FOR = timedelta(days=90)  # removed ones are shown for so long


@dataclass(frozen=True)
class Change:
    """A passkey that came or went; ``by_other``: somebody else removed it."""

    name: str
    what: str
    by_other: bool


def party(services: Services) -> rules.Party:
    """Whose passkeys these are, from the settings."""
    return rules.Party(services.policy.rp_id, services.policy.origin)


def known(rows: Sequence[Passkey]) -> list[rules.Known]:
    return [rules.Known(row.credential_id, row.transports) for row in rows]


def offer(session: Session, services: Services, *, caller: PersonCaller) -> dict[str, Any]:
    """What the browser needs to make a passkey. Asks for a fresh factor: a key left open must not become two."""
    fresh_factor.require(services, caller)
    own = passkeys_of(session, caller.person_id)
    if len(own) >= MOST:
        raise conflict("too_many_passkeys", f"At most {MOST}: remove one first.")
    account = session.get_one(Account, caller.account_id)
    person = session.get_one(Person, caller.person_id)
    challenge = sign_in_steps.begin(session, services, Purpose.PASSKEY_ADD, {"session_id": str(caller.session_id)})
    return rules.creation(
        party(services),
        challenge=challenge,
        account_id=account.id,
        username=account.username,
        name=person.name,
        known=known(own),
    )


def add(
    session: Session, services: Services, *, caller: PersonCaller, name: str, credential: Mapping[str, Any]
) -> Passkey | EvidenceError:
    """Keeps a passkey under a name of the person's own. A refusal is *returned*: its challenge is used up."""
    fresh_factor.require(services, caller)
    challenge = rules.challenge_of(credential)
    facts = sign_in_steps.take(session, services, Purpose.PASSKEY_ADD, challenge)
    if challenge is None or facts is None or facts["session_id"] != str(caller.session_id):
        return unusable()
    try:
        made = rules.check_made(party(services), credential, challenge=challenge)
    except rules.BadPasskey as bad:
        return invalid("passkey_unfit", str(bad)[:200])
    account = session.scalars(select(Account).where(Account.id == caller.account_id).with_for_update()).one()
    if len(passkeys_of(session, caller.person_id)) >= MOST:
        return conflict("too_many_passkeys", f"At most {MOST}: remove one first.")
    row = Passkey(
        id=services.entropy.uuid7(),
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        account_id=account.id,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        transports=made.transports,
        backed_up=made.backed_up,
        name=name.strip(),
        created_at=services.clock.now(),
    )
    session.add(row)
    person = session.get_one(Person, caller.person_id)
    custody.append(session, services, [act("person.passkey_added", person, row, caller.actor())])
    return row


def unusable() -> EvidenceError:
    return invalid("challenge_unusable", "The challenge is not ours, was used, or is too old: begin again.")


def act(kind: str, person: Person, row: Passkey, actor: Actor, **more: str) -> custody.Act:
    """An entry about a passkey on its person's chain."""
    return people.act_on(kind, person, actor, {"passkey_id": str(row.id), "name": row.name, **more})


def listed(
    session: Session, services: Services, *, caller: PersonCaller, person_id: UUID | None = None
) -> list[Passkey]:
    """The caller's own passkeys, or those of a person of the organisation; removed ones for 90 days more."""
    person = session.get(Person, person_id or caller.person_id)
    if person is None or person.organisation_id != caller.organisation_id:
        raise not_found()
    since = services.clock.now() - TOLD_FOR
    wanted = select(Passkey).where(
        Passkey.person_id == person.id, or_(Passkey.removed_at.is_(None), Passkey.removed_at > since)
    )
    return list(
        session.scalars(wanted.order_by(Passkey.removed_at.desc().nulls_first(), Passkey.created_at, Passkey.id))
    )


def remove(session: Session, services: Services, *, caller: PersonCaller, passkey_id: UUID) -> None:
    """The person takes one of their own away; with a fresh factor, as adding."""
    fresh_factor.require(services, caller)
    row = _live(session, passkey_id, caller.person_id)
    _remove(session, services, session.get_one(Person, caller.person_id), [row], caller.actor())


def remove_for(
    session: Session, services: Services, *, caller: PersonCaller, person_id: UUID, passkey_id: UUID, reason: str
) -> None:
    """An administrator takes a passkey of a person of the organisation away."""
    person = session.get(Person, person_id)
    if person is None or person.organisation_id != caller.organisation_id:
        raise not_found()
    row = _live(session, passkey_id, person.id)
    _remove(session, services, person, [row], caller.actor(Role.ADMINISTRATOR), reason=reason)


def remove_all(session: Session, services: Services, *, person: Person, actor: Actor, reason: str) -> None:
    """With the second factor go the passkeys: each of them is one."""
    rows = passkeys_of(session, person.id)
    if rows:
        _remove(session, services, person, rows, actor, reason=reason)


def _live(session: Session, passkey_id: UUID, person_id: UUID) -> Passkey:
    row = session.scalars(select(Passkey).where(Passkey.id == passkey_id).with_for_update()).one_or_none()
    if row is None or row.person_id != person_id or row.removed_at is not None:
        raise not_found()
    return row


def _remove(
    session: Session, services: Services, person: Person, rows: Sequence[Passkey], actor: Actor, **more: str
) -> None:
    for row in rows:
        row.removed_at = services.clock.now()
        row.removed_by = actor.id if actor.type == "person" else None
    acts = [act("person.passkey_removed", person, row, actor, **more) for row in rows]
    custody.append(session, services, acts)


def changes(session: Session, caller: PersonCaller) -> list[Change]:
    """What came and went between the caller's former sign-in and this one: a person must hear of a stranger's key."""
    this = session.get_one(UserSession, caller.session_id)
    former = session.scalar(
        select(func.max(UserSession.created_at)).where(
            UserSession.person_id == caller.person_id, UserSession.created_at < this.created_at
        )
    )
    if former is None:
        return []
    rows = session.scalars(select(Passkey).where(Passkey.person_id == caller.person_id).order_by(Passkey.created_at))
    found = []
    for row in rows:
        if former < row.created_at <= this.created_at:
            found.append(Change(row.name, "added", by_other=False))
        if row.removed_at is not None and former < row.removed_at <= this.created_at:
            found.append(Change(row.name, "removed", by_other=row.removed_by != caller.person_id))
    return found
