"""The list behind a queue: what an organisation holds of a destination, filtered, sought and sorted (protocol, 7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, any_, case, cast, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from evidence.actions.holding import queue_rows, queues
from evidence.actions.ports import Services
from evidence.actions.telling import reminders
from evidence.domain.callers import Caller
from evidence.domain.serials import normalise
from evidence.domain.states import HELD, State
from evidence.records.captures import Capture
from evidence.records.organisations import Organisation
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import ApprovedDossier, Assignment, Submission
from evidence.records.trace_requests import TraceRequest

FAR = datetime(9999, 1, 1, tzinfo=UTC)
OPEN = (State.QUEUED.value, *(state.value for state in HELD), State.DEAD_LETTER.value)
DONE = (State.ANSWERED.value, State.CLOSED.value)
SCOPES = {"open": OPEN, "answered": DONE, "all": (*OPEN, *DONE)}
SORTS = ("due", "age")
PHYSICAL = ("expected", "in_transit", "received", "mismatch", "handed_back")

_DOSSIER = and_(
    ApprovedDossier.submission_id == Submission.id,
    ApprovedDossier.digest == func.coalesce(Submission.accepted_digest, Submission.approved_digest),
)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What to show. ``text`` is what a person types or a scanner reads; ``sort`` is ``due`` or ``age``.

    ``unanswered``, ``lead_open``: longer than the holder's own days; ``detainee``: a term runs or has run out.
    """

    scope: str = "open"
    sort: str = "due"
    mine: bool = False
    unassigned: bool = False
    overdue: bool = False
    unanswered: bool = False
    lead_open: bool = False
    detainee: bool = False
    physical: str | None = None
    agency_id: UUID | None = None
    kind: str | None = None
    caliber: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Key:
    """Where a page ends: the sort's number and time, and the row's id."""

    number: int
    at: datetime
    id: UUID


def listed(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    destination: str,
    filters: Filters,
    limit: int,
    after: Key | None,
) -> list[tuple[queue_rows.QueueRow, Key]]:
    """What the caller's organisation holds of a destination: ``limit`` and one more, each with its key."""
    queues.check_destination(destination)
    queues.need_scope(caller, "queue:lease", destination)
    number, at = _keys(filters.sort)
    settings = session.get_one(Organisation, caller.organisation_id).settings
    since = reminders.patience(settings, services.clock.now())
    wanted = (
        select(Submission, Capture, ApprovedDossier, Organisation, physical_state().label("physical"), number, at)
        .join(Capture, Capture.id == Submission.root_id)
        .join(Organisation, Organisation.id == Submission.agency_id)
        .outerjoin(ApprovedDossier, _DOSSIER)
        .where(
            Submission.holder_id == caller.organisation_id,
            Submission.destination == destination,
            Submission.state.in_(SCOPES[filters.scope]),
            *_conditions(services, caller, filters, since),
        )
    )
    if after is not None:
        wanted = wanted.where(tuple_(number, at, Submission.id) > (after.number, after.at, after.id))
    found = session.execute(wanted.order_by(number, at, Submission.id).limit(limit + 1)).all()
    heads = [queue_rows.Head(one[0], one[1], one[2], one[3], one[4]) for one in found]
    rows = queue_rows.complete(session, services, caller, heads, since)
    return [(row, Key(one[5], one[6], one[0].id)) for row, one in zip(rows, found, strict=True)]


@dataclass(frozen=True)
class Sender:
    """An agency that has something in a queue, with how many submissions are open."""

    agency_id: UUID
    name: str
    n: int


def senders(session: Session, *, caller: Caller, destination: str) -> list[Sender]:
    """The agencies whose submissions the caller's organisation holds or held of a destination, by name."""
    queues.check_destination(destination)
    queues.need_scope(caller, "queue:lease", destination)
    still_open = func.count().filter(Submission.state.in_(OPEN))
    wanted = (
        select(Organisation.id, Organisation.name, still_open)
        .join(Submission, Submission.agency_id == Organisation.id)
        .where(Submission.holder_id == caller.organisation_id, Submission.destination == destination)
        .group_by(Organisation.id, Organisation.name)
        .order_by(Organisation.name, Organisation.id)
    )
    return [Sender(*row) for row in session.execute(wanted)]


