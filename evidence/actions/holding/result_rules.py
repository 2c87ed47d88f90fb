"""What a result must hold before it is kept: its code, its people, its cases, its files (protocol, section 7)."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.deciding import match_grants
from evidence.actions.holding import queues
from evidence.actions.ports import Services
from evidence.actions.storing import attachments
from evidence.domain.callers import Caller
from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.custody import instant
from evidence.domain.errors import Category, EvidenceError, conflict, invalid
from evidence.domain.kinds import AttachmentKind, BallisticCode, TraceCode
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.duplicates import DuplicateAnswer
from evidence.records.people import Person, roles_of
from evidence.records.results import Result
from evidence.records.submissions import ApprovedDossier, Submission

CODES: Mapping[str, frozenset[str]] = {
    "etrace": frozenset(TraceCode),
    "ballistics": frozenset(BallisticCode),
    "financial": frozenset({BallisticCode.REPORT.value}),
}
PERSONAL = ("purchaser", "buyer", "birth", "address", "document")
NAMES = frozenset({"name", "first_name", "last_name", "full_name", "surname", "curp", "rfc"})
LATE_PURCHASE = "purchase_after_recovery"
"""A doubt, not an error: the desk confirms that the answer says so, and the agency sees a finding."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the destination sends. ``facts`` name no purchaser; ``nominal`` is for eTrace alone.

    ``attachments`` are files that it attached before; ``confirmed`` are doubts that it looked at again.
    """

    result_id: UUID
    answers_digest: str
    code: str
    final: bool
    supersedes: UUID | None
    facts: dict[str, Any]
    nominal: dict[str, Any] | None
    examiner_id: UUID | None
    second_examiner_id: UUID | None
    attachments: tuple[UUID, ...] = ()
    confirmed: tuple[str, ...] = ()

    def payload_sha256(self, submission_id: UUID) -> str:
        """SHA-256 of the JCS of everything sent, so that a repeat can be told from a change."""
        members = {**asdict(self), "submission_id": submission_id}
        plain = {name: str(value) if isinstance(value, UUID) else value for name, value in members.items()}
        plain |= {"attachments": [str(one) for one in self.attachments], "confirmed": list(self.confirmed)}
        return sha256_hex(jcs(plain))


@dataclass(frozen=True, order=True)
class Case:
    """One of the two cases that a lead or hit names; ``agency`` as its sender writes it."""

    agency: str
    number: str


def cases_of(facts: Mapping[str, Any]) -> list[Case]:
    """The cases that facts name, each once, in a fixed order; what has no agency or number is none."""
    listed = facts.get("cases")
    return sorted(
        {
            Case(str(one["agency"]), str(one["case_number"]))
            for one in (listed if isinstance(listed, list) else [])
            if isinstance(one, Mapping) and one.get("agency") and one.get("case_number")
        }
    )


def check(session: Session, services: Services, caller: Caller, submission: Submission, answer: Answer) -> None:
    """422 with a code for the first rule that the answer breaks; 409 for what must be done before."""
    if answer.code not in CODES[submission.destination]:
        fault = {"code": [f"not a code of {submission.destination}"]}
        raise EvidenceError(Category.INVALID, "unknown_code", errors=fault)
    keys = list(_keys(answer.facts))
    if any(key.startswith(PERSONAL) or key in NAMES for key in keys):
        raise invalid("nominal_in_facts", facts="what names a person belongs into nominal")
    if answer.nominal is not None and submission.destination != "etrace":
        raise invalid("nominal_not_here", nominal="only a trace has a nominal part")
    if answer.code == BallisticCode.LEAD and "confirmed" in keys:
        raise invalid("lead_confirmed", facts="a lead is never confirmed; a hit is another result")
    _check_people(session, services, caller, answer, examiners=submission.destination == "ballistics")
    _check_code(session, caller, submission, answer)
    if answer.supersedes is not None:
        former = session.get(Result, answer.supersedes)
        if former is None or former.submission_id != submission.id:
            raise invalid("unknown_result", supersedes="no result of this submission")
    files = attachments.named(session, caller, [submission], answer.attachments)
    if answer.code == BallisticCode.REPORT and all(file.purpose != AttachmentKind.REPORT for file in files):
        raise invalid("report_missing", attachments="a report names its file, attached as a report")
    doubts = set(doubts_of(session, submission, answer.answers_digest, answer.facts, answer.nominal))
    if doubts - set(answer.confirmed):
        raise EvidenceError(Category.INVALID, "confirm_needed", errors={"confirmed": sorted(doubts)})


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield str(key).lower()
            yield from _keys(member)
    elif isinstance(value, list):
        for member in value:
            yield from _keys(member)


def _check_people(session: Session, services: Services, caller: Caller, answer: Answer, *, examiners: bool) -> None:
    """Whoever is named works in the caller's organisation; in ballistics as an examiner."""
    wanted = {Role.EXAMINER} if examiners else set(queues.WORKERS)
    for field, person_id in (("examiner_id", answer.examiner_id), ("second_examiner_id", answer.second_examiner_id)):
        if person_id is None:
            continue
        person = session.get(Person, person_id)
        ours = person is not None and person.organisation_id == caller.organisation_id
        if not ours or not roles_of(session, person_id, services.clock.now()) & wanted:
            raise invalid("unknown_examiner", **{field: "no examiner of this organisation"})


