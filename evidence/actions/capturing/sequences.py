"""The chain of what one enrolment signed: its numbers, forks, and what an ended enrolment means for what comes in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.domain.sequence import ForkReason, Neighbours, place
from evidence.records.captures import Manifest
from evidence.records.devices import Device, DeviceMessage, Statement


def is_held(device: Device, received_at: datetime) -> bool:
    """Whether what this device sends at this moment is kept aside (protocol, section 4, *endings of an enrolment*).

    A compromised key's messages are held from the moment that the service was told; a retired one's once its
    30 days are over; one not yet admitted waits for the administrator. The phone's clock never decides. Asked once,
    on receipt, and kept with the message (``DeviceMessage.held``): what is learnt of a key later holds nothing back.
    """
    if device.state in ("compromised", "pending"):
        return True
    return device.state == "retired" and device.accepted_until is not None and received_at > device.accepted_until


def flags_of(device: Device, received_at: datetime) -> list[str]:
    """What a reader of the dossier must know of the enrolment that signed."""
    flags = []
    if device.state != "active":
        flags.append(f"device_{device.state}")
    if device.compromised_since is not None and received_at >= device.compromised_since:
        flags.append("received_after_compromise")
    return flags


@dataclass(frozen=True)
class Noted:
    """A message's place in its device's chain: a row to be written, and the entry of a fork.

    ``spoken_of`` is whether a statement that is already here names the message: of the same device, or a colleague's.
    """

    message: DeviceMessage
    acts: list[custody.Act]
    spoken_of: bool


def note(session: Session, device: Device, signed: Manifest | Statement) -> list[custody.Act]:
    """Adds a message to the device's chain. A fork (same number, or another predecessor) keeps all, marked and told."""
    noted = place_of(session, device, signed)
    session.add(noted.message)
    return noted.acts


def place_of(session: Session, device: Device, signed: Manifest | Statement) -> Noted:
    """Where a message belongs; ``note`` for who writes the row together with others."""
    payload: dict[str, Any] = signed.payload
    near, highest, spoken_of = _around(session, device, payload["seq"], signed.sha256)
    placed = place(seq=payload["seq"], prev=payload["prev"], sha256=signed.sha256, near=_neighbours(near, highest))
    message = DeviceMessage(
        sha256=signed.sha256,
        device_id=device.id,
        agency_id=device.agency_id,
        seq=payload["seq"],
        prev=payload["prev"],
        kind="capture" if isinstance(signed, Manifest) else signed.kind,
        subject_id=signed.capture_id if isinstance(signed, Manifest) else signed.id,
        received_at=signed.received_at,
        flags=["sequence_fork"] if placed.fork else [],
        held=is_held(device, signed.received_at),
    )
    if placed.fork is None:
        return Noted(message, [], spoken_of)
    others = near[_CONTRADICTS[placed.fork]]
    for other in others:
        other.flags = sorted({*other.flags, "sequence_fork"})
    details = {
        "device_id": str(device.id),
        "officer_id": str(device.officer_id),
        "what": "fork",
        "seqs": sorted({payload["seq"], *(other.seq for other in others)}),
        "sha256s": sorted({signed.sha256, *(other.sha256 for other in others)}),
    }
    act = custody.Act("device.sequence", Chain("device", device.id), device.agency_id, SYSTEM, details)
    return Noted(message, [act], spoken_of)


_CONTRADICTS = {ForkReason.SAME_SEQ: 0, ForkReason.PREV_DIFFERS: -1, ForkReason.NEXT_DIFFERS: 1}
"""Where, from the message's own number, those stand that it contradicts."""


def _around(
    session: Session, device: Device, seq: int, sha256: str
) -> tuple[dict[int, list[DeviceMessage]], int, bool]:
    """The messages just before, at and just after ``seq`` by their distance, the highest number, and whether a
    statement names ``sha256``: one question."""
    highest = select(func.max(DeviceMessage.seq)).where(DeviceMessage.device_id == device.id).scalar_subquery()
    named = Statement.payload["facts"]["manifest_sha256"].astext == sha256
    spoken_of = exists().where(named)
    beside = and_(DeviceMessage.device_id == Device.id, DeviceMessage.seq.between(seq - 1, seq + 1))
    rows = session.execute(
        select(DeviceMessage, highest, spoken_of)
        .select_from(Device)
        .outerjoin(DeviceMessage, beside)
        .where(Device.id == device.id)
    ).all()
    near: dict[int, list[DeviceMessage]] = {-1: [], 0: [], 1: []}
    for message, _, _ in rows:
        if message is not None:
            near[message.seq - seq].append(message)
    return near, rows[0][1] or 0, bool(rows[0][2])


def _neighbours(near: dict[int, list[DeviceMessage]], highest: int) -> Neighbours:
    return Neighbours(
        same=frozenset(row.sha256 for row in near[0]),
        before=frozenset(row.sha256 for row in near[-1]),
        named_by_next=frozenset(row.prev for row in near[1] if row.prev),
        highest=highest,
    )
