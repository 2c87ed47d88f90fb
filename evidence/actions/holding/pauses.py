"""A holder's clock stands still, with a reason, and goes on; the time between is shown, not hidden."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.holding import assignments
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, Caller
from evidence.domain.custody import instant
from evidence.domain.errors import Retry, conflict
from evidence.domain.roles import Role
from evidence.domain.states import HELD, State
from evidence.records.captures import Capture
from evidence.records.laboratory import ClockPause, running_pause
from evidence.records.submissions import Submission

RECORDERS = (Role.EXAMINER, Role.TRACE_ANALYST, Role.RECEIVER, Role.MANAGER)


def pause(
    session: Session, services: Services, *, caller: Caller, submission_id: UUID, reason: str, note: str
) -> ClockPause:
    """Stops the clock; while it stands, the same again changes nothing. 409 ``paused`` for another reason."""
    submission, root = assignments.held_by(session, caller, submission_id)
    if submission.state not in (State.QUEUED, *HELD):
        raise conflict("wrong_state", f"No clock runs while {submission.state}.", retry=Retry.AFTER_UPDATE)
    known = running_pause(session, submission.id)
    if known is not None and known.reason == reason:
        return known
    if known is not None:
        raise conflict("paused", f"It stands still already: {known.reason}.")
    row, act = start(session, services, root, submission, caller, reason=reason, note=note)
    custody.append(session, services, [act])
    return row


def start(
    session: Session,
    services: Services,
    root: Capture,
    submission: Submission,
    caller: Caller,
    *,
    reason: str,
    note: str,
) -> tuple[ClockPause, custody.Act]:
    """The row, and the entry for the caller's transaction to append; nothing runs yet on the locked submission."""
    actor = caller.actor(*RECORDERS)
    row = ClockPause(
        id=services.entropy.uuid7(),
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        reason=reason,
        note=note,
        paused_by=actor.id,
        paused_at=services.clock.now(),
    )
    session.add(row)
    details = {"submission_id": str(submission.id), "pause_id": str(row.id), "reason": reason}
    if note:
        details["note"] = note
    return row, flow.act_of("clock.paused", root, submission, actor, details)


def resume(session: Session, services: Services, *, caller: Caller, submission_id: UUID) -> Submission:
    """The clock goes on: what is due moves by the time that it stood still. Without a pause nothing changes."""
    submission, root = assignments.held_by(session, caller, submission_id)
    act = end(session, services, root, submission, caller.actor(*RECORDERS))
    if act is not None:
        custody.append(session, services, [act])
    return submission


def end(
    session: Session, services: Services, root: Capture, submission: Submission, actor: Actor
) -> custody.Act | None:
    """Ends a running pause of the locked submission; the entry is for the caller's transaction to append."""
    row = running_pause(session, submission.id)
    if row is None:
        return None
    row.resumed_at, row.resumed_by = services.clock.now(), actor.id
    stood = row.resumed_at - row.paused_at
    details: dict[str, object] = {
        "submission_id": str(submission.id),
        "pause_id": str(row.id),
        "seconds": int(stood.total_seconds()),
    }
    if submission.due_at is not None:
        submission.due_at += stood
        details["due_at"] = instant(submission.due_at)
        _move_assignment(session, submission, submission.due_at)
    return flow.act_of("clock.resumed", root, submission, actor, details)


def _move_assignment(session: Session, submission: Submission, due_at: datetime) -> None:
    assignment = assignments.open_assignment(session, submission.id)
    if assignment is not None:
        assignment.due_at = due_at


def held_for(session: Session, submission: Submission, organisation_id: UUID) -> bool:
    """Whether the organisation's own clock runs on a submission, and nothing has stopped it."""
    mine = submission.holder_id == organisation_id and submission.state in (State.QUEUED, *HELD)
    return mine and running_pause(session, submission.id) is None
