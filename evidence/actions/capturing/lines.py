"""Lines of amendments: where a manifest belongs, and what its arrival means for others.

The first capture of a line is its root, the newest accepted manifest its head (protocol, section 4).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import contents
from evidence.actions.ports import Services
from evidence.domain.amendments import Line, amendment_problems
from evidence.domain.callers import SYSTEM, Actor
from evidence.domain.content import X3P_TYPE
from evidence.domain.custody import Chain
from evidence.domain.manifest import Amends, Manifest
from evidence.domain.problem import Context, Problem
from evidence.domain.problems import problems
from evidence.domain.roles import Role
from evidence.records import captures as records
from evidence.records.captures import Capture, locked_capture
from evidence.records.media import ManifestMedia, Media
from evidence.records.organisations import Organisation

MAX_MEDIA_BYTES = 100 * 1024 * 1024
CONTENT_TYPES = frozenset({"image/jpeg", "image/png", "image/heic", "image/heif", "image/webp", X3P_TYPE})


@dataclass(frozen=True)
class Place:
    """Where a manifest stands: its standing, its root (None: it is one itself), and the root's locked row."""

    standing: str
    root_id: UUID | None
    root: Capture | None


def place_of(session: Session, amends: Amends | None, *, held: bool) -> Place:
    """Finds the line of an amendment. A base that is not here yet, or itself waits, is waited for, never refused."""
    if amends is None:
        return Place("held" if held else "accepted", None, None)
    base = session.get(records.Manifest, amends.sha256)
    if base is None or base.capture_id != amends.capture_id:
        return Place("held" if held else "waiting_for_base", None, None)
    root = locked_capture(session, base.root_id)
    session.refresh(base)  # its standing may have been settled while we waited for the root
    if held:
        return Place("held", base.root_id, None)
    if base.standing in ("held", "waiting_for_base"):
        return Place("waiting_for_base", None, None)
    return Place(_standing_on(session, base), base.root_id, root)


def _standing_on(session: Session, base: records.Manifest, *, itself: str | None = None) -> str:
    """An amendment counts when its base does and nothing else amends it; else a supervisor picks."""
    beside = [sha256 for sha256 in _siblings(session, base.sha256) if sha256 != itself]
    return "accepted" if base.standing == "accepted" and not beside else "amendment_fork"


def _siblings(session: Session, base_sha256: str) -> list[str]:
    """Other manifests that amend the same base and count."""
    return list(
        session.scalars(
            select(records.Manifest.sha256).where(
                records.Manifest.amends_sha256 == base_sha256,
                records.Manifest.standing.in_(("accepted", "amendment_fork")),
            )
        )
    )


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def context_of(session: Session, agency_id: UUID, received_at: datetime) -> Context:
    """By what a manifest of this agency is judged at this moment."""
    agency = session.get_one(Organisation, agency_id)
    return Context(
        received_at=received_at,
        max_media_bytes=MAX_MEDIA_BYTES,
        content_types=CONTENT_TYPES,
        gallery_allowed=bool(agency.settings.get("gallery_allowed", True)),
        zones=_zones(),
        patterns=agency.settings.get("numbering_pattern", {}),
    )


def problems_of(session: Session, manifest: Manifest, place: Place, context: Context) -> list[Problem]:
    """Everything wrong or odd with a manifest, by itself and as a part of its line."""
    found = problems(manifest, context)
    head = session.get(records.Manifest, place.root.head_sha256) if place.root and place.root.head_sha256 else None
    if head is None:
        return found
    own = session.execute(
        select(Media.media_id, Media.sha256, Media.size).where(Media.root_id == head.root_id, contents.SENT)
    ).all()
    elsewhere = session.scalars(
        select(Media.media_id).where(
            Media.media_id.in_([line.id for line in manifest.media]), Media.root_id != head.root_id, contents.SENT
        )
    ).all()
    line = Line(
        scene_id=UUID(head.payload["recovery"]["scene_id"]),
        media={media_id: (sha256, size) for media_id, sha256, size in own},
        numbers={UUID(item["id"]): item["number"] for item in head.payload["items"]},
    )
    return [*found, *amendment_problems(manifest, line, elsewhere=elsewhere)]


