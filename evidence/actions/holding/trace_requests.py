"""Trace requests as a desk sends them: their eTrace numbers, read-backs, corrections (protocol, section 11).

The service never talks to eTrace; an accredited person keys the request there and says here what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow, match_grants, submissions
from evidence.actions.holding import clocks, corrections, queues
from evidence.actions.ports import Services
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.custody import instant
from evidence.domain.errors import Retry, conflict, forbidden, invalid, not_found
from evidence.domain.roles import Role
from evidence.domain.states import State
from evidence.records.captures import Capture
from evidence.records.organisations import Organisation
from evidence.records.submissions import Submission, locked_submission
from evidence.records.trace_requests import (
    CorrectionNotice,
    ReadBack,
    TraceRequest,
    latest_request,
    notices_of,
    read_backs_of,
    requests_of,
)

CLOCKS_DIFFER = timedelta(minutes=5)
WORKED_ON = (State.IN_PROGRESS.value, State.NEEDS_INFORMATION.value)


@dataclass(frozen=True, kw_only=True)
class Keyed:
    """What was sent. ``etrace_number`` was typed twice; ``digest`` is the dossier that was keyed."""

    request_id: UUID
    digest: str
    etrace_number: str
    etrace_number_again: str
    sent_at: datetime
    replaces: UUID | None

    def same_as(self, row: TraceRequest) -> bool:
        said = (self.digest, self.etrace_number.strip(), self.sent_at, self.replaces)
        return said == (row.digest, row.etrace_number, row.sent_at, row.replaces_id)


@dataclass(frozen=True)
class Sent:
    request: TraceRequest
    new: bool


@dataclass(frozen=True)
class TraceView:
    """One request. ``replaced``: its worksheet says SUSTITUIDA."""

    request: TraceRequest
    replaced: bool
    read_backs: Sequence[ReadBack]
    notices: Sequence[CorrectionNotice]


def send(session: Session, services: Services, *, caller: Caller, submission_id: UUID, keyed: Keyed) -> Sent:
    """Marks a request as sent. The same again changes nothing; other facts under the id are 409.

    409 ``other_digest`` unless the accepted dossier was keyed, ``replaces_needed`` unless it names the request that
    counts now, ``notice_open`` before its corrections are acknowledged, ``duplicate_unanswered`` before the cards are.
    """
    submission = locked_submission(session, submission_id)
    if submission is None:
        raise not_found()
    queues.need_scope(caller, "result:write", submission.destination)
    known = session.get(TraceRequest, keyed.request_id)
    if known is not None and known.submission_id == submission.id and keyed.same_as(known):
        return Sent(known, new=False)
    if known is not None:
        raise conflict("trace_request_conflict", "The id stands for another request already.")
    _check(session, services, caller, submission, keyed)
    row = _row(session, services, caller, submission, keyed)
    root, actor = session.get_one(Capture, submission.root_id), caller.actor(*queues.WORKERS)
    details = {
        "submission_id": str(submission.id),
        "trace_request_id": str(row.id),
        "number": row.number,
        "digest": row.digest,
        "etrace_number": row.etrace_number,
        "sent_at": instant(row.sent_at),
    }
    if row.replaces_id is not None:
        details["replaces"] = str(row.replaces_id)
    sent = flow.act_of("trace.sent", root, submission, actor, details, subject=row)
    # What was approved or read while the request was being keyed is a correction at once.
    corrected = corrections.note(session, services, root, submission, actor)
    custody.append(session, services, [sent, *corrected])
    return Sent(row, new=True)


def _check(session: Session, services: Services, caller: Caller, submission: Submission, keyed: Keyed) -> None:
    if submission.destination != "etrace":
        raise conflict("not_a_trace", "Only a trace is sent to eTrace.")
    if submission.holder_id != caller.organisation_id:
        raise forbidden("not_your_act", "Only the holder does this.")
    if submission.state not in WORKED_ON:
        raise conflict("wrong_state", f"Nothing is keyed while {submission.state}.", retry=Retry.AFTER_UPDATE)
    if keyed.etrace_number.strip() != keyed.etrace_number_again.strip() or not keyed.etrace_number.strip():
        raise invalid("numbers_differ", etrace_number_again="not the same number")
    if keyed.sent_at > services.clock.now() + CLOCKS_DIFFER:
        raise invalid("in_the_future", sent_at="lies in the future")
    if keyed.digest != submission.accepted_digest:
        raise conflict("other_digest", "This is not the dossier that you accepted.", retry=Retry.AFTER_UPDATE)
    former = latest_request(session, submission.id)
    if keyed.replaces != (former.id if former else None):
        raise conflict("replaces_needed", "Name the request that counts now, and no other.", retry=Retry.AFTER_UPDATE)
    if any(notice.acknowledged_at is None for notice in notices_of(session, submission.id)):
        raise conflict("notice_open", "Acknowledge the correction first.", retry=Retry.AFTER_UPDATE)
    if any(one.etrace_number == keyed.etrace_number.strip() for one in requests_of(session, submission.id)):
        raise conflict("number_used", "Another request has this number already.")
    match_grants.check_answered(session, caller, submission)


def _row(session: Session, services: Services, caller: Caller, submission: Submission, keyed: Keyed) -> TraceRequest:
    row = TraceRequest(
        id=keyed.request_id,
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        number=len(requests_of(session, submission.id)) + 1,
        digest=keyed.digest,
        etrace_number=keyed.etrace_number.strip(),
        replaces_id=keyed.replaces,
        sent_by=caller.actor(*queues.WORKERS).id,
        person_id=caller.person_id if isinstance(caller, PersonCaller) else None,
        sent_at=keyed.sent_at,
        recorded_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def read_back(
    session: Session, services: Services, *, caller: PersonCaller, request_id: UUID, text: str, equal: bool
) -> ReadBack:
    """Compares the serial on eTrace's confirmation with the photo. Another person does, or the same one another day.

    ``text`` is the serial as it stands on the confirmation. 409 ``replaced`` for a request that counts no more.
    """
    request, submission, root = _own(session, caller, request_id)
    latest = latest_request(session, submission.id)
    if latest is None or latest.id != request.id:
        raise conflict("replaced", "Another request counts instead.")
    if request.person_id == caller.person_id and not _another_day(session, services, caller, request):
        raise forbidden("same_reader", "Somebody else reads back, or you on another day.")
    row = ReadBack(
        id=services.entropy.uuid7(),
        trace_request_id=request.id,
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        person_id=caller.person_id,
        text=text,
        equal=equal,
        read_at=services.clock.now(),
    )
    session.add(row)
    details = {"submission_id": str(submission.id), "trace_request_id": str(request.id), "equal": equal}
    actor = caller.actor(Role.TRACE_ANALYST)
    custody.append(session, services, [flow.act_of("trace.read_back", root, submission, actor, details, subject=row)])
    return row


def _own(session: Session, caller: PersonCaller, request_id: UUID) -> tuple[TraceRequest, Submission, Capture]:
    """A request that the caller's desk sent or has taken over, its locked submission and its root; else 404."""
    request = session.get(TraceRequest, request_id)
    submission = locked_submission(session, request.submission_id) if request is not None else None
    if request is None or submission is None:
        raise not_found()
    if caller.organisation_id not in (request.organisation_id, submission.holder_id):
        raise not_found()
    return request, submission, session.get_one(Capture, submission.root_id)


