"""Enrolments: the offer of a key, its admission, and the bearer that a phone gets for a signed nonce."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, true, update
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.accounts.sign_in import token_hash
from evidence.actions.ports import Services
from evidence.domain.agency_rules import rules_of
from evidence.domain.callers import Actor, PersonCaller
from evidence.domain.canonical import b64url
from evidence.domain.custody import Chain, instant
from evidence.domain.enrolment import Enrolment, read_device_session, read_enrolment
from evidence.domain.errors import Category, EvidenceError, conflict, forbidden, invalid, not_found
from evidence.domain.jws import thumbprint
from evidence.domain.refusal import Refusal
from evidence.domain.roles import Role
from evidence.records import writing
from evidence.records.database import door_to
from evidence.records.devices import Device, DeviceNonce, EnrolmentCode
from evidence.records.organisations import Organisation, Service, service_id
from evidence.records.people import Person, roles_of

NONCE_LIFE = timedelta(minutes=10)
BEARER_LIFE = timedelta(minutes=15)
CODE_LIFE = timedelta(hours=24)
POLICIES = ("self", "administrator", "one_time_code")


@dataclass(frozen=True)
class Nonce:
    """To be signed once, before ``expires_at``."""

    nonce: str
    expires_at: datetime


@dataclass(frozen=True)
class Challenge(Nonce):
    """A nonce for a session, and the service that the signature must name beside it."""

    service_id: UUID


@dataclass(frozen=True)
class Enrolled:
    """What a phone pins: whose it is, and by which service; ``agency`` is what the agency demands of a capture."""

    device: Device
    service_id: UUID
    server_time: datetime
    agency: Mapping[str, Any]


@dataclass(frozen=True)
class Bearer:
    """Good for 15 minutes: sending, the receipt, the officer's own status. ``agency`` as at enrolment, now."""

    token: str
    expires_at: datetime
    server_time: datetime
    agency: Mapping[str, Any]


def offer_nonce(session: Session, services: Services, *, purpose: str, subject_id: UUID) -> Nonce:
    """A fresh nonce for an enrolment (by a person) or a session (of a device); only its hash is kept."""
    now = services.clock.now()
    nonce = b64url(services.entropy.token(32))
    session.add(
        DeviceNonce(nonce_hash=token_hash(nonce), purpose=purpose, subject_id=subject_id, expires_at=now + NONCE_LIFE)
    )
    return Nonce(nonce, now + NONCE_LIFE)


def _use_nonce(session: Session, nonce: str, *, purpose: str, subject_id: UUID, now: datetime) -> None:
    """Takes the nonce in one statement, so that two requests can't both have it."""
    used = session.execute(
        update(DeviceNonce)
        .where(
            DeviceNonce.nonce_hash == token_hash(nonce),
            DeviceNonce.purpose == purpose,
            DeviceNonce.subject_id == subject_id,
            DeviceNonce.used_at.is_(None),
            DeviceNonce.expires_at > now,
        )
        .values(used_at=now)
        .returning(DeviceNonce.nonce_hash)
    ).one_or_none()
    if used is None:
        raise invalid("nonce_unusable", "The nonce is not ours, was used, or is too old: ask for another.")


def enrol(
    session: Session,
    services: Services,
    *,
    caller: PersonCaller,
    public_jwk: Mapping[str, Any],
    jws: bytes,
    code: str | None,
) -> Enrolled:
    """One officer on one handset, by the agency's policy: at once, by an administrator, or with a one-time code."""
    if Role.OFFICER not in caller.roles:
        raise forbidden("officers_only", "A phone is enrolled by the officer who will sign on it.")
    now, service = services.clock.now(), service_id(session)
    try:
        offer = read_enrolment(
            jws,
            offered_key=public_jwk,
            officer_id=caller.person_id,
            agency_id=caller.organisation_id,
            service_id=service,
        )
    except Refusal as refusal:
        raise EvidenceError(Category.INVALID, str(refusal.code), refusal.detail, errors=refusal.errors) from None
    _use_nonce(session, offer.nonce, purpose="enrol", subject_id=caller.person_id, now=now)
    settings = session.get_one(Organisation, caller.organisation_id).settings
    policy = settings.get("enrolment", "administrator")
    if policy == "one_time_code":
        _use_code(session, code, caller, now)
    _refuse_known(session, offer)
    device = Device(
        id=offer.signer.device_id,
        agency_id=caller.organisation_id,
        officer_id=caller.person_id,
        public_jwk=offer.public_jwk,
        label=offer.label,
        storage=offer.raw["storage"],
        state="pending" if policy == "administrator" else "active",
        enrolled_at=now,
        admitted_at=None if policy == "administrator" else now,
    )
    session.add(device)
    details = {
        "device_id": str(device.id),
        "officer_id": str(device.officer_id),
        "label": device.label,
        "key_thumbprint": thumbprint(offer.public_jwk),
        "policy": policy,
        "state": device.state,
        "storage": device.storage,
    }
    custody.append(session, services, [_act("device.enrolled", device, caller.actor(Role.OFFICER), details)])
    return Enrolled(device, service, now, rules_of(settings))