def _check_code(session: Session, caller: Caller, submission: Submission, answer: Answer) -> None:
    if answer.code in (BallisticCode.LEAD, BallisticCode.HIT) and len(cases_of(answer.facts)) < 2:
        raise invalid("two_cases", facts="a lead or hit names two cases: agency and case_number of each")
    if answer.code == BallisticCode.HIT and (
        answer.examiner_id is None or answer.second_examiner_id in (None, answer.examiner_id)
    ):
        raise invalid("second_examiner", second_examiner_id="a hit needs two different examiners")
    if answer.code == TraceCode.DUPLICATE:
        _check_duplicate(session, caller, submission, answer)


def _check_duplicate(session: Session, caller: Caller, submission: Submission, answer: Answer) -> None:
    """A trace ends as a duplicate of another by a match that the desk took for the same gun."""
    matches = match_grants.matches_of(session, submission.root_id, submission.item_id)
    match = next((one for one in matches if str(one.id) == answer.facts.get("match_id")), None)
    if match is None:
        raise invalid("match_needed", facts="match_id names the other gun's match")
    said = session.scalars(
        select(DuplicateAnswer.answer)
        .where(DuplicateAnswer.match_id == match.id, DuplicateAnswer.organisation_id == caller.organisation_id)
        .order_by(DuplicateAnswer.answered_at.desc(), DuplicateAnswer.id.desc())
        .limit(1)
    ).first()
    if said != "same_gun":
        raise conflict("not_the_same_gun", "Answer the card first: it is the same gun.")


def doubts_of(
    session: Session,
    submission: Submission,
    digest: str,
    facts: Mapping[str, Any],
    nominal: Mapping[str, Any] | None,
) -> list[str]:
    """What an answer says that can hardly be: a purchase after the recovery."""
    purchased = _date((nominal or {}).get("purchase_date") or facts.get("purchase_date"))
    recovered = _recovered(session, submission, digest)
    return [LATE_PURCHASE] if purchased is not None and purchased > recovered else []


def _recovered(session: Session, submission: Submission, digest: str) -> date:
    """The day of the recovery by the dossier that was answered; by the capture where it says none."""
    dossier = session.get(ApprovedDossier, (submission.id, digest))
    stated = _date(((dossier.document.get("recovery") or {}) if dossier else {}).get("recovered_at"))
    captured = _date(instant(session.get_one(Capture, submission.root_id).captured_at))
    assert captured is not None
    return stated or captured


def _date(value: Any) -> date | None:
    """The day that a text begins with, ``YYYY-MM-DD``."""
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
