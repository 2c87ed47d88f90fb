"""What a holder asks, and what the agency answers in words or by facts, without an amendment (protocol, section 6)."""

from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow, supplements
from evidence.actions.holding import assignments, queues
from evidence.actions.ports import Services
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.errors import conflict, forbidden, not_found
from evidence.domain.kinds import View
from evidence.domain.roles import Role
from evidence.domain.states import Act, By, State, next_state
from evidence.domain.worksheet import Destination
from evidence.records.captures import Capture, locked_capture
from evidence.records.submissions import Information, Submission, locked_submission

AT_THE_LABORATORY = frozenset({State.QUEUED, State.LEASED, State.IN_PROGRESS, State.NEEDS_INFORMATION})


def ask(session: Session, services: Services, *, caller: Caller, submission_id: UUID, question: str) -> Submission:
    """A question to the agency. Whoever asks has begun: a lease becomes an assignment, so that no clock ends it."""
    submission, root = assignments.held_by(session, caller, submission_id)
    actor, former = caller.actor(*queues.WORKERS), submission.state
    acts = flow.move(root, submission, Act.ASK, By.HOLDER, actor, reason=question)
    row = assignments.running_lease(session, submission.id)
    if row is not None:
        acts.append(assignments.assign(session, services, root, submission, row, actor)[1])
    submission.reason = question
    asked = _said(session, services, submission, caller, "asked", question)
    details = _details(submission, asked, former) | {"question": question}
    acts.append(flow.act_of("information.asked", root, submission, actor, details, subject=asked))
    custody.append(session, services, acts)
    return submission


def answer(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    submission_id: UUID,
    text: str,
    addition: supplements.Addition | None = None,
) -> Submission:
    """The officer's or a supervisor's answer: the holder goes on.

    ``addition`` are facts that come with it. Where they are new content, the state stays until a supervisor has
    approved or returned the revision. 409 ``wrong_state`` when nothing was asked.
    """
    root, submission = _asked(session, caller, submission_id)
    own = root.officer_id == caller.person_id
    actor = caller.actor(Role.OFFICER if own else Role.SUPERVISOR)
    party = By.OFFICER if own else By.SUPERVISOR
    next_state(State(submission.state), Act.ANSWER, party, flow.circumstances_of(submission))  # before anything is kept
    acts: list[custody.Act] = []
    supplement = None
    if addition is not None:
        if Role.SUPERVISOR not in caller.roles:
            raise forbidden("not_your_role", "Facts are added by a supervisor; the officer amends.")
        supplement, acts = supplements.add_to(session, services, root, caller=caller, addition=addition)
    former = submission.state
    acts += flow.move(root, submission, Act.ANSWER, party, actor)
    said = _said(session, services, submission, caller, "answered", text, supplement.id if supplement else None)
    details = _details(submission, said, former) | {"answer": text}
    if supplement is not None:
        details["supplement_id"] = str(supplement.id)
    acts.append(flow.act_of("information.answered", root, submission, actor, details, subject=said))
    submission.reason = None
    custody.append(session, services, acts)
    return submission


def ask_for_view(
    session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID, view: View, text: str
) -> Submission:
    """The agency asks the laboratory for a photo that its officer can no longer take; the request goes on as it is.

    ``text`` says in words what is wanted and who has the item; ``view`` is what a machine reads, in the entry. The
    laboratory answers by its own reading or photo. 404 for an officer who is no supervisor; 409 ``wrong_state``
    unless a laboratory has the approved request.
    """
    root, submission = _asked(session, caller, submission_id)
    if Role.SUPERVISOR not in caller.roles:
        raise not_found()
    if submission.destination != Destination.BALLISTICS or State(submission.state) not in AT_THE_LABORATORY:
        raise conflict("wrong_state", "No laboratory has an approved request for this item.")
    asked = _said(session, services, submission, caller, "asked", text)
    details = _details(submission, asked, submission.state) | {"question": text, "code": view.value}
    actor = caller.actor(Role.SUPERVISOR)
    custody.append(
        session, services, [flow.act_of("information.asked", root, submission, actor, details, subject=asked)]
    )
    return submission


def _asked(session: Session, caller: PersonCaller, submission_id: UUID) -> tuple[Capture, Submission]:
    """The root first, then the submission. Officers answer for their own captures; 404 for others'."""
    found = session.get(Submission, submission_id)
    if found is None or found.agency_id != caller.organisation_id:
        raise not_found()
    root = locked_capture(session, found.root_id)
    session.expire(found)
    submission = locked_submission(session, submission_id)
    if root is None or submission is None:
        raise not_found()
    if Role.SUPERVISOR not in caller.roles and root.officer_id != caller.person_id:
        raise not_found()
    return root, submission


def _details(submission: Submission, row: Information, former: str) -> dict[str, str]:
    return {
        "submission_id": str(submission.id),
        "information_id": str(row.id),
        "from": former,
        "to": submission.state,
    }


def _said(
    session: Session,
    services: Services,
    submission: Submission,
    caller: Caller,
    kind: str,
    text: str,
    supplement_id: UUID | None = None,
) -> Information:
    row = Information(
        id=services.entropy.uuid7(),
        submission_id=submission.id,
        root_id=submission.root_id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        kind=kind,
        text=text,
        author_id=caller.actor().id,
        supplement_id=supplement_id,
        said_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    return row