def _keys(sort: str) -> tuple[ColumnElement[int], ColumnElement[datetime]]:
    if sort == "age":
        return literal(0), func.coalesce(Submission.queued_at, Submission.created_at)
    return Submission.urgency.expression, func.coalesce(Submission.due_at, FAR)


def physical_state() -> ColumnElement[str]:
    """Where the thing is, by the last event of the submission's item; ``expected`` before any."""
    last = (
        select(PhysicalEvent.kind)
        .where(
            PhysicalEvent.root_id == Submission.root_id,
            Submission.item_id == any_(PhysicalEvent.item_ids),
            PhysicalEvent.kind != "sealed",
        )
        .order_by(PhysicalEvent.recorded_at.desc(), PhysicalEvent.id.desc())
        .limit(1)
        .correlate(Submission)
        .scalar_subquery()
    )
    return case(
        (last.is_(None), "expected"),
        (last == "handed_over", "in_transit"),
        (last.in_(("mismatch", "handed_back")), last),
        else_="received",
    )


def _conditions(
    services: Services, caller: Caller, filters: Filters, since: reminders.Patience
) -> Iterator[ColumnElement[bool]]:
    assigned = exists().where(
        Assignment.submission_id == Submission.id,
        Assignment.ended_at.is_(None),
        Assignment.person_id == getattr(caller, "person_id", None),
    )
    flags = (
        (filters.mine, assigned),
        (filters.unassigned, Submission.state == State.QUEUED),
        (filters.overdue, Submission.due_at < services.clock.now()),
        (filters.unanswered, reminders.unanswered(since)),
        (filters.lead_open, reminders.lead_open(since)),
        (filters.detainee, Submission.detainee_due_at.is_not(None)),
    )
    yield from (condition for wanted, condition in flags if wanted)
    yield from _about(filters)


def _about(filters: Filters) -> Iterator[ColumnElement[bool]]:
    document = ApprovedDossier.document
    if filters.physical is not None:
        yield physical_state() == filters.physical
    if filters.agency_id is not None:
        yield Submission.agency_id == filters.agency_id
    if filters.kind is not None:
        yield document["item"]["kind"].astext == filters.kind
    if filters.caliber is not None:
        yield or_(*(_holds(document["worksheet"][code], filters.caliber) for code in ("b10", "5e")))
    if filters.text is not None and filters.text.strip():
        yield _sought(filters.text.strip())


def scanned(text: str) -> str:
    """What a scanner's text names: the folio of our own label (``casquillo:<folio>:…``), else the text itself."""
    parts = text.split(":")
    return parts[1] if len(parts) > 1 and parts[0].lower() == "casquillo" else text


def _sought(text: str) -> ColumnElement[bool]:
    """Folio, case number, seal, bag, serial or eTrace number, as a person types it."""
    wanted = scanned(text)
    document = ApprovedDossier.document
    sent = exists().where(
        TraceRequest.submission_id == Submission.id, _like(TraceRequest.etrace_number.expression, wanted)
    )
    serials: Sequence[ColumnElement[bool]] = [
        _holds(document["worksheet"][code]["value"], normalise(wanted)) for code in ("5a", "b14") if normalise(wanted)
    ]
    return or_(
        func.replace(Capture.folio, "-", "") == wanted.upper().replace("-", "").replace(" ", ""),
        *(_like(document["recovery"][name].astext, wanted) for name in ("carpeta", "case_number", "folio")),
        _holds(document["packages"], wanted),
        *serials,
        sent,
    )


def _like(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    return column.ilike(f"%{_escaped(text)}%", escape="\\")


def _holds(member: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether the text stands anywhere in a member of the dossier."""
    return cast(member, Text).ilike(f"%{_escaped(text)}%", escape="\\")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
