"""What stands in one line of a queue's list, put together for a page at a time: one question a table, not one a row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.actions.telling.reminders import Patience
from evidence.domain.callers import Caller
from evidence.domain.kinds import GUNS, BallisticCode
from evidence.domain.states import State
from evidence.domain.worksheet import FORMS, Destination, Mandatory
from evidence.records.captures import Capture
from evidence.records.duplicates import DuplicateAnswer, DuplicateMatch
from evidence.records.laboratory import Acquisition, ClockPause, TestFire
from evidence.records.organisations import Organisation
from evidence.records.people import MachineToken, Person
from evidence.records.results import LeadEnd, Result
from evidence.records.submissions import ApprovedDossier, Assignment, Lease, Submission
from evidence.records.trace_requests import CorrectionNotice, ReadBack, TraceRequest


@dataclass(frozen=True)
class Head:
    """What the list's own question finds of a submission; ``physical`` says where the thing is."""

    submission: Submission
    root: Capture
    dossier: ApprovedDossier | None
    agency: Organisation
    physical: str


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One line. ``item``, ``packages`` and ``case_number`` are the approved dossier's; nobody is named but the holder.

    ``paused_s`` are seconds that the clock has stood still so far; ``stage`` how far the work has come; ``remind`` is
    ``answer`` or ``lead`` when that has been waited for too long.
    """

    submission: Submission
    folio: str
    agency: str
    entity: str | None
    case_number: str | None
    order: Any
    priority: Any
    item: Mapping[str, Any]
    sheet: Mapping[str, Any]
    packages: Sequence[Mapping[str, Any]]
    missing: Sequence[str]
    physical: str
    stage: str
    holder: str | None
    holder_person_id: UUID | None
    pause: ClockPause | None
    paused_s: int
    lead_since: datetime | None
    remind: str | None
    results: Sequence[str]
    duplicates_open: int
    trace: TraceRequest | None
    read_back: ReadBack | None
    notices_open: int


class _Page:
    """Everything that concerns the submissions of a page, by submission."""

    def __init__(self, session: Session, caller: Caller, heads: Sequence[Head]) -> None:
        ids = [head.submission.id for head in heads]
        self.pauses = _by(session.scalars(select(ClockPause).where(ClockPause.submission_id.in_(ids))))
        results = session.scalars(select(Result).where(Result.submission_id.in_(ids)).order_by(Result.recorded_at))
        self.results = _by(results)
        self.ended = set(session.scalars(select(LeadEnd.result_id).where(LeadEnd.submission_id.in_(ids))))
        self.fired = set(session.scalars(select(TestFire.submission_id).where(TestFire.submission_id.in_(ids))))
        entered = select(Acquisition.submission_id).where(Acquisition.submission_id.in_(ids))
        self.entered = set(session.scalars(entered))
        sent = select(TraceRequest).where(TraceRequest.submission_id.in_(ids)).order_by(TraceRequest.number)
        self.traces = {row.submission_id: row for row in session.scalars(sent)}
        read = select(ReadBack).where(ReadBack.submission_id.in_(ids)).order_by(ReadBack.read_at)
        self.read_backs = {row.trace_request_id: row for row in session.scalars(read)}
        open_notices = select(CorrectionNotice).where(
            CorrectionNotice.submission_id.in_(ids), CorrectionNotice.acknowledged_at.is_(None)
        )
        self.notices = _by(session.scalars(open_notices))
        self.claims = _claims(session, ids)
        self.names = _names(session, self.claims.values())
        self.unanswered = _unanswered(session, caller, heads)


def _by(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.submission_id].append(row)
    return found


def _claims(session: Session, ids: Sequence[UUID]) -> dict[UUID, Lease | Assignment]:
    """Who has what now: an assignment before a lease."""
    leases = session.scalars(select(Lease).where(Lease.submission_id.in_(ids), Lease.ended_at.is_(None)))
    found: dict[UUID, Lease | Assignment] = {row.submission_id: row for row in leases}
    assigned = select(Assignment).where(Assignment.submission_id.in_(ids), Assignment.ended_at.is_(None))
    return found | {row.submission_id: row for row in session.scalars(assigned)}


def _names(session: Session, claims: Iterable[Lease | Assignment]) -> dict[UUID, str]:
    rows = list(claims)
    people = select(Person.id, Person.name).where(Person.id.in_([row.person_id for row in rows if row.person_id]))
    tokens = [row.machine_token_id for row in rows if row.machine_token_id]
    machines = select(MachineToken.id, MachineToken.label).where(MachineToken.id.in_(tokens))
    return {one.id: one[1] for wanted in (people, machines) for one in session.execute(wanted)}


def _unanswered(session: Session, caller: Caller, heads: Sequence[Head]) -> dict[tuple[UUID, UUID], int]:
    """Duplicate cards of each (root, item) that the caller's organisation has not answered; traces only."""
    pairs = {(head.root.id, head.submission.item_id) for head in heads if head.submission.destination == "etrace"}
    roots = [root for root, _ in pairs]
    if not roots:
        return {}
    answered = select(DuplicateAnswer.match_id).where(DuplicateAnswer.organisation_id == caller.organisation_id)
    wanted = select(DuplicateMatch).where(
        or_(DuplicateMatch.a_root_id.in_(roots), DuplicateMatch.b_root_id.in_(roots)),
        DuplicateMatch.id.not_in(answered),
    )
    found: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for match in session.scalars(wanted):
        for side in ((match.a_root_id, match.a_item_id), (match.b_root_id, match.b_item_id)):
            if side in pairs:
                found[side] += 1
    return found


