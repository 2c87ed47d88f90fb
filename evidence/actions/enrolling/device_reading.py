"""Enrolments as administrators, supervisors and auditors see them: state, last contact, gaps in neutral words."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.domain.callers import Caller
from evidence.domain.errors import not_found
from evidence.domain.sequence import apart, missing_runs, read_gap
from evidence.records.captures import Capture
from evidence.records.devices import Device, DeviceMessage, Statement, messages_of

QUIET_AFTER = timedelta(days=2)
MOST_GAPS = 100


@dataclass(frozen=True)
class DeviceView:
    """An enrolment and the numbers of its chain that are missing, each with how it reads.

    ``held`` counts the captures and statements that an administrator has not let in.
    """

    device: Device
    gaps: list[dict[str, Any]]
    forks: list[int]
    held: int


def listed(session: Session, *, caller: Caller) -> list[Device]:
    """The agency's enrolments, newest first."""
    return list(
        session.scalars(
            select(Device).where(Device.agency_id == caller.organisation_id).order_by(Device.enrolled_at.desc())
        )
    )


def held(session: Session, *, caller: Caller) -> list[Capture]:
    """The agency's captures that are held because of their enrolment, oldest first; nothing of what they show."""
    wanted = select(Capture).where(Capture.agency_id == caller.organisation_id, Capture.state == "held")
    return list(session.scalars(wanted.order_by(Capture.received_at, Capture.id)))


def view(session: Session, services: Services, *, caller: Caller, device_id: UUID) -> DeviceView:
    """One enrolment of the caller's agency; 404 otherwise."""
    device = session.get(Device, device_id)
    if device is None or device.agency_id != caller.organisation_id:
        raise not_found()
    messages = messages_of(session, device.id)
    forks = sorted({one.seq for one in messages if "sequence_fork" in one.flags})
    gaps = _gaps(session, services, device, [one.seq for one in messages])
    return DeviceView(device, gaps, forks, held=sum(one.held for one in messages))


def _gaps(session: Session, services: Services, device: Device, known: list[int]) -> list[dict[str, Any]]:
    discarded, lost = _said(session, device)
    claimed = device.heartbeat.get("last_seq")
    last_seq = max([*known, claimed if isinstance(claimed, int) else 0])
    gaps: list[dict[str, Any]] = []
    runs = apart(missing_runs(known, last_seq=last_seq), [*discarded, *lost])
    for run in runs[:MOST_GAPS]:
        reading = read_gap(
            run.first,
            discarded=discarded,
            declared_lost=lost,
            last_contact_at=device.last_seen_at,
            now=services.clock.now(),
            quiet_after=QUIET_AFTER,
        )
        gaps.append(
            {
                "first": run.first,
                "last": run.last,
                "reads": reading.kind.value,
                "since": reading.since,
                "reason": reading.reason,
            }
        )
    return gaps


def _said(session: Session, device: Device) -> tuple[dict[int, str], dict[int, str]]:
    """What the phone's own statements say of numbers: discarded, and declared lost. What is held says nothing yet."""
    discarded: dict[int, str] = {}
    lost: dict[int, str] = {}
    said = (
        select(Statement)
        .join(DeviceMessage, DeviceMessage.sha256 == Statement.sha256)
        .where(Statement.device_id == device.id, ~DeviceMessage.held)
    )
    for statement in session.scalars(said):
        facts: dict[str, Any] = statement.payload["facts"]
        if statement.kind == "discard":
            discarded[facts["seq"]] = facts["reason"]
        if statement.kind == "closing":
            lost |= {one["seq"]: facts["reason"] for one in facts["lost"]}
    return discarded, lost
