"""What people do with a match: see the other side's card, and answer (protocol, section 7, *Duplicates*)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import not_found
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.duplicates import DuplicateAnswer, DuplicateMatch


@dataclass(frozen=True)
class Side:
    """A match as one side sees it: the other's card, and what has been answered."""

    match: DuplicateMatch
    item_id: UUID
    card: dict[str, Any]
    answers: list[DuplicateAnswer]


def cards(session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID) -> list[Side]:
    """The other sides' cards for a capture of the caller's agency. That they were seen is told to the other side.

    The other chain is behind the wall, so a job of the worker's writes the entry there.
    """
    capture = session.get(Capture, capture_id)
    if capture is None or capture.agency_id != caller.organisation_id:
        raise not_found()
    root_id = capture.root_id
    matches = session.scalars(
        select(DuplicateMatch)
        .where(or_(DuplicateMatch.a_root_id == root_id, DuplicateMatch.b_root_id == root_id))
        .order_by(DuplicateMatch.found_at, DuplicateMatch.id)
    ).all()
    sides = [_side(session, match, root_id) for match in matches]
    for side in sides:
        services.jobs.enqueue(
            session,
            "note_duplicate_viewed",
            match_id=str(side.match.id),
            root_id=str(root_id),
            person_id=str(caller.person_id),
            role=caller.actor(Role.SUPERVISOR).role or "",
        )
    return sides


def _side(session: Session, match: DuplicateMatch, root_id: UUID) -> Side:
    answers = session.scalars(
        select(DuplicateAnswer)
        .where(DuplicateAnswer.match_id == match.id)
        .order_by(DuplicateAnswer.answered_at, DuplicateAnswer.id)
    )
    first = match.a_root_id == root_id
    item_id, other = (match.a_item_id, match.b_card) if first else (match.b_item_id, match.a_card)
    return Side(match, item_id, other, list(answers))


def note_viewed(
    session: Session, services: Services, *, match_id: UUID, root_id: UUID, person_id: UUID, role: str
) -> None:
    """Writes into the other capture's chain that its card was seen from the capture ``root_id``."""
    match = session.get_one(DuplicateMatch, match_id)
    seen_from_a = match.a_root_id == root_id
    by = match.a_agency_id if seen_from_a else match.b_agency_id
    root, item, agency = (
        (match.b_root_id, match.b_item_id, match.b_agency_id)
        if seen_from_a
        else (match.a_root_id, match.a_item_id, match.a_agency_id)
    )
    act = custody.Act(
        kind="duplicate.viewed",
        chain=Chain("capture", root),
        agency_id=agency,
        actor=Actor("person", person_id, role or None),
        details={"match_id": str(match.id), "item_id": str(item), "by_organisation_id": str(by)},
        root_id=root,
    )
    custody.append(session, services, [act])


def answer(
    session: Session, services: Services, *, caller: PersonCaller, match_id: UUID, said: str, note: str | None
) -> DuplicateAnswer:
    """What the caller's organisation says of a match: the newest counts, older ones stay. 404 unless it has a side."""
    match = session.get(DuplicateMatch, match_id)
    if match is None or caller.organisation_id not in (match.a_agency_id, match.b_agency_id):
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
    first = match.a_agency_id == caller.organisation_id
    root, item = (match.a_root_id, match.a_item_id) if first else (match.b_root_id, match.b_item_id)
    details = {
        "match_id": str(match.id),
        "item_id": str(item),
        "answer": said,
        "organisation_id": str(caller.organisation_id),
    }
    if note:
        details["note"] = note
    act = custody.Act(
        kind="duplicate.answered",
        chain=Chain("capture", root),
        agency_id=caller.organisation_id,
        actor=caller.actor(Role.SUPERVISOR, Role.TRACE_ANALYST),
        details=details,
        subject=row,
        root_id=root,
    )
    custody.append(session, services, [act])
    return row