def chain_of(row: records.Manifest) -> Chain:
    """The root's chain; the device's for what waits for its base (protocol, section 11, *Receipt*)."""
    if row.standing == "waiting_for_base":
        return Chain("device", row.device_id)
    return Chain("capture", row.root_id)


def after_arrival(
    session: Session, services: Services, capture: Capture, row: records.Manifest, place: Place
) -> list[custody.Act]:
    """Moves the head, marks a fork, and takes in amendments that were waiting for this manifest."""
    acts: list[custody.Act] = []
    if row.standing == "waiting_for_base":
        acts.append(_act("capture.waiting", row, _amends(row)))
    elif row.standing == "amendment_fork" and place.root is not None:
        acts.append(_fork(session, row, place.root))
    elif row.standing == "accepted" and place.root is not None:
        acts.append(_advance(row, place.root))
    if row.standing == "accepted":
        acts += join_waiting(session, row, place.root or capture)
    return acts


def _advance(row: records.Manifest, root: Capture) -> custody.Act:
    root.head_sha256 = row.sha256
    root.version += 1
    reply = row.payload.get("reply")
    details: dict[str, Any] = _amends(row)
    if reply:
        details["reply"] = reply["answer"]
    return _act("capture.amended", row, details)


def _fork(session: Session, row: records.Manifest, root: Capture) -> custody.Act:
    root.conflict_open = True
    root.version += 1
    beside = sorted(sha for sha in _siblings(session, row.amends_sha256 or "") if sha != row.sha256)
    return _act("capture.amendment_fork", row, {**_amends(row), "beside": beside})


def flags_of(root: Capture | None, officer_id: UUID) -> list[str]:
    """``by_other_officer`` where somebody answers for the officer of the root (protocol, section 4, stories G6)."""
    return ["by_other_officer"] if root is not None and root.officer_id != officer_id else []


def join_waiting(session: Session, base: records.Manifest, root: Capture) -> list[custody.Act]:
    """Amendments of ``base`` that came before it, and those that amend them in turn."""
    acts: list[custody.Act] = []
    bases = [base]
    while bases:
        present = bases.pop()
        waiting = session.scalars(
            select(records.Manifest)
            .where(
                records.Manifest.amends_sha256 == present.sha256,
                records.Manifest.standing == "waiting_for_base",
            )
            .order_by(records.Manifest.received_at, records.Manifest.sha256)
        ).all()
        for row in waiting:
            acts += join(session, row, present, root)
            bases.append(row)
    return acts


def join(session: Session, row: records.Manifest, base: records.Manifest, root: Capture) -> list[custody.Act]:
    """Takes an amendment whose base is here now into its line."""
    row.standing = _standing_on(session, base, itself=row.sha256)
    row.root_id = root.id
    row.flags = sorted({*row.flags, *flags_of(root, row.officer_id)})
    for table in (records.Item, records.Package, ManifestMedia):
        session.execute(update(table).where(table.manifest_sha256 == row.sha256).values(root_id=root.id))
    session.execute(update(Media).where(Media.manifest_sha256 == row.sha256).values(root_id=root.id))
    if row.standing == "accepted":
        contents.add_serial_keys(session, row)
    capture = session.get_one(Capture, row.capture_id)
    capture.root_id, capture.head_sha256 = root.id, None
    if capture.state == "waiting_for_base":
        capture.state = "registered"
    joined = _act("capture.joined", row, {**_amends(row), "root_id": str(root.id)}, actor=SYSTEM)
    return [joined, _advance(row, root) if row.standing == "accepted" else _fork(session, row, root)]


def _amends(row: records.Manifest) -> dict[str, Any]:
    return {
        "manifest_sha256": row.sha256,
        "amends": {"capture_id": str(row.amends_capture_id), "sha256": row.amends_sha256},
    }


def _act(kind: str, row: records.Manifest, details: dict[str, Any], actor: Actor | None = None) -> custody.Act:
    return custody.Act(
        kind=kind,
        chain=chain_of(row),
        agency_id=row.agency_id,
        actor=actor or Actor("device", row.device_id, Role.OFFICER.value),
        details=details,
        told=[custody.Told(row.agency_id, row.officer_id)],
        root_id=row.root_id,
    )
