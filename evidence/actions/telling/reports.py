"""Counts for monthly reports, of one's own organisation only, by reason and unit: never by person.

An agency counts what it sent, a laboratory or desk what it holds. Nothing here crosses organisations, so nothing
has to be masked for strangers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, literal_column, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from evidence.actions.ports import Services
from evidence.actions.telling import boards
from evidence.domain.callers import PersonCaller
from evidence.records.captures import Capture
from evidence.records.duplicates import DuplicateMatch
from evidence.records.laboratory import Acquisition
from evidence.records.people import Person
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import Decision, Submission
from evidence.records.trace_requests import TraceRequest

MOST_MONTHS = 36
NO_UNIT = ""

Count = boards.Count


@dataclass(frozen=True, kw_only=True)
class Month:
    """One calendar month in UTC. Hours are medians, null where nothing was; ``returns`` and ``units`` are lists."""

    month: str
    captures: int
    approved: int
    returned: int
    mismatches: int
    duplicates: int
    hours_to_approval: float | None
    hours_to_queue: float | None
    hours_to_entry: float | None
    hours_to_answer: float | None
    returns: Sequence[Count]
    units: Sequence[Count]


def months(session: Session, services: Services, *, caller: PersonCaller, count: int) -> list[Month]:
    """The last ``count`` calendar months, the present one last."""
    first = _first_month(services.clock.now(), count)
    mine = boards.of_own(session, caller)
    own = caller.organisation_id
    captures = _by_month(session, Capture.received_at, first, Capture.agency_id == own, Capture.id == Capture.root_id)
    mismatches = _by_month(
        session,
        PhysicalEvent.happened_at,
        first,
        or_(PhysicalEvent.agency_id == own, PhysicalEvent.organisation_id == own),
        func.cardinality(PhysicalEvent.mismatches) > 0,
    )
    duplicates = _by_month(session, DuplicateMatch.found_at, first)
    approved = _by_month(session, Decision.decided_at, first, Decision.agency_id == own, Decision.kind == "approve")
    returns = _groups(session, Decision.decided_at, Decision.reason, _returns(own), first, "reason")
    units = _groups(session, Decision.decided_at, Person.unit, _returns_by_unit(own), first, "unit")
    spans = {
        "hours_to_approval": _hours(session, Capture.captured_at, Submission.approved_at, first, mine),
        "hours_to_queue": _hours(session, Submission.approved_at, Submission.queued_at, first, mine),
        "hours_to_entry": _hours_to_entry(session, first, mine),
        "hours_to_answer": _hours(session, Submission.queued_at, Submission.answered_at, first, mine),
    }
    return [
        Month(
            month=month,
            captures=captures.get(month, 0),
            approved=approved.get(month, 0),
            returned=sum(one["n"] for one in returns.get(month, [])),
            mismatches=mismatches.get(month, 0),
            duplicates=duplicates.get(month, 0),
            returns=returns.get(month, []),
            units=units.get(month, []),
            **{name: found.get(month) for name, found in spans.items()},
        )
        for month in _names(first, count)
    ]


def _first_month(now: datetime, count: int) -> datetime:
    months_since_zero = now.year * 12 + now.month - count
    year, month = divmod(months_since_zero, 12)
    return now.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _names(first: datetime, count: int) -> list[str]:
    start = first.year * 12 + first.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(start, start + count)]


def _month_of(column: Any) -> Any:
    # The form stands in the text of the statement: as a parameter it would differ between SELECT and GROUP BY.
    return func.to_char(column, literal_column("'YYYY-MM'"))


def _by_month(
    session: Session, column: InstrumentedAttribute[datetime], first: datetime, *conditions: Any
) -> dict[str, int]:
    rows = session.execute(
        select(_month_of(column), func.count()).where(column >= first, *conditions).group_by(_month_of(column))
    )
    return {row[0]: row[1] for row in rows}


def _returns(own: Any) -> Select[Any]:
    return select(Decision.id).where(Decision.agency_id == own, Decision.kind == "return")


def _returns_by_unit(own: Any) -> Select[Any]:
    """Returned captures with the unit of who made them: the unit is counted, the person is not."""
    return _returns(own).join(Capture, Capture.id == Decision.root_id).join(Person, Person.id == Capture.officer_id)


def _groups(
    session: Session, at: Any, by: Any, wanted: Select[Any], first: datetime, name: str
) -> dict[str, list[Count]]:
    rows = session.execute(
        wanted.with_only_columns(_month_of(at), by, func.count())
        .where(at >= first)
        .group_by(_month_of(at), by)
        .order_by(func.count().desc())
    )
    found: dict[str, list[Count]] = {}
    for month, value, n in rows:
        found.setdefault(month, []).append({name: value or NO_UNIT, "n": n})
    return found


def _hours(session: Session, start: Any, end: Any, first: datetime, mine: Any) -> dict[str, float]:
    """The median of whole spans in hours, by the month in which they ended."""
    joined = _median(start, end).select_from(Submission).join(Capture, Capture.id == Submission.root_id)
    return _rounded(session, joined.where(mine, end >= first, start.is_not(None)))


def _hours_to_entry(session: Session, first: datetime, mine: Any) -> dict[str, float]:
    """From the queue to the first request sent to eTrace, or the first entry into an imaging system."""
    sent = select(TraceRequest.submission_id.label("id"), TraceRequest.sent_at.label("at"))
    entered = select(Acquisition.submission_id, Acquisition.recorded_at)
    every = union_all(sent, entered).subquery()
    work = select(every.c.id, func.min(every.c.at).label("at")).group_by(every.c.id).subquery()
    joined = _median(Submission.queued_at, work.c.at).join(work, work.c.id == Submission.id)
    return _rounded(session, joined.where(mine, work.c.at >= first, Submission.queued_at.is_not(None)))


def _median(start: Any, end: Any) -> Select[Any]:
    span = func.extract("epoch", end - start) / 3600
    wanted = select(_month_of(end), func.percentile_cont(0.5).within_group(span))
    return wanted.group_by(_month_of(end))


def _rounded(session: Session, wanted: Select[Any]) -> dict[str, float]:
    return {month: round(float(hours), 1) for month, hours in session.execute(wanted) if hours is not None}
