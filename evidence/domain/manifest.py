"""The manifest: the signed document of a capture (protocol, sections 4 and 11).

:func:`parse` reads the payload that :meth:`evidence.domain.jws.Unverified.verify` gave back. It refuses only for
form and limits; :func:`evidence.domain.signed.check_identity` refuses for identity. Whatever else is wrong is
accepted, and named by :func:`evidence.domain.problems.problems`: the officer has left the scene.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.domain.canonical import sha256_hex
from evidence.domain.items import Item, Package, parse_item, parse_package
from evidence.domain.jws import MAX_PAYLOAD, Typ
from evidence.domain.kinds import Began, Capacity, ReplyAnswer, Source, View
from evidence.domain.payload import read_payload
from evidence.domain.refusal import Refusal, RefusalCode
from evidence.domain.schemas import SchemaName
from evidence.domain.signed import (
    Heading,
    Signer,
    check_form,
    check_version,
    parse_heading,
    parse_time,
    parse_time_or_none,
)

MAX_ITEMS = 50
MAX_MEDIA = 100


@dataclass(frozen=True)
class Amends:
    """The manifest that this one replaces: the capture id under which it came, and the hash of its payload."""

    capture_id: UUID
    sha256: str


@dataclass(frozen=True)
class Position:
    """Where the phone was; decimal degrees (WGS 84) as signed, ``accuracy_m`` in whole metres, rounded up."""

    lat: str
    lon: str
    accuracy_m: int
    fixed_at: datetime


@dataclass(frozen=True)
class Recovery:
    """What is known of the recovery; ``facts`` is all of it as signed."""

    scene_id: UUID
    began: Began
    recovered_at: datetime | None
    entity: str | None
    municipality: str | None
    place: str | None
    facts: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class MediaLine:
    """The line by which a manifest names a file. ``size`` in bytes; ``captured_by`` is the signer by default."""

    id: UUID
    item_ids: tuple[UUID, ...]
    package_id: UUID | None
    view: View
    sha256: str
    size: int
    content_type: str
    source: Source
    captured_at: datetime | None
    captured_by: UUID
    facts: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """An amendment's answer to a return; ``facts`` holds the holder and the words."""

    answer: ReplyAnswer
    submission_id: UUID | None
    item_id: UUID | None
    facts: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Manifest:
    """A manifest of the right form. ``sha256`` is the hash of the payload's bytes, ``raw`` their parse."""

    sha256: str
    capture_id: UUID
    amends: Amends | None
    heading: Heading
    captured_at: datetime
    zone: str
    capacity: Capacity
    position: Position | None
    recovery: Recovery
    packages: tuple[Package, ...]
    items: tuple[Item, ...]
    media: tuple[MediaLine, ...]
    reply: Reply | None
    raw: dict[str, Any] = field(repr=False)

    @property
    def signer(self) -> Signer:
        return self.heading.signer

    @property
    def deferred(self) -> Mapping[str, Any] | None:
        """Who wrote and who typed, when paper came first; None for a capture at the scene."""
        return self.raw.get("deferred")


def parse(payload: bytes) -> Manifest:
    """Reads a manifest's payload.

    ``Refusal`` ``payload_…`` for bytes that are not canonical, ``too_many_items`` and ``too_many_media`` for the
    limits, ``form`` with JSON pointers for what the published schema forbids, ``duplicate_id``, ``amends_itself``.
    ``EvidenceError`` ``version_not_yet`` for a newer version.
    """
    raw = read_payload(payload, max_bytes=MAX_PAYLOAD[Typ.CAPTURE])
    check_version(raw)
    _check_limit(raw, "items", MAX_ITEMS, RefusalCode.TOO_MANY_ITEMS)
    _check_limit(raw, "media", MAX_MEDIA, RefusalCode.TOO_MANY_MEDIA)
    check_form(raw, SchemaName.MANIFEST)
    manifest = _manifest(raw, sha256_hex(payload))
    _check_ids(manifest)
    return manifest


