"""Routes as an administrator keeps them, and what waits in a queue when its route ends (a lost accreditation)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased

from evidence.actions import custody
from evidence.actions.deciding import dossiers, flow, routing
from evidence.actions.holding import clocks
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.roles import Role
from evidence.domain.states import Act, By
from evidence.records.captures import locked_capture
from evidence.records.organisations import Organisation, Route
from evidence.records.submissions import Submission, locked_submission

MOST_AT_ONCE = 200
REASON = "route_ended"


def routes(session: Session, *, caller: PersonCaller) -> list[Route]:
    """The organisation's own routes, the newest first within a destination; those that are over too."""
    return list(
        session.scalars(
            select(Route)
            .where(Route.agency_id == caller.organisation_id)
            .order_by(Route.destination, Route.rank, Route.valid_from.desc(), Route.id)
        )
    )


def directory(session: Session) -> list[Organisation]:
    """Every organisation, by name: whom a route may lead to, whom a card may come from."""
    return list(session.scalars(select(Organisation).order_by(Organisation.name, Organisation.id)))


def end_route(
    session: Session, services: Services, *, caller: PersonCaller, route_id: UUID, at: datetime | None
) -> Route:
    """Ends a route now or later. When it ends, what waits there goes where the routes then lead.

    Ending the only route of a destination leaves what waits where it is: nobody else may see it.
    """
    route = session.scalars(select(Route).where(Route.id == route_id).with_for_update()).one_or_none()
    if route is None or route.agency_id != caller.organisation_id:
        raise not_found()
    now = services.clock.now()
    if route.valid_until is not None and route.valid_until <= now:
        raise conflict("wrong_state", "The route is over already.")
    until = at or now
    if until < now:
        raise invalid("route_end", at="not in the past")
    route.valid_until = max(until, route.valid_from)
    details = {
        "route_id": str(route.id),
        "destination": route.destination,
        "organisation_id": str(route.organisation_id),
        "rank": route.rank,
        "from": instant(route.valid_from),
        "until": instant(route.valid_until),
        "match": route.matchers,
    }
    act = custody.Act(
        kind="route.ended",
        chain=Chain("agency", route.agency_id),
        agency_id=route.agency_id,
        actor=caller.actor(Role.ADMINISTRATOR),
        details=details,
        told=[custody.Told(route.organisation_id)],
    )
    custody.append(session, services, [act])
    services.jobs.enqueue(session, "move_stranded")
    return route


def stranded(session: Session, services: Services) -> Sequence[UUID]:
    """Submissions that wait with an organisation to which no route of their agency leads any more."""
    now = services.clock.now()
    leading = aliased(Route)
    leads = exists().where(
        leading.agency_id == Submission.agency_id,
        leading.destination == Submission.destination,
        leading.organisation_id == Submission.holder_id,
        leading.valid_from <= now,
        or_(leading.valid_until.is_(None), leading.valid_until > now),
    )
    elsewhere = aliased(Route)
    another = exists().where(
        elsewhere.agency_id == Submission.agency_id,
        elsewhere.destination == Submission.destination,
        elsewhere.valid_from <= now,
        or_(elsewhere.valid_until.is_(None), elsewhere.valid_until > now),
    )
    return session.scalars(
        select(Submission.id)
        .where(Submission.state.in_(("queued", "dead_letter")), Submission.holder_id.is_not(None), ~leads, another)
        .order_by(Submission.queued_at, Submission.id)
        .limit(MOST_AT_ONCE)
    ).all()


def move(session: Session, services: Services, submission_id: UUID) -> bool:
    """Sends one stranded submission where the routes lead now, with its custody entries; false when nothing fits.

    The former holder stops seeing a dossier that it never leased; the due time is that of the new one's calendar.
    """
    known = session.get(Submission, submission_id)
    root = locked_capture(session, known.root_id) if known is not None else None
    submission = locked_submission(session, submission_id)
    if submission is None or root is None or submission.state not in ("queued", "dead_letter"):
        return False
    facts = dossiers.load(session, root)
    if facts is None:
        return False
    former = submission.holder_id
    granted = routing.send_to(session, services, facts, submission)
    if submission.holder_id == former:
        return False
    acts = flow.move(root, submission, Act.REROUTE, By.SYSTEM, SYSTEM, reason=REASON)
    submission.machine_failures = 0
    submission.due_at = clocks.due_at(session, submission, services.clock.now())
    custody.append(session, services, [*acts, *granted])
    return True
