"""A partner of the decision world's agency: an administrator on each side, two supervisors, and an agreement."""

from datetime import timedelta
from typing import Any

from decision_world import DecisionWorld
from sqlalchemy.orm import Session

from evidence.actions.accounts import agreements, guests
from evidence.domain.agreements import Terms
from evidence.domain.callers import PersonCaller
from evidence.domain.roles import Role
from evidence.records.agreements import Agreement
from evidence.records.database import enter
from standalone.postgres import DatabaseUrls

ALWAYS = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "until": "23:59"}]


class PartnerWorld(DecisionWorld):
    def __init__(self, urls: DatabaseUrls) -> None:
        super().__init__(urls)
        self.partner = self._organisation("FGE-A", "partner", "05")
        self.stranger = self._organisation("FGE-B", "partner", "20")
        self.admin = self._person(self.agency, "a-900", Role.ADMINISTRATOR)
        self.partner_admin = self._person(self.partner, "p-900", Role.ADMINISTRATOR)
        self.approver = self._person(self.partner, "p-201", Role.SUPERVISOR)
        self.unnamed = self._person(self.partner, "p-202", Role.SUPERVISOR)
        self.outsider = self._person(self.stranger, "x-201", Role.SUPERVISOR)

    def terms(self, **facts: Any) -> Terms:
        now = self.clock.now()
        given: dict[str, Any] = {
            "reference": "Convenio 7/2026",
            "shares": [],
            "approves": True,
            "windows": ALWAYS,
            "zone": "America/Monterrey",
            "when_absent": True,
            "valid_from": now - timedelta(minutes=5),
            "valid_until": now + timedelta(days=30),
        }
        return Terms(**{**given, **facts})

    def offer(self, **facts: Any) -> Agreement:
        return self.act(self.admin, agreements.offer, partner_id=self.partner, terms=self.terms(**facts))

    def accept(self, row: Agreement, *approvers: PersonCaller) -> Agreement:
        named = [one.person_id for one in approvers]
        return self.act(self.partner_admin, agreements.accept, agreement_id=row.id, approvers=named)

    def agree(self, **facts: Any) -> Agreement:
        """In force: offered, accepted with P-201 named, confirmed."""
        row = self.accept(self.offer(**facts), self.approver)
        return self.act(self.admin, agreements.confirm, agreement_id=row.id)

    def as_guest(self, person: PersonCaller) -> PersonCaller:
        """The person for the agency, as a request with the header makes it; 404 where none may be."""
        with self.api() as session:
            enter(session, person.organisation_id, person.person_id)
            return guests.admit(session, person, self.agency)

    def _enter(self, session: Session, by: Any) -> None:
        home = getattr(by, "home_id", None)
        if home is None:
            super()._enter(session, by)
        else:
            enter(session, home, by.person_id, guest_of=by.organisation_id)
