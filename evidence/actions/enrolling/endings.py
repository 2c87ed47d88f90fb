"""The three endings of an enrolment (protocol, section 4)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.enrolling.devices import locked_device
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.custody import Chain, instant
from evidence.domain.errors import conflict
from evidence.domain.roles import Role
from evidence.records.devices import Device

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
