"""A supervisor decides over one exact digest: approve, return, reject, reopen, release (protocol, section 6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor
from evidence.actions.deciding import approvals, dossiers, flow, routing
from evidence.actions.deciding.supplements import Read, keep_reading
from evidence.actions.deciding.versions import check_version
from evidence.actions.holding import assignments
from evidence.actions.ports import Services
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.errors import Category, EvidenceError, Retry, conflict, forbidden, invalid, not_found
from evidence.domain.kinds import ReadingHow, ReturnReason
from evidence.domain.roles import Role
from evidence.domain.states import Act, By, State, act_of_decision
from evidence.records.captures import Capture, Manifest, locked_capture
from evidence.records.submissions import Decision, Reading, Submission, locked_submission

REASONED = frozenset({"return", "reject", "reopen", "release"})
APPROVALS = frozenset({"approve", "release"})
GUEST_DECISIONS = frozenset({"approve", "return"})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a supervisor sends. ``media`` are the files that it goes without; ``reading`` is (status, text).

    ``opened`` are the amber warnings that were opened, each as ``code|about``; an approval needs them all.
    """

    decision: str
    digest: str
    findings_seen: int
    reason: str | None = None
    note: str | None = None
    reading: tuple[str, str] | None = None
    marks: Sequence[Mapping[str, Any]] = ()
    media: Sequence[UUID] = ()
    opened: Sequence[str] = ()

    def check(self) -> None:
        """422 for a missing reason, an unknown reason of a return, or files where none can be named."""
        if self.decision in REASONED and not (self.reason or "").strip():
            raise invalid("reason_needed", reason="say why")
        if self.decision == "return" and self.reason not in set(ReturnReason):
            raise invalid("unknown_reason", reason="one of the reasons of a return")
        if self.media and self.decision not in APPROVALS:
            raise invalid("media_unexpected", media="only an approval or a release names files")
        if self.decision == "release" and not self.media:
            raise invalid("media_needed", media="name the files that it goes without")


@dataclass(frozen=True)
class _Case:
    """A decision being made: the locked rows, their facts, who decides and what."""

    caller: PersonCaller
    actor: Actor
    facts: dossiers.LineFacts
    submission: Submission
    verdict: Verdict


def decide(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    submission_id: UUID,
    verdict: Verdict,
    if_match: str | None,
) -> Decision | EvidenceError:
    """Records the decision and moves the submission, in one transaction with its custody entries.

    403 ``own_capture``, ``own_supplement``, ``fresh_factor_required``; 409 with the code of what stands against it;
    412 and 428 by ``If-Match``; 422 for a verdict that is not complete. A 409 to an approval that came with a blind
    reading is *returned*: the reading is evidence, a wrong guess too, and is kept with the refusal.
    """
    verdict.check()
    root, submission = _locked(session, caller, submission_id)
    fresh_factor.require(services, caller)
    check_version(if_match, submission.version)
    facts = dossiers.load(session, root)
    if root.state == "held" or facts is None:
        raise conflict("capture_held", "The capture is held.", retry=Retry.AFTER_UPDATE)
    case = _Case(caller, caller.actor(Role.SUPERVISOR), facts, submission, verdict)
    _check_guest(case)
    _check_person(session, case)
    reading, acts = _own_reading(session, services, case)
    former = submission.state
    try:
        with session.begin_nested():
            if verdict.digest != submission.digest:
                raise conflict("digest_changed", "The content has changed since you saw it.", retry=Retry.AFTER_UPDATE)
            # First the row: a guest sees what it decided over, when the request no longer waits.
            row = _row(session, services, case)
            moved = _carry_out(session, services, case)
    except EvidenceError as error:
        if reading is None or verdict.decision not in APPROVALS or error.category is not Category.CONFLICT:
            raise
        custody.append(session, services, [*acts, _refused(case, reading, error)])
        return error
    custody.append(session, services, [*acts, _made(case, row, reading, former), *moved])
    return row


def _locked(session: Session, caller: PersonCaller, submission_id: UUID) -> tuple[Capture, Submission]:
    """The root first, then the submission: the order in which every action locks them."""
    found = session.get(Submission, submission_id)
    if found is None or found.agency_id != caller.organisation_id:
        raise not_found()
    root = locked_capture(session, found.root_id)
    session.expire(found)
    submission = locked_submission(session, submission_id)
    if root is None or submission is None:
        raise not_found()
    session.refresh(root)
    return root, submission


def _check_guest(case: _Case) -> None:
    """A partner approves or returns what waits for review; all else is the agency's own."""
    if case.caller.home_id is None:
        return
    if case.verdict.decision not in GUEST_DECISIONS or case.submission.state != State.PENDING_REVIEW:
        raise forbidden("not_for_a_partner", "A partner approves or returns what waits for review.")


def _check_person(session: Session, case: _Case) -> None:
    """Nobody decides over an own capture or an own supplement; persons are compared, not accounts (section 2)."""
    root, person = case.facts.root, case.caller.person_id
    officers = set(session.scalars(select(Manifest.officer_id).where(Manifest.root_id == root.id)))
    if person in officers | {root.officer_id}:
        raise forbidden("own_capture", "Another person decides over your capture.")
    newest = dossiers.stamp(case.facts, case.submission).version
    if any(row.number == newest and row.author_id == person for row in case.facts.supplements):
        raise forbidden("own_supplement", "Another person decides over your supplement.")


