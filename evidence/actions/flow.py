"""How submissions come to be and move: every change of state passes through here and asks the one table.

Callers hold the root capture's lock, so that a line changes in one transaction at a time.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import clocks, custody, dossiers, organisations
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, Actor
from evidence.domain.custody import Chain, instant
from evidence.domain.dossier import changed_content
from evidence.domain.facts import value_of
from evidence.domain.kinds import ItemKind
from evidence.domain.roles import DESTINATIONS
from evidence.domain.states import Act, By, Circumstances, Effect, Outcome, State, after_fact, next_state
from evidence.domain.worksheet import known_facts
from evidence.records.captures import Capture
from evidence.records.organisations import AccessGrant, Route
from evidence.records.submissions import Lease, Submission, locked_submissions_of

UNDECIDED = frozenset({State.PENDING_REVIEW, State.RETURNED, State.REJECTED})
GRANTED = ["facts", "media", "results", "custody"]


def open_and_revise(session: Session, services: Services, root: Capture, *, by: Actor) -> list[custody.Act]:
    """After a manifest became head: opens what it requests anew, and lets changed content have its effect."""
    facts = dossiers.load(session, root)
    if facts is None:
        return []
    present = {(one.destination, one.item_id): one for one in locked_submissions_of(session, root.id)}
    acts: list[custody.Act] = []
    for item in facts.head.payload["items"]:
        for destination in item["requests"]:
            wanted = (destination, UUID(item["id"]))
            if item["kind"] == ItemKind.EXPLOSIVE or destination not in DESTINATIONS or wanted in present:
                continue
            acts.append(_open(session, services, facts, wanted, by))
    for submission in present.values():
        acts += _revise(session, services, facts, submission, Act.AMENDMENT, By.OFFICER, by)
    _match_later(session, services, facts)
    return acts


def _open(
    session: Session, services: Services, facts: dossiers.LineFacts, wanted: tuple[str, UUID], by: Actor
) -> custody.Act:
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
    submission.urgency = _urgency(facts, submission)
    session.add(submission)
    session.flush()
    details = {
        "submission_id": str(submission.id),
        "destination": destination,
        "item_id": str(item_id),
        "digest": submission.digest,
        "batch_id": str(submission.batch_id),
    }
    return act_of("submission.opened", facts.root, submission, by, details)


def _urgency(facts: dossiers.LineFacts, submission: Submission) -> int:
    """0 for what is justified as urgent, else 1."""
    priority = value_of(known_facts(dossiers.subject(facts, submission.item_id, submission.id)), "recovery.priority")
    return 0 if priority and priority.get("level") == "urgent" and priority.get("justification") else 1


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
    submission.urgency = _urgency(facts, submission)
    present = dossiers.dossier(facts, submission)
    answers_return = submission.state == State.RETURNED and act is Act.AMENDMENT
    changed = bool(changed_content(submission.digested, present.document()))
    if not changed and not answers_return and submission.state not in UNDECIDED:
        return []  # an amendment of other items leaves what was approved here as it is
    if present.digest == submission.digest:
        return []
    submission.digest, submission.digested = present.digest, present.document()
    submission.version += 1
    if not changed and not answers_return:
        return []
    outcome = after_fact(State(submission.state), act, party)
    return settle(facts.root, submission, act, outcome, by, moved_version=True)


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
    if submission.holder_id is not None:
        details["organisation_id"] = str(submission.holder_id)
    return [act_of(kind, root, submission, by, details)]


def _kind(act: Act, outcome: Outcome, former: str) -> str | None:
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


def all_settled(facts: dossiers.LineFacts, submission: Submission) -> bool:
    """Whether every file of the item has been secured, or released by name by a supervisor."""
    released = set(submission.released_without)
    return all(
        media.state == "secured" or line.media_id in released for line, media in facts.media_of(submission.item_id)
    )


def evidence_arrived(session: Session, services: Services, root: Capture) -> list[custody.Act]:
    """After files were secured: what was approved and only waited for them goes to its queue."""
    waiting = [one for one in locked_submissions_of(session, root.id) if one.state == State.AWAITING_EVIDENCE]
    facts = dossiers.load(session, root) if waiting else None
    if facts is None:
        return []
    acts: list[custody.Act] = []
    for submission in waiting:
        if all_settled(facts, submission):
            acts += enqueue(session, services, facts, submission, Act.ALL_SECURED, By.SYSTEM, SYSTEM)
    return acts


def enqueue(
    session: Session,
    services: Services,
    facts: dossiers.LineFacts,
    submission: Submission,
    act: Act,
    party: By,
    by: Actor,
    *,
    reason: str | None = None,
) -> list[custody.Act]:
    """Into the queue of whoever the routes name, with the grant that lets them see it; the clock starts."""
    now = services.clock.now()
    outcome = next_state(State(submission.state), act, party, circumstances_of(submission, all_secured=True))
    granted = send_to(session, services, facts, submission)
    submission.queued_at = submission.queued_at or now
    submission.due_at = submission.due_at or clocks.due_at(session, submission, now)
    return [*settle(facts.root, submission, act, outcome, by, reason=reason), *granted]


def send_to(
    session: Session, services: Services, facts: dossiers.LineFacts, submission: Submission
) -> list[custody.Act]:
    """Chooses the holder by the routes in force and grants it the dossier; keeps a holder that has one already."""
    known = known_facts(dossiers.subject(facts, submission.item_id, submission.id))
    route = organisations.choose_route(
        session,
        agency_id=submission.agency_id,
        destination=submission.destination,
        at=services.clock.now(),
        facts=organisations.matchable(known, urgent=submission.urgency == 0),
    )
    if route is None or route.organisation_id == submission.holder_id:
        return []
    return grant_to(session, services, facts.root, submission, route)


def grant_to(
    session: Session, services: Services, root: Capture, submission: Submission, route: Route
) -> list[custody.Act]:
    """Makes the route's organisation the holder. A former one that never had a lease stops seeing the dossier."""
    now = services.clock.now()
    ended = _end_grants(session, root, submission, keep=route.organisation_id, now=now)
    submission.holder_id = route.organisation_id
    grant = AccessGrant(
        id=services.entropy.uuid7(),
        owner_id=submission.agency_id,
        grantee_id=route.organisation_id,
        scope="submission",
        root_id=root.id,
        submission_id=submission.id,
        item_id=submission.item_id,
        levels=GRANTED,
        reason="route",
        valid_from=now,
    )
    session.add(grant)
    return [*ended, _grant_act("grant.made", root, submission, grant)]


