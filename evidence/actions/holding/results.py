"""Results: append-only answers of a destination, and the part of them that names people (protocol, section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, text, tuple_
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import prosecuting
from evidence.actions.deciding import flow
from evidence.actions.holding import assignments, leads, queues, result_rules
from evidence.actions.holding.result_rules import Answer
from evidence.actions.log import noting
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, Caller, PersonCaller
from evidence.domain.custody import instant
from evidence.domain.errors import conflict, forbidden, not_found
from evidence.domain.roles import Role
from evidence.domain.states import HELD, Act, By, Effect, State, next_state
from evidence.records.captures import Capture
from evidence.records.database import one_writer
from evidence.records.results import LeadEnd, Result, ResultNominal
from evidence.records.submissions import ApprovedDossier, Lease, Submission, locked_submission


@dataclass(frozen=True)
class Recorded:
    result: Result
    new: bool


@dataclass(frozen=True)
class ResultView:
    """A result as one reader sees it: an officer sees no facts, which may name another case."""

    result: Result
    facts: Mapping[str, Any]
    ended: LeadEnd | None


def record(session: Session, services: Services, *, caller: Caller, submission_id: UUID, answer: Answer) -> Recorded:
    """Keeps an answer. The same again changes nothing; another payload under the id is 409 ``result_conflict``."""
    one_writer(session, answer.result_id)
    submission = locked_submission(session, submission_id)
    if submission is None:
        raise not_found()
    queues.need_scope(caller, "result:write", submission.destination)
    sha256 = answer.payload_sha256(submission_id)
    known = session.get(Result, answer.result_id)
    if known is not None and known.organisation_id == caller.organisation_id and known.payload_sha256 == sha256:
        return Recorded(known, new=False)
    if known is not None or _taken(session, answer.result_id):
        raise conflict("result_conflict", "The id stands for another result already.")
    party = _party(session, caller, submission)
    if session.get(ApprovedDossier, (submission_id, answer.answers_digest)) is None:
        raise conflict("other_digest", "No such dossier was approved.")
    result_rules.check(session, services, caller, submission, answer)
    return Recorded(_write(session, services, caller, submission, answer, party, sha256), new=True)


def _taken(session: Session, result_id: UUID) -> bool:
    return bool(session.execute(text("SELECT door_id_taken('result', :id)"), {"id": result_id}).scalar_one())


def _party(session: Session, caller: Caller, submission: Submission) -> By:
    """The holder while it holds; whoever had a lease once may still answer, late."""
    if submission.holder_id == caller.organisation_id and submission.state in (
        *HELD,
        State.ANSWERED,
        State.CLOSED,
    ):
        return By.HOLDER
    held = exists().where(Lease.submission_id == submission.id, Lease.organisation_id == caller.organisation_id)
    if not session.scalar(select(held)):
        raise forbidden("never_held", "Only who holds or held it may answer.")
    return By.FORMER_HOLDER


def _write(
    session: Session,
    services: Services,
    caller: Caller,
    submission: Submission,
    answer: Answer,
    party: By,
    sha256: str,
) -> Result:
    root, now = session.get_one(Capture, submission.root_id), services.clock.now()
    outcome = next_state(State(submission.state), Act.RESULT, party, flow.circumstances_of(submission))
    actor = caller.actor(*queues.WORKERS)
    row = Result(
        id=answer.result_id,
        submission_id=submission.id,
        root_id=submission.root_id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        recorder_id=actor.id,
        examiner_id=answer.examiner_id,
        second_examiner_id=answer.second_examiner_id,
        code=answer.code,
        final=answer.final,
        late=Effect.LATE in outcome.effects,
        outdated=answer.answers_digest != submission.approved_digest,
        supersedes_id=answer.supersedes,
        answers_digest=answer.answers_digest,
        payload_sha256=sha256,
        facts=answer.facts,
        attachments=list(answer.attachments),
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    if answer.nominal is not None:
        session.add(
            ResultNominal(
                result_id=row.id,
                agency_id=submission.agency_id,
                submission_id=submission.id,
                values=answer.nominal,
            )
        )
    acts = _begin_unfinished(session, services, root, submission, row, actor)
    acts += flow.settle(root, submission, Act.RESULT, outcome, actor)
    submission.answered_at, submission.closed_at = submission.answered_at or now, None
    if row.final:
        assignments.end_work(session, services, submission, "answered")
    acts += leads.end_superseded(session, services, submission, row, actor)
    if row.code in leads.TOLD_OF or answer.confirmed:
        leads.tell_later(session, services, row.id)
    custody.append(session, services, [_recorded(root, submission, row, actor), *acts])
    return row


def _begin_unfinished(
    session: Session, services: Services, root: Capture, submission: Submission, row: Result, actor: Actor
) -> list[custody.Act]:
    """A first answer from a lease, with more to come: an assignment stays open until the final one."""
    lease = assignments.running_lease(session, submission.id)
    if row.final or lease is None or lease.organisation_id != row.organisation_id:
        return []
    return [assignments.assign(session, services, root, submission, lease, actor)[1]]


def _recorded(root: Capture, submission: Submission, row: Result, actor: Actor) -> custody.Act:
    details = {
        "submission_id": str(submission.id),
        "result_id": str(row.id),
        "destination": submission.destination,
        "code": row.code,
        "final": row.final,
        "late": row.late,
        "outdated": row.outdated,
        "supersedes": str(row.supersedes_id) if row.supersedes_id else None,
        "answers_digest": row.answers_digest,
        "attachments": [str(one) for one in row.attachments],
    }
    return flow.act_of("result.recorded", root, submission, actor, details, subject=row)


def listed(
    session: Session, *, caller: Caller, submission_id: UUID, limit: int, after: tuple[datetime, UUID] | None
) -> list[ResultView]:
    """The results in the order of their arrival, without what names people: ``limit`` and one more."""
    submission = session.get(Submission, submission_id)
    if submission is None or not _may_read(session, caller, submission):
        raise not_found()
    wanted = select(Result).where(Result.submission_id == submission_id)
    if after is not None:
        wanted = wanted.where(tuple_(Result.recorded_at, Result.id) > after)
    rows = session.scalars(wanted.order_by(Result.recorded_at, Result.id).limit(limit + 1)).all()
    return [view_of(session, caller, row) for row in rows]


def view_of(session: Session, caller: Caller, row: Result) -> ResultView:
    """A result for one reader; only the agency's supervisors and prosecutors read its facts there."""
    reads_all = row.agency_id != caller.organisation_id or (
        isinstance(caller, PersonCaller) and bool(caller.roles & {Role.SUPERVISOR, Role.PROSECUTOR})
    )
    return ResultView(row, row.facts if reads_all else {}, session.get(LeadEnd, row.id))