def _use_code(session: Session, code: str | None, caller: PersonCaller, now: datetime) -> None:
    used = session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.code_hash == token_hash(code or ""),
            EnrolmentCode.officer_id == caller.person_id,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(EnrolmentCode.code_hash)
    ).one_or_none()
    if used is None:
        raise forbidden("code_unusable", "The code is not this officer's, was used, or is too old.")


def _refuse_known(session: Session, offer: Enrolment) -> None:
    taken = session.execute(text("SELECT door_id_taken('device', :id)"), {"id": offer.signer.device_id}).scalar_one()
    same_key = session.scalars(select(Device.id).where(Device.public_jwk["x"].astext == offer.public_jwk["x"])).first()
    if taken or same_key is not None:
        raise conflict("device_known", "This device id or key is enrolled already: make new ones.")


def issue_code(session: Session, services: Services, *, caller: PersonCaller, officer_id: UUID) -> Nonce:
    """A one-time code that the administrator shows the officer as a QR."""

    now = services.clock.now()
    person = session.get(Person, officer_id)
    if person is None or Role.OFFICER not in roles_of(session, officer_id, now):
        raise not_found()
    code = b64url(services.entropy.token(24))
    session.add(
        EnrolmentCode(
            code_hash=token_hash(code),
            agency_id=caller.organisation_id,
            officer_id=officer_id,
            created_by=caller.person_id,
            created_at=now,
            expires_at=now + CODE_LIFE,
        )
    )
    return Nonce(code, now + CODE_LIFE)


def locked_device(session: Session, device_id: UUID) -> Device:
    """The enrolment, locked; 404 when it is not the caller's agency's."""
    device = session.scalars(select(Device).where(Device.id == device_id).with_for_update()).one_or_none()
    if device is None:
        raise not_found()
    return device


_CHALLENGE = text(
    "WITH kept AS (INSERT INTO device_nonce (nonce_hash, purpose, subject_id, expires_at)"
    " SELECT :nonce_hash, 'session', :id, :expires_at FROM door_device(:id)) SELECT id FROM service"
)


def challenge(session: Session, services: Services, *, device_id: UUID) -> Challenge:
    """A nonce for a session. Ids that nobody has get one too, kept nowhere: the answer tells nothing."""
    nonce, expires_at = b64url(services.entropy.token(32)), services.clock.now() + NONCE_LIFE
    asked = {"nonce_hash": token_hash(nonce), "id": device_id, "expires_at": expires_at}
    return Challenge(nonce, expires_at, session.execute(_CHALLENGE, asked).scalar_one())


_DEVICE_DOOR = door_to("agency_id", "door_device(:id)", organisation="agency_id", person="officer_id::text")


def open_bearer(session: Session, services: Services, *, device_id: UUID, jws: bytes) -> Bearer:
    """A bearer for a phone that signed our nonce, whatever became of its enrolment.

    Even a compromised or retired key may send: what it sends is held, never thrown away. Its heartbeat is kept.
    """
    now = services.clock.now()
    if session.execute(_DEVICE_DOOR, {"id": device_id}).one_or_none() is None:
        raise EvidenceError(Category.UNAUTHENTICATED, "device_unknown", "No such enrolment, or the key does not fit.")
    device, service, settings = session.execute(
        select(Device, Service.id, Organisation.settings)
        .select_from(Device)
        .join(Service, true())
        .join(Organisation, Organisation.id == Device.agency_id)
        .where(Device.id == device_id)
    ).one()
    try:
        asked = read_device_session(jws, device_id=device_id, public_jwk=device.public_jwk, service_id=service)
    except Refusal as refusal:
        raise EvidenceError(
            Category.UNAUTHENTICATED, str(refusal.code), "The key does not fit.", errors=refusal.errors
        ) from None
    _use_nonce(session, asked.nonce, purpose="session", subject_id=device_id, now=now)
    if device.state == "pending":
        raise forbidden("device_pending", "The enrolment waits for an administrator.")
    token = f"csd_{b64url(services.entropy.token(32))}"
    bearer = {
        "token_hash": token_hash(token),
        "device_id": device.id,
        "agency_id": device.agency_id,
        "officer_id": device.officer_id,
        "created_at": now,
        "expires_at": now + BEARER_LIFE,
    }
    seen = {"id": device.id, "last_seen_at": now, "heartbeat": {**asked.heartbeat.raw, "received_at": instant(now)}}
    writing.insert_rows(session, {"device_session": [bearer]}, moving=writing.Moves("device", ("id",), [seen]))
    return Bearer(token, now + BEARER_LIFE, now, rules_of(settings))


def _act(kind: str, device: Device, actor: Actor, details: dict[str, Any]) -> custody.Act:
    return custody.Act(
        kind=kind,
        chain=Chain("device", device.id),
        agency_id=device.agency_id,
        actor=actor,
        details=details,
        told=[custody.Told(device.agency_id, device.officer_id)],
    )
