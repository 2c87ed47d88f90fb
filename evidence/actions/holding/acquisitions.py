"""What a laboratory enters into an imaging system, and the test fires that it compares with (domain, *Ballistics*).

Both are insert-only: a correction is another record. A machine may write either; a test fire names its people.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow, submissions
from evidence.actions.holding import queues
from evidence.actions.ports import Services
from evidence.actions.storing import attachments
from evidence.domain.ballistics import UNSUITABLE, acquisition_errors, test_fire_errors
from evidence.domain.callers import Caller
from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.errors import Category, EvidenceError, Retry, conflict, forbidden, invalid, not_found
from evidence.domain.roles import Role
from evidence.domain.states import HELD, State
from evidence.records.captures import Capture
from evidence.records.database import one_writer
from evidence.records.laboratory import Acquisition, TestFire, acquisitions_of, test_fires_of
from evidence.records.people import Person, roles_of
from evidence.records.submissions import ApprovedDossier, Submission, locked_submission

WORKED_ON = (*HELD, State.ANSWERED)
MOST_SHOTS = 20


@dataclass(frozen=True, kw_only=True)
class Entered:
    """One acquisition as it is sent. ``sub_item`` is a test fire's label, empty for the item itself."""

    acquisition_id: UUID
    sub_item: str
    unsuitable: str | None
    facts: dict[str, Any]
    attachments: tuple[UUID, ...] = ()

    def payload_sha256(self, submission_id: UUID) -> str:
        """SHA-256 of the JCS of everything sent, so that a repeat can be told from a change."""
        members = {
            "submission_id": str(submission_id),
            "acquisition_id": str(self.acquisition_id),
            "sub_item": self.sub_item,
            "unsuitable": self.unsuitable,
            "facts": self.facts,
            "attachments": [str(one) for one in self.attachments],
        }
        return sha256_hex(jcs(members))


@dataclass(frozen=True, kw_only=True)
class Fired:
    """Test fires as they are sent: ``count`` shots, who fired, who stood by."""

    test_fire_id: UUID
    count: int
    operator_id: UUID
    second_id: UUID | None
    facts: dict[str, Any]

    def payload_sha256(self, submission_id: UUID) -> str:
        """SHA-256 of the JCS of everything sent."""
        members = {
            "submission_id": str(submission_id),
            "test_fire_id": str(self.test_fire_id),
            "count": self.count,
            "operator_id": str(self.operator_id),
            "second_id": str(self.second_id) if self.second_id else None,
            "facts": self.facts,
        }
        return sha256_hex(jcs(members))


@dataclass(frozen=True)
class Recorded:
    row: Acquisition | TestFire
    new: bool


def acquire(session: Session, services: Services, *, caller: Caller, submission_id: UUID, entered: Entered) -> Recorded:
    """Keeps an acquisition. The same again changes nothing; another payload under the id is 409.

    422 ``invalid_acquisition`` with a message a member; ``unknown_sub_item`` for a label of no test fire.
    """
    one_writer(session, entered.acquisition_id)
    submission, root = _held(session, caller, submission_id)
    sha256 = entered.payload_sha256(submission.id)
    known = session.get(Acquisition, entered.acquisition_id)
    if known is not None and known.payload_sha256 == sha256:
        return Recorded(known, new=False)
    if known is not None:
        raise conflict("acquisition_conflict", "The id stands for another record already.")
    _refuse("invalid_acquisition", acquisition_errors(entered.facts))
    if entered.unsuitable is not None and entered.unsuitable not in UNSUITABLE:
        raise invalid("invalid_acquisition", unsuitable="not on the list")
    labels = {label for row in test_fires_of(session, submission.id) for label in row.labels}
    if entered.sub_item and entered.sub_item not in labels:
        raise invalid("unknown_sub_item", sub_item="no test fire of this item")
    attachments.named(session, caller, [submission], entered.attachments)
    row = _acquisition(services, caller, submission, entered, sha256)
    session.add(row)
    session.flush()
    actor = caller.actor(Role.EXAMINER, Role.MANAGER)
    details = _acquired(submission, row)
    custody.append(
        session, services, [flow.act_of("acquisition.recorded", root, submission, actor, details, subject=row)]
    )
    return Recorded(row, new=True)


def _held(session: Session, caller: Caller, submission_id: UUID) -> tuple[Submission, Capture]:
    """The locked submission that the caller's laboratory works on, and its root."""
    submission = locked_submission(session, submission_id)
    if submission is None:
        raise not_found()
    queues.need_scope(caller, "result:write", submission.destination)
    if submission.destination != "ballistics":
        raise conflict("not_ballistics", "Only ballistic work is entered.")
    if submission.holder_id != caller.organisation_id:
        raise forbidden("not_your_act", "Only the holder does this.")
    if submission.state not in WORKED_ON:
        raise conflict("wrong_state", f"Nothing is entered while {submission.state}.", retry=Retry.AFTER_UPDATE)
    return submission, session.get_one(Capture, submission.root_id)


