"""How submissions come to be, and what changed content means for those that are there.

Callers hold the root capture's lock, so that a line changes in one transaction at a time.
"""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import dossiers, flow
from evidence.actions.holding import corrections
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.detainee import detainee_due_at
from evidence.domain.dossier import changed_content
from evidence.domain.facts import value_of
from evidence.domain.kinds import ItemKind
from evidence.domain.readiness import Severity
from evidence.domain.roles import DESTINATIONS
from evidence.domain.states import Act, By, State, after_fact
from evidence.domain.worksheet import known_facts
from evidence.records import writing
from evidence.records.captures import Capture
from evidence.records.media import ManifestMedia, Media
from evidence.records.submissions import Submission, locked_submissions_of

NOT_NAMED = "not_in_manifest"
"""The reason of a submission whose item the head doesn't name."""


def open_and_revise(
    session: Session,
    services: Services,
    root: Capture,
    *,
    by: Actor,
    new: Sequence[tuple[ManifestMedia, Media]] | None = None,
) -> list[custody.Act]:
    """After a manifest became head: opens what it requests anew, and lets changed content have its effect.

    ``new`` as for ``dossiers.load``: the files of a root that this transaction made, which has no submissions yet.
    """
    facts = dossiers.load(session, root, new=new)
    if facts is None:
        return []
    known = locked_submissions_of(session, root.id) if new is None else []
    present = {(one.destination, one.item_id): one for one in known}
    opened: list[Submission] = []
    for item in facts.head.payload["items"]:
        for destination in item["requests"]:
            wanted = (destination, UUID(item["id"]))
            if item["kind"] == ItemKind.EXPLOSIVE or destination not in DESTINATIONS or wanted in present:
                continue
            opened.append(_opened(services, facts, wanted))
    writing.add_new(session, opened)
    acts = [_said(facts, submission, by) for submission in opened]
    for submission in present.values():
        if facts.names(submission.item_id):
            acts += _revise(session, services, facts, submission, Act.AMENDMENT, By.OFFICER, by)
        else:
            acts += _lose_item(root, submission, by)
    _match_later(session, services, facts)
    return acts


def _opened(services: Services, facts: dossiers.LineFacts, wanted: tuple[str, UUID]) -> Submission:
    destination, item_id = wanted
    submission = Submission(
        id=services.entropy.uuid7(),
        agency_id=facts.root.agency_id,
        root_id=facts.root.id,
        destination=destination,
        item_id=item_id,
        batch_id=uuid5(facts.root.scene_id or facts.root.id, destination),
        state=State.PENDING_REVIEW.value,
        version=1,
        digest="",
        digested={},
        machine_failures=0,
        revision_pending=False,
        released_without=[],
        created_at=services.clock.now(),
    )
    present = dossiers.dossier(facts, submission)
    submission.digest, submission.digested = present.digest, present.document()
    _clocks(facts, submission)
    required = [gap for gap in dossiers.meter_of(facts, submission).gaps if gap.severity is Severity.REQUIRED]
    submission.signing_gaps = [gap.field for gap in required]
    return submission


def _said(facts: dossiers.LineFacts, submission: Submission, by: Actor) -> custody.Act:
    details = {
        "submission_id": str(submission.id),
        "destination": submission.destination,
        "item_id": str(submission.item_id),
        "digest": submission.digest,
        "batch_id": str(submission.batch_id),
    }
    return flow.act_of("submission.opened", facts.root, submission, by, details)


def _clocks(facts: dossiers.LineFacts, submission: Submission) -> None:
    """Urgency 0 for what is justified as urgent, else 1; and the end of a detainee's term, where one runs."""
    known = known_facts(dossiers.subject(facts, submission.item_id, submission.id))
    priority = value_of(known, "recovery.priority")
    urgent = priority and priority.get("level") == "urgent" and priority.get("justification")
    submission.urgency = 0 if urgent else 1
    submission.detainee_due_at = detainee_due_at(known)


def _lose_item(root: Capture, submission: Submission, by: Actor) -> list[custody.Act]:
    """The head doesn't name the item any more: what was approved of it no longer holds, what is held is revised."""
    acts: list[custody.Act] = []
    if submission.state not in flow.UNDECIDED and not submission.revision_pending:
        outcome = after_fact(State(submission.state), Act.AMENDMENT, By.OFFICER)
        acts = flow.settle(root, submission, Act.AMENDMENT, outcome, by)
    return [*acts, *_take_back(root, submission, by, NOT_NAMED)]


def take_back(session: Session, root: Capture, *, by: Actor, reason: str) -> list[custody.Act]:
    """The officer takes a whole capture back: nothing of it waits for review any more."""
    return [
        act
        for submission in locked_submissions_of(session, root.id)
        for act in _take_back(root, submission, by, reason)
    ]


def _take_back(root: Capture, submission: Submission, by: Actor, reason: str) -> list[custody.Act]:
    """From review to the officer, as the table's return; an amendment that names the item again asks anew."""
    if submission.state != State.PENDING_REVIEW:
        return []
    submission.reason = reason
    return flow.move(root, submission, Act.RETURN, By.OFFICER, by, reason=reason)


def revise_all(
    session: Session, services: Services, root: Capture, *, act: Act, party: By, by: Actor
) -> list[custody.Act]:
    """After a supplement: every submission whose content it changed feels it; the others don't."""
    facts = dossiers.load(session, root)
    if facts is None:
        return []
    return [
        entry
        for submission in locked_submissions_of(session, root.id)
        if facts.names(submission.item_id)
        for entry in _revise(session, services, facts, submission, act, party, by)
    ]


def _revise(
    session: Session,
    services: Services,
    facts: dossiers.LineFacts,
    submission: Submission,
    act: Act,
    party: By,
    by: Actor,
) -> list[custody.Act]:
    _clocks(facts, submission)
    present = dossiers.dossier(facts, submission)
    answers_return = submission.state == State.RETURNED and act is Act.AMENDMENT
    changed = bool(changed_content(submission.digested, present.document()))
    if not changed and not answers_return and submission.state not in flow.UNDECIDED:
        return []  # an amendment of other items leaves what was approved here as it is
    if present.digest == submission.digest:
        return []
    submission.digest, submission.digested = present.digest, present.document()
    submission.version += 1
    if not changed and not answers_return:
        return []
    outcome = after_fact(State(submission.state), act, party)
    settled = flow.settle(facts.root, submission, act, outcome, by, moved_version=True)
    return [*settled, *corrections.note(session, services, facts.root, submission, by)]


def _match_later(session: Session, services: Services, facts: dossiers.LineFacts) -> None:
    """Looks for duplicates of every gun with a serial, in a job that sees all agencies."""
    for item in facts.head.payload["items"]:
        if item.get("serial", {}).get("text"):
            services.jobs.enqueue(session, "match_duplicates", root_id=str(facts.root.id), item_id=item["id"])
