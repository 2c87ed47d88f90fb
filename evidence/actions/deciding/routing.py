"""Where an approved submission goes: into the queue of whoever the routes name, with the grant to see it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import organisations
from evidence.actions.deciding import dossiers, flow, match_grants
from evidence.actions.holding import clocks
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, Actor
from evidence.domain.custody import instant
from evidence.domain.states import Act, By, State, next_state
from evidence.domain.worksheet import known_facts
from evidence.records.captures import Capture
from evidence.records.organisations import AccessGrant, Route
from evidence.records.submissions import Lease, Submission, locked_submissions_of

GRANTED = ["facts", "media", "results", "custody"]


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
    outcome = next_state(State(submission.state), act, party, flow.circumstances_of(submission, all_secured=True))
    granted = send_to(session, services, facts, submission)
    submission.queued_at = submission.queued_at or now
    submission.due_at = submission.due_at or clocks.due_at(session, submission, now)
    return [*flow.settle(facts.root, submission, act, outcome, by, reason=reason), *granted]


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
    shared = match_grants.share(session, services, root, submission)
    return [*ended, _grant_act("grant.made", root, submission, grant), *shared]


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
        "scope_id": str(grant.match_id or submission.id),
        "levels": grant.levels,
        "reason": grant.reason,
        "from": instant(grant.valid_from),
    }
    return flow.act_of(kind, root, submission, SYSTEM, details)
