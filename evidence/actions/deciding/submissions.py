"""Submissions as their readers see them: the agency that owns one, and the organisation that it was granted to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.actions.deciding import approvals, blindness, dossiers, reviewing
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.errors import not_found
from evidence.domain.facts import FACT_RULES
from evidence.domain.warnings import warnings
from evidence.domain.worksheet import FORMS
from evidence.records.captures import Capture
from evidence.records.media import Finding
from evidence.records.organisations import AccessGrant
from evidence.records.physical import PhysicalEvent
from evidence.records.submissions import (
    ApprovedDossier,
    Decision,
    Reading,
    Submission,
    Supplement,
    information_of,
    readings_of,
)
from evidence.records.trace_requests import replaced_digests

"""The lines of every form that hold a serial."""

OFFICER_FACTS = frozenset({"officer.name", "officer.badge"})
OFFICER_CODES = frozenset(
    field.code for form in FORMS.values() for field in form.fields if OFFICER_FACTS & set(field.facts)
)
"""The lines that name the officer: a partner's supervisor sees the role, not who it was (desks, section B6)."""


@dataclass(frozen=True)
class SubmissionView:
    """One submission. ``agency`` is what its owner sees beside the row, ``holder`` what a grant opens; one is None."""

    submission: Submission
    agency: Mapping[str, Any] | None
    holder: Mapping[str, Any] | None


def listed(
    session: Session,
    *,
    caller: Caller,
    limit: int,
    after: tuple[datetime, UUID] | None,
    state: str | None = None,
    destination: str | None = None,
) -> list[Submission]:
    """The agency's own, newest first: ``limit`` and one more. An officer's list holds the officer's captures only."""
    wanted = select(Submission).where(Submission.agency_id == caller.organisation_id)
    wanted = wanted.where(prosecuting.within(session, caller, Submission.root_id))
    if state is not None:
        wanted = wanted.where(Submission.state == state)
    if destination is not None:
        wanted = wanted.where(Submission.destination == destination)
    if after is not None:
        wanted = wanted.where(tuple_(Submission.created_at, Submission.id) < after)
    ordered = wanted.order_by(Submission.created_at.desc(), Submission.id.desc()).limit(limit + 1)
    return list(session.scalars(ordered))


def granted(session: Session, caller: Caller, root_id: UUID, *, level: str, now: datetime) -> list[AccessGrant]:
    """The caller's live grants on a root at one level (protocol, section 2)."""
    return list(
        session.scalars(
            select(AccessGrant).where(
                AccessGrant.grantee_id == caller.organisation_id,
                AccessGrant.root_id == root_id,
                AccessGrant.levels.contains([level]),
                AccessGrant.revoked_at.is_(None),
                AccessGrant.valid_from <= now,
                or_(AccessGrant.valid_until.is_(None), AccessGrant.valid_until > now),
            )
        )
    )


def seen(session: Session, *, caller: Caller, submission_id: UUID, level: str, now: datetime) -> Submission:
    """The submission if its agency or a grant lets the caller see it; else 404, as if it were not there."""
    found = session.get(Submission, submission_id)
    if found is None:
        raise not_found()
    if found.agency_id == caller.organisation_id:
        root = session.get_one(Capture, found.root_id)
        if isinstance(caller, PersonCaller) and prosecuting.may_read(session, caller, root):
            return found
        raise not_found()
    grants = granted(session, caller, found.root_id, level=level, now=now)
    if not any(grant.scope == "capture" or grant.submission_id == found.id for grant in grants):
        raise not_found()
    return found


def read(session: Session, *, caller: Caller, submission_id: UUID, now: datetime) -> SubmissionView:
    """One submission for whoever asks; 404 for what is not the caller's to see."""
    submission = seen(session, caller=caller, submission_id=submission_id, level="facts", now=now)
    if submission.agency_id != caller.organisation_id:
        return SubmissionView(submission, None, _for_holder(session, submission))
    return SubmissionView(submission, _for_agency(session, caller, submission), None)


