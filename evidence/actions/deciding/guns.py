"""Items with a serial as a search for duplicates sees them, and who may be one of them.

Read by the many: a search costs the same few questions whether one gun shares a key with it or two hundred do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from evidence.domain.kinds import View
from evidence.domain.media_states import MediaState
from evidence.domain.serials import KeyKind, Marked, search_keys
from evidence.records.captures import Capture, Item, Manifest, SerialKey
from evidence.records.media import ManifestMedia, Media
from evidence.records.submissions import Supplement

MOST_CANDIDATES = 200
EQUAL = (KeyKind.FOLD, KeyKind.DROP)
"""Kinds of keys by which guns of two agencies may be one; a neighbour key counts within an agency only."""

_ROOT = aliased(Capture)

Place = tuple[UUID, UUID]
"""(capture's id, item's id)"""


@dataclass(frozen=True)
class Gun:
    """An item as its root's head manifest describes it now.

    ``serials`` are the signed one and those that supplements state (a laboratory's reading), oldest first.
    ``sure``: accepted, with a photo of the serial that is secured, so that other agencies may hear of it.
    """

    root: Capture
    item: Item
    serials: tuple[str, ...]
    sure: bool

    def marked(self, serial: str) -> Marked:
        item = self.item
        return Marked(serial=serial, kind=item.kind, type=item.type, make=item.make, caliber=item.caliber)

    @property
    def order(self) -> tuple[Any, str]:
        return self.root.received_at, str(self.root.id)


def loaded(session: Session, wanted: Sequence[Place]) -> list[Gun]:
    """The guns in the order asked for, without what has no head, no serial, or was discarded."""
    if not wanted:
        return []
    rows = session.execute(
        select(Capture.id, _ROOT, Item, Manifest.standing)
        .join(_ROOT, _ROOT.id == Capture.root_id)
        .join(Item, Item.manifest_sha256 == _ROOT.head_sha256)
        .join(Manifest, Manifest.sha256 == _ROOT.head_sha256)
        .where(tuple_(Capture.id, Item.item_id).in_(wanted), _ROOT.state.not_in(("discarded", "expunged")))
    ).all()
    stated = _stated(session, [(row.root_id, item.item_id) for _, row, item, _ in rows])
    shown = _photographed(session, {row.head_sha256 for _, row, _, _ in rows if row.head_sha256})
    found: dict[Place, Gun] = {}
    for capture_id, row, item, standing in rows:
        texts = (item.serial_text, *stated.get((row.id, item.item_id), ()))
        serials = tuple(dict.fromkeys(text for text in texts if text))
        if serials:
            sure = standing == "accepted" and (item.manifest_sha256, item.item_id) in shown
            found[capture_id, item.item_id] = Gun(row, item, serials, sure=sure)
    return [found[place] for place in wanted if place in found]


def candidates(session: Session, gun: Gun) -> list[Gun]:
    """Guns that share a key, without the capture's own items; what its own agency has comes first."""
    keys = sorted({key for serial in gun.serials for key in search_keys(serial)})
    if not keys:
        return []
    equal = [(kind.value, key) for kind, key in keys if kind in EQUAL]
    near = [(kind.value, key) for kind, key in keys if kind not in EQUAL]
    key = tuple_(SerialKey.kind, SerialKey.key)
    rows = session.execute(
        select(SerialKey.root_id, SerialKey.item_id)
        .where(
            or_(key.in_(equal), key.in_(near) & (SerialKey.agency_id == gun.root.agency_id)),
            SerialKey.root_id != gun.root.id,
        )
        .group_by(SerialKey.root_id, SerialKey.item_id, SerialKey.agency_id)
        .order_by((SerialKey.agency_id != gun.root.agency_id), SerialKey.root_id, SerialKey.item_id)
        .limit(MOST_CANDIDATES)
    ).all()
    return [
        other
        for other in loaded(session, [(root_id, item_id) for root_id, item_id in rows])
        if other.root.id != gun.root.id
    ]


def _stated(session: Session, places: Sequence[Place]) -> dict[Place, list[str]]:
    """Serials that supplements state, oldest first."""
    rows = session.execute(
        select(Supplement.root_id, Supplement.scope_id, Supplement.values["serial.text"].astext)
        .where(tuple_(Supplement.root_id, Supplement.scope_id).in_(places), Supplement.scope == "item")
        .order_by(Supplement.number)
    )
    found: dict[Place, list[str]] = {}
    for root_id, item_id, text in rows:
        if item_id is not None:
            found.setdefault((root_id, item_id), []).append(text)
    return found


def _photographed(session: Session, heads: Iterable[str]) -> set[tuple[str, UUID]]:
    """(manifest, item) of which a secured photo shows the serial."""
    rows = session.execute(
        select(ManifestMedia.manifest_sha256, ManifestMedia.item_ids)
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(
            ManifestMedia.manifest_sha256.in_(heads),
            ManifestMedia.view == View.SERIAL_CLOSEUP,
            Media.state == MediaState.SECURED,
        )
    )
    return {(sha256, item_id) for sha256, item_ids in rows for item_id in item_ids}