def complete(
    session: Session, services: Services, caller: Caller, heads: Sequence[Head], since: Patience
) -> list[QueueRow]:
    """The lines of a page, in the order of ``heads``."""
    page = _Page(session, caller, heads)
    return [_row(page, head, services.clock.now(), since) for head in heads]


def _row(page: _Page, head: Head, now: datetime, since: Patience) -> QueueRow:
    submission, document = head.submission, head.dossier.document if head.dossier else {}
    sheet, recovery = document.get("worksheet") or {}, document.get("recovery") or {}
    claim = page.claims.get(submission.id)
    claimed_by = (claim.person_id or claim.machine_token_id) if claim else None
    pauses: list[ClockPause] = page.pauses.get(submission.id, [])
    results: list[Result] = page.results.get(submission.id, [])
    leads = [one for one in results if one.code == BallisticCode.LEAD and one.id not in page.ended]
    trace = page.traces.get(submission.id)
    form = "etrace" if submission.destination == "etrace" else "ballistics"
    return QueueRow(
        submission=submission,
        folio=head.root.folio,
        agency=head.agency.name,
        entity=head.agency.entity,
        case_number=recovery.get("carpeta") or recovery.get("case_number"),
        order=_value(sheet, "b4"),
        priority=_value(sheet, "1b" if form == "etrace" else "b1"),
        item=_item(document.get("item") or {}),
        sheet={code: value for code in _SHOWN[form] if (value := _value(sheet, code)) is not None},
        packages=[{name: one.get(name) for name in ("label", "kind", "seal")} for one in document.get("packages", [])],
        missing=missing_of(Destination(submission.destination), sheet),
        physical=head.physical,
        stage=_stage(page, head, bool(leads)),
        holder=page.names.get(claimed_by) if claimed_by else None,
        holder_person_id=claim.person_id if claim else None,
        pause=next((one for one in pauses if one.resumed_at is None), None),
        paused_s=sum(int(((one.resumed_at or now) - one.paused_at) / timedelta(seconds=1)) for one in pauses),
        lead_since=leads[0].recorded_at if leads else None,
        remind=_remind(submission, trace, leads, since),
        results=[one.code for one in results],
        duplicates_open=page.unanswered.get((head.root.id, submission.item_id), 0),
        trace=trace,
        read_back=page.read_backs.get(trace.id) if trace else None,
        notices_open=len(page.notices.get(submission.id, [])),
    )


def _remind(submission: Submission, trace: TraceRequest | None, leads: Sequence[Result], since: Patience) -> str | None:
    if trace is not None and submission.answered_at is None and trace.sent_at < since.answer:
        return "answer"
    return "lead" if leads and leads[0].recorded_at < since.lead else None


_SHOWN = {"etrace": ("5a", "5b", "5c", "5d", "5e", "5f", "5g", "5h"), "ballistics": ("b10", "b14", "b15", "b16")}


def _value(sheet: Mapping[str, Any], code: str) -> Any:
    return (sheet.get(code) or {}).get("value")


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: item.get(name) for name in ("number", "kind", "quantity")}


def missing_of(destination: Destination, sheet: Mapping[str, Any]) -> list[str]:
    """The form's mandatory lines that are empty, without those that the desk fills in while it keys."""
    needed = {Mandatory.YES, Mandatory.LIST}
    if (_value(sheet, "5g") or {"code": "US"}) not in ({"code": "US"}, "US"):
        needed.add(Mandatory.IF_NOT_US)
    return [
        field.code
        for field in FORMS[destination].fields
        if field.mandatory in needed and not field.at_keying and _value(sheet, field.code) is None
    ]


def _stage(page: _Page, head: Head, has_lead: bool) -> str:
    """How far the work has come, in the words of the desk."""
    submission = head.submission
    codes = {one.code for one in page.results.get(submission.id, [])}
    if submission.state in (State.ANSWERED, State.CLOSED):
        return "report" if BallisticCode.REPORT.value in codes else submission.state
    if submission.state == State.NEEDS_INFORMATION:
        return "needs_information"
    if submission.destination == "etrace":
        if submission.id in page.traces:
            return "sent"
        return "keying" if submission.state == State.IN_PROGRESS else "ready"
    if head.physical not in ("received", "mismatch"):
        return "reception"
    if has_lead:
        return "microscope"
    if submission.id in page.entered:
        return "correlation"
    kind = ((head.dossier.document.get("item") or {}) if head.dossier else {}).get("kind")
    return "test_fire" if kind in GUNS and submission.id not in page.fired else "entry"
