"""Writing and opening the sealed lines of a trace request: its possessor, associates and vehicle."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import flow, submissions
from evidence.actions.log import noting
from evidence.actions.ports import Services
from evidence.domain import possessor
from evidence.domain.callers import PersonCaller
from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.custody import instant
from evidence.domain.errors import Category, EvidenceError, forbidden, not_found
from evidence.domain.roles import Role, Verb
from evidence.domain.worksheet import Destination
from evidence.records.captures import Capture
from evidence.records.possessor import PossessorSupplement, filled_lines, next_number, possessors_of
from evidence.records.submissions import Submission, locked_submission


@dataclass(frozen=True)
class OpenedLine:
    """One line as it was opened: what it says, who wrote it, when."""

    code: str
    value: str
    by: UUID
    made_at: datetime


@dataclass(frozen=True)
class Opened:
    """What the lines say now; ``expunged``: an order removed some of what was written."""

    lines: Sequence[OpenedLine]
    expunged: bool

    @property
    def values(self) -> dict[str, dict[str, object]]:
        """As a worksheet holds its values."""
        return {one.code: {"value": one.value, "source": "supplement", "by": str(one.by)} for one in self.lines}


def add(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    submission_id: UUID,
    values: Mapping[str, str],
    reason: str,
) -> PossessorSupplement:
    """Seals some lines; an empty text withdraws one. For the desk that holds the request, and its agency's prosecutor.

    422 ``invalid_possessor`` with a code a line.
    """
    errors = possessor.check(values)
    if errors:
        raise EvidenceError(Category.INVALID, "invalid_possessor", errors={code: [one] for code, one in errors.items()})
    _seen(session, services, caller, submission_id)
    submission = locked_submission(session, submission_id)
    if submission is None:
        raise not_found()
    sealed = services.secrets.seal(jcs(dict(values)))
    actor = caller.actor(Role.TRACE_ANALYST, Role.PROSECUTOR)
    row = PossessorSupplement(
        id=services.entropy.uuid7(),
        submission_id=submission.id,
        agency_id=submission.agency_id,
        organisation_id=caller.organisation_id,
        number=next_number(session, submission.id),
        lines=sorted(values),
        sealed=sealed,
        sealed_sha256=sha256_hex(sealed),
        author_id=caller.person_id,
        author_role=actor.role or "",
        reason=reason,
        made_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    details = {
        "submission_id": str(submission.id),
        "possessor_id": str(row.id),
        "number": row.number,
        "lines": row.lines,
        "sealed_sha256": row.sealed_sha256,
        "reason": reason,
    }
    root = session.get_one(Capture, submission.root_id)
    custody.append(session, services, [flow.act_of("possessor.added", root, submission, actor, details, subject=row)])
    return row


def open_lines(
    session: Session, services: Services, *, caller: PersonCaller, submission_id: UUID, reason: str
) -> Opened:
    """What the sealed lines say; each opening is noted with its reason before anything is answered. 404 without any."""
    submission = _seen(session, services, caller, submission_id)
    if not filled_lines(session, submission.id):
        raise not_found()
    details = {
        "submission_id": str(submission.id),
        "reason": reason,
        "opened_at": instant(services.clock.now()),
    }
    actor = caller.actor(Role.TRACE_ANALYST, Role.PROSECUTOR)
    act = flow.act_of("possessor.opened", session.get_one(Capture, submission.root_id), submission, actor, details)
    noting.note(session, services, caller=caller, act=act, purpose=None)  # a reason is good once
    return _unsealed(services, possessors_of(session, submission.id))


def _seen(session: Session, services: Services, caller: PersonCaller, submission_id: UUID) -> Submission:
    """A trace request that the caller's organisation holds, or sent; within the agency the prosecutor alone."""
    now = services.clock.now()
    submission = submissions.seen(session, caller=caller, submission_id=submission_id, level="facts", now=now)
    own = submission.agency_id == caller.organisation_id
    if submission.destination != Destination.ETRACE:
        raise not_found()
    if Verb.POSSESSOR_KEEP not in caller.verbs or not (own or submission.holder_id == caller.organisation_id):
        raise forbidden("not_your_act", "Only the desk that holds it and the agency's prosecutor.")
    return submission


def _unsealed(services: Services, rows: Sequence[PossessorSupplement]) -> Opened:
    found: dict[str, OpenedLine] = {}
    for row in rows:
        if row.sealed is None:
            continue
        # The database may have been changed behind the service's back: what was sealed is what the entry names.
        if sha256_hex(row.sealed) != row.sealed_sha256:
            raise EvidenceError(Category.CONFLICT, "seal_broken", "The sealed lines are not those that were kept.")
        values: dict[str, str] = json.loads(services.secrets.open(row.sealed))
        found |= {code: OpenedLine(code, value, row.author_id, row.made_at) for code, value in values.items()}
    lines = [found[code] for code in possessor.LINES if code in found and found[code].value]
    return Opened(lines, any(row.sealed is None for row in rows))
