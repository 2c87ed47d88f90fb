"""Queues: how deep they are, and time-limited claims on what waits in them (protocol, section 7).

A submission's row is locked before anything is decided over it; custody chains come last.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, any_, exists, func, select
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.domain.callers import Caller, MachineCaller
from evidence.domain.errors import forbidden, not_found
from evidence.domain.roles import DESTINATIONS, Role
from evidence.domain.states import HELD, State
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import Submission

WORKERS = (Role.EXAMINER, Role.TRACE_ANALYST, Role.MANAGER)


@dataclass(frozen=True)
class Depth:
    """How a destination's queue stands for one organisation; counts are of submissions."""

    destination: str
    depth: int
    oldest_queued_at: datetime | None
    overdue: int
    leased: int
    in_progress: int
    waiting_for_item: int
    dead_letter: int


def check_destination(destination: str) -> None:
    if destination not in DESTINATIONS:
        raise not_found()


def need_scope(caller: Caller, verb: str, destination: str) -> None:
    """A machine needs the scope of this destination; people are judged by their role alone."""
    if isinstance(caller, MachineCaller) and f"{verb}:{destination}" not in caller.scopes:
        raise forbidden("scope_missing", f"This needs the scope {verb}:{destination}.")


def depth(session: Session, services: Services, *, caller: Caller, destination: str) -> Depth:
    """The numbers of what the caller's organisation holds, or, for an agency, of what it sent."""
    check_destination(destination)
    need_scope(caller, "queue:lease", destination)
    own = (Submission.holder_id == caller.organisation_id) | (Submission.agency_id == caller.organisation_id)
    queued, open_states = Submission.state == State.QUEUED, (State.QUEUED.value, *HELD)
    late = Submission.state.in_(open_states) & (Submission.due_at < services.clock.now())
    counts = [
        queued,
        late,
        Submission.state == State.LEASED,
        Submission.state.in_((State.IN_PROGRESS.value, State.NEEDS_INFORMATION.value)),
        waiting_for_item(),
        Submission.state == State.DEAD_LETTER,
    ]
    row = session.execute(
        select(func.min(Submission.queued_at).filter(queued), *(func.count().filter(one) for one in counts)).where(
            own, Submission.destination == destination, Submission.state.in_((*open_states, State.DEAD_LETTER.value))
        )
    ).one()
    oldest, *numbers = row
    queued_now, overdue, leased, working, waiting, dead = (int(one) for one in numbers)
    return Depth(
        destination=destination,
        depth=queued_now,
        oldest_queued_at=oldest,
        overdue=overdue,
        leased=leased,
        in_progress=working,
        waiting_for_item=waiting,
        dead_letter=dead,
    )


def waiting_for_item() -> ColumnElement[bool]:
    """Ballistics work whose thing the holder has not received yet."""
    received = exists().where(
        PhysicalEvent.root_id == Submission.root_id,
        PhysicalEvent.kind == "received",
        PhysicalEvent.organisation_id == Submission.holder_id,
        Submission.item_id == any_(PhysicalEvent.item_ids),
    )
    return and_(Submission.destination == "ballistics", Submission.state.in_((State.QUEUED.value, *HELD)), ~received)
