"""Queues: how deep they are, and time-limited claims on what waits in them (protocol, section 7).

A submission's row is locked before anything is decided over it; custody chains come last.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, any_, exists, func, select
from sqlalchemy.orm import Session

from evidence.actions import clocks, custody, flow
from evidence.actions.ports import Services
from evidence.actions.sign_in import token_hash
from evidence.domain.callers import SYSTEM, Actor, Caller, MachineCaller, PersonCaller
from evidence.domain.canonical import b64url
from evidence.domain.custody import instant
from evidence.domain.errors import conflict, forbidden, invalid, not_found
from evidence.domain.roles import DESTINATIONS, Role
from evidence.domain.states import Act, By, State
from evidence.records.captures import Capture
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import Assignment, Lease, Submission, locked_submission

WORKERS = (Role.EXAMINER, Role.TRACE_ANALYST, Role.MANAGER)
HELD = (State.LEASED.value, State.IN_PROGRESS.value, State.NEEDS_INFORMATION.value)


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
            own, Submission.destination == destination
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


def lease(
    session: Session, services: Services, *, caller: Caller, destination: str, limit: int, seconds: int
) -> list[Claim]:
    """Claims up to ``limit`` submissions: urgent before routine, oldest due first, never one that another is taking."""
    check_destination(destination)
    need_scope(caller, "queue:lease", destination)
    rows = session.scalars(
        select(Submission)
        .where(
            Submission.state == State.QUEUED,
            Submission.holder_id == caller.organisation_id,
            Submission.destination == destination,
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
    actor = caller.actor(*WORKERS)
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
    need_scope(caller, "queue:lease", submission.destination)
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
    custody.append(session, services, [_lease_act("lease.renewed", root, submission, row, caller.actor(*WORKERS))])
    return row


def acknowledge(session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str) -> Assignment:
    """Turns the lease into an assignment: no expiry, a due time."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    _running(services, row)
    actor = caller.actor(*WORKERS)
    acts = flow.move(root, submission, Act.ACKNOWLEDGE, By.HOLDER, actor)
    assignment, act = assign(session, services, root, submission, row, actor)
    custody.append(session, services, [*acts, act])
    return assignment


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


def release(session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str) -> Submission:
    """Gives the submission back to the queue, unworked."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    _running(services, row)
    actor = caller.actor(*WORKERS)
    acts = flow.move(root, submission, Act.RELEASE, By.HOLDER, actor)
    end_work(session, services, submission, "released")
    custody.append(session, services, [_lease_act("lease.released", root, submission, row, actor), *acts])
    return submission


def fail(
    session: Session, services: Services, *, caller: Caller, lease_id: UUID, token: str, reason: str
) -> Submission:
    """Says that the work failed, before or after acknowledging; the third time of a machine is the dead letter."""
    row, submission, root = _fenced(session, caller, lease_id, token)
    assignment = open_assignment(session, submission.id)
    if assignment is None or assignment.lease_id != row.id:
        _running(services, row)
    if not reason.strip():
        raise invalid("reason_needed", reason="say why")
    actor = caller.actor(*WORKERS)
    circumstances = flow.circumstances_of(submission, machine=bool(row.machine_token_id))
    acts = flow.move(root, submission, Act.FAIL, By.HOLDER, actor, circumstances=circumstances, reason=reason)
    end_work(session, services, submission, "failed")
    custody.append(session, services, [_lease_act("lease.failed", root, submission, row, actor, reason=reason), *acts])
    return submission


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
