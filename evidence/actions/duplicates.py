"""Two items that may be one gun: found by their serials' keys, told to both sides, answered by each.

Inside an agency by either key, or one edit with the same maker or caliber; across agencies only by equal keys
and the same type, and only between accepted captures (protocol, section 7, *Duplicates*). Nothing is merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.domain.serials import Marked, compare, search_keys
from evidence.records.captures import Capture, Item, Manifest, SerialKey
from evidence.records.duplicates import DuplicateMatch
from evidence.records.organisations import Organisation
from evidence.records.submissions import Submission

MOST_CANDIDATES = 200
MOST_ELSEWHERE = 20  # cards of other agencies that one job may make: a key that fits everything tells nothing


@dataclass(frozen=True)
class Gun:
    """An item with a serial, as its root's head manifest describes it now."""

    root: Capture
    item: Item
    accepted: bool

    @property
    def marked(self) -> Marked:
        item = self.item
        return Marked(
            serial=item.serial_text or "", kind=item.kind, type=item.type, make=item.make, caliber=item.caliber
        )

    @property
    def order(self) -> tuple[Any, str]:
        return self.root.received_at, str(self.root.id)


def find(session: Session, services: Services, root_id: UUID, item_id: UUID) -> int:
    """Makes a match for every other gun that this one may be; returns how many are new. Safe to repeat."""
    gun = _gun(session, root_id, item_id)
    if gun is None:
        return 0
    acts: list[custody.Act] = []
    found = elsewhere = 0
    for other in _candidates(session, gun):
        same_agency = other.root.agency_id == gun.root.agency_id
        if not same_agency and (not (gun.accepted and other.accepted) or elsewhere >= MOST_ELSEWHERE):
            continue
        match = compare(gun.marked, other.marked, same_agency=same_agency)
        if match is None:
            continue
        told = _keep(session, services, sorted((gun, other), key=lambda one: one.order), match.likeness.value)
        acts += told
        found += bool(told)
        elsewhere += bool(told) and not same_agency
    if acts:
        custody.append(session, services, acts)
    return found


def _gun(session: Session, root_id: UUID, item_id: UUID) -> Gun | None:
    """None for what has no head, no serial, or was discarded."""
    capture = session.get(Capture, root_id)
    root = session.get(Capture, capture.root_id) if capture else None
    if root is None or root.head_sha256 is None or root.state in ("discarded", "expunged"):
        return None
    item = session.get(Item, (root.head_sha256, item_id))
    if item is None or not item.serial_text:
        return None
    return Gun(root, item, session.get_one(Manifest, root.head_sha256).standing == "accepted")


def _candidates(session: Session, gun: Gun) -> list[Gun]:
    """Guns that share a key, without the capture's own items; what its own agency has comes first."""
    keys = [(kind.value, key) for kind, key in sorted(search_keys(gun.item.serial_text or ""))]
    if not keys:
        return []
    rows = session.execute(
        select(SerialKey.root_id, SerialKey.item_id)
        .where(tuple_(SerialKey.kind, SerialKey.key).in_(keys), SerialKey.root_id != gun.root.id)
        .group_by(SerialKey.root_id, SerialKey.item_id, SerialKey.agency_id)
        .order_by((SerialKey.agency_id != gun.root.agency_id), SerialKey.root_id, SerialKey.item_id)
        .limit(MOST_CANDIDATES)
    ).all()
    guns = [_gun(session, root_id, item_id) for root_id, item_id in rows]
    return [other for other in guns if other is not None and other.root.id != gun.root.id]


def _keep(session: Session, services: Services, pair: Sequence[Gun], found_by: str) -> list[custody.Act]:
    """The match as a row and an entry on either chain; nothing when the pair is known already."""
    a, b = pair
    match_id = session.scalar(
        insert(DuplicateMatch)
        .values(
            id=services.entropy.uuid7(),
            found_by=found_by,
            a_root_id=a.root.id,
            a_item_id=a.item.item_id,
            a_agency_id=a.root.agency_id,
            a_card=card(session, a),
            b_root_id=b.root.id,
            b_item_id=b.item.item_id,
            b_agency_id=b.root.agency_id,
            b_card=card(session, b),
        )
        .on_conflict_do_nothing()
        .returning(DuplicateMatch.id)
    )
    return [] if match_id is None else [_found(match_id, found_by, a, b), _found(match_id, found_by, b, a)]


def card(session: Session, gun: Gun) -> dict[str, Any]:
    """What the other side may see: no photo, no place, no name of a person."""
    agency = session.get_one(Organisation, gun.root.agency_id)
    trace = session.scalars(
        select(Submission).where(
            Submission.root_id == gun.root.id,
            Submission.item_id == gun.item.item_id,
            Submission.destination == "etrace",
        )
    ).one_or_none()
    desk = session.get(Organisation, trace.holder_id) if trace and trace.holder_id else None
    return {
        "agency": agency.name,
        "entity": gun.root.entity,
        "date": gun.root.captured_at.date().isoformat(),
        "serial": gun.item.serial_text,
        "make": gun.item.make,
        "caliber": gun.item.caliber,
        "trace": trace.state if trace else None,
        "contact": (desk or agency).contact,
    }


def _found(match_id: UUID, found_by: str, one: Gun, other: Gun) -> custody.Act:
    details = {
        "match_id": str(match_id),
        "item_id": str(one.item.item_id),
        "found_by": found_by,
        "other_agency_id": str(other.root.agency_id),
        "same_agency": one.root.agency_id == other.root.agency_id,
    }
    return custody.Act(
        kind="duplicate.found",
        chain=Chain("capture", one.root.id),
        agency_id=one.root.agency_id,
        actor=SYSTEM,
        details=details,
        root_id=one.root.id,
    )