def _another_day(session: Session, services: Services, caller: PersonCaller, request: TraceRequest) -> bool:
    """Whether the day has changed at the desk since the request was recorded."""
    settings = session.get_one(Organisation, caller.organisation_id).settings
    zone = ZoneInfo(clocks.calendar_of(settings).zone)
    return services.clock.now().astimezone(zone).date() > request.recorded_at.astimezone(zone).date()


def acknowledge(session: Session, services: Services, *, caller: PersonCaller, notice_id: UUID) -> CorrectionNotice:
    """The desk knows of the correction; a repeat changes nothing."""
    notice = session.get(CorrectionNotice, notice_id)
    if notice is None:
        raise not_found()
    _, submission, root = _own(session, caller, notice.trace_request_id)
    session.refresh(notice)
    if notice.acknowledged_at is not None:
        return notice
    notice.acknowledged_at, notice.acknowledged_by = services.clock.now(), caller.person_id
    actor = caller.actor(Role.TRACE_ANALYST)
    details = corrections.details(notice)
    custody.append(session, services, [flow.act_of("trace.notice_acknowledged", root, submission, actor, details)])
    return notice


def listed(session: Session, *, caller: Caller, submission_id: UUID, now: datetime) -> list[TraceView]:
    """The requests of a submission, first to last, for its agency and its holder."""
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="facts", now=now)
    sent = requests_of(session, submission.id)
    replaced = {one.replaces_id for one in sent}
    read_backs, notices = read_backs_of(session, submission.id), notices_of(session, submission.id)
    return [
        TraceView(
            one,
            one.id in replaced,
            [row for row in read_backs if row.trace_request_id == one.id],
            [row for row in notices if row.trace_request_id == one.id],
        )
        for one in sent
    ]
