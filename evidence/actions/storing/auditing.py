"""The nightly audit: every stored version against the rows that name it (protocol, section 5, *Store*).

Two walks. From the rows: is each settled file's version there, with its size, hash and lock? From the store: does a
row name each version? Pages are read, looked at and recorded apart, so no transaction waits for the store. What is
found is said once: in the agency's chain, and for a file with a row also as a finding and in its state.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, ObjectRef, StoredObject
from evidence.actions.storing import media_places, unsettling, verify
from evidence.domain.callers import SYSTEM
from evidence.domain.content_rules import Finding
from evidence.domain.custody import Chain, instant
from evidence.domain.media_states import KEPT, MediaAct, MediaState, next_media_state
from evidence.records.captures import Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.media import Media, locked_media
from evidence.records.organisations import Organisation

KIND = "store.audit_found"
PAGE = 500
PREFIX = "originals/"


class Fault(StrEnum):
    """What may be wrong with a stored version."""

    MISSING = "version_missing"
    EXTRA = "version_extra"  # no row names it, and none awaits it
    DIFFERS = "version_differs"  # another size or hash than the signed one
    LOCK_SHORT = "lock_short"  # it ends before the date that the row keeps


DAMAGING = frozenset({Fault.MISSING, Fault.DIFFERS})


@dataclass(frozen=True)
class Due:
    """A settled file, as its row says that it is stored."""

    media_row_id: UUID
    agency_id: UUID
    ref: ObjectRef
    sha256: str
    size: int
    locked_until: datetime | None


@dataclass(frozen=True)
class Found:
    """One fault. ``agency_id`` is who is told; ``facts`` fit the entry's published details."""

    fault: Fault
    agency_id: UUID
    version_id: str
    media_row_id: UUID | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def due_after(session: Session, _services: Services, after: UUID | None) -> list[Due]:
    """The next page of settled files in the order of their rows; empty at the end."""
    query = select(Media).where(Media.state.in_(KEPT), Media.version_id.is_not(None)).order_by(Media.id).limit(PAGE)
    if after is not None:
        query = query.where(Media.id > after)
    return [
        Due(
            media_row_id=media.id,
            agency_id=media.agency_id,
            ref=ObjectRef(media.bucket or "", media.object_key or "", media.version_id or ""),
            sha256=media.sha256,
            size=media.size,
            locked_until=media.locked_until,
        )
        for media in session.scalars(query)
    ]


def examine(store: MediaStore, page: Sequence[Due]) -> list[Found]:
    """One HEAD a file, by version. A lock that ends too early is moved to its date, and said all the same."""
    return [found for due in page if (found := _examine(store, due)) is not None]


def _examine(store: MediaStore, due: Due) -> Found | None:
    stored = store.head_original(due.ref.key, version_id=due.ref.version_id)
    if stored is None:
        return _found(Fault.MISSING, due)
    if (stored.size, stored.sha256) != (due.size, due.sha256):
        return _found(Fault.DIFFERS, due, found_size=stored.size, found_sha256=stored.sha256)
    if due.locked_until is not None and (stored.locked_until is None or stored.locked_until < due.locked_until):
        store.extend_lock(due.ref, due.locked_until)
        until = instant(stored.locked_until) if stored.locked_until else None
        return _found(Fault.LOCK_SHORT, due, locked_until=until, due_until=instant(due.locked_until))
    return None


def _found(fault: Fault, due: Due, **facts: Any) -> Found:
    return Found(fault, due.agency_id, due.ref.version_id, due.media_row_id, facts)


