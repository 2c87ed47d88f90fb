"""What changed for an officer or an organisation, in the order of the log (protocol, section 8). Never nominal."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.domain.callers import Caller, PersonCaller, PhoneCaller
from evidence.domain.ids import folio
from evidence.domain.roles import Role
from evidence.domain.states import State
from evidence.records.custody import CustodyAudience, CustodyDetail, CustodyEntry, LogHead
from evidence.records.submissions import Submission


@dataclass(frozen=True)
class Change:
    """One entry of the log as its audience hears of it; states are the present ones, not those of then.

    ``reason`` is the code of a return, and only while the request stands there; a rejection's is free text.
    ``mismatches``: in what the thing differs from its dossier, where the entry is of that.
    """

    log_index: int
    kind: str
    at: datetime
    capture_id: UUID | None
    folio: str | None
    submission_id: UUID | None
    submission_state: str | None
    destination: str | None
    item_id: UUID | None
    reason: str | None
    result_code: str | None
    mismatches: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """A page of changes. ``next_after`` is where to go on, also when nothing here concerned the caller."""

    items: list[Change]
    next_after: int


def log_size(session: Session) -> int:
    """How many entries have their place: the one number that a 304 is answered from."""
    return session.scalars(select(LogHead.size)).one()


def changes(session: Session, *, caller: Caller, after: int, limit: int) -> News:
    """Entries for the caller's organisation with a log index above ``after``; a phone or officer hears its own.

    The size is read before the rows: places are given under it in one transaction, so every row below it is
    there, and going on from it skips none.
    """
    size = log_size(session)
    query = (
        select(CustodyAudience, CustodyEntry, CustodyDetail.details, Submission)
        .join(CustodyEntry, CustodyEntry.entry_id == CustodyAudience.entry_id)
        .outerjoin(CustodyDetail, CustodyDetail.entry_id == CustodyAudience.entry_id)
        .outerjoin(Submission, Submission.id == CustodyAudience.submission_id)
        .where(
            CustodyAudience.organisation_id == caller.organisation_id,
            CustodyAudience.log_index > after,
            CustodyAudience.log_index < size,
        )
        .order_by(CustodyAudience.log_index)
        .limit(limit)
    )
    person_id = _only_person(caller)
    if person_id is not None:
        query = query.where(CustodyAudience.person_id == person_id)
    elif prosecuting.is_limited(session, caller):
        notice = and_(CustodyAudience.root_id.is_(None), CustodyEntry.kind == "result.told")  # of a case on paper
        query = query.where(or_(notice, prosecuting.within(session, caller, CustodyAudience.root_id)))
    items = [_change(told, entry, details or {}, about) for told, entry, details, about in session.execute(query)]
    return News(items, items[-1].log_index if len(items) == limit else max(after, size - 1))


def _only_person(caller: Caller) -> UUID | None:
    """Whose own rows a phone or a plain officer is limited to."""
    if isinstance(caller, PhoneCaller):
        return caller.officer_id
    if isinstance(caller, PersonCaller) and caller.roles == {Role.OFFICER}:
        return caller.person_id
    return None


def _change(told: CustodyAudience, entry: CustodyEntry, details: dict[str, object], about: Submission | None) -> Change:
    if told.log_index is None:
        raise LookupError(f"no place for {told.entry_id}")
    code = details.get("code") if entry.kind.startswith("result.") else None
    differing = details.get("mismatches") if entry.kind == "physical.event" else None
    return Change(
        log_index=told.log_index,
        kind=entry.kind,
        at=entry.at,
        capture_id=told.root_id,
        folio=folio(told.root_id) if told.root_id else None,
        submission_id=told.submission_id,
        submission_state=about.state if about else None,
        destination=about.destination if about else None,
        item_id=about.item_id if about else None,
        reason=about.reason if about and about.state == State.RETURNED else None,
        result_code=str(code) if code else None,
        mismatches=tuple(map(str, differing)) if isinstance(differing, list) else (),
    )
