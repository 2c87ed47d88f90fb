"""Gathers what desks and laboratories print beside worksheets: receipts, notices, the day's list."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.actions.deciding import submissions
from evidence.actions.holding import notices, queues
from evidence.actions.paper import printing
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.facts import Stated, Subject
from evidence.domain.kinds import PhysicalEventKind
from evidence.domain.prints import day_list, labels, notice, receipts
from evidence.domain.prints.items import line_of
from evidence.domain.prints.sheet import What
from evidence.domain.states import HELD, State
from evidence.domain.worksheet import Destination, known_facts
from evidence.records.captures import Capture, Item, Package
from evidence.records.organisations import Organisation
from evidence.records.physical import PhysicalEvent
from evidence.records.results import NoticeReader, ResultNotice
from evidence.records.submissions import Submission

MOST_ROWS = 500
"""Of a day's list: some ten pages; nobody works through more on paper."""

WHAT_OF_EVENT = {
    What.RECEIPT: (PhysicalEventKind.RECEIVED, PhysicalEventKind.HANDED_OVER),
    What.HAND_BACK: (PhysicalEventKind.HANDED_BACK,),
}


def of_event(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, event_id: UUID, what: What
) -> printing.Draft:
    """The receipt or hand-back of a physical event, two copies. 422 ``wrong_event`` for an event of another kind."""
    root = _seen_root(session, services, caller, capture_id)
    event = session.get(PhysicalEvent, event_id)
    if event is None or event.root_id != root.id:
        raise not_found()
    if event.kind not in WHAT_OF_EVENT[what]:
        raise invalid("wrong_event", event_id=f"this event is {event.kind}")
    items = _items(session, root, event.item_ids)
    lines = [line_of(one, _facts(session, caller, root, one)) for one in items]
    package = _package(session, root, event.package_id)
    zone = printing.zone_of(session.get_one(Organisation, caller.organisation_id))
    receipt = receipts.Receipt(
        what=what,
        event_id=str(event.id),
        kind=event.kind,
        at=event.happened_at,
        zone=zone,
        folio=root.folio,
        institution=session.get_one(Organisation, event.organisation_id).name,
        agency=session.get_one(Organisation, root.agency_id).name,
        given_by=event.facts.get("from", ""),
        taken_by=event.facts.get("to", ""),
        place=event.facts.get("place", ""),
        package=package.label if package else "",
        seal=(package.seal or "") if package else "",
        lines=lines,
        hidden=len(set(event.item_ids)) - len(items),
        mismatches=event.mismatches,
        note=event.facts.get("note", ""),
        sedena=" · ".join(filter(None, (event.facts.get("sedena_letter"), event.facts.get("sedena_date")))),
        printed_by=printing.printer_of(session, caller),
        printed_at=services.clock.now(),
    )
    return printing.of_capture(root, receipts.document(receipt), event_id=str(event.id))


def label_of_event(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, event_id: UUID
) -> printing.Draft:
    """The label of a package that was closed again. 422 ``wrong_event`` for an event of another kind."""
    root = _seen_root(session, services, caller, capture_id)
    event = session.get(PhysicalEvent, event_id)
    if event is None or event.root_id != root.id:
        raise not_found()
    if event.kind != PhysicalEventKind.RESEALED:
        raise invalid("wrong_event", event_id=f"this event is {event.kind}")
    package = _package(session, root, event.package_id or _package_of(session, root, event.item_ids))
    resealed = labels.Resealed(
        seal=event.facts.get("seal", ""),
        former=(package.seal or "") if package else "",
        package=package.label if package else "",
        at=event.happened_at,
        place=event.facts.get("place", ""),
        note=event.facts.get("note", ""),
        items=_items(session, root, event.item_ids),
    )
    made = labels.of_resealing(resealed, folio=root.folio, about=printing.about(session, services, caller))
    return printing.of_capture(root, made, event_id=str(event.id))


def _package_of(session: Session, root: Capture, item_ids: Sequence[UUID]) -> UUID | None:
    """The one package that holds all these items, as far as the session may see."""
    wanted = select(Package.package_id).where(Package.root_id == root.id, Package.item_ids.contains(list(item_ids)))
    return session.scalars(wanted.limit(1)).first()


def _facts(session: Session, caller: PersonCaller, root: Capture, item: Mapping[str, Any]) -> Mapping[str, Stated]:
    """What is signed of an item, without a serial that the caller still has to read from the photo."""
    facts = known_facts(Subject(item=item, recovery={}, officer=""))
    own = root.agency_id == caller.organisation_id
    return printing.without_serial(facts) if own and printing.unread(session, caller, root, UUID(item["id"])) else facts


