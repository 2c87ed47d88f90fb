"""Who works on what: an acknowledged lease becomes an assignment, which has no expiry and a due time."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import clocks, custody, flow
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.custody import instant
from evidence.domain.states import HELD
from evidence.records.captures import Capture
from evidence.records.submissions import Assignment, Lease, Submission


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
    now = services.clock.now()
    row.ended_at, row.end_kind = now, "acknowledged"
    submission.accepted_digest = submission.approved_digest
    assignment = Assignment(
        id=services.entropy.uuid7(),
        submission_id=submission.id,
        agency_id=submission.agency_id,
        lease_id=row.id,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        machine_token_id=row.machine_token_id,
        digest=submission.approved_digest or submission.digest,
        acknowledged_at=now,
        due_at=clocks.due_at(session, submission, now),
    )
    session.add(assignment)
    details = {
        "submission_id": str(submission.id),
        "assignment_id": str(assignment.id),
        "lease_id": str(row.id),
        "organisation_id": str(row.organisation_id),
        "due_at": instant(assignment.due_at),
        "digest": assignment.digest,
    }
    return assignment, flow.act_of("assignment.acknowledged", root, submission, actor, details)
