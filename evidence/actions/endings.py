"""The three endings of an enrolment, and letting in what was held because of one (protocol, section 4)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import contents, custody, evidence_state, lines, losing, opening
from evidence.actions.devices import locked_device
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict, not_found
from evidence.domain.manifest import Amends
from evidence.domain.media_states import CaptureAct, CaptureState, MediaState, next_capture_state
from evidence.domain.roles import Role
from evidence.records.captures import Capture, Manifest, locked_capture
from evidence.records.devices import Device
from evidence.records.media import media_of_manifest

RETIRED_ACCEPTED = timedelta(days=30)
ENDED_BY = {
    "closed": frozenset({"active", "pending"}),
    "retired": frozenset({"active", "closed"}),
    "compromised": frozenset({"active", "pending", "closed", "retired"}),
}


def end(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    device_id: UUID,
    how: str,
    since: datetime | None,
    reason: str,
) -> Device:
    """Ends an enrolment. Retired: taken in 30 days more. Compromised: held from now on, flagged from ``since``.

    Saying the same again changes nothing; 409 ``wrong_state`` for an ending that cannot follow the present state.
    """
    device = locked_device(session, device_id)
    if device.state == how:
        return device
    if device.state not in ENDED_BY[how]:
        raise conflict("wrong_state", f"The enrolment is {device.state}.")
    now = services.clock.now()
    device.state, device.ended_at = how, device.ended_at or now
    details: dict[str, Any] = {
        "device_id": str(device.id),
        "officer_id": str(device.officer_id),
        "how": how,
        "reason": reason,
    }
    if how == "retired":
        device.accepted_until = now + RETIRED_ACCEPTED
        details["accepted_until"] = instant(device.accepted_until)
    if how == "compromised":
        device.compromised_since = min(since or now, now)
        details["since"] = instant(device.compromised_since)
    act = custody.Act(
        kind="device.ended",
        chain=Chain("device", device.id),
        agency_id=device.agency_id,
        actor=caller.actor(Role.ADMINISTRATOR),
        details=details,
        told=[custody.Told(device.agency_id, device.officer_id)],
    )
    custody.append(session, services, [act])
    return device


def admit(session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, reason: str) -> Capture:
    """Lets a held capture in, as if it came now: it joins its line, and what it requests is opened."""
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
    place = _place(session, held)
    states = [MediaState(media.state) for _, media in media_of_manifest(session, held.sha256)]
    held.standing = place.standing
    if place.standing == "waiting_for_base":
        capture.state = CaptureState.WAITING_FOR_BASE.value
    else:
        capture.state = next_capture_state(CaptureState.HELD, CaptureAct.ADMIT, states).value
    capture.version += 1
    session.flush()
    acts = [_admitted(caller, held, reason)]
    if place.root is not None and place.root.id != held.root_id:  # its base came while it was held
        base = session.get_one(Manifest, held.amends_sha256)
        acts += [*lines.join(session, held, base, place.root), *lines.join_waiting(session, held, place.root)]
    else:
        acts += lines.after_arrival(session, services, capture, held, place)
        if held.standing == "accepted":
            contents.add_serial_keys(session, held)
    acts += losing.told_before(session, services, held, admitted=True)
    acts += opening.open_and_revise(session, services, place.root or capture, by=caller.actor(Role.ADMINISTRATOR))
    acts += evidence_state.after_manifest(session, services, held)
    custody.append(session, services, acts)
    return capture


def _place(session: Session, held: Manifest) -> lines.Place:
    amends = None
    if held.amends_capture_id is not None and held.amends_sha256 is not None:
        amends = Amends(held.amends_capture_id, held.amends_sha256)
    return lines.place_of(session, amends, held=False)


def _admitted(caller: PersonCaller, held: Manifest, reason: str) -> custody.Act:
    return custody.Act(
        kind="capture.admitted",
        chain=lines.chain_of(held),
        agency_id=held.agency_id,
        actor=caller.actor(Role.ADMINISTRATOR),
        details={"manifest_sha256": held.sha256, "reason": reason},
        told=[custody.Told(held.agency_id, held.officer_id)],
        root_id=held.root_id,
    )
