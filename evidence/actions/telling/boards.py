"""How one's own organisation stands now: queues and their ages, clocks, readiness at signing, recoveries by entity.

An agency counts what it sent, a laboratory or desk what it holds: by reason and stage, never by person. Nothing here
crosses organisations, so nothing has to be masked for strangers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.actions.telling import reminders
from evidence.domain.callers import PersonCaller
from evidence.records.captures import Capture
from evidence.records.organisations import Organisation
from evidence.records.submissions import Submission

OPEN = ("pending_review", "awaiting_evidence", "queued", "leased", "in_progress", "needs_information", "dead_letter")
AGES = (1, 3, 7, 30)
"""Whole days at which an age goes into the next group; the last group is what is older."""

LATELY = timedelta(days=90)
MOST_GAPS = 8

Count = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Clocks:
    """What time presses: counts of open submissions, and of what a holder has waited for too long."""

    overdue: int
    due_today: int
    detainee: int
    detainee_over: int
    unanswered: int
    lead_open: int


@dataclass(frozen=True, kw_only=True)
class Board:
    """How things stand now. ``oldest_at`` is since when the oldest of a line waits; ``overdue`` counts past due.

    ``ages``: open submissions by days waited, ``from_days`` included, ``to_days`` not, null without end.
    ``readiness``: of what was signed in the last 90 days, how many lacked nothing; ``gaps`` what was lacking most.
    """

    queues: Sequence[Count]
    entities: Sequence[Count]
    ages: Sequence[Count]
    clocks: Clocks
    readiness: Sequence[Count]
    gaps: Sequence[Count]


def of_own(session: Session, caller: PersonCaller) -> ColumnElement[bool]:
    """The submissions that count for the caller: sent by an agency, held by a laboratory or desk."""
    kind = session.get_one(Organisation, caller.organisation_id).kind
    column = Submission.agency_id if kind == "agency" else Submission.holder_id
    return column == caller.organisation_id


def board(session: Session, services: Services, *, caller: PersonCaller) -> Board:
    """Open work and its clocks, readiness of late, and recoveries by entity over the whole time."""
    now, mine = services.clock.now(), of_own(session, caller)
    settings = session.get_one(Organisation, caller.organisation_id).settings
    return Board(
        queues=_queues(session, mine, now),
        entities=_entities(session, caller),
        ages=_ages(session, mine, now),
        clocks=_clocks(session, mine, now, reminders.patience(settings, now)),
        readiness=_readiness(session, mine, now),
        gaps=_gaps(session, mine, now),
    )


_SINCE = func.coalesce(Submission.queued_at, Submission.created_at)


def _queues(session: Session, mine: Any, now: datetime) -> list[Count]:
    rows = session.execute(
        select(
            Submission.destination,
            Submission.state,
            func.count(),
            func.min(_SINCE),
            func.count().filter(Submission.due_at < now),
        )
        .where(mine, Submission.state.in_(OPEN))
        .group_by(Submission.destination, Submission.state)
        .order_by(Submission.destination, Submission.state)
    )
    names = ("destination", "state", "n", "oldest_at", "overdue")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _entities(session: Session, caller: PersonCaller) -> list[Count]:
    rows = session.execute(
        select(Capture.entity, func.count())
        .where(Capture.agency_id == caller.organisation_id, Capture.id == Capture.root_id, Capture.entity.is_not(None))
        .group_by(Capture.entity)
        .order_by(Capture.entity)
    )
    return [{"entity": entity, "n": n} for entity, n in rows]


def _ages(session: Session, mine: Any, now: datetime) -> list[Count]:
    waits = [(now - timedelta(days=days) < _SINCE, group) for group, days in enumerate(AGES)]
    # Named by a subquery: an expression with parameters would differ between SELECT and GROUP BY.
    each = select(Submission.destination, case(*waits, else_=len(AGES)).label("age"))
    aged = each.where(mine, Submission.state.in_(OPEN)).subquery()
    counted = select(aged.c.destination, aged.c.age, func.count()).group_by(aged.c.destination, aged.c.age)
    rows = session.execute(counted.order_by(aged.c.destination, aged.c.age))
    edges = (0, *AGES, None)
    return [
        {"destination": destination, "from_days": edges[age], "to_days": edges[age + 1], "n": n}
        for destination, age, n in rows
    ]


def _clocks(session: Session, mine: Any, now: datetime, since: reminders.Patience) -> Clocks:
    still_open, term = Submission.state.in_(OPEN), Submission.detainee_due_at
    soon = and_(Submission.due_at >= now, Submission.due_at < now + timedelta(days=1))
    counted = {
        "overdue": and_(still_open, Submission.due_at < now),
        "due_today": and_(still_open, soon),
        "detainee": and_(still_open, term >= now),
        "detainee_over": and_(still_open, term < now),
        "unanswered": and_(still_open, reminders.unanswered(since)),
        "lead_open": reminders.lead_open(since),
    }
    found = session.execute(
        select(*(func.count().filter(condition).label(name) for name, condition in counted.items()))
        .select_from(Submission)
        .where(mine)
    ).one()
    return Clocks(**found._mapping)


def _readiness(session: Session, mine: Any, now: datetime) -> list[Count]:
    rows = session.execute(
        select(
            Submission.destination,
            func.count(),
            func.count().filter(func.cardinality(Submission.signing_gaps) == literal(0)),
        )
        .where(mine, Submission.created_at >= now - LATELY, Submission.signing_gaps.is_not(None))
        .group_by(Submission.destination)
        .order_by(Submission.destination)
    )
    return [{"destination": destination, "signed": signed, "ready": ready} for destination, signed, ready in rows]


def _gaps(session: Session, mine: Any, now: datetime) -> list[Count]:
    gap = func.unnest(Submission.signing_gaps).label("gap")
    each = select(Submission.destination, gap).where(mine, Submission.created_at >= now - LATELY).subquery()
    rows = session.execute(
        select(each.c.destination, each.c.gap, func.count())
        .group_by(each.c.destination, each.c.gap)
        .order_by(func.count().desc(), each.c.destination, each.c.gap)
        .limit(MOST_GAPS)
    )
    return [{"destination": destination, "gap": gap, "n": n} for destination, gap, n in rows]
