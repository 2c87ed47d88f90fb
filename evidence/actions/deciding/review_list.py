"""What waits for a supervisor, oldest first: captures with their requests, and what is still on its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.domain.callers import PersonCaller
from evidence.domain.media_states import UNDER_WAY
from evidence.domain.states import State
from evidence.records.captures import Capture, Item
from evidence.records.media import ManifestMedia, Media
from evidence.records.people import Person
from evidence.records.submissions import Submission

SHOWN: Mapping[str, tuple[State, ...]] = MappingProxyType(
    {
        "review": (State.PENDING_REVIEW,),
        "revisions": (State.QUEUED, State.LEASED, State.IN_PROGRESS, State.NEEDS_INFORMATION),
        "waiting": (State.AWAITING_EVIDENCE,),
        "returned": (State.RETURNED,),
        "sent": (State.QUEUED, State.LEASED, State.IN_PROGRESS),
        "asked": (State.NEEDS_INFORMATION,),
        "stuck": (State.DEAD_LETTER,),
        "answered": (State.ANSWERED, State.CLOSED),
        "ended": (State.REJECTED, State.WITHDRAWN),
    }
)
"""The list's filters, each with the states that it holds; ``revisions`` are of these only where one is pending,
or where what went without an approval waits for one."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One line of the list: a capture, and those of its requests that the filter names.

    ``files`` counts the head's files by state; ``items`` are ``{number, kind, n, make, caliber}`` of the head,
    without serials: nobody reads one before the photo.
    """

    id: UUID
    folio: str
    state: str
    entity: str | None
    captured_at: datetime
    received_at: datetime
    officer: str
    own: bool
    conflict_open: bool
    urgent: bool
    items: Sequence[Mapping[str, Any]]
    submissions: Sequence[Submission]
    files: Mapping[str, int]
    coming: int = field(default=0)


def listed(
    session: Session,
    *,
    caller: PersonCaller,
    shown: str,
    limit: int,
    after: tuple[datetime, UUID] | None,
    folio: str | None = None,
) -> tuple[list[Case], list[Submission]]:
    """The cases of a page and the requests that it was cut from (``limit`` and one more), oldest request first.

    The page is cut by requests, which an index holds in this order; a capture at the cut may stand on both pages.
    """
    rows = _requests(session, caller, shown=shown, limit=limit, after=after, folio=folio)
    return _cases(session, caller, rows[:limit]), rows


def _requests(
    session: Session,
    caller: PersonCaller,
    *,
    shown: str,
    limit: int,
    after: tuple[datetime, UUID] | None,
    folio: str | None,
) -> list[Submission]:
    wanted: list[ColumnElement[bool]] = [Submission.agency_id == caller.organisation_id]
    if folio is None:
        wanted.append(Submission.state.in_(SHOWN[shown]))
        if shown == "revisions":
            waits = Submission.revision_pending.is_(True), Submission.provisional_until.is_not(None)
            wanted.append(or_(*waits))
    else:
        found = select(Capture.root_id).where(Capture.folio == folio, Capture.agency_id == caller.organisation_id)
        wanted.append(Submission.root_id.in_(found))
    wanted.append(prosecuting.within(session, caller, Submission.root_id))
    if after is not None:
        wanted.append(tuple_(Submission.created_at, Submission.id) > after)
    return list(
        session.scalars(
            select(Submission).where(*wanted).order_by(Submission.created_at, Submission.id).limit(limit + 1)
        )
    )


def _cases(session: Session, caller: PersonCaller, rows: Sequence[Submission]) -> list[Case]:
    by_root: dict[UUID, list[Submission]] = {}
    for row in rows:
        by_root.setdefault(row.root_id, []).append(row)
    roots = {one.id: one for one in session.scalars(select(Capture).where(Capture.id.in_(by_root)))}
    heads = [one.head_sha256 for one in roots.values() if one.head_sha256]
    officers = {one.officer_id for one in roots.values()}
    named = session.scalars(select(Person).where(Person.id.in_(officers)))
    codes = {one.id: one.code for one in named}
    items, files = _items(session, heads), _files(session, heads)
    if caller.home_id is not None:
        codes = {}  # a partner sees the role, not who it was
    return [
        _case(caller, roots[root_id], requests, codes=codes, items=items, files=files)
        for root_id, requests in by_root.items()
        if root_id in roots
    ]


def _case(
    caller: PersonCaller,
    root: Capture,
    requests: Sequence[Submission],
    *,
    codes: Mapping[UUID, str],
    items: Mapping[str, list[dict[str, Any]]],
    files: Mapping[str, dict[str, int]],
) -> Case:
    states = files.get(root.head_sha256 or "", {})
    return Case(
        id=root.id,
        folio=root.folio,
        state=root.state,
        entity=root.entity,
        captured_at=root.captured_at,
        received_at=root.received_at,
        officer=codes.get(root.officer_id, ""),
        own=root.officer_id == caller.person_id,
        conflict_open=root.conflict_open,
        urgent=any(one.urgency == 0 for one in requests),
        items=items.get(root.head_sha256 or "", []),
        submissions=requests,
        files=states,
        coming=sum(n for state, n in states.items() if state in set(UNDER_WAY)),
    )


def _items(session: Session, heads: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    rows = session.scalars(
        select(Item).where(Item.manifest_sha256.in_(heads)).order_by(Item.manifest_sha256, Item.position)
    )
    for row in rows:
        quantity = row.facts.get("quantity", {})
        line = {"id": row.item_id, "number": row.number, "kind": row.kind, "make": row.make, "caliber": row.caliber}
        found.setdefault(row.manifest_sha256, []).append({**line, "n": quantity.get("n", 1)})
    return found


def _files(session: Session, heads: Sequence[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    rows = session.execute(
        select(ManifestMedia.manifest_sha256, Media.state, func.count())
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(ManifestMedia.manifest_sha256.in_(heads))
        .group_by(ManifestMedia.manifest_sha256, Media.state)
    )
    for head, state, n in rows:
        found.setdefault(head, {})[state] = n
    return found
