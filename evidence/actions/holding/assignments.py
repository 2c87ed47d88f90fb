"""Who works on what: an acknowledged lease becomes an assignment, which has no expiry and a due time."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.holding import clocks, queues
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, Caller
from evidence.domain.custody import instant
from evidence.domain.errors import Retry, conflict, forbidden, not_found
from evidence.domain.states import HELD
from evidence.records.captures import Capture
from evidence.records.results import Result
from evidence.records.submissions import Assignment, Lease, Submission, locked_submission


def held_by(session: Session, caller: Caller, submission_id: UUID) -> tuple[Submission, Capture]:
    """The locked submission that the caller's organisation holds, and its root; 403 ``not_your_act`` for others."""
    submission = locked_submission(session, submission_id)
    if submission is None:
        raise not_found()
    if submission.holder_id != caller.organisation_id:
        raise forbidden("not_your_act", "Only the holder does this.")
    queues.need_scope(caller, "queue:lease", submission.destination)
    return submission, session.get_one(Capture, submission.root_id)


def open_assignment(session: Session, submission_id: UUID) -> Assignment | None:
    return session.scalars(
        select(Assignment).where(Assignment.submission_id == submission_id, Assignment.ended_at.is_(None))
    ).one_or_none()


def running_lease(session: Session, submission_id: UUID) -> Lease | None:
    return session.scalars(
        select(Lease).where(Lease.submission_id == submission_id, Lease.ended_at.is_(None))
    ).one_or_none()


def end_work(session: Session, services: Services, submission: Submission, kind: str) -> None:
    """Ends whatever claim is open on the locked submission."""
    for row in (running_lease(session, submission.id), open_assignment(session, submission.id)):
        if row is not None:
            row.ended_at, row.end_kind = services.clock.now(), kind
    if submission.state not in HELD and kind != "answered":
        submission.accepted_digest = None


def assign(
    session: Session, services: Services, root: Capture, submission: Submission, row: Lease, actor: Actor
) -> tuple[Assignment, custody.Act]:
    """Ends a running lease as acknowledged and opens its assignment."""
    row.ended_at, row.end_kind = services.clock.now(), "acknowledged"
    submission.accepted_digest = submission.approved_digest
    digest = submission.approved_digest or submission.digest
    assignment = _opened(session, services, submission, row, digest)
    return assignment, flow.act_of("assignment.acknowledged", root, submission, actor, _details(assignment))


def _opened(session: Session, services: Services, submission: Submission, row: Lease, digest: str) -> Assignment:
    now = services.clock.now()
    assignment = Assignment(
        id=services.entropy.uuid7(),
        submission_id=submission.id,
        agency_id=submission.agency_id,
        lease_id=row.id,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        machine_token_id=row.machine_token_id,
        digest=digest,
        acknowledged_at=now,
        due_at=clocks.due_at(session, submission, now),
    )
    session.add(assignment)
    return assignment


def _details(assignment: Assignment) -> dict[str, Any]:
    return {
        "submission_id": str(assignment.submission_id),
        "assignment_id": str(assignment.id),
        "lease_id": str(assignment.lease_id),
        "organisation_id": str(assignment.organisation_id),
        "due_at": instant(assignment.due_at),
        "digest": assignment.digest,
    }


def reopen(
    session: Session, services: Services, root: Capture, submission: Submission, actor: Actor
) -> list[custody.Act]:
    """After a correction was approved: whoever answered has the submission again.

    The former digest stays the accepted one until the holder accepts the new one.
    """
    if open_assignment(session, submission.id) is not None:
        return []  # the answer was not the final one
    former = _last_lease(session, submission)
    submission.holder_id = former.organisation_id
    digest = submission.accepted_digest or submission.approved_digest or submission.digest
    assignment = _opened(session, services, submission, former, digest)
    submission.due_at = assignment.due_at
    return [flow.act_of("assignment.reopened", root, submission, actor, _details(assignment))]


def _last_lease(session: Session, submission: Submission) -> Lease:
    """The newest lease of the holder; of whoever answered last when the holder never had one (a late answer)."""
    leases = session.scalars(
        select(Lease).where(Lease.submission_id == submission.id).order_by(Lease.taken_at.desc(), Lease.id.desc())
    ).all()
    answered = select(Result.organisation_id).where(Result.submission_id == submission.id)
    last = session.scalars(answered.order_by(Result.recorded_at.desc(), Result.id.desc()).limit(1)).first()
    for organisation_id in (submission.holder_id, last):
        for row in leases:
            if row.organisation_id == organisation_id:
                return row
    raise conflict("no_assignment", "Nobody has had it.")


def accept_revision(
    session: Session, services: Services, *, caller: Caller, submission_id: UUID, digest: str
) -> Submission:
    """The holder goes on with the dossier that a supervisor approved since; the same again changes nothing.

    409 ``wrong_state`` unless the caller has it in hand, ``digest_changed`` for a digest that is not the approved one.
    """
    submission, root = held_by(session, caller, submission_id)
    if submission.state not in HELD:
        raise conflict("wrong_state", f"There is nothing to accept while {submission.state}", retry=Retry.AFTER_UPDATE)
    if digest != submission.approved_digest:
        raise conflict("digest_changed", "Another dossier is approved.", retry=Retry.AFTER_UPDATE)
    if submission.accepted_digest == digest:
        return submission
    submission.accepted_digest = digest
    assignment, row = open_assignment(session, submission.id), running_lease(session, submission.id)
    details: dict[str, Any] = {
        "submission_id": str(submission.id),
        "organisation_id": str(caller.organisation_id),
        "digest": digest,
    }
    if assignment is not None:
        assignment.digest = digest
        details = _details(assignment)
    elif row is not None:
        details["lease_id"] = str(row.id)
    actor = caller.actor(*queues.WORKERS)
    custody.append(session, services, [flow.act_of("assignment.accepted_revision", root, submission, actor, details)])
    return submission
