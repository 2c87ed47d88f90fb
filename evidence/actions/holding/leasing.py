"""Time-limited claims on what waits in a queue, fenced by their tokens (protocol, section 7).

A submission's row is locked before anything is decided over it; custody chains come last.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts.sign_in import token_hash
from evidence.actions.deciding import flow, match_grants
from evidence.actions.holding import assignments, queues
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, Actor, Caller, MachineCaller, PersonCaller
from evidence.domain.canonical import b64url
from evidence.domain.custody import instant
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.states import Act, By, State
from evidence.records.captures import Capture
from evidence.records.submissions import Assignment, Lease, Submission, locked_submission


@dataclass(frozen=True)
class Claim:
    """A lease as it is shown this once, with its token."""

    lease_id: UUID
    lease_token: str
    expires_at: datetime
    submission_id: UUID
    destination: str
    digest: str | None
    item_id: UUID
    folio: str
    agency_id: UUID
    due_at: datetime | None


def lease(
    session: Session,
    services: Services,
    *,
    caller: Caller,
    destination: str,
    limit: int,
    seconds: int,
    submission_id: UUID | None = None,
) -> list[Claim]:
    """Claims up to ``limit`` submissions: urgent before routine, oldest due first, never one that another is taking.

    ``submission_id`` claims that one alone: the bag that somebody has in hand.
    """
    queues.check_destination(destination)
    queues.need_scope(caller, "queue:lease", destination)
    rows = session.scalars(
        select(Submission)
        .where(
            Submission.state == State.QUEUED,
            Submission.holder_id == caller.organisation_id,
            Submission.destination == destination,
            *([Submission.id == submission_id] if submission_id else []),
        )
        .order_by(Submission.urgency, Submission.due_at, Submission.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    acts: list[custody.Act] = []
    claims = [_claim(session, services, caller, submission, seconds, acts) for submission in rows]
    if acts:
        custody.append(session, services, acts)
    return claims


def _claim(
    session: Session, services: Services, caller: Caller, submission: Submission, seconds: int, acts: list[custody.Act]
) -> Claim:
    root = session.get_one(Capture, submission.root_id)
    now, token = services.clock.now(), b64url(services.entropy.token(32))
    row = Lease(
        id=services.entropy.uuid7(),
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id if isinstance(caller, PersonCaller) else None,
        machine_token_id=caller.token_id if isinstance(caller, MachineCaller) else None,
        token_hash=token_hash(token),
        taken_at=now,
        expires_at=now + timedelta(seconds=seconds),
    )
    session.add(row)
    actor = caller.actor(*queues.WORKERS)
    acts += flow.move(root, submission, Act.LEASE, By.HOLDER, actor)
    acts.append(_lease_act("lease.taken", root, submission, row, actor))
    return Claim(
        lease_id=row.id,
        lease_token=token,
        expires_at=row.expires_at,
        submission_id=submission.id,
        destination=submission.destination,
        digest=submission.approved_digest,
        item_id=submission.item_id,
        folio=root.folio,
        agency_id=submission.agency_id,
        due_at=submission.due_at,
    )


def _lease_act(
    kind: str, root: Capture, submission: Submission, row: Lease, by: Actor, *, reason: str | None = None
) -> custody.Act:
    details = {
        "submission_id": str(submission.id),
        "lease_id": str(row.id),
        "organisation_id": str(row.organisation_id),
        "expires_at": instant(row.expires_at),
        "destination": submission.destination,
    }
    if reason:
        details["reason"] = reason
    if kind in ("lease.expired", "lease.failed"):
        return flow.act_of(kind, root, submission, by, {**details, "failures": submission.machine_failures})
    return flow.act_of(kind, root, submission, by, details)


def _fenced(session: Session, caller: Caller, lease_id: UUID, token: str) -> tuple[Lease, Submission, Capture]:
    """The lease and its locked submission; 409 ``lease_lost`` for another token."""
    row = session.get(Lease, lease_id)
    if row is None or row.organisation_id != caller.organisation_id:
        raise not_found()
    submission = locked_submission(session, row.submission_id)
    if submission is None or not hmac.compare_digest(row.token_hash, token_hash(token)):
        raise _lost()
    queues.need_scope(caller, "queue:lease", submission.destination)
    session.refresh(row)
    return row, submission, session.get_one(Capture, submission.root_id)


def _lost() -> Exception:
    return conflict("lease_lost", "The lease has ended, or the token is not its own.")


def _running(services: Services, row: Lease) -> None:
    """Past its time a lease is lost, even before the clock has swept it."""
    if row.ended_at is not None or row.expires_at <= services.clock.now():
        raise _lost()


def renew(session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str, seconds: int) -> Lease:
    """A new end, ``seconds`` from now."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    _running(services, row)
    row.expires_at = services.clock.now() + timedelta(seconds=seconds)
    custody.append(
        session, services, [_lease_act("lease.renewed", root, submission, row, caller.actor(*queues.WORKERS))]
    )
    return row


