"""What people do with a match: see the other side's card, and answer (protocol, section 7, *Duplicates*).

A side is the agency of the capture, and whoever holds a submission of its item (a grant of scope ``match``).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import sharing
from evidence.actions.deciding import blindness
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, Caller, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import not_found
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.duplicates import DuplicateAnswer, DuplicateMatch
from evidence.records.organisations import AccessGrant
from evidence.records.submissions import readings_of

ROLES = (Role.SUPERVISOR, Role.TRACE_ANALYST, Role.EXAMINER)
ONE_VIEW = timedelta(minutes=15)


@dataclass(frozen=True)
class Side:
    """A match as one side sees it: the other's card, and what has been answered.

    ``blind``: the caller has not read this item's serial yet, so the card comes without the other's.
    """

    match: DuplicateMatch
    item_id: UUID
    card: dict[str, Any]
    answers: list[DuplicateAnswer]
    blind: bool


def cards(session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID) -> list[Side]:
    """The other sides' cards for a capture of the caller's side. That they were seen is told to the other side.

    The other chain is behind the wall, so a job of the worker's writes the entry there.
    """
    capture = session.get(Capture, capture_id)
    if capture is None:
        raise not_found()
    matches = _matches(session, services, caller, capture)
    root = session.get_one(Capture, capture.root_id)
    sides = [_side(session, caller, match, root) for match in matches]
    for side in sides:
        services.jobs.enqueue(
            session,
            "note_duplicate_viewed",
            match_id=str(side.match.id),
            root_id=str(capture.root_id),
            organisation_id=str(caller.home_id or caller.organisation_id),
            person_id=str(caller.person_id),
            role=caller.actor(*ROLES).role or "",
        )
    return sides


def _matches(session: Session, services: Services, caller: PersonCaller, capture: Capture) -> list[DuplicateMatch]:
    """All of the line for its agency; for a holder those granted to it, and 404 without a grant on the line."""
    root_id = capture.root_id
    wanted = select(DuplicateMatch).where(or_(DuplicateMatch.a_root_id == root_id, DuplicateMatch.b_root_id == root_id))
    if capture.agency_id != caller.organisation_id:
        live = _live_grants(services, caller).where(AccessGrant.root_id == root_id)
        if session.scalars(live.limit(1)).first() is None:
            raise not_found()
        wanted = wanted.where(DuplicateMatch.id.in_(live.with_only_columns(AccessGrant.match_id)))
    return list(session.scalars(wanted.order_by(DuplicateMatch.found_at, DuplicateMatch.id)))


def _live_grants(services: Services, caller: Caller) -> Any:
    now = services.clock.now()
    return select(AccessGrant).where(
        AccessGrant.grantee_id == caller.organisation_id,
        AccessGrant.revoked_at.is_(None),
        AccessGrant.valid_from <= now,
        or_(AccessGrant.valid_until.is_(None), AccessGrant.valid_until > now),
    )


def _side(session: Session, caller: PersonCaller, match: DuplicateMatch, root: Capture) -> Side:
    answers = session.scalars(
        select(DuplicateAnswer)
        .where(DuplicateAnswer.match_id == match.id)
        .order_by(DuplicateAnswer.answered_at, DuplicateAnswer.id)
    )
    first = match.a_root_id == root.id
    item_id, other = (match.a_item_id, match.b_card) if first else (match.b_item_id, match.a_card)
    more = sharing.card_details(session, match_id=match.id, root_id=root.id)
    card = {**other, "partner": more} if more else other
    blind = blindness.is_blind(caller, root, readings_of(session, root.id, item_id))
    return Side(match, item_id, {**card, "serial": None} if blind else card, list(answers), blind)


def note_viewed(
    session: Session,
    services: Services,
    *,
    match_id: UUID,
    root_id: UUID,
    organisation_id: UUID,
    person_id: UUID,
    role: str,
) -> None:
    """Writes into the other capture's chain that its card was seen from the capture ``root_id``.

    Once a person and match in 15 minutes, so that a job that runs twice says it once.
    """
    match = session.get_one(DuplicateMatch, match_id)
    root, item, agency = (
        (match.b_root_id, match.b_item_id, match.b_agency_id)
        if match.a_root_id == root_id
        else (match.a_root_id, match.a_item_id, match.a_agency_id)
    )
    lately = exists().where(
        CustodyEntry.chain_type == "capture",
        CustodyEntry.chain_id == root,
        CustodyEntry.kind == "duplicate.viewed",
        CustodyEntry.actor_id == person_id,
        CustodyEntry.at > services.clock.now() - ONE_VIEW,
        CustodyDetail.entry_id == CustodyEntry.entry_id,
        CustodyDetail.details["match_id"].astext == str(match.id),
    )
    if session.scalar(select(lately)):
        return
    act = custody.Act(
        kind="duplicate.viewed",
        chain=Chain("capture", root),
        agency_id=agency,
        actor=Actor("person", person_id, role or None),
        details={"match_id": str(match.id), "item_id": str(item), "by_organisation_id": str(organisation_id)},
        root_id=root,
    )
    custody.append(session, services, [act])


def answer(
    session: Session, services: Services, *, caller: PersonCaller, match_id: UUID, said: str, note: str | None
) -> DuplicateAnswer:
    """What the caller's organisation says of a match: the newest counts, older ones stay. 404 unless it has a side."""
    match = session.get(DuplicateMatch, match_id)
    sides = _sides_of(session, services, caller, match) if match is not None else []
    if match is None or not sides:
        raise not_found()
    row = DuplicateAnswer(
        id=services.entropy.uuid7(),
        match_id=match.id,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        answer=said,
        note=note,
        answered_at=services.clock.now(),
    )
    session.add(row)
    custody.append(session, services, [_answered(caller, row, *side) for side in sides])
    return row


def _sides_of(
    session: Session, services: Services, caller: PersonCaller, match: DuplicateMatch
) -> list[tuple[UUID, UUID, UUID]]:
    """Root, item and agency of each side that the caller stands on; a desk may hold both."""
    granted = set(
        session.scalars(
            _live_grants(services, caller)
            .where(AccessGrant.match_id == match.id)
            .with_only_columns(AccessGrant.root_id)
        )
    )
    both = [
        (match.a_root_id, match.a_item_id, match.a_agency_id),
        (match.b_root_id, match.b_item_id, match.b_agency_id),
    ]
    return [side for side in both if side[2] == caller.organisation_id or side[0] in granted]


def _answered(caller: PersonCaller, row: DuplicateAnswer, root: UUID, item: UUID, agency: UUID) -> custody.Act:
    details = {
        "match_id": str(row.match_id),
        "item_id": str(item),
        "answer": row.answer,
        "organisation_id": str(row.organisation_id),
    }
    if row.note:
        details["note"] = row.note
    return custody.Act(
        kind="duplicate.answered",
        chain=Chain("capture", root),
        agency_id=agency,
        actor=caller.actor(*ROLES),
        details=details,
        subject=row,
        told=[custody.Told(row.organisation_id)],
        root_id=root,
    )