def _end_grants(
    session: Session, root: Capture, submission: Submission, *, keep: UUID, now: datetime
) -> list[custody.Act]:
    held_by = select(Lease.organisation_id).where(Lease.submission_id == submission.id)
    grants = session.scalars(
        select(AccessGrant).where(
            AccessGrant.submission_id == submission.id,
            AccessGrant.revoked_at.is_(None),
            AccessGrant.grantee_id != keep,
            AccessGrant.grantee_id.not_in(held_by),
        )
    ).all()
    for grant in grants:
        grant.revoked_at = now
    return [_grant_act("grant.ended", root, submission, grant) for grant in grants]


def _grant_act(kind: str, root: Capture, submission: Submission, grant: AccessGrant) -> custody.Act:
    details = {
        "grant_id": str(grant.id),
        "owner_id": str(grant.owner_id),
        "grantee_id": str(grant.grantee_id),
        "scope": grant.scope,
        "scope_id": str(submission.id),
        "levels": grant.levels,
        "reason": grant.reason,
        "from": instant(grant.valid_from),
    }
    return act_of(kind, root, submission, SYSTEM, details)


def _match_later(session: Session, services: Services, facts: dossiers.LineFacts) -> None:
    """Looks for duplicates of every gun with a serial, in a job that sees all agencies."""
    for item in facts.head.payload["items"]:
        if item.get("serial", {}).get("text"):
            services.jobs.enqueue(session, "match_duplicates", root_id=str(facts.root.id), item_id=item["id"])
