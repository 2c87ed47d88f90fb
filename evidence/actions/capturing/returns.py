"""What came back to the officer, in full: for the phone that signed it, and for a colleague who answers in their place.

A phone needs no session for what its own officer signed. A colleague signs in, and signs the answer as himself
(stories G6): the agency's settings say for whom and after how long. Who decides reads the serial blind first, so a
supervisor takes nothing over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.log import noting
from evidence.actions.ports import Services
from evidence.domain.agency_settings import ANSWER_FOR_HOURS, AnswerFor
from evidence.domain.callers import Caller, PersonCaller, PhoneCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import not_found
from evidence.domain.roles import Role
from evidence.domain.states import State
from evidence.records.captures import Capture, Manifest
from evidence.records.media import ManifestMedia
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from evidence.records.submissions import Decision, Submission

AT_MOST = 200
THOUSAND = 1000


@dataclass(frozen=True, kw_only=True)
class Returned:
    """One returned request. ``own`` is False for a colleague's: then ``note`` and ``marks`` are left out of the list.

    ``marks`` are regions of photos: ``media_id``, its ``view``, and ``x, y, w, h`` in thousandths of width and height.
    """

    submission_id: UUID
    capture_id: UUID
    folio: str
    item_id: UUID
    destination: str
    reason: str | None
    note: str | None
    marks: Sequence[dict[str, Any]]
    returned_at: datetime
    manifest_sha256: str | None
    own: bool


@dataclass(frozen=True)
class TakenOver:
    """A return with the manifest that its answer amends: the exact JWS, to be verified and read on the phone."""

    returned: Returned
    manifest_capture_id: UUID
    jws: str


@dataclass(frozen=True)
class _Row:
    submission: Submission
    root: Capture
    decision: Decision


def listed(session: Session, *, caller: Caller, now: datetime) -> list[Returned]:
    """The caller's own, and for a signed-in officer the colleagues' that may be answered; the newest first."""
    officer_id = _officer_id(caller)
    if officer_id is None:
        return []
    found = [_whole(session, row, own=True) for row in _rows(session, caller, Capture.officer_id == officer_id)]
    if isinstance(caller, PersonCaller):
        others = _rows(session, caller, Capture.officer_id != officer_id)
        found += [_outline(row) for row in _of_colleagues(session, caller, others, now)]
    return found


def take_over(session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID) -> TakenOver:
    """The whole return and its manifest, for a signed-in officer who will answer it; noted as an opened dossier.

    404 for anything that the caller may not answer. An own one may always be taken, onto whatever phone is at hand.
    """
    rows = _rows(session, caller, Submission.id == submission_id)
    may = [row for row in rows if row.root.officer_id == caller.person_id]
    may += _of_colleagues(session, caller, rows, services.clock.now())
    head = session.get(Manifest, may[0].root.head_sha256) if may and may[0].root.head_sha256 else None
    if head is None:
        raise not_found()
    row = may[0]
    _note(session, services, caller, row)
    own = row.root.officer_id == caller.person_id
    return TakenOver(_whole(session, row, own=own), head.capture_id, head.jws.decode("ascii"))


def _officer_id(caller: Caller) -> UUID | None:
    if isinstance(caller, PhoneCaller):
        return caller.officer_id
    return caller.person_id if isinstance(caller, PersonCaller) else None


def _rows(session: Session, caller: Caller, which: ColumnElement[bool]) -> list[_Row]:
    wanted = (
        select(Submission, Capture)
        .join(Capture, Capture.id == Submission.root_id)
        .where(Submission.agency_id == caller.organisation_id, Submission.state == State.RETURNED, which)
        .order_by(Submission.id.desc())
        .limit(AT_MOST)
    )
    pairs = [(submission, root) for submission, root in session.execute(wanted)]
    decisions: dict[UUID, Decision] = {}
    named = Decision.submission_id.in_([submission.id for submission, _ in pairs])
    for one in session.scalars(select(Decision).where(named).order_by(Decision.decided_at)):
        decisions[one.submission_id] = one
    rows = [
        _Row(submission, root, newest)
        for submission, root in pairs
        if (newest := decisions.get(submission.id)) and _returned_it(newest, submission)
    ]
    return sorted(rows, key=lambda row: row.decision.decided_at, reverse=True)


def _returned_it(newest: Decision, submission: Submission) -> bool:
    """Not so where an officer's own discard or amendment sent it back: nobody asks for an answer then."""
    return newest.kind == "return" and newest.reason == submission.reason


def _of_colleagues(session: Session, caller: PersonCaller, rows: Iterable[_Row], now: datetime) -> list[_Row]:
    if Role.OFFICER not in caller.roles or Role.SUPERVISOR in caller.roles:
        return []
    agency = session.get_one(Organisation, caller.organisation_id)
    rule = AnswerFor(agency.settings.get("answer_for", AnswerFor.UNIT))
    if rule is AnswerFor.NOBODY:
        return []
    waited = now - timedelta(hours=agency.settings.get("answer_for_hours", ANSWER_FOR_HOURS))
    due = [row for row in rows if row.decision.decided_at <= waited]
    others = [row for row in due if row.root.officer_id != caller.person_id]
    return [row for row in others if rule is AnswerFor.AGENCY or _same_unit(session, caller, row)]


def _same_unit(session: Session, caller: PersonCaller, row: _Row) -> bool:
    """An agency that keeps no units is one."""
    own, other = (session.get_one(Person, one).unit for one in (caller.person_id, row.root.officer_id))
    return own == other


def _outline(row: _Row) -> Returned:
    submission = row.submission
    return Returned(
        submission_id=submission.id,
        capture_id=row.root.id,
        folio=row.root.folio,
        item_id=submission.item_id,
        destination=submission.destination,
        reason=submission.reason,
        note=None,
        marks=(),
        returned_at=row.decision.decided_at,
        manifest_sha256=row.root.head_sha256,
        own=False,
    )


def _whole(session: Session, row: _Row, *, own: bool) -> Returned:
    named = select(ManifestMedia.media_id, ManifestMedia.view).where(ManifestMedia.root_id == row.root.id)
    views = {line.media_id: line.view for line in session.execute(named)}
    known = tuple(mark for one in row.decision.marks if (mark := _mark(one, views)) is not None)
    return Returned(**{**vars(_outline(row)), "note": row.decision.note, "marks": known, "own": own})


def _mark(mark: dict[str, Any], views: dict[UUID, str]) -> dict[str, Any] | None:
    """A mark as the review screen makes it; None for what names no file of the line or no region of it."""
    try:
        media_id = UUID(str(mark["media_id"]))
        region = {side: round(float(mark[side])) for side in ("x", "y", "w", "h")}
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if media_id not in views or any(not 0 <= side <= THOUSAND for side in region.values()):
        return None
    return {"media_id": media_id, "view": views[media_id], **region}


def _note(session: Session, services: Services, caller: PersonCaller, row: _Row) -> None:
    submission = row.submission
    details = {
        "what": "dossier",
        "purpose": "answer_return",
        "submission_id": str(submission.id),
        "opened_at": instant(services.clock.now()),
    }
    act = custody.Act(
        "view.opened",
        Chain("capture", row.root.id),
        submission.agency_id,
        caller.actor(Role.OFFICER),
        details,
        root_id=row.root.id,
        submission_id=submission.id,
    )
    noting.note(session, services, caller=caller, act=act, purpose=f"answer:{submission.id}")
