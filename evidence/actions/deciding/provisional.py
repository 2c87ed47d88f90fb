"""Urgent, and no other supervisor there: sent without approval, marked so, confirmed within a day or recalled.

An agency's switch, off by default (desks, section B6). It is no decision: who captured may send, and cannot confirm.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor
from evidence.actions.deciding import approvals, dossiers, flow, reviewing, routing
from evidence.actions.deciding.versions import check_version
from evidence.actions.holding import assignments
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.errors import Category, EvidenceError, Retry, conflict, forbidden, invalid, not_found
from evidence.domain.readiness import Outlook
from evidence.domain.roles import Role
from evidence.domain.states import RECALLED, Act, By
from evidence.domain.warnings import Level, warnings
from evidence.records.captures import Capture, locked_capture
from evidence.records.organisations import Organisation
from evidence.records.submissions import Submission, locked_submission

CONFIRMED_WITHIN = timedelta(hours=24)
LEFT_FOR_THE_APPROVAL = frozenset({"own_capture", "own_supplement", "reading_missing", "view_not_opened"})
"""What only a second person can do: it waits for the approval. Every other red warning stands against sending too."""
AT_ONCE = 100


@dataclass(frozen=True, kw_only=True)
class Sending:
    """``digest`` is the content that was seen; ``reason`` why it can't wait."""

    digest: str
    findings_seen: int
    reason: str


def send(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    submission_id: UUID,
    sending: Sending,
    if_match: str | None,
) -> Submission:
    """Into the queue without approval. 403 ``provisional_off`` unless the agency allows it; 409 ``not_urgent``,
    ``evidence_missing``, or with the code of what stands against it; 412 and 428 by ``If-Match``.
    """
    if not sending.reason.strip():
        raise invalid("reason_needed", reason="say why it can't wait")
    root, submission = _locked(session, caller, submission_id)
    fresh_factor.require(services, caller)
    check_version(if_match, submission.version)
    if not session.get_one(Organisation, root.agency_id).settings.get("provisional", False):
        raise forbidden("provisional_off", "The agency sends nothing without an approval.")
    facts = dossiers.load(session, root)
    if facts is None:
        raise conflict("capture_held", "The capture is held.", retry=Retry.AFTER_UPDATE)
    _check(session, facts, submission, caller, sending)
    submission.provisional_until = services.clock.now() + CONFIRMED_WITHIN
    acts = routing.enqueue(
        session,
        services,
        facts,
        submission,
        Act.SEND_PROVISIONAL,
        By.SUPERVISOR,
        caller.actor(Role.SUPERVISOR),
        reason=sending.reason,
    )
    submission.approved_digest, submission.reason = submission.digest, None
    approvals.keep(session, facts, submission, now=services.clock.now())
    custody.append(session, services, acts)
    return submission


def _locked(session: Session, caller: PersonCaller, submission_id: UUID) -> tuple[Capture, Submission]:
    found = session.get(Submission, submission_id)
    if found is None or found.agency_id != caller.organisation_id:
        raise not_found()
    if caller.home_id is not None:
        raise forbidden("not_for_a_partner", "A partner approves or returns what waits for review.")
    root = locked_capture(session, found.root_id)
    session.expire(found)
    submission = locked_submission(session, submission_id)
    if root is None or submission is None:
        raise not_found()
    session.refresh(root)
    return root, submission


def _check(
    session: Session, facts: dossiers.LineFacts, submission: Submission, caller: PersonCaller, sending: Sending
) -> None:
    if sending.digest != submission.digest:
        raise conflict("digest_changed", "The content has changed since you saw it.", retry=Retry.AFTER_UPDATE)
    if submission.urgency != 0:
        raise conflict("not_urgent", "Only what is urgent goes without an approval.")
    if not routing.all_settled(facts, submission):
        raise conflict("evidence_missing", "Files have not been secured yet.", retry=Retry.AFTER_UPDATE)
    if facts.root.conflict_open or any(problem["blocking"] for problem in facts.head.problems):
        raise conflict("blocking_problems", "The manifest has problems that must be settled first.")
    found = approvals.findings_of(session, facts, submission)
    if any(one.blocking and one.number > sending.findings_seen for one in found):
        raise conflict("findings_unseen", "A blocking finding came since you looked.", retry=Retry.AFTER_UPDATE)
    meter = dossiers.meter(session, facts, submission)
    if meter.outlook in (Outlook.IMPOSSIBLE, Outlook.WAITS_FOR_LABORATORY):
        raise conflict("not_possible", meter.reason or meter.outlook.value)
    told = warnings(reviewing.review_of(session, facts, submission, caller))
    red = [one for one in told if one.level is Level.RED and one.code not in LEFT_FOR_THE_APPROVAL]
    if red:
        errors = {one.about or one.code: [one.code] for one in red}
        code = approvals.CODES.get(red[0].code, red[0].code)
        raise EvidenceError(Category.CONFLICT, code, retry=Retry.AFTER_UPDATE, errors=errors)


def recall_due(session: Session, services: Services) -> int:
    """For the clock: takes back what nobody confirmed in time, from whoever has it; returns how many.

    The holder hears of it in the same entry; what it answered already stays answered.
    """
    now = services.clock.now()
    due = select(Submission).where(Submission.provisional_until <= now, Submission.state.in_(RECALLED))
    acts: list[custody.Act] = []
    recalled = 0
    for found in session.scalars(due.order_by(Submission.id).limit(AT_ONCE)).all():
        root, submission = locked_capture(session, found.root_id), locked_submission(session, found.id)
        if root is None or submission is None:
            continue
        session.refresh(submission)
        until = submission.provisional_until
        if until is None or until > now or submission.state not in RECALLED:
            continue  # confirmed or answered while we waited for the row
        acts += flow.move(root, submission, Act.RECALL, By.CLOCK, SYSTEM, reason="not_confirmed")
        assignments.end_work(session, services, submission, "recalled")
        recalled += 1
    if acts:
        custody.append(session, services, acts)
    return recalled