def _for_holder(session: Session, submission: Submission) -> dict[str, Any]:
    """The approved copies and the count of physical events; never the manifest nor what is not yet approved."""
    rows = session.scalars(
        select(ApprovedDossier)
        .where(ApprovedDossier.submission_id == submission.id)
        .order_by(ApprovedDossier.made_at, ApprovedDossier.digest)
    )
    replaced = replaced_digests(session, submission.id)
    events = select(func.count()).where(PhysicalEvent.root_id == submission.root_id)
    about = PhysicalEvent.item_ids.contains([submission.item_id])
    events = events.where(or_(PhysicalEvent.submission_id == submission.id, about))
    return {
        "dossiers": [
            {
                "digest": row.digest,
                "digested": row.digested,
                "document": row.document,
                "made_at": row.made_at,
                "replaced": row.digest in replaced,
            }
            for row in rows
        ],
        "physical_events": session.scalar(events) or 0,
        "information": information_of(session, submission.id),
    }


def _for_agency(session: Session, caller: Caller, submission: Submission) -> dict[str, Any]:
    root = session.get_one(Capture, submission.root_id)
    facts = dossiers.load(session, root)
    if facts is None or not facts.names(submission.item_id):
        return {"conflict_open": root.conflict_open, "decisions": _decisions(session, submission)}
    readings = readings_of(session, root.id, submission.item_id)
    blind = blindness.is_blind(caller, root, readings)
    meter = dossiers.meter(session, facts, submission)
    return {
        "conflict_open": root.conflict_open,
        "worksheet": _unread(
            dossiers.sheet(facts, submission).values(), blind=blind, guest=getattr(caller, "home_id", None) is not None
        ),
        "readiness": {
            "outlook": meter.outlook.value,
            "reason": meter.reason,
            "gaps": [{"code": g.code, "field": g.field, "who": g.who, "severity": g.severity} for g in meter.gaps],
        },
        "warnings": [
            asdict(one)
            for one in warnings(reviewing.review_of(session, facts, submission, caller))
            if not (blind and blindness.tells_of_serial(one))
        ],
        "problems": facts.head.problems,
        "flags": root.flags,
        "digested": _unread_document(submission.digested, blind=blind),
        "findings": [_finding(row) for row in approvals.findings_of(session, facts, submission)],
        "media": [
            {"id": line.media_id, "view": line.view, "state": media.state, "preview": media.preview}
            for line, media in facts.media_of(submission.item_id)
        ],
        "supplements": [_supplement(row, blind=blind) for row in _applicable(facts, submission)],
        "readings": None if blind else [_reading(row) for row in readings],
        "decisions": _decisions(session, submission),
        "information": information_of(session, submission.id),
    }


def _unread(values: Mapping[str, Any], *, blind: bool, guest: bool) -> dict[str, Any]:
    hidden = {"value": None, "source": "hidden", "by": None}
    closed = (blindness.SERIAL_CODES if blind else frozenset()) | (OFFICER_CODES if guest else frozenset())
    return {code: hidden if code in closed else value for code, value in values.items()}


def _unread_document(document: Mapping[str, Any], *, blind: bool) -> dict[str, Any]:
    if not blind or not document:
        return dict(document)
    sheet = document["worksheet"]
    values = {code: value for code, value in sheet["values"].items() if code not in blindness.SERIAL_CODES}
    return {**document, "worksheet": {**sheet, "values": values}}


def _applicable(facts: dossiers.LineFacts, submission: Submission) -> list[Supplement]:
    return dossiers.applicable(facts, submission.item_id, submission.id)


def _finding(row: Finding) -> dict[str, Any]:
    return {"number": row.number, "code": row.code, "blocking": row.blocking, "item_id": row.item_id}


def _supplement(row: Supplement, *, blind: bool) -> dict[str, Any]:
    shown = {name: value for name, value in row.values.items() if not (blind and name == "serial.text")}
    return {
        "number": row.number,
        "scope": row.scope,
        "scope_id": row.scope_id,
        "values": without_personal(shown),
        "author_id": row.author_id,
        "author_role": row.author_role,
        "reason": row.reason,
        "made_at": row.made_at,
    }


def without_personal(values: Mapping[str, Any]) -> dict[str, Any]:
    """A supplement's values without those that name people."""
    return {name: value for name, value in values.items() if not FACT_RULES[name].personal}


def _reading(row: Reading) -> dict[str, Any]:
    return {
        "person_id": row.person_id,
        "status": row.status,
        "text": row.text,
        "how": row.how,
        "read_at": row.read_at,
    }


def _decisions(session: Session, submission: Submission) -> list[Decision]:
    wanted = select(Decision).where(Decision.submission_id == submission.id)
    return list(session.scalars(wanted.order_by(Decision.decided_at, Decision.id)))