def _refuse(code: str, errors: dict[str, str]) -> None:
    if errors:
        raise EvidenceError(Category.INVALID, code, errors={f"facts.{name}": [text] for name, text in errors.items()})


def _acquisition(
    services: Services, caller: Caller, submission: Submission, entered: Entered, sha256: str
) -> Acquisition:
    return Acquisition(
        id=entered.acquisition_id,
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        sub_item=entered.sub_item,
        unsuitable=entered.unsuitable,
        facts=entered.facts,
        attachments=list(entered.attachments),
        payload_sha256=sha256,
        recorded_by=caller.actor().id,
        recorded_at=services.clock.now(),
    )


def _acquired(submission: Submission, row: Acquisition) -> dict[str, Any]:
    details: dict[str, Any] = {
        "submission_id": str(submission.id),
        "acquisition_id": str(row.id),
        "sub_item": row.sub_item,
        "attachments": [str(one) for one in row.attachments],
    }
    if row.unsuitable:
        details["unsuitable"] = row.unsuitable
    for name in ("system", "reference"):
        if row.facts.get(name):
            details[name] = row.facts[name][:200]
    return details


def test_fire(session: Session, services: Services, *, caller: Caller, submission_id: UUID, fired: Fired) -> Recorded:
    """Keeps test fires and names their sub-items: ``1-T1`` is the first of item 1.

    The same again changes nothing. 422 ``second_person`` unless another person of the laboratory stood by.
    """
    one_writer(session, fired.test_fire_id)
    submission, root = _held(session, caller, submission_id)
    sha256 = fired.payload_sha256(submission.id)
    known = session.get(TestFire, fired.test_fire_id)
    if known is not None and known.payload_sha256 == sha256:
        return Recorded(known, new=False)
    if known is not None:
        raise conflict("test_fire_conflict", "The id stands for another record already.")
    _refuse("invalid_test_fire", test_fire_errors(fired.facts))
    safe = fired.facts.get("safe_to_fire") is not False
    if not (1 <= fired.count <= MOST_SHOTS if safe else fired.count == 0):
        raise invalid("shots", count=f"1 to {MOST_SHOTS}, and none of a gun that is not safe to fire")
    _check_people(session, services, caller, fired, safe=safe)
    row = _fires(session, services, caller, submission, fired, sha256)
    session.add(row)
    session.flush()
    details = {
        "submission_id": str(submission.id),
        "test_fire_id": str(row.id),
        "labels": row.labels,
        "operator_id": str(row.operator_id),
        **({"second_id": str(row.second_id)} if row.second_id else {}),
    }
    actor = caller.actor(Role.EXAMINER, Role.MANAGER)
    custody.append(
        session, services, [flow.act_of("test_fire.recorded", root, submission, actor, details, subject=row)]
    )
    return Recorded(row, new=True)


test_fire.__test__ = False  # type: ignore[attr-defined]  # not a test: pytest looks at the name


def _check_people(session: Session, services: Services, caller: Caller, fired: Fired, *, safe: bool) -> None:
    if safe and fired.second_id in (None, fired.operator_id):
        raise invalid("second_person", second_id="somebody else stands by while a gun is fired")
    for field, person_id in (("operator_id", fired.operator_id), ("second_id", fired.second_id)):
        person = session.get(Person, person_id) if person_id else None
        if person_id is None:
            continue
        ours = person is not None and person.organisation_id == caller.organisation_id
        if not ours or not roles_of(session, person_id, services.clock.now()):
            raise invalid("unknown_person", **{field: "nobody of this organisation"})


def _fires(
    session: Session, services: Services, caller: Caller, submission: Submission, fired: Fired, sha256: str
) -> TestFire:
    former = sum(len(row.labels) for row in test_fires_of(session, submission.id))
    number = _item_number(session, submission)
    return TestFire(
        id=fired.test_fire_id,
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        labels=[f"{number}-T{former + n}" for n in range(1, fired.count + 1)],
        facts=fired.facts,
        operator_id=fired.operator_id,
        second_id=fired.second_id,
        payload_sha256=sha256,
        recorded_by=caller.actor().id,
        recorded_at=services.clock.now(),
    )


def _item_number(session: Session, submission: Submission) -> str:
    """The item's number as the approved dossier states it."""
    digest = submission.accepted_digest or submission.approved_digest
    dossier = session.get(ApprovedDossier, (submission.id, digest)) if digest else None
    item = (dossier.document.get("item") or {}) if dossier else {}
    return str(item.get("number", "?"))[:20]


@dataclass(frozen=True)
class Work:
    """A submission's test fires and acquisitions, first to last."""

    test_fires: Sequence[TestFire]
    acquisitions: Sequence[Acquisition]


def listed(session: Session, *, caller: Caller, submission_id: UUID, now: datetime) -> Work:
    """What was fired and entered, for the agency and whoever it was granted to."""
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="results", now=now)
    return Work(test_fires_of(session, submission.id), acquisitions_of(session, submission.id))
