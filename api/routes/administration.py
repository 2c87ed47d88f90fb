"""Ending enrolments, letting in what was held, and the list of phones."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.administration import (
    CaptureStateAnswer,
    DeviceAnswer,
    DevicesAnswer,
    DeviceViewAnswer,
    EndBody,
    HeldAnswer,
    ReasonBody,
)
from api.smorest import Noun
from evidence.actions.enrolling import admitting, device_reading, endings
from evidence.domain.roles import Verb
from evidence.records.captures import Capture
from evidence.records.devices import Device

noun = Noun("administration", "Enrolments and held captures, for administrators and supervisors.")


@noun.act("GET", "/devices", Verb.DEVICE_LIST, answer=DevicesAnswer)
def get_devices() -> dict[str, Any]:
    """The agency's enrolments, newest first."""
    return {"items": boundary.read(device_reading.listed, caller=boundary.caller())}


@noun.act("GET", "/devices/<uuid:device_id>", Verb.DEVICE_LIST, answer=DeviceViewAnswer, problem=(404,))
def get_device(device_id: UUID) -> device_reading.DeviceView:
    """One enrolment: state, heartbeat, and how its missing numbers read."""
    return boundary.read(device_reading.view, boundary.services(), caller=boundary.caller(), device_id=device_id)


@noun.act(
    "POST", "/devices/<uuid:device_id>/end", Verb.DEVICE_END, body=EndBody, answer=DeviceAnswer, problem=(404, 409, 422)
)
def post_end(body: dict[str, Any], device_id: UUID) -> Device:
    """Ends an enrolment: closed, retired (taken in 30 days more) or compromised (held from now on)."""
    return boundary.write(endings.end, caller=boundary.person(), device_id=device_id, **body)


@noun.act("GET", "/held", Verb.HELD_ADMIT, answer=HeldAnswer)
def get_held() -> dict[str, Any]:
    """Captures that are held: who sent them and when, nothing of what they show."""
    return {"items": boundary.read(device_reading.held, caller=boundary.caller())}


@noun.act(
    "POST",
    "/devices/<uuid:device_id>/held/admit",
    Verb.HELD_ADMIT,
    body=ReasonBody,
    answer=DeviceAnswer,
    problem=(404, 409, 422),
)
def post_held_admission(body: dict[str, Any], device_id: UUID) -> Device:
    """Lets in all that is held of an enrolment, captures and statements, in the order in which it signed them."""
    return boundary.write(admitting.admit_held, caller=boundary.person(), device_id=device_id, reason=body["reason"])


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/admit",
    Verb.HELD_ADMIT,
    body=ReasonBody,
    answer=CaptureStateAnswer,
    problem=(404, 409, 422),
)
def post_capture_admission(body: dict[str, Any], capture_id: UUID) -> Capture:
    """Lets a held capture in, and what its phone said of it."""
    return boundary.write(
        admitting.admit_capture, caller=boundary.person(), capture_id=capture_id, reason=body["reason"]
    )
