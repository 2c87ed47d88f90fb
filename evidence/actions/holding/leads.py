"""How a lead ends: it stays, and who was told of it is told of its end (protocol, section 7)."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow
from evidence.actions.holding import queues
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, Caller
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.kinds import BallisticCode
from evidence.records.captures import Capture
from evidence.records.results import LeadEnd, Result
from evidence.records.submissions import Submission, locked_submission

OUTCOME_OF: Mapping[str, str] = {
    BallisticCode.HIT.value: "confirmed",
    BallisticCode.NO_ASSOCIATION.value: "eliminated",
    BallisticCode.UNSUITABLE.value: "inconclusive",
    BallisticCode.LEAD.value: "withdrawn",
}
"""How a result that supersedes a lead ends it; another lead takes its place, so that the former is withdrawn."""

TOLD_OF = (BallisticCode.LEAD.value, BallisticCode.HIT.value)
"""Results of which both cases' agencies are told."""

BY_HAND = ("eliminated", "inconclusive", "withdrawn")


def end_superseded(
    session: Session, services: Services, submission: Submission, row: Result, actor: Actor
) -> list[custody.Act]:
    """After a result that supersedes a lead: the lead's end, if it has none yet."""
    lead = session.get(Result, row.supersedes_id) if row.supersedes_id else None
    outcome = OUTCOME_OF.get(row.code)
    if lead is None or lead.code != BallisticCode.LEAD or outcome is None or session.get(LeadEnd, lead.id) is not None:
        return []
    return [_end(session, services, submission, lead, outcome=outcome, by=row, reason=None, actor=actor)]


def end(session: Session, services: Services, *, caller: Caller, result_id: UUID, outcome: str, reason: str) -> LeadEnd:
    """Ends a lead without another result. The same again changes nothing; 409 ``lead_ended`` for another outcome.

    422 ``hit_needed``: only a hit confirms.
    """
    lead = session.get(Result, result_id)
    submission = locked_submission(session, lead.submission_id) if lead is not None else None
    if lead is None or submission is None or lead.organisation_id != caller.organisation_id:
        raise not_found()
    queues.need_scope(caller, "result:write", submission.destination)
    if lead.code != BallisticCode.LEAD:
        raise conflict("not_a_lead", "Only a lead ends.")
    if outcome not in BY_HAND:
        raise invalid("hit_needed", outcome="only a hit confirms a lead")
    known = session.get(LeadEnd, lead.id)
    if known is not None and known.outcome == outcome:
        return known
    if known is not None:
        raise conflict("lead_ended", f"It was {known.outcome} already.")
    actor = caller.actor(*queues.WORKERS)
    act = _end(session, services, submission, lead, outcome=outcome, by=None, reason=reason, actor=actor)
    custody.append(session, services, [act])
    return session.get_one(LeadEnd, lead.id)


def _end(
    session: Session,
    services: Services,
    submission: Submission,
    lead: Result,
    *,
    outcome: str,
    by: Result | None,
    reason: str | None,
    actor: Actor,
) -> custody.Act:
    row = LeadEnd(
        result_id=lead.id,
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=(by or lead).organisation_id,  # whoever ends it: another laboratory may have taken over
        outcome=outcome,
        by_result_id=by.id if by else None,
        reason=reason,
        ended_by=actor.id,
        ended_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    tell_later(session, services, lead.id)
    details = {"submission_id": str(submission.id), "result_id": str(lead.id), "code": outcome}
    if by is not None:
        details["by_result_id"] = str(by.id)
    if reason:
        details["reason"] = reason
    root = session.get_one(Capture, submission.root_id)
    return flow.act_of("result.ended", root, submission, actor, details, subject=row)


def tell_later(session: Session, services: Services, result_id: UUID) -> None:
    """Queues the telling: the other case's agency is behind the wall, and only the worker's role sees it."""
    services.jobs.enqueue(session, "tell_result", result_id=str(result_id))