def stored_pages(store: MediaStore) -> Iterator[list[StoredObject]]:
    """Every version in the locked bucket that a file could own, page by page."""
    page: list[StoredObject] = []
    for stored in store.originals_under(PREFIX):
        page.append(stored)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def unnamed(session: Session, _services: Services, page: Sequence[StoredObject]) -> list[Found]:
    """The versions that no row names. One that a row still awaits has landed and is not confirmed yet: no fault."""
    owners = _owners(session, (stored.ref.key for stored in page))
    found = []
    for stored in page:
        rows = owners.get(stored.ref.key, [])
        if any(media.version_id in (stored.ref.version_id, None) for media in rows):
            continue
        agency_id = rows[0].agency_id if rows else _agency(session, stored.ref.key)
        if agency_id is not None:
            row_id = rows[0].id if rows else None
            facts = {"found_size": stored.size}
            found.append(Found(Fault.EXTRA, agency_id, stored.ref.version_id, row_id, facts))
    return found


def _owners(session: Session, keys: Iterable[str]) -> dict[str, list[Media]]:
    """The rows whose file stands under each key; found by capture, submission or walk-in, all indexed."""
    ids = {owner for key in keys if (owner := _part(key, 2)) is not None}
    manifests = select(Manifest.sha256).where(Manifest.capture_id.in_(ids))
    named = or_(Media.manifest_sha256.in_(manifests), Media.submission_id.in_(ids), Media.walk_in_id.in_(ids))
    rows = session.scalars(select(Media).where(named))
    owners: dict[str, list[Media]] = {}
    for media in rows:
        owners.setdefault(media_places.original_key(media), []).append(media)
    return owners


def _agency(session: Session, key: str) -> UUID | None:
    """Whose a stray object is by its key; None when that is nobody here."""
    agency_id = _part(key, 1)
    return agency_id if agency_id and session.get(Organisation, agency_id) else None


def _part(key: str, place: int) -> UUID | None:
    try:
        return UUID(key.split("/")[place])
    except (IndexError, ValueError):
        return None


def record(session: Session, services: Services, found: Sequence[Found]) -> int:
    """Says what was not said before; returns how much that was. Safe to repeat."""
    new = [one for one in found if not _said(session, one)]
    acts = [act for one in new for act in _acts(session, services, one)]
    if acts:
        custody.append(session, services, acts)
    return len(new)


def _said(session: Session, found: Found) -> bool:
    query = (
        select(CustodyEntry.entry_id)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .where(
            CustodyEntry.chain_type == "agency",
            CustodyEntry.chain_id == found.agency_id,
            CustodyEntry.kind == KIND,
            CustodyDetail.details["code"].astext == found.fault.value,
            CustodyDetail.details["version_id"].astext == found.version_id,
        )
    )
    return session.scalars(query.limit(1)).first() is not None


def _acts(session: Session, services: Services, found: Found) -> list[custody.Act]:
    details: dict[str, Any] = {"code": found.fault.value, "version_id": found.version_id, **found.facts}
    acts: list[custody.Act] = []
    media = locked_media(session, found.media_row_id) if found.media_row_id else None
    if media is not None:
        details |= {"media_id": str(media.media_id)}
        details |= {"capture_id": str(media.root_id)} if media.root_id else {}
        blocking = found.fault in DAMAGING
        facts = {"version_id": found.version_id, **found.facts}
        verify.add_findings(session, services, media, (Finding(found.fault.value, blocking=blocking, facts=facts),))
        if blocking and media.state in KEPT:
            acts.append(_damage(services, media, found))
            session.flush()
            acts += unsettling.unsettle(session, media, [found.fault.value])
    chain = Chain("agency", found.agency_id)
    return [*acts, custody.Act(KIND, chain, found.agency_id, SYSTEM, details)]


def _damage(services: Services, media: Media, found: Found) -> custody.Act:
    media.state = next_media_state(MediaState(media.state), MediaAct.DAMAGE).value
    media.updated_at = services.clock.now()
    details = {
        "media_id": str(media.media_id),
        "sha256": media.sha256,
        "size": media.size,
        "version_id": found.version_id,
        "reason": found.fault.value,
        **media_places.owner_details(media),
    }
    chain = media_places.chain_of(media)
    return custody.Act("media.damaged", chain, media.agency_id, SYSTEM, details, root_id=media.root_id)
