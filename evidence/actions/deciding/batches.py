"""Approving cartridge cases together: only what a person has looked at one by one (desks, section B5).

People verify in bulk without looking. So: ballistics only, cases of one scene only, at most ten, every photo and
every amber warning opened, nothing urgent and no homicide; and one in twenty asks what only the photo tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.deciding import decisions, dossiers, reviewing
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.codes import caliber_of
from evidence.domain.errors import Category, EvidenceError, Retry, conflict, not_found
from evidence.domain.facts import code_or_text, value_of
from evidence.domain.kinds import ItemKind
from evidence.domain.states import State
from evidence.domain.warnings import unopened, warnings
from evidence.domain.worksheet import Destination, known_facts
from evidence.records.captures import Capture
from evidence.records.media import ViewOpened
from evidence.records.submissions import Decision, Submission

LARGEST = 10
ONE_IN = 20
HOMICIDE = "09"
"""The first two digits of NCIC's crime codes for homicide."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One request as it was seen; ``opened`` names its amber warnings that were opened, as ``code|about``."""

    submission_id: UUID
    digest: str
    version: int
    findings_seen: int
    opened: Sequence[str] = ()


@dataclass(frozen=True)
class _Line:
    seen: Seen
    submission: Submission
    root: Capture
    facts: dossiers.LineFacts


def approve(
    session: Session, services: Services, *, caller: PersonCaller, items: Sequence[Seen], answer: str | None
) -> list[Decision]:
    """Approves all or none, each with its own decision and custody entry.

    409 ``batch_refused`` with a code a request under ``errors``; ``batch_question`` names the request whose caliber
    must be read from the photo, ``batch_answer_wrong`` that it was not; else what a single approval answers.
    """
    lines = [_line(session, caller, one) for one in items]
    refused = {str(line.seen.submission_id): codes for line in lines if (codes := _against(session, caller, line))}
    if len({line.root.scene_id or line.root.id for line in lines}) > 1:
        refused |= {str(line.seen.submission_id): ["other_scene"] for line in lines}
    if refused:
        raise EvidenceError(Category.CONFLICT, "batch_refused", retry=Retry.AFTER_UPDATE, errors=refused)
    _check_question(lines, answer)
    return [_approve(session, services, caller, line.seen) for line in sorted(lines, key=lambda one: one.root.id)]


def _line(session: Session, caller: PersonCaller, seen: Seen) -> _Line:
    submission = session.get(Submission, seen.submission_id)
    if submission is None or submission.agency_id != caller.organisation_id:
        raise not_found()
    root = session.get_one(Capture, submission.root_id)
    facts = dossiers.load(session, root)
    if facts is None or not facts.names(submission.item_id):
        raise conflict("not_in_manifest", "The head doesn't name the item.", retry=Retry.AFTER_UPDATE)
    return _Line(seen, submission, root, facts)


def _against(session: Session, caller: PersonCaller, line: _Line) -> list[str]:
    """Why a request has no place in a batch; empty when it has."""
    known = known_facts(dossiers.subject(line.facts, line.submission.item_id, line.submission.id))
    crime = value_of(known, "recovery.crime_code")
    rules = {
        "not_ballistics": line.submission.destination != Destination.BALLISTICS,
        "wrong_state": line.submission.state != State.PENDING_REVIEW,
        "not_a_case": value_of(known, "item.kind") != ItemKind.CARTRIDGE_CASE,
        "urgent": line.submission.urgency == 0,
        "homicide": isinstance(crime, str) and crime.startswith(HOMICIDE),
        "photos_unopened": _unopened(session, caller, line),
        "warnings_unopened": _unread(session, caller, line),
    }
    return [code for code, broken in rules.items() if broken]


def _unopened(session: Session, caller: PersonCaller, line: _Line) -> bool:
    """Whether a file of the item that can be shown was not opened by the caller, or none can be shown."""
    files = {media.id for _, media in line.facts.media_of(line.submission.item_id) if media.preview == "ready"}
    opened = select(ViewOpened.media_row_id).where(
        ViewOpened.person_id == caller.person_id, ViewOpened.root_id == line.root.id
    )
    return not files or not files <= set(session.scalars(opened))


def _unread(session: Session, caller: PersonCaller, line: _Line) -> bool:
    found = warnings(reviewing.review_of(session, line.facts, line.submission, caller))
    return bool(unopened(found, line.seen.opened))


def _check_question(lines: Sequence[_Line], answer: str | None) -> None:
    """One request in twenty is asked about, chosen by its digest: nobody can know which before, nor choose another."""
    for line in lines:
        known = known_facts(dossiers.subject(line.facts, line.submission.item_id, line.submission.id))
        stated = code_or_text(value_of(known, "cartridge_case.caliber"))
        if int(line.submission.digest[:8], 16) % ONE_IN or stated is None:
            continue
        about = {str(line.submission.id): ["caliber"]}
        if answer is None:
            raise EvidenceError(Category.CONFLICT, "batch_question", retry=Retry.AFTER_UPDATE, errors=about)
        if not _same_caliber(answer, stated):
            raise EvidenceError(Category.CONFLICT, "batch_answer_wrong", errors=about)
        return


def _same_caliber(one: str, other: str) -> bool:
    known = caliber_of(one)
    return one.strip().casefold() == other.strip().casefold() or (known is not None and known == caliber_of(other))


def _approve(session: Session, services: Services, caller: PersonCaller, seen: Seen) -> Decision:
    outcome = decisions.decide(
        session,
        services,
        caller=caller,
        submission_id=seen.submission_id,
        verdict=decisions.Verdict(
            decision="approve", digest=seen.digest, findings_seen=seen.findings_seen, opened=seen.opened
        ),
        if_match=f'"{seen.version}"',
    )
    if isinstance(outcome, EvidenceError):
        raise outcome
    return outcome