def _own_reading(session: Session, services: Services, case: _Case) -> tuple[Reading | None, list[custody.Act]]:
    if case.verdict.reading is None:
        return None, []
    status, text = case.verdict.reading
    row, act = keep_reading(
        session,
        services,
        root=case.facts.root,
        item_id=case.submission.item_id,
        caller=case.caller,
        read=Read(status, text, ReadingHow.SUPERVISOR.value),
    )
    return row, [act]


def _carry_out(session: Session, services: Services, case: _Case) -> list[custody.Act]:
    """Moves the submission as the one table of states says; returns the entries to append."""
    submission, verdict, root = case.submission, case.verdict, case.facts.root
    if verdict.decision in APPROVALS:
        return _approve(session, services, case)
    if verdict.decision == "reopen":
        act, party = Act.REOPEN, _reopener(session, case)
    else:
        act, party = act_of_decision(State(submission.state), verdict.decision), By.SUPERVISOR
    moved = flow.move(root, submission, act, party, case.actor, reason=verdict.reason)
    submission.reason = verdict.reason if verdict.decision != "reopen" else None
    return moved


def _reopener(session: Session, case: _Case) -> By:
    """What was rejected is taken up again by another supervisor than the one who rejected it."""
    rejected_by = session.scalars(
        select(Decision.person_id)
        .where(Decision.submission_id == case.submission.id, Decision.kind == "reject")
        .order_by(Decision.decided_at.desc())
        .limit(1)
    ).first()
    return By.SUPERVISOR if rejected_by == case.caller.person_id else By.ANOTHER_SUPERVISOR


def _approve(session: Session, services: Services, case: _Case) -> list[custody.Act]:
    submission, verdict, facts = case.submission, case.verdict, case.facts
    state = State(submission.state)
    confirms = submission.provisional_until is not None and not submission.revision_pending
    release = verdict.decision == "release"
    act = Act.RELEASE_WITHOUT if release else act_of_decision(state, "approve", confirms=confirms)
    former = list(submission.released_without)
    submission.released_without = sorted({*former, *_missing(case)})
    approvals.check(
        session,
        facts,
        submission,
        caller=case.caller,
        findings_seen=verdict.findings_seen,
        opened=None if act is Act.RELEASE_WITHOUT else verdict.opened,
    )
    if act is Act.RELEASE_WITHOUT and not routing.all_settled(facts, submission):
        raise conflict("evidence_missing", "Other files have not been secured.", retry=Retry.AFTER_UPDATE)
    if act is Act.APPROVE_CORRECTION:
        moved = [
            *flow.move(facts.root, submission, act, By.SUPERVISOR, case.actor, reason=verdict.reason),
            *assignments.reopen(session, services, facts.root, submission, case.actor),
        ]
    elif act in (Act.APPROVE, Act.RELEASE_WITHOUT) and routing.all_settled(facts, submission):
        moved = routing.enqueue(
            session, services, facts, submission, act, By.SUPERVISOR, case.actor, reason=verdict.reason
        )
    else:
        moved = flow.move(facts.root, submission, act, By.SUPERVISOR, case.actor, reason=verdict.reason)
    submission.provisional_until = None
    submission.approved_digest = submission.digest
    submission.approved_by, submission.approved_at = case.caller.person_id, services.clock.now()
    submission.reason = None
    approvals.keep(session, facts, submission, now=services.clock.now())
    return moved


def _refused(case: _Case, reading: Reading, error: EvidenceError) -> custody.Act:
    details: dict[str, Any] = {
        "submission_id": str(case.submission.id),
        "decision": case.verdict.decision,
        "code": error.code,
        "errors": {about: list(codes) for about, codes in error.errors.items()},
        "digest": case.verdict.digest,
        "reading_id": str(reading.id),
    }
    return flow.act_of("decision.refused", case.facts.root, case.submission, case.actor, details)


def _missing(case: _Case) -> set[UUID]:
    """The named files, each of the item and not yet secured."""
    waiting = {
        line.media_id for line, media in case.facts.media_of(case.submission.item_id) if media.state != "secured"
    }
    unknown = sorted(str(one) for one in set(case.verdict.media) - waiting)
    if unknown:
        raise invalid("not_missing", media=f"secured already, or not of this item: {', '.join(unknown)}")
    return set(case.verdict.media)


def _row(session: Session, services: Services, case: _Case) -> Decision:
    verdict = case.verdict
    row = Decision(
        id=services.entropy.uuid7(),
        submission_id=case.submission.id,
        root_id=case.submission.root_id,
        agency_id=case.submission.agency_id,
        kind=verdict.decision,
        person_id=case.caller.person_id,
        digest=verdict.digest,
        findings_seen=verdict.findings_seen,
        reason=verdict.reason,
        note=verdict.note,
        marks=[dict(mark) for mark in verdict.marks],
        decided_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def _made(case: _Case, row: Decision, reading: Reading | None, former: str) -> custody.Act:
    details: dict[str, Any] = {
        "submission_id": str(row.submission_id),
        "decision_id": str(row.id),
        "decision": row.kind,
        "digest": row.digest,
        "findings_seen": row.findings_seen,
        "marks": row.marks,
        "from": former,
        "to": case.submission.state,
    }
    if reading is not None:
        details["reading_id"] = str(reading.id)
    if case.caller.home_id is not None:
        details |= {"partner_id": str(case.caller.home_id), "agreement_id": str(case.caller.agreement_id)}
    if row.reason:
        details["reason"] = row.reason
    return flow.act_of("decision.made", case.facts.root, case.submission, case.actor, details, subject=row)
