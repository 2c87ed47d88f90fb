"""Letting in what was held because of its enrolment (protocol, section 4).

What is admitted counts as if it came now, in the order in which the phone signed it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import contents, lines, stating
from evidence.actions.deciding import opening
from evidence.actions.enrolling.devices import locked_device
from evidence.actions.ports import Services
from evidence.actions.storing import evidence_state
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.errors import conflict, not_found
from evidence.domain.manifest import Amends
from evidence.domain.media_states import CaptureAct, CaptureState, MediaState, next_capture_state
from evidence.domain.roles import Role
from evidence.records.captures import Capture, Manifest, locked_capture
from evidence.records.database import one_writer
from evidence.records.devices import Device, DeviceMessage, Statement, held_messages
from evidence.records.media import media_of_manifest

WITH_ITS_PHONE = "device_admitted"
"""The reason of what was held only because its enrolment still waited."""


def admit_capture(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, reason: str
) -> Capture:
    """Lets one held capture in, and what its phone said of it: it joins its line, and what it requests is opened."""
    capture = locked_capture(session, capture_id)
    if capture is None or capture.agency_id != caller.organisation_id:
        raise not_found()
    held = session.scalars(
        select(Manifest)
        .where(Manifest.capture_id == capture_id, Manifest.standing == "held")
        .order_by(Manifest.received_at)
    ).first()
    if held is None or capture.state != CaptureState.HELD:
        raise conflict("wrong_state", f"The capture is {capture.state}.")
    about = [one for one in held_messages(session, held.device_id) if _speaks_of(session, one, held)]
    custody.append(session, services, _let_in(session, services, caller, about, reason))
    return capture


def admit_enrolment(session: Session, services: Services, *, caller: PersonCaller, device_id: UUID) -> Device:
    """The administrator lets a pending enrolment in, and with it all that it signed meanwhile."""
    device = locked_device(session, device_id)
    if device.state == "active":
        return device
    if device.state != "pending":
        raise conflict("wrong_state", f"The enrolment is {device.state}.")
    device.state, device.admitted_at, device.admitted_by = "active", services.clock.now(), caller.person_id
    acts = [
        custody.Act(
            kind="device.admitted",
            chain=Chain("device", device.id),
            agency_id=device.agency_id,
            actor=caller.actor(Role.ADMINISTRATOR),
            details={"device_id": str(device.id), "officer_id": str(device.officer_id)},
            told=[custody.Told(device.agency_id, device.officer_id)],
        ),
        *_let_in(session, services, caller, held_messages(session, device.id), WITH_ITS_PHONE),
    ]
    custody.append(session, services, acts)
    return device


def admit_held(session: Session, services: Services, *, caller: PersonCaller, device_id: UUID, reason: str) -> Device:
    """Lets in all that is held of an enrolment: captures and statements. Nothing held changes nothing."""
    device = locked_device(session, device_id)
    if device.agency_id != caller.organisation_id:
        raise not_found()
    if device.state == "pending":
        raise conflict("wrong_state", "The enrolment itself is to be admitted first.")
    if acts := _let_in(session, services, caller, held_messages(session, device.id), reason):
        custody.append(session, services, acts)
    return device


def _let_in(
    session: Session, services: Services, caller: PersonCaller, messages: Sequence[DeviceMessage], reason: str
) -> list[custody.Act]:
    """``messages`` in the phone's order."""
    acts: list[custody.Act] = []
    for message in messages:
        message.held = False
        session.flush()
        manifest = session.get(Manifest, message.sha256)
        if manifest is not None and manifest.standing == "held":
            acts += _let_manifest_in(session, services, caller, manifest, reason)
        # What came beside another statement under one id is kept without effect, held or not: it has no row.
        statement = session.scalars(select(Statement).where(Statement.sha256 == message.sha256)).first()
        if statement is not None:
            device = session.get_one(Device, statement.device_id)
            acts += [_statement_admitted(caller, statement, reason)]
            acts += stating.take_effect(session, services, device, statement)
    return acts


def _speaks_of(session: Session, message: DeviceMessage, manifest: Manifest) -> bool:
    if message.sha256 == manifest.sha256:
        return True
    statement = session.scalars(select(Statement).where(Statement.sha256 == message.sha256)).first()
    return statement is not None and statement.payload["facts"].get("manifest_sha256") == manifest.sha256


def _let_manifest_in(
    session: Session, services: Services, caller: PersonCaller, held: Manifest, reason: str
) -> list[custody.Act]:
    one_writer(session, held.capture_id)
    capture = locked_capture(session, held.capture_id)
    if capture is None:
        raise LookupError(f"no capture {held.capture_id}")
    place = _place(session, held)
    states = [MediaState(media.state) for _, media in media_of_manifest(session, held.sha256)]
    held.standing = place.standing
    if place.standing == "waiting_for_base":
        capture.state = CaptureState.WAITING_FOR_BASE.value
    else:
        capture.state = next_capture_state(CaptureState.HELD, CaptureAct.ADMIT, states).value
    capture.version += 1
    session.flush()
    acts = [_capture_admitted(caller, held, reason)]
    if place.root is not None and place.root.id != held.root_id:  # its base came while it was held
        base = session.get_one(Manifest, held.amends_sha256)
        acts += [*lines.join(session, held, base, place.root), *lines.join_waiting(session, held, place.root)]
    else:
        acts += lines.after_arrival(session, services, capture, held, place)
        if held.standing == "accepted":
            contents.add_serial_keys(session, held)
    acts += opening.open_and_revise(session, services, place.root or capture, by=caller.actor(Role.ADMINISTRATOR))
    acts += evidence_state.after_manifest(session, services, held)
    return [*acts, *stating.foretold(session, services, held)]


def _place(session: Session, held: Manifest) -> lines.Place:
    amends = None
    if held.amends_capture_id is not None and held.amends_sha256 is not None:
        amends = Amends(held.amends_capture_id, held.amends_sha256)
    return lines.place_of(session, amends, held=False)


def _capture_admitted(caller: PersonCaller, held: Manifest, reason: str) -> custody.Act:
    return custody.Act(
        kind="capture.admitted",
        chain=lines.chain_of(held),
        agency_id=held.agency_id,
        actor=caller.actor(Role.ADMINISTRATOR),
        details={"manifest_sha256": held.sha256, "reason": reason},
        told=[custody.Told(held.agency_id, held.officer_id)],
        root_id=held.root_id,
    )


def _statement_admitted(caller: PersonCaller, statement: Statement, reason: str) -> custody.Act:
    return custody.Act(
        kind="statement.admitted",
        chain=Chain("device", statement.device_id),
        agency_id=statement.agency_id,
        actor=caller.actor(Role.ADMINISTRATOR),
        details={
            "statement_id": str(statement.id),
            "kind": statement.kind,
            "sha256": statement.sha256,
            "reason": reason,
        },
    )
