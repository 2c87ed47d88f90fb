"""The queues of the destinations, and what is done with a submission that waits or is worked on."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.queues import (
    ClaimsAnswer,
    DepthAnswer,
    LeaseQuery,
    MovedAnswer,
    MoveReasonBody,
    QuestionBody,
    ReassignBody,
    RevisionBody,
)
from api.smorest import Noun
from evidence.actions.deciding import information
from evidence.actions.holding import assignments, leasing, queues, steering
from evidence.domain.roles import Verb
from evidence.records.submissions import Submission

noun = Noun("queues", "Queues of the destinations: depth, claims, steering.")


@noun.act("GET", "/queues/<string:destination>", Verb.QUEUE_READ, answer=DepthAnswer, problem=(404,))
def get_queue(destination: str) -> queues.Depth:
    """How the queue stands for the caller's organisation."""
    return boundary.read(queues.depth, boundary.services(), caller=boundary.caller(), destination=destination)


@noun.act(
    "POST",
    "/queues/<string:destination>/leases",
    Verb.QUEUE_LEASE,
    body=LeaseQuery,
    answer=ClaimsAnswer,
    status=201,
    problem=(404, 422),
)
def post_leases(body: dict[str, Any], destination: str) -> dict[str, Any]:
    """Claims what waits: urgent before routine, oldest due first. An empty list when nothing does."""
    return {"items": boundary.write(leasing.lease, caller=boundary.caller(), destination=destination, **body)}


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/ask",
    Verb.QUEUE_LEASE,
    body=QuestionBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def post_question(body: dict[str, Any], submission_id: UUID) -> Submission:
    """A question of the holder to the agency."""
    return boundary.write(information.ask, caller=boundary.caller(), submission_id=submission_id, **body)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/revision",
    Verb.QUEUE_LEASE,
    body=RevisionBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def post_accepted_revision(body: dict[str, Any], submission_id: UUID) -> Submission:
    """The holder goes on with the dossier that was approved since."""
    return boundary.write(assignments.accept_revision, caller=boundary.caller(), submission_id=submission_id, **body)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/handback",
    Verb.QUEUE_LEASE,
    body=MoveReasonBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def post_handback(body: dict[str, Any], submission_id: UUID) -> Submission:
    """The request goes back into the queue."""
    return boundary.write(steering.hand_back, caller=boundary.caller(), submission_id=submission_id, **body)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/reassign",
    Verb.ASSIGNMENT_MOVE,
    body=ReassignBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def post_reassignment(body: dict[str, Any], submission_id: UUID) -> Submission:
    """To another worker of the same organisation."""
    return boundary.write(steering.reassign, caller=boundary.person(), submission_id=submission_id, **body)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/withdraw",
    Verb.SUBMISSION_WITHDRAW,
    body=MoveReasonBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def post_withdrawal(body: dict[str, Any], submission_id: UUID) -> Submission:
    """The agency takes it back."""
    return boundary.write(steering.withdraw, caller=boundary.person(), submission_id=submission_id, **body)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/reroute",
    Verb.SUBMISSION_STEER,
    answer=MovedAnswer,
    problem=(404, 409),
)
def post_reroute(submission_id: UUID) -> Submission:
    """Asks the routes in force again."""
    return boundary.write(steering.reroute, caller=boundary.person(), submission_id=submission_id)


@noun.act(
    "POST",
    "/submissions/<uuid:submission_id>/putback",
    Verb.SUBMISSION_STEER,
    body=MoveReasonBody,
    answer=MovedAnswer,
    problem=(404, 409, 422),
)
def post_putback(body: dict[str, Any], submission_id: UUID) -> Submission:
    """From the dead-letter shelf into the queue."""
    return boundary.write(steering.put_back, caller=boundary.person(), submission_id=submission_id, **body)
