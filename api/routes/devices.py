"""Phones: enrolment, admission, and the bearer for a signed nonce."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import request

from api import boundary
from api.schemas.devices import BearerAnswer, CodeAnswer, CodeBody, EnrolBody, EnrolledAnswer, NonceAnswer
from api.smorest import Noun
from evidence.actions.accounts import own_organisation
from evidence.actions.enrolling import admitting, devices
from evidence.actions.log import log_reading
from evidence.domain.agency_rules import rules_of
from evidence.domain.errors import Category, EvidenceError
from evidence.domain.roles import Verb
from evidence.records.organisations import service_id

noun = Noun("devices", "Phones: one officer on one handset, each with a key and a chain.")

JOSE = "application/jose"


@noun.act("POST", "/devices/nonce", Verb.DEVICE_ENROL, answer=NonceAnswer, status=201)
def post_enrolment_nonce() -> dict[str, Any]:
    """A nonce for the enrolment proof of the signed-in officer."""
    nonce = boundary.write(devices.offer_nonce, purpose="enrol", subject_id=boundary.person().person_id)
    return {"nonce": nonce.nonce, "expires_at": nonce.expires_at, "service_id": boundary.read(service_id)}


@noun.act("POST", "/devices", Verb.DEVICE_ENROL, body=EnrolBody, answer=EnrolledAnswer, status=201, problem=(409, 422))
def post_device(body: dict[str, Any]) -> dict[str, Any]:
    """Enrols the phone that holds the key."""
    done = boundary.write(
        devices.enrol,
        caller=boundary.person(),
        public_jwk=body["key"],
        jws=body["proof"].encode(),
        code=body["code"],
    )
    device = done.device
    return {
        "device_id": device.id,
        "agency_id": device.agency_id,
        "officer_id": device.officer_id,
        "state": device.state,
        "service_id": done.service_id,
        "server_time": done.server_time,
        "agency": done.agency,
        **_pins(),
    }


def _pins() -> dict[str, Any]:
    """What the phone keeps and believes from now on."""
    return asdict(boundary.read(log_reading.pins, boundary.services().policy))


@noun.act("POST", "/devices/codes", Verb.DEVICE_ADMIT, body=CodeBody, answer=CodeAnswer, status=201, problem=(404, 422))
def post_enrolment_code(body: dict[str, Any]) -> dict[str, Any]:
    """A one-time code for one officer, to be shown as a QR."""
    code = boundary.write(devices.issue_code, caller=boundary.person(), officer_id=body["officer_id"])
    return {"code": code.nonce, "expires_at": code.expires_at}


@noun.act("POST", "/devices/<uuid:device_id>/admit", Verb.DEVICE_ADMIT, answer=EnrolledAnswer, problem=(404, 409))
def post_admission(device_id: UUID) -> dict[str, Any]:
    """Lets a pending enrolment in, and all that it signed meanwhile."""
    device = boundary.write(admitting.admit_enrolment, caller=boundary.person(), device_id=device_id)
    return {
        "device_id": device.id,
        "agency_id": device.agency_id,
        "officer_id": device.officer_id,
        "state": device.state,
        "service_id": boundary.read(service_id),
        "server_time": boundary.services().clock.now(),
        "agency": rules_of(boundary.read(own_organisation.shown, caller=boundary.person()).settings),
        **_pins(),
    }


@noun.act("POST", "/devices/<uuid:device_id>/challenge", Verb.OPEN, answer=NonceAnswer, status=201)
def post_challenge(device_id: UUID) -> dict[str, Any]:
    """A nonce to sign. Ids that nobody has get one too."""
    found = boundary.write(devices.challenge, device_id=device_id)
    return {"nonce": found.nonce, "expires_at": found.expires_at, "service_id": found.service_id}


@noun.act(
    "POST",
    "/devices/<uuid:device_id>/session",
    Verb.OPEN,
    raw_body=JOSE,
    answer=BearerAnswer,
    status=201,
    problem=(401, 403, 415, 422),
)
def post_device_session(device_id: UUID) -> devices.Bearer:
    """A bearer for 15 minutes, for a device-session+jws over the nonce; takes the heartbeat in."""
    if request.mimetype != JOSE:
        raise EvidenceError(Category.UNSUPPORTED, "jose_needed", f"Send it as {JOSE}.")
    return boundary.write(devices.open_bearer, device_id=device_id, jws=request.get_data())
