"""The chain of what one enrolment signed: its numbers, forks, and what an ended enrolment means for what comes in."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.records.captures import Manifest
from evidence.records.devices import Device, DeviceMessage, Statement


def is_held(device: Device, received_at: datetime) -> bool:
    """Whether what this device sends now is kept aside (protocol, section 4, *endings of an enrolment*).

    A compromised key's messages are held from the moment that the service was told; a retired one's once its
    30 days are over; one not yet admitted waits for the administrator. The phone's clock never decides.
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


def note(session: Session, device: Device, signed: Manifest | Statement) -> list[custody.Act]:
    """Adds a message to the device's chain. Two payloads with one number stay both, marked, and it is told."""
    payload: dict[str, Any] = signed.payload
    same_number = session.scalars(
        select(DeviceMessage).where(DeviceMessage.device_id == device.id, DeviceMessage.seq == payload["seq"])
    ).all()
    message = DeviceMessage(
        sha256=signed.sha256,
        device_id=device.id,
        agency_id=device.agency_id,
        seq=payload["seq"],
        prev=payload["prev"],
        kind="capture" if isinstance(signed, Manifest) else signed.kind,
        subject_id=signed.capture_id if isinstance(signed, Manifest) else signed.id,
        received_at=signed.received_at,
        flags=["sequence_fork"] if same_number else [],
    )
    session.add(message)
    if not same_number:
        return []
    for other in same_number:
        other.flags = sorted({*other.flags, "sequence_fork"})
    details = {
        "device_id": str(device.id),
        "officer_id": str(device.officer_id),
        "what": "fork",
        "seqs": [payload["seq"]],
        "sha256s": sorted({signed.sha256, *(other.sha256 for other in same_number)}),
    }
    return [custody.Act("device.sequence", Chain("device", device.id), device.agency_id, SYSTEM, details)]
