"""The chain of what one enrolment signed: its numbers, forks, and what an ended enrolment means for what comes in."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
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


def spoken_of(session: Session, manifest: Manifest) -> bool:
    """Whether a statement that is already here names the manifest: of the same device, or a colleague's."""
    named = Statement.payload["facts"]["manifest_sha256"].astext == manifest.sha256
    return bool(session.scalar(select(exists().where(named))))


def note(session: Session, device: Device, signed: Manifest | Statement) -> list[custody.Act]:
    """Adds a message to the device's chain. A fork (same number, or another predecessor) keeps all, marked and told."""
    payload: dict[str, Any] = signed.payload
    near = _near(session, device, payload["seq"])
    placed = place(
        seq=payload["seq"], prev=payload["prev"], sha256=signed.sha256, near=_neighbours(session, device, near)
    )
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
    session.add(message)
    if placed.fork is None:
        return []
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
    return [custody.Act("device.sequence", Chain("device", device.id), device.agency_id, SYSTEM, details)]


_CONTRADICTS = {ForkReason.SAME_SEQ: 0, ForkReason.PREV_DIFFERS: -1, ForkReason.NEXT_DIFFERS: 1}
"""Where, from the message's own number, those stand that it contradicts."""


def _near(session: Session, device: Device, seq: int) -> dict[int, list[DeviceMessage]]:
    """The messages just before, at and just after ``seq``, by their distance."""
    rows = session.scalars(
        select(DeviceMessage).where(DeviceMessage.device_id == device.id, DeviceMessage.seq.between(seq - 1, seq + 1))
    )
    near: dict[int, list[DeviceMessage]] = {-1: [], 0: [], 1: []}
    for row in rows:
        near[row.seq - seq].append(row)
    return near


def _neighbours(session: Session, device: Device, near: dict[int, list[DeviceMessage]]) -> Neighbours:
    highest = session.scalar(select(func.max(DeviceMessage.seq)).where(DeviceMessage.device_id == device.id))
    return Neighbours(
        same=frozenset(row.sha256 for row in near[0]),
        before=frozenset(row.sha256 for row in near[-1]),
        named_by_next=frozenset(row.prev for row in near[1] if row.prev),
        highest=highest or 0,
    )
