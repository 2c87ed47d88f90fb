"""What is done with a lease: every act shows its token."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.queues import AssignmentAnswer, FailBody, FenceBody, MovedAnswer, RenewBody, RenewedAnswer
from api.smorest import Noun
from evidence.actions.holding import leasing
from evidence.domain.roles import Verb
from evidence.records.submissions import Assignment, Lease, Submission

noun = Noun("leases", "Time-limited claims, fenced by their tokens.")

PROBLEMS = (404, 409, 422)


def _fence(body: dict[str, Any]) -> dict[str, Any]:
    return {"caller": boundary.caller(), "token": body["lease_token"]}


@noun.act(
    "POST", "/leases/<uuid:lease_id>/renew", Verb.QUEUE_LEASE, body=RenewBody, answer=RenewedAnswer, problem=PROBLEMS
)
def post_renewal(body: dict[str, Any], lease_id: UUID) -> Lease:
    """A later end."""
    return boundary.write(leasing.renew, lease_id=lease_id, seconds=body["seconds"], **_fence(body))


@noun.act(
    "POST",
    "/leases/<uuid:lease_id>/acknowledge",
    Verb.QUEUE_LEASE,
    body=FenceBody,
    answer=AssignmentAnswer,
    problem=PROBLEMS,
)
def post_acknowledgement(body: dict[str, Any], lease_id: UUID) -> Assignment:
    """The work is taken on: an assignment, with a due time."""
    return boundary.write(leasing.acknowledge, lease_id=lease_id, **_fence(body))


@noun.act(
    "POST", "/leases/<uuid:lease_id>/release", Verb.QUEUE_LEASE, body=FenceBody, answer=MovedAnswer, problem=PROBLEMS
)
def post_release(body: dict[str, Any], lease_id: UUID) -> Submission:
    """Back into the queue, unworked."""
    return boundary.write(leasing.release, lease_id=lease_id, **_fence(body))


@noun.act("POST", "/leases/<uuid:lease_id>/fail", Verb.QUEUE_LEASE, body=FailBody, answer=MovedAnswer, problem=PROBLEMS)
def post_failure(body: dict[str, Any], lease_id: UUID) -> Submission:
    """It could not be done; a machine's third failure puts it on the dead-letter shelf."""
    return boundary.write(leasing.fail, lease_id=lease_id, reason=body["reason"], **_fence(body))
