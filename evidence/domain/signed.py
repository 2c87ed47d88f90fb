"""What manifests and statements have in common: version, addressee, signer, place in the device's chain, clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.domain.errors import unavailable
from evidence.domain.kinds import UnlockMethod
from evidence.domain.refusal import Refusal, RefusalCode
from evidence.domain.schemas import SchemaName, errors

VERSION = 1


@dataclass(frozen=True)
class Signer:
    """What the service knows of an enrolment: whose key it is, and where they belong."""

    device_id: UUID
    officer_id: UUID
    agency_id: UUID


@dataclass(frozen=True)
class Clock:
    """What the phone knew of its clock. ``server_offset_ms`` is server minus phone time, None if never measured."""

    server_offset_ms: int | None
    measured_at: datetime | None
    session: UUID
    elapsed_ms: int


@dataclass(frozen=True)
class Unlock:
    method: UnlockMethod
    at: datetime | None


@dataclass(frozen=True)
class Heading:
    """Who signs, for whom, and where in the device's chain. ``aud`` is ``casquillo:<service id>``."""

    aud: str
    signer: Signer
    seq: int
    prev: str | None
    clock: Clock
    unlock: Unlock
    app: str


def check_version(raw: Mapping[str, Any]) -> None:
    """That this service reads this version.

    A newer ``v`` is nobody's mistake, and nothing is recorded: ``EvidenceError`` ``version_not_yet``, to be tried
    again later (protocol, section 4). A ``v`` that is no such number is left to the schema.
    """
    version = raw.get("v")
    if type(version) is int and version > VERSION:
        detail = f"documents of version {version} are not read here yet"
        raise unavailable("version_not_yet", detail, retry_after_s=3600)


def check_form(raw: Mapping[str, Any], schema: SchemaName) -> None:
    """That a document fits its published schema; ``Refusal`` ``form`` with JSON pointers if not."""
    found = errors(schema, raw)
    if found:
        raise Refusal(RefusalCode.FORM, f"not a {schema} document", errors=found)


def check_addressee(*, kid: UUID, aud: str, device_id: UUID, service_id: UUID) -> None:
    """That a document is for this service, and that its header names the device that its payload names."""
    _check_equal(RefusalCode.OTHER_SERVICE, "/aud", aud, audience(service_id))
    _check_equal(RefusalCode.OTHER_KID, "/device_id", device_id, kid)


def check_identity(heading: Heading, *, kid: UUID, known: Signer, service_id: UUID) -> None:
    """That a document is for this service and signed in the name of the key's owner; ``Refusal`` ``other_…`` if not.

    ``kid`` is the header's, ``known`` the device row. A key speaks for one officer of one agency: it can never sign
    in another's name (protocol, section 4).
    """
    signer = heading.signer
    check_addressee(kid=kid, aud=heading.aud, device_id=signer.device_id, service_id=service_id)
    check_signer(signer, known)


def check_signer(signer: Signer, known: Signer) -> None:
    """That the payload names the device, officer and agency of the key."""
    _check_equal(RefusalCode.OTHER_DEVICE, "/device_id", signer.device_id, known.device_id)
    _check_equal(RefusalCode.OTHER_OFFICER, "/officer_id", signer.officer_id, known.officer_id)
    _check_equal(RefusalCode.OTHER_AGENCY, "/agency_id", signer.agency_id, known.agency_id)


def _check_equal(code: RefusalCode, pointer: str, stated: UUID | str, right: UUID | str) -> None:
    if stated != right:
        raise Refusal(code, errors={pointer: [code]})


def audience(service_id: UUID) -> str:
    """The ``aud`` of documents for one service."""
    return f"casquillo:{service_id}"


def parse_time(text: str, pointer: str) -> datetime:
    """An aware UTC time from a schema-checked text; ``Refusal`` ``form`` for a second 60 or a year 0."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(RefusalCode.FORM, errors={pointer: ["not a time that exists"]}) from None


def parse_time_or_none(text: str | None, pointer: str) -> datetime | None:
    return None if text is None else parse_time(text, pointer)


def parse_signer(raw: Mapping[str, Any]) -> Signer:
    return Signer(UUID(raw["device_id"]), UUID(raw["officer_id"]), UUID(raw["agency_id"]))


def parse_clock(raw: Mapping[str, Any], pointer: str) -> Clock:
    return Clock(
        server_offset_ms=raw["server_offset_ms"],
        measured_at=parse_time_or_none(raw["measured_at"], f"{pointer}/measured_at"),
        session=UUID(raw["session"]),
        elapsed_ms=raw["elapsed_ms"],
    )


def parse_heading(raw: Mapping[str, Any]) -> Heading:
    """The common members of a document that fits its schema."""
    unlock = raw["unlock"]
    return Heading(
        aud=raw["aud"],
        signer=parse_signer(raw),
        seq=raw["seq"],
        prev=raw["prev"],
        clock=parse_clock(raw["clock"], "/clock"),
        unlock=Unlock(UnlockMethod(unlock["method"]), parse_time_or_none(unlock["at"], "/unlock/at")),
        app=raw["app"],
    )