def _may_read(session: Session, caller: Caller, submission: Submission) -> bool:
    """Officers read those of their own captures; row-level security has settled whose submission it is."""
    if not isinstance(caller, PersonCaller) or submission.agency_id != caller.organisation_id:
        return True
    return prosecuting.may_read(session, caller, session.get_one(Capture, submission.root_id))


def open_nominal(
    session: Session, services: Services, *, caller: PersonCaller, result_id: UUID, reason: str
) -> dict[str, Any]:
    """The part that names people, for desk and prosecutor; the custody log says so before it is read."""
    row = session.get(Result, result_id)
    submission = session.get(Submission, row.submission_id) if row is not None else None
    nominal = select(ResultNominal.result_id).where(ResultNominal.result_id == result_id)
    if row is None or submission is None or session.scalar(nominal) is None:
        raise not_found()
    if caller.organisation_id not in (row.agency_id, row.organisation_id):
        raise not_found()
    if not _may_read(session, caller, submission):
        raise not_found()
    root = session.get_one(Capture, row.root_id)
    details = {
        "submission_id": str(row.submission_id),
        "result_id": str(row.id),
        "reason": reason,
        "opened_at": instant(services.clock.now()),
    }
    actor = caller.actor(Role.PROSECUTOR, Role.TRACE_ANALYST)
    act = flow.act_of("result.nominal_opened", root, submission, actor, details)
    noting.note(session, services, caller=caller, act=act, purpose=None)  # a reason is good once
    return session.get_one(ResultNominal, result_id).values
