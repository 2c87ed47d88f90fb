"""Enrolment of a phone and its sessions: proofs of the key over a nonce of the service (protocol, section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.domain.jws import MAX_PAYLOAD, Typ, Verified, public_key, read
from evidence.domain.payload import read_payload
from evidence.domain.refusal import Refusal, RefusalCode
from evidence.domain.schemas import SchemaName
from evidence.domain.signed import (
    Clock,
    Signer,
    check_addressee,
    check_form,
    check_signer,
    check_version,
    parse_clock,
    parse_signer,
    parse_time,
    parse_time_or_none,
)


@dataclass(frozen=True)
class Storage:
    """What the browser says of its storage; None where it does not say. Bytes."""

    persisted: bool | None
    quota_bytes: int | None
    used_bytes: int | None


@dataclass(frozen=True)
class Enrolment:
    """A phone's offer of its key, signed with that key. ``nonce`` is still to be found among the service's own."""

    nonce: str
    signer: Signer
    public_jwk: dict[str, str]
    label: str
    storage: Storage
    app: str
    enrolled_at: datetime
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Heartbeat:
    """What a phone says of itself on contact; no link of its chain, and never a proof of anything."""

    last_seq: int
    head: str | None
    unsent: int
    oldest_unsent_at: datetime | None
    storage: Storage
    app: str
    at: datetime
    clock: Clock
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True)
class DeviceSession:
    """A phone asks for a bearer. ``nonce`` is still to be found among the service's own."""

    nonce: str
    device_id: UUID
    heartbeat: Heartbeat


def read_enrolment(
    jws: bytes, *, offered_key: Mapping[str, Any], officer_id: UUID, agency_id: UUID, service_id: UUID
) -> Enrolment:
    """The enrolment in an ``enrol+jws``, verified with the key that it offers.

    ``offered_key`` is the key of the request, ``officer_id`` and ``agency_id`` the signed-in person's. ``Refusal``
    for every form, for a signature by another key, for another person, service or key than the ones named.
    """
    public_key(offered_key)
    verified = read(jws, typ=Typ.ENROL).verify(offered_key)
    raw = _document(verified, SchemaName.ENROLMENT)
    signer = parse_signer(raw)
    check_addressee(kid=verified.kid, aud=raw["aud"], device_id=signer.device_id, service_id=service_id)
    check_signer(signer, Signer(verified.kid, officer_id, agency_id))
    if raw["key"] != dict(offered_key):
        raise Refusal(RefusalCode.OTHER_KEY, errors={"/key": [RefusalCode.OTHER_KEY]})
    return Enrolment(
        nonce=raw["nonce"],
        signer=signer,
        public_jwk=raw["key"],
        label=raw["label"],
        storage=_storage(raw["storage"]),
        app=raw["app"],
        enrolled_at=parse_time(raw["enrolled_at"], "/enrolled_at"),
        raw=raw,
    )


def read_device_session(
    jws: bytes, *, device_id: UUID, public_jwk: Mapping[str, Any], service_id: UUID
) -> DeviceSession:
    """The request in a ``device-session+jws``, verified with the key of the enrolment ``device_id``.

    ``Refusal`` for every form, for a signature by another key, for another device or service.
    """
    unverified = read(jws, typ=Typ.DEVICE_SESSION)
    if unverified.kid != device_id:
        raise Refusal(RefusalCode.OTHER_KID, errors={"/device_id": [RefusalCode.OTHER_KID]})
    verified = unverified.verify(public_jwk)
    raw = _document(verified, SchemaName.DEVICE_SESSION)
    check_addressee(kid=verified.kid, aud=raw["aud"], device_id=UUID(raw["device_id"]), service_id=service_id)
    return DeviceSession(raw["nonce"], device_id, _heartbeat(raw["heartbeat"]))


def _document(verified: Verified, schema: SchemaName) -> dict[str, Any]:
    raw = read_payload(verified.payload, max_bytes=MAX_PAYLOAD[Typ.ENROL])
    check_version(raw)
    check_form(raw, schema)
    return raw


def _storage(raw: Mapping[str, Any]) -> Storage:
    return Storage(raw["persisted"], raw["quota_bytes"], raw["used_bytes"])


def _heartbeat(raw: dict[str, Any]) -> Heartbeat:
    return Heartbeat(
        last_seq=raw["last_seq"],
        head=raw["head"],
        unsent=raw["unsent"],
        oldest_unsent_at=parse_time_or_none(raw["oldest_unsent_at"], "/heartbeat/oldest_unsent_at"),
        storage=_storage(raw["storage"]),
        app=raw["app"],
        at=parse_time(raw["at"], "/heartbeat/at"),
        clock=parse_clock(raw["clock"], "/heartbeat/clock"),
        raw=raw,
    )