def acknowledge(session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str) -> Assignment:
    """Turns the lease into an assignment: no expiry, a due time. A desk answers its duplicate cards before."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    _running(services, row)
    match_grants.check_answered(session, caller, submission)
    actor = caller.actor(*queues.WORKERS)
    acts = flow.move(root, submission, Act.ACKNOWLEDGE, By.HOLDER, actor)
    assignment, act = assignments.assign(session, services, root, submission, row, actor)
    custody.append(session, services, [*acts, act])
    return assignment


def release(session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str) -> Submission:
    """Gives the submission back to the queue, unworked."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    _running(services, row)
    actor = caller.actor(*queues.WORKERS)
    acts = flow.move(root, submission, Act.RELEASE, By.HOLDER, actor)
    assignments.end_work(session, services, submission, "released")
    custody.append(session, services, [_lease_act("lease.released", root, submission, row, actor), *acts])
    return submission


def fail(
    session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str, reason: str
) -> Submission:
    """Says that the work failed, before or after acknowledging; the third time of a machine is the dead letter."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    assignment = assignments.open_assignment(session, submission.id)
    if assignment is None or assignment.lease_id != row.id:
        _running(services, row)
    if not reason.strip():
        raise invalid("reason_needed", reason="say why")
    actor = caller.actor(*queues.WORKERS)
    circumstances = flow.circumstances_of(submission, machine=bool(row.machine_token_id))
    acts = flow.move(root, submission, Act.FAIL, By.HOLDER, actor, circumstances=circumstances, reason=reason)
    assignments.end_work(session, services, submission, "failed")
    custody.append(session, services, [_lease_act("lease.failed", root, submission, row, actor, reason=reason), *acts])
    return submission


def expire_leases(session: Session, services: Services, *, limit: int = 200) -> int:
    """For the clock: ends leases past their time; returns how many. A machine's expiry counts as a failure."""
    now = services.clock.now()
    due = select(Lease).where(Lease.ended_at.is_(None), Lease.expires_at <= now)
    acts: list[custody.Act] = []
    ended = 0
    for found in session.scalars(due.order_by(Lease.submission_id).limit(limit)).all():
        submission = locked_submission(session, found.submission_id)
        session.refresh(found)
        if submission is None or found.ended_at is not None or found.expires_at > now:
            continue  # renewed, acknowledged or ended while we waited for the row
        root = session.get_one(Capture, submission.root_id)
        moved: list[custody.Act] = []
        if submission.state == State.LEASED:
            circumstances = flow.circumstances_of(submission, machine=bool(found.machine_token_id))
            moved = flow.move(root, submission, Act.EXPIRE, By.CLOCK, SYSTEM, circumstances=circumstances)
        found.ended_at, found.end_kind = now, "expired"
        acts += [_lease_act("lease.expired", root, submission, found, SYSTEM), *moved]
        ended += 1
    if acts:
        custody.append(session, services, acts)
    return ended