def _check_limit(raw: Mapping[str, Any], name: str, most: int, code: RefusalCode) -> None:
    """A limit has a code of its own: a phone that meets it can split the scene."""
    value = raw.get(name)
    if isinstance(value, list) and len(value) > most:
        raise Refusal(code, errors={f"/{name}": [f"{len(value)}, at most {most}"]})


def _manifest(raw: dict[str, Any], sha256: str) -> Manifest:
    heading = parse_heading(raw)
    amends, position, reply = raw["amends"], raw["position"], raw.get("reply")
    officer_id = heading.signer.officer_id
    return Manifest(
        sha256=sha256,
        capture_id=UUID(raw["capture_id"]),
        amends=Amends(UUID(amends["capture_id"]), amends["sha256"]) if amends else None,
        heading=heading,
        captured_at=parse_time(raw["captured_at"], "/captured_at"),
        zone=raw["zone"],
        capacity=Capacity(raw["capacity"]),
        position=_position(position) if position else None,
        recovery=_recovery(raw["recovery"]),
        packages=tuple(parse_package(package) for package in raw["packages"]),
        items=tuple(parse_item(item) for item in raw["items"]),
        media=tuple(_media_line(line, f"/media/{n}", officer_id) for n, line in enumerate(raw["media"])),
        reply=_reply(reply) if reply else None,
        raw=raw,
    )


def _position(raw: Mapping[str, Any]) -> Position:
    fixed_at = parse_time(raw["fixed_at"], "/position/fixed_at")
    return Position(raw["lat"], raw["lon"], raw["accuracy_m"], fixed_at)


def _recovery(raw: Mapping[str, Any]) -> Recovery:
    return Recovery(
        scene_id=UUID(raw["scene_id"]),
        began=Began(raw["began"]),
        recovered_at=parse_time_or_none(raw["recovered_at"], "/recovery/recovered_at"),
        entity=raw["entity"],
        municipality=raw["municipality"],
        place=raw["place"],
        facts=raw,
    )


def _media_line(raw: Mapping[str, Any], pointer: str, officer_id: UUID) -> MediaLine:
    return MediaLine(
        id=UUID(raw["id"]),
        item_ids=tuple(UUID(item_id) for item_id in raw["item_ids"]),
        package_id=UUID(raw["package_id"]) if raw["package_id"] else None,
        view=View(raw["view"]),
        sha256=raw["sha256"],
        size=raw["size"],
        content_type=raw["content_type"],
        source=Source(raw["source"]),
        captured_at=parse_time_or_none(raw["captured_at"], f"{pointer}/captured_at"),
        captured_by=UUID(raw["captured_by"]) if "captured_by" in raw else officer_id,
        facts=raw,
    )


def _reply(raw: Mapping[str, Any]) -> Reply:
    submission_id, item_id = raw.get("submission_id"), raw.get("item_id")
    return Reply(
        answer=ReplyAnswer(raw["answer"]),
        submission_id=UUID(submission_id) if submission_id else None,
        item_id=UUID(item_id) if item_id else None,
        facts=raw,
    )


def _check_ids(manifest: Manifest) -> None:
    """An id that names two things names nothing: rows and uploads are kept by it."""
    groups: dict[str, Iterable[UUID]] = {
        "/items": (item.id for item in manifest.items),
        "/packages": (package.id for package in manifest.packages),
        "/media": (line.id for line in manifest.media),
    }
    for pointer, ids in groups.items():
        twice = [str(one) for one, count in Counter(ids).items() if count > 1]
        if twice:
            raise Refusal(RefusalCode.DUPLICATE_ID, errors={pointer: twice})
    if manifest.amends and manifest.amends.capture_id == manifest.capture_id:
        raise Refusal(RefusalCode.AMENDS_ITSELF, errors={"/amends/capture_id": [RefusalCode.AMENDS_ITSELF]})
