"""The worksheet as a desk keys it: the form's own order, what each line holds, who says so, what is keyed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.deciding import submissions
from evidence.actions.holding import queue_rows
from evidence.actions.ports import Services
from evidence.domain.callers import Caller, PersonCaller
from evidence.domain.errors import forbidden, invalid, not_found
from evidence.domain.worksheet import FORMS, Destination, FormField
from evidence.records.captures import Capture
from evidence.records.laboratory import KeyedTick, ticks_of
from evidence.records.possessor import filled_lines
from evidence.records.submissions import ApprovedDossier, Submission
from evidence.records.trace_requests import replaced_digests


@dataclass(frozen=True)
class Line:
    """One line of the form. ``certain`` is false where the form's own text is not known to us.

    ``sealed``: somebody wrote it, and it opens with a reason (``evidence.actions.holding.possessors``).
    """

    field: FormField
    value: Any
    source: str | None
    by: str | None
    ticked: bool
    sealed: bool


@dataclass(frozen=True)
class Sheet:
    """A worksheet of one approved dossier. ``replaced``: it says SUSTITUIDA."""

    submission: Submission
    folio: str
    digest: str
    form: str
    edition: str
    replaced: bool
    missing: Sequence[str]
    lines: Sequence[Line]


def read(session: Session, *, caller: Caller, submission_id: UUID, digest: str | None, now: datetime) -> Sheet:
    """The worksheet of the dossier that counts, or of the named one; for whoever holds the submission."""
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="facts", now=now)
    if submission.agency_id == caller.organisation_id:
        raise not_found()  # the agency reads its own, with what is not approved yet, in the submission
    dossier = _dossier(session, submission, digest)
    form = FORMS[Destination(submission.destination)]
    person = caller.person_id if isinstance(caller, PersonCaller) else None
    ticked = ticks_of(session, submission.id, person, dossier.digest) if person else frozenset()
    sealed = filled_lines(session, submission.id)
    sheet = dossier.document.get("worksheet") or {}
    return Sheet(
        submission=submission,
        folio=session.get_one(Capture, submission.root_id).folio,
        digest=dossier.digest,
        form=form.form,
        edition=form.edition,
        replaced=dossier.digest in replaced_digests(session, submission.id),
        missing=queue_rows.missing_of(form.destination, sheet),
        lines=[_line(field, sheet.get(field.code) or {}, ticked, sealed) for field in form.fields],
    )


def _dossier(session: Session, submission: Submission, digest: str | None) -> ApprovedDossier:
    wanted = digest or submission.accepted_digest or submission.approved_digest
    found = session.get(ApprovedDossier, (submission.id, wanted)) if wanted else None
    if found is None:
        raise not_found()
    return found


def _line(field: FormField, stated: dict[str, Any], ticked: frozenset[str], sealed: frozenset[str]) -> Line:
    code = field.code
    return Line(field, stated.get("value"), stated.get("source"), stated.get("by"), code in ticked, code in sealed)


def tick(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    submission_id: UUID,
    digest: str,
    line: str,
    ticked: bool,
) -> bool:
    """Remembers for this person that a line is keyed, or not. An aid, not an act over evidence: no entry is made."""
    submission = submissions.seen(
        session, caller=caller, submission_id=submission_id, level="facts", now=services.clock.now()
    )
    if submission.holder_id != caller.organisation_id:
        raise forbidden("not_your_act", "Only the holder does this.")
    _dossier(session, submission, digest)
    if all(field.code != line for field in FORMS[Destination(submission.destination)].fields):
        raise invalid("unknown_line", line="no line of this form")
    said = {"ticked": ticked, "ticked_at": services.clock.now()}
    row = insert(KeyedTick).values(
        submission_id=submission.id,
        person_id=caller.person_id,
        digest=digest,
        code=line,
        organisation_id=caller.organisation_id,
        **said,
    )
    keys = [KeyedTick.submission_id, KeyedTick.person_id, KeyedTick.digest, KeyedTick.code]
    session.execute(row.on_conflict_do_update(index_elements=keys, set_=said))
    return ticked
