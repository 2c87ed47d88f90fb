"""What must hold before an approval, and the copy of the approved content that its destination reads."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.deciding import blindness, dossiers, reviewing
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import instant
from evidence.domain.errors import Category, EvidenceError, Retry, conflict
from evidence.domain.readiness import Outlook
from evidence.domain.warnings import Level, unopened, warnings
from evidence.domain.worksheet import Destination, known_facts
from evidence.records.media import Finding
from evidence.records.organisations import Organisation
from evidence.records.submissions import ApprovedDossier, Submission, readings_of

CODES = {
    "own_capture": "own_capture",
    "own_supplement": "own_supplement",
    "reading_missing": "readings_needed",
    "readings_differ": "readings_differ",
    "conflict_open": "conflict_open",
    "device_compromised": "device_compromised",
    "received_after_compromise": "device_compromised",
    "view_not_opened": "views_not_opened",
    "view_not_arrived": "views_not_arrived",
    "serial_photo_quarantined": "views_not_arrived",
}
"""The code of the answer for each red warning that has one of its own."""


def check(
    session: Session,
    facts: dossiers.LineFacts,
    submission: Submission,
    *,
    caller: PersonCaller,
    findings_seen: int,
    opened: Collection[str] | None,
) -> None:
    """Refuses an approval against which something red stands: 409 with its code, every red one under ``errors``.

    And one whose amber warnings are not all among ``opened`` (each as ``code|about``): 409 ``warnings_unopened``, the
    unopened ones under ``errors``. None for a release, which repeats a decision for which they were opened.

    ``released_without`` of the submission names the files that it goes without.
    """
    if facts.root.conflict_open:
        raise conflict("conflict_open", "Two versions of the capture stand side by side.", retry=Retry.AFTER_UPDATE)
    if not facts.names(submission.item_id):
        raise conflict("not_in_manifest", "The head doesn't name the item.", retry=Retry.AFTER_UPDATE)
    if any(problem["blocking"] for problem in facts.head.problems):
        raise conflict("blocking_problems", "The manifest has problems that an amendment must settle.")
    found = findings_of(session, facts, submission)
    if any(one.blocking and one.number > findings_seen for one in found):
        raise conflict("findings_unseen", "A blocking finding came since you looked.", retry=Retry.AFTER_UPDATE)
    meter = dossiers.meter(session, facts, submission)
    if meter.outlook in (Outlook.IMPOSSIBLE, Outlook.WAITS_FOR_LABORATORY):
        raise conflict("not_possible", meter.reason or meter.outlook.value)
    told = warnings(reviewing.review_of(session, facts, submission, caller))
    red = [one for one in told if one.level is Level.RED]
    if red:
        errors = {one.about or one.code: [one.code] for one in red}
        code = CODES.get(red[0].code, red[0].code)
        category = Category.FORBIDDEN if code.startswith("own_") else Category.CONFLICT
        raise EvidenceError(category, code, retry=Retry.AFTER_UPDATE, errors=errors)
    _check_independent(session, facts, submission, caller)
    readings = readings_of(session, facts.root.id, submission.item_id)
    if blindness.is_blind(caller, facts.root, readings):  # nobody opens what is kept from them
        told = tuple(one for one in told if not blindness.tells_of_serial(one))
    if opened is not None and (left := unopened(told, opened)):
        errors = {}
        for one in left:
            errors.setdefault(one.about or one.code, []).append(one.code)
        raise EvidenceError(Category.CONFLICT, "warnings_unopened", retry=Retry.AFTER_UPDATE, errors=errors)


def findings_of(session: Session, facts: dossiers.LineFacts, submission: Submission) -> list[Finding]:
    """The numbered findings that concern the submission's item, its files, or the capture as a whole."""
    files = [media.id for _, media in facts.media_of(submission.item_id)]
    whole = Finding.media_row_id.is_(None) & Finding.item_id.is_(None)
    concerns = or_(Finding.media_row_id.in_(files), Finding.item_id == submission.item_id, whole)
    return list(
        session.scalars(select(Finding).where(Finding.root_id == facts.root.id, concerns).order_by(Finding.number))
    )


def _check_independent(
    session: Session, facts: dossiers.LineFacts, submission: Submission, caller: PersonCaller
) -> None:
    """The approver's reading needs another person's beside it; one's own supplement is no second reading."""
    if submission.destination != Destination.ETRACE:
        return
    stated = known_facts(dossiers.subject(facts, submission.item_id, submission.id)).get("serial.text")
    if stated is None:
        return
    others = {stated.by, *reviewing.latest_readings(session, facts, submission)} - {str(caller.person_id), None}
    if not others:
        raise conflict("readings_needed", "Another person must have read the serial too.", retry=Retry.AFTER_UPDATE)


def keep(session: Session, facts: dossiers.LineFacts, submission: Submission, *, now: datetime) -> None:
    """Keeps the approved content; the same digest approved again is the same copy."""
    row = insert(ApprovedDossier).values(
        submission_id=submission.id,
        digest=submission.digest,
        agency_id=submission.agency_id,
        digested=submission.digested,
        document=document(session, facts, submission),
        made_at=now,
    )
    session.execute(row.on_conflict_do_nothing())


def document(session: Session, facts: dossiers.LineFacts, submission: Submission) -> dict[str, Any]:
    """What the destination reads beside the digested content: one item's, and nothing of the others."""
    payload, item_id = facts.head.payload, str(submission.item_id)
    agency = session.get_one(Organisation, submission.agency_id)
    item = next(one for one in payload["items"] if one["id"] == item_id)
    return {
        "worksheet": dossiers.sheet(facts, submission).values(),
        "item": item,
        "packages": _packages(payload["packages"], item_id),
        "recovery": payload["recovery"],
        "capacity": payload.get("capacity"),
        "captured_at": payload.get("captured_at") or instant(facts.root.captured_at),
        "zone": payload.get("zone"),
        "position": payload.get("position"),
        "folio": facts.root.folio,
        "agency": {"id": str(agency.id), "name": agency.name, "entity": agency.entity},
        "media": [
            {"id": str(line.media_id), "view": line.view, "source": line.source, "sha256": media.sha256}
            for line, media in facts.media_of(submission.item_id)
        ],
    }


def _packages(packages: Sequence[dict[str, Any]], item_id: str) -> list[dict[str, Any]]:
    """The packages that hold the item; their other items are not the destination's to know."""
    return [{**one, "item_ids": [item_id]} for one in packages if item_id in one["item_ids"]]
