"""What a phone's statements bring about, now or once what they speak of is here and counts (protocol, section 4)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import discarding, losing, participating
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.custody import Chain
from evidence.domain.roles import Role
from evidence.records.captures import Manifest
from evidence.records.database import one_writer
from evidence.records.devices import Device, DeviceMessage, Statement


def take_effect(session: Session, services: Services, device: Device, statement: Statement) -> list[custody.Act]:
    """The effect of a statement that is not held; none yet while its manifest is missing or held itself."""
    if statement.kind == "closing":
        return _close(services, device)
    one_writer(session, discarding.capture_named(statement))
    if statement.kind == "cosign":
        return participating.take_part(session, statement)
    manifest = discarding.manifest_named(session, statement)
    if manifest is None or manifest.standing == "held":
        return []  # ``foretold`` looks again when the manifest comes, or is admitted
    return _upon(session, services, manifest, statement)


def foretold(session: Session, services: Services, manifest: Manifest) -> list[custody.Act]:
    """The effect of what its phone said of a manifest before it counted, in the order in which it was signed.

    Whether a statement is held was settled when it came: an ending of its enrolment that the service heard of later
    takes nothing from it.
    """
    if manifest.standing == "held":
        return []
    said = session.scalars(
        select(Statement)
        .join(DeviceMessage, DeviceMessage.sha256 == Statement.sha256)
        .where(
            Statement.device_id == manifest.device_id,
            Statement.kind.in_(("discard", "media_lost")),
            Statement.payload["facts"]["manifest_sha256"].astext == manifest.sha256,
            ~DeviceMessage.held,
        )
        .order_by(DeviceMessage.seq, DeviceMessage.received_at)
    ).all()
    about = [one for one in said if discarding.capture_named(one) == manifest.capture_id]
    acts = [act for statement in about for act in _upon(session, services, manifest, statement)]
    return [*acts, *participating.told_before(session, manifest)]


def _upon(session: Session, services: Services, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    if statement.kind == "media_lost":
        return losing.lose(session, services, manifest, statement)
    return discarding.discard(session, services, manifest, statement)


def _close(services: Services, device: Device) -> list[custody.Act]:
    if device.state != "active":
        return []
    device.state, device.ended_at = "closed", services.clock.now()
    details: dict[str, Any] = {"device_id": str(device.id), "officer_id": str(device.officer_id), "how": "closed"}
    act = custody.Act(
        kind="device.ended",
        chain=Chain("device", device.id),
        agency_id=device.agency_id,
        actor=Actor("device", device.id, Role.OFFICER.value),
        details=details,
        told=[custody.Told(device.agency_id, device.officer_id)],
    )
    return [act]
