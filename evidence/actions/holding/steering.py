"""What holders and agencies do with a submission between lease and answer: hand back, move, take back."""

from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts import fresh_factor
from evidence.actions.deciding import dossiers, flow, routing
from evidence.actions.holding import assignments, clocks, queues
from evidence.actions.ports import Services
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.custody import instant
from evidence.domain.errors import conflict, forbidden, invalid, not_found
from evidence.domain.roles import Role
from evidence.domain.states import Act, By
from evidence.records.captures import Capture
from evidence.records.people import Person, roles_of
from evidence.records.submissions import Assignment, Submission, locked_submission


def _sent(
    session: Session, services: Services, caller: PersonCaller, submission_id: UUID
) -> tuple[Submission, Capture]:
    """A submission of the caller's agency, locked; steering it is a decision, which asks for a fresh factor."""
    submission = locked_submission(session, submission_id)
    if submission is None or submission.agency_id != caller.organisation_id:
        raise not_found()
    fresh_factor.require(services, caller)
    return submission, session.get_one(Capture, submission.root_id)


def hand_back(session: Session, services: Services, *, caller: Caller, submission_id: UUID, reason: str) -> Submission:
    """Back into the queue, with a reason."""
    submission, root = assignments.held_by(session, caller, submission_id)
    actor = caller.actor(*queues.WORKERS)
    assignment = assignments.open_assignment(session, submission.id)
    acts = flow.move(root, submission, Act.HAND_BACK, By.HOLDER, actor, reason=reason)
    if assignment is not None:
        details = _assigned(submission, assignment) | {"reason": reason}
        acts.insert(0, flow.act_of("assignment.handed_back", root, submission, actor, details))
    assignments.end_work(session, services, submission, "handed_back")
    custody.append(session, services, acts)
    return submission


def _assigned(submission: Submission, assignment: Assignment) -> dict[str, str]:
    return {
        "submission_id": str(submission.id),
        "assignment_id": str(assignment.id),
        "organisation_id": str(assignment.organisation_id),
        "due_at": instant(assignment.due_at),
        "digest": assignment.digest,
    }


def reassign(
    session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID, person_id: UUID, reason: str
) -> Submission:
    """To another worker of the same organisation; the due time stays."""
    submission, root = assignments.held_by(session, caller, submission_id)
    person = session.get(Person, person_id)
    if person is None or person.organisation_id != caller.organisation_id:
        raise invalid("unknown_person", person_id="nobody of this organisation")
    if not roles_of(session, person_id, services.clock.now()) & set(queues.WORKERS):
        raise invalid("not_a_worker", person_id="neither examiner, trace analyst nor manager")
    actor = caller.actor(Role.MANAGER)
    acts = flow.move(root, submission, Act.REASSIGN, By.MANAGER, actor, reason=reason)
    assignment = assignments.open_assignment(session, submission.id)
    if assignment is None:
        raise conflict("no_assignment", "Nobody has acknowledged it.")
    assignment.person_id, assignment.machine_token_id = person_id, None
    details = _assigned(submission, assignment) | {"person_id": str(person_id), "reason": reason}
    acts.append(flow.act_of("assignment.reassigned", root, submission, actor, details))
    custody.append(session, services, acts)
    return submission


def withdraw(
    session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID, reason: str
) -> Submission:
    """The agency takes it back; whoever works on it loses the claim. Nobody decides over an own capture."""
    submission, root = _sent(session, services, caller, submission_id)
    if root.officer_id == caller.person_id:
        raise forbidden("own_capture", "Somebody else has to decide over your own capture.")
    acts = flow.move(root, submission, Act.WITHDRAW, By.SUPERVISOR, caller.actor(Role.SUPERVISOR), reason=reason)
    submission.reason = reason
    assignments.end_work(session, services, submission, "withdrawn")
    custody.append(session, services, acts)
    return submission


def reroute(session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID) -> Submission:
    """Asks the routes again. The due time is that of the new holder's calendar."""
    submission, root = _sent(session, services, caller, submission_id)
    facts = dossiers.load(session, root)
    if facts is None:
        raise conflict("no_head", "The capture has no manifest that counts.")
    acts = flow.move(root, submission, Act.REROUTE, By.SUPERVISOR, caller.actor(Role.SUPERVISOR))
    former = submission.holder_id
    granted = routing.send_to(session, services, facts, submission)
    if submission.holder_id != former:
        submission.machine_failures = 0
        submission.due_at = clocks.due_at(session, submission, services.clock.now())
    custody.append(session, services, [*acts, *granted])
    return submission


def put_back(
    session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID, reason: str
) -> Submission:
    """From the dead-letter shelf into the queue; failures are counted anew."""
    submission, root = _sent(session, services, caller, submission_id)
    acts = flow.move(root, submission, Act.PUT_BACK, By.SUPERVISOR, caller.actor(Role.SUPERVISOR), reason=reason)
    submission.machine_failures = 0
    custody.append(session, services, acts)
    return submission
