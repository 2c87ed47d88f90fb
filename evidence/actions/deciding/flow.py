"""How submissions come to be and move: every change of state passes through here and asks the one table.

Callers hold the root capture's lock, so that a line changes in one transaction at a time.
"""

from typing import Any

from evidence.actions import custody
from evidence.domain.callers import Actor
from evidence.domain.custody import Chain, instant
from evidence.domain.states import Act, By, Circumstances, Effect, Outcome, State, next_state
from evidence.records.captures import Capture
from evidence.records.submissions import Submission

UNDECIDED = frozenset({State.PENDING_REVIEW, State.RETURNED, State.REJECTED})


def move(
    root: Capture,
    submission: Submission,
    act: Act,
    party: By,
    by: Actor,
    *,
    circumstances: Circumstances | None = None,
    reason: str | None = None,
) -> list[custody.Act]:
    """One act of the table: 409 ``wrong_state`` when it has no row. Returns the entries to append."""
    outcome = next_state(State(submission.state), act, party, circumstances or circumstances_of(submission))
    return settle(root, submission, act, outcome, by, reason=reason)


def circumstances_of(submission: Submission, *, machine: bool = False, all_secured: bool = False) -> Circumstances:
    return Circumstances(
        all_secured=all_secured,
        revision_pending=submission.revision_pending,
        machine=machine,
        failures=submission.machine_failures,
        provisional=submission.provisional_until is not None,
    )


_KINDS = {
    Act.RETURN: "submission.returned",
    Act.REJECT: "submission.rejected",
    Act.REOPEN: "submission.reopened",
    Act.WITHDRAW: "submission.withdrawn",
    Act.REROUTE: "submission.rerouted",
    Act.PUT_BACK: "submission.put_back",
    Act.CLOSE: "submission.closed",
    Act.RELEASE_WITHOUT: "submission.released",
}


def settle(
    root: Capture,
    submission: Submission,
    act: Act,
    outcome: Outcome,
    by: Actor,
    *,
    reason: str | None = None,
    moved_version: bool = False,
) -> list[custody.Act]:
    """Writes an outcome into the row, and says it in the custody log when the state or the approval moved."""
    former = submission.state
    submission.state = outcome.state.value
    if former != submission.state and not moved_version:
        submission.version += 1
    if Effect.APPROVAL_VOID in outcome.effects:
        submission.approved_digest = submission.approved_by = submission.approved_at = None
        submission.provisional_until = None
        submission.released_without = []
    if Effect.REVISION_PENDING in outcome.effects:
        submission.revision_pending = True
    if Effect.REVISION_SETTLED in outcome.effects:
        submission.revision_pending = False
    if Effect.COUNTS_AS_FAILURE in outcome.effects:
        submission.machine_failures += 1
    kind = _kind(act, outcome, former)
    if kind is None:
        return []
    details: dict[str, Any] = {
        "submission_id": str(submission.id),
        "from": former,
        "to": submission.state,
        "act": act.value,
        "digest": submission.digest,
        "destination": submission.destination,
    }
    if reason:
        details["reason"] = reason
    if act is Act.SEND_PROVISIONAL and submission.provisional_until is not None:
        details["until"] = instant(submission.provisional_until)
    if submission.holder_id is not None:
        details["organisation_id"] = str(submission.holder_id)
    return [act_of(kind, root, submission, by, details)]


_PROVISIONAL = {
    Act.SEND_PROVISIONAL: "submission.provisional",
    Act.CONFIRM: "submission.confirmed",
    Act.RECALL: "submission.recalled",
}


def _kind(act: Act, outcome: Outcome, former: str) -> str | None:
    if act in _PROVISIONAL:
        return _PROVISIONAL[act]
    if Effect.APPROVAL_VOID in outcome.effects:
        return "submission.void"
    if Effect.REVISION_PENDING in outcome.effects:
        return "submission.revised"
    if outcome.state is State.DEAD_LETTER:
        return "submission.dead_lettered"
    if outcome.state.value == former and act not in (Act.REROUTE,):
        return None
    if outcome.state is State.AWAITING_EVIDENCE:
        return "submission.awaiting_evidence"
    if act in (Act.AMENDMENT, Act.SUPPLEMENT):
        return "submission.reopened"
    return _KINDS.get(act) or ("submission.queued" if outcome.state is State.QUEUED else None)


def act_of(
    kind: str, root: Capture, submission: Submission, by: Actor, details: dict[str, Any], **more: Any
) -> custody.Act:
    """An entry on the root's chain; officer, agency and the holder hear of it."""
    told = [custody.Told(root.agency_id, root.officer_id)]
    if submission.holder_id is not None:
        told.append(custody.Told(submission.holder_id))
    return custody.Act(
        kind=kind,
        chain=Chain("capture", root.id),
        agency_id=root.agency_id,
        actor=by,
        details=details,
        told=told,
        root_id=root.id,
        submission_id=submission.id,
        **more,
    )