def _seen_root(session: Session, services: Services, caller: PersonCaller, capture_id: UUID) -> Capture:
    """The root behind a capture id for its agency, an officer's own only, or by a live grant; 404 otherwise."""
    capture = session.get(Capture, capture_id)
    root = session.get(Capture, capture.root_id) if capture is not None else None
    if root is None:
        raise not_found()
    if root.agency_id == caller.organisation_id:
        may = prosecuting.may_read(session, caller, root)
    else:
        may = bool(submissions.granted(session, caller, root.id, level="facts", now=services.clock.now()))
    if not may:
        raise not_found()
    return root


def _items(session: Session, root: Capture, item_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """The items as the head describes them, or the newest manifest that does, in the order of their numbers."""
    wanted = select(Item).where(Item.root_id == root.id, Item.item_id.in_(item_ids))
    rows = session.scalars(wanted.order_by(Item.manifest_sha256 == root.head_sha256, Item.position)).all()
    newest = {row.item_id: row for row in rows}
    ordered = sorted(newest.values(), key=lambda row: row.position)
    return [{**row.facts, "id": str(row.item_id), "number": row.number, "kind": row.kind} for row in ordered]


def _package(session: Session, root: Capture, package_id: UUID | None) -> Package | None:
    if package_id is None:
        return None
    wanted = select(Package).where(Package.root_id == root.id, Package.package_id == package_id)
    return session.scalars(wanted.order_by((Package.manifest_sha256 == root.head_sha256).desc()).limit(1)).first()


def of_notice(session: Session, services: Services, *, caller: PersonCaller, notice_id: UUID) -> printing.Draft:
    """A lead, hit or end that the caller has opened; 409 ``not_opened`` before."""
    row = session.get(ResultNotice, notice_id)
    if row is None or row.organisation_id != caller.organisation_id:
        raise not_found()
    if not notices.may_hear(session, caller, row):
        raise not_found()
    if session.get(NoticeReader, (row.id, caller.person_id)) is None:
        raise conflict("not_opened", "Open the notice first.")
    root = session.get(Capture, row.root_id) if row.root_id else None
    own = session.get_one(Organisation, caller.organisation_id)
    sheet = notice.NoticeSheet(
        about=row.about,
        card=row.card,
        folio=root.folio if root else "",
        institution=own.name,
        own_case=row.case_number,
        told_at=row.told_at,
        zone=printing.zone_of(own),
        printed_by=printing.printer_of(session, caller),
        printed_at=services.clock.now(),
    )
    made, details = notice.document(sheet), {"notice_id": str(row.id)}
    if root is None:
        return printing.of_organisation(caller, made, **details)
    return printing.of_capture(root, made, **details)


def of_queue(session: Session, services: Services, *, caller: PersonCaller, destination: str) -> printing.Draft:
    """Everything open that the caller's organisation holds, what is due first on top."""
    queues.check_destination(destination)
    own = session.get_one(Organisation, caller.organisation_id)
    waiting = queues.waiting_for_item().label("waiting")
    rows = session.execute(
        select(Submission, Capture.folio, Organisation.name, waiting)
        .join(Capture, Capture.id == Submission.root_id)
        .join(Organisation, Organisation.id == Submission.agency_id)
        .where(
            Submission.holder_id == own.id,
            Submission.destination == destination,
            Submission.state.in_((State.QUEUED.value, *HELD)),
        )
        .order_by(Submission.urgency, Submission.due_at.nulls_last(), Submission.id)
        .limit(MOST_ROWS + 1)
    ).all()
    more, rows = len(rows) > MOST_ROWS, rows[:MOST_ROWS]
    items = _named(session, [row[0] for row in rows])
    found = day_list.DayList(
        destination=destination,
        institution=own.name,
        zone=printing.zone_of(own),
        rows=[_waiting(row, items.get(row[0].id)) for row in rows],
        more=more,
        printed_by=printing.printer_of(session, caller),
        printed_at=services.clock.now(),
    )
    return printing.of_organisation(caller, day_list.document(found), destination=destination, count=len(rows))


def _named(session: Session, rows: Sequence[Submission]) -> dict[UUID, tuple[str, str]]:
    """Number and kind of each submission's item."""
    wanted = (
        select(Submission.id, Item.number, Item.kind)
        .join(Item, (Item.root_id == Submission.root_id) & (Item.item_id == Submission.item_id))
        .where(Submission.id.in_([row.id for row in rows]))
    )
    return {found: (number, kind) for found, number, kind in session.execute(wanted)}


def _waiting(row: Any, item: tuple[str, str] | None) -> day_list.Waiting:
    submission, folio, agency, waiting = row
    number, kind = item or ("", "")
    received = not waiting if submission.destination == Destination.BALLISTICS else None
    return day_list.Waiting(
        due_at=submission.due_at,
        urgent=submission.urgency == 0,
        folio=folio,
        agency=agency,
        item_number=number,
        kind=kind,
        state=submission.state,
        received=received,
    )
