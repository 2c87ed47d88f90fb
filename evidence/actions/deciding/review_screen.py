"""One capture as its reviewer sees it: everything of the review screen in one answer (desks, section B).

Who may decide reads the serial from the photo first. Until then nothing here holds it: not the officer's reading,
not what others read, not what follows from its characters.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.capturing import captures
from evidence.actions.deciding import blindness, dossiers, submissions
from evidence.actions.log import views
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import not_found
from evidence.domain.facts import FACT_RULES, Stated
from evidence.domain.worksheet import known_facts
from evidence.records.captures import Capture, Manifest
from evidence.records.media import Finding, ManifestMedia, Media, ViewOpened
from evidence.records.organisations import Organisation
from evidence.records.people import Person
from evidence.records.submissions import Reading, Submission, readings_of, submissions_of, supplements_of

EXIF_TOLERANCE = timedelta(minutes=10)
"""How far a photo's own time may stand from the one that was signed before the screen says that they differ."""

SERIAL_FACTS = frozenset({"serial.text", "serial.readings", "serial.lookalikes"})
RAW_FACTS = frozenset({"serial.readings", "serial.lookalikes", "item.id", "item.requests"})
HEADER = ("captured_at", "zone", "clock", "position", "capacity", "app", "unlock", "reply", "amends")


@dataclass(frozen=True)
class Named:
    """Who a person is here: of the own agency by badge and name, of another organisation by the organisation's."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Screen:
    """``head`` holds signed members of the head manifest, None while none counts; ``versions`` only where several
    stand side by side. ``people`` and ``organisations`` name whoever is named by id anywhere in it.
    """

    capture: captures.CaptureView
    own: bool
    head: Mapping[str, Any] | None
    items: Sequence[Mapping[str, Any]]
    packages: Sequence[Mapping[str, Any]]
    media: Sequence[Mapping[str, Any]]
    submissions: Sequence[Mapping[str, Any]]
    versions: Sequence[Mapping[str, Any]]
    people: Sequence[Named]
    organisations: Sequence[Organisation]


def open_screen(session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID) -> Screen:
    """The review of a capture's line, by any of its captures' ids. 404 for what is not the caller's to see.

    Each of its dossiers is noted as opened.
    """
    asked = captures.read(session, caller=caller, capture_id=capture_id)
    seen = asked if asked.id == asked.root_id else captures.read(session, caller=caller, capture_id=asked.root_id)
    root = session.get(Capture, seen.root_id)
    if root is None:
        raise not_found()
    facts = dossiers.load(session, root)
    requests = submissions_of(session, root.id)
    shown = []
    for one in requests:
        found = views.open_dossier(session, services, caller=caller, submission_id=one.id)
        shown.append({"submission": one, "agency": found.agency})
    items = [_item(session, caller, facts, item) for item in facts.head.payload["items"]] if facts else []
    blind = {item["id"] for item in items if item["blind"]}
    return Screen(
        capture=seen,
        own=caller.person_id in _officers(session, root),
        head=_head(facts.head) if facts else None,
        items=items,
        packages=facts.head.payload["packages"] if facts else [],
        media=_media(session, caller, facts) if facts else [],
        submissions=shown,
        versions=_versions(session, root, blind) if root.conflict_open else [],
        people=[*(_people(session, root, shown, items) if caller.home_id is None else []), *_strangers(session, root)],
        organisations=_organisations(session, requests, shown),
    )


def _officers(session: Session, root: Capture) -> set[UUID]:
    return {root.officer_id, *session.scalars(select(Manifest.officer_id).where(Manifest.root_id == root.id))}


def _head(head: Manifest) -> dict[str, Any]:
    payload = head.payload
    return {
        **{name: payload.get(name) for name in HEADER},
        "sha256": head.sha256,
        "seq": head.seq,
        "recovery": payload["recovery"],
        "flags": head.flags,
        "deferred": payload.get("deferred"),
    }


def _item(session: Session, caller: PersonCaller, facts: dossiers.LineFacts, item: Mapping[str, Any]) -> dict[str, Any]:
    item_id = UUID(item["id"])
    readings = readings_of(session, facts.root.id, item_id)
    text = item.get("serial", {}).get("text")
    blind = blindness.is_blind(caller, facts.root, readings)
    known = known_facts(dossiers.subject(facts, item_id, None))
    apart = submissions.OFFICER_FACTS if caller.home_id is not None else frozenset[str]()
    stated = [_fact(name, one, blind=blind) for name, one in known.items() if _is_shown(name) and name not in apart]
    return {
        "id": item["id"],
        "number": item["number"],
        "kind": item["kind"],
        "quantity": item["quantity"],
        "requests": item["requests"],
        "has_serial": text is not None or "serial.text" in known,
        "blind": blind,
        "facts": stated,
        "readings": None if blind else [_reading(one) for one in readings],
        "signed_readings": None if blind else item.get("serial", {}).get("readings", []),
    }


def _is_shown(name: str) -> bool:
    rule = FACT_RULES.get(name)
    return name not in RAW_FACTS and not name.startswith("agency.") and not (rule and rule.personal)


def _fact(name: str, stated: Stated, *, blind: bool) -> dict[str, Any]:
    hidden = blind and name in SERIAL_FACTS
    return {
        "name": name,
        "value": None if hidden else stated.value,
        "hidden": hidden,
        "source": stated.origin.value,
        "by": stated.by,
        "beside": []
        if hidden
        else [{"value": one.value, "source": one.origin.value, "by": one.by} for one in stated.beside],
    }


def _reading(row: Reading) -> dict[str, Any]:
    return {"person_id": row.person_id, "status": row.status, "text": row.text, "how": row.how, "read_at": row.read_at}


def _media(session: Session, caller: PersonCaller, facts: dossiers.LineFacts) -> list[dict[str, Any]]:
    root_id = facts.root.id
    opened = set(
        session.scalars(
            select(ViewOpened.media_row_id).where(
                ViewOpened.person_id == caller.person_id, ViewOpened.root_id == root_id
            )
        )
    )
    findings: dict[UUID, list[dict[str, Any]]] = {}
    for row in session.scalars(select(Finding).where(Finding.root_id == root_id).order_by(Finding.number)):
        if row.media_row_id is not None:
            line = {"number": row.number, "code": row.code, "blocking": row.blocking, "item_id": row.item_id}
            findings.setdefault(row.media_row_id, []).append(line)
    zone = facts.head.payload["zone"]
    return [
        {
            "id": line.media_id,
            "view": line.view,
            "item_ids": line.item_ids,
            "package_id": line.package_id,
            "source": line.source,
            "content_type": media.content_type,
            "size": media.size,
            "sha256": media.sha256,
            "captured_at": line.captured_at,
            "state": media.state,
            "problem": media.problem,
            "preview": media.preview,
            "opened": media.id in opened,
            "findings": findings.get(media.id, []),
            "exif": _exif(line, media, zone),
        }
        for line, media in facts.media
    ]


def _exif(line: ManifestMedia, media: Media, zone: str) -> dict[str, Any] | None:
    """What the file says of itself, and whether its time stands far from the signed one; None where it says nothing."""
    told = {name: media.facts[name] for name in ("make", "model", "software", "taken_at") if media.facts.get(name)}
    if not told:
        return None
    taken = _taken_at(media.facts, zone)
    differs = bool(taken and line.captured_at and abs(taken - line.captured_at) > EXIF_TOLERANCE)
    return {**told, "differs": differs}


def _taken_at(facts: Mapping[str, Any], zone: str) -> datetime | None:
    """EXIF keeps local time; without an offset it is taken in the manifest's zone. None for what is no time."""
    text, offset = facts.get("taken_at"), facts.get("taken_offset")
    try:
        local = datetime.fromisoformat(f"{text}{offset or ''}")
        return local if local.tzinfo else local.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, KeyError, OSError):
        return None


def _versions(session: Session, root: Capture, blind: set[str]) -> list[dict[str, Any]]:
    """The manifests that a supervisor chooses between. A serial that is hidden is told apart by a number only."""
    rows = session.scalars(
        select(Manifest).where(Manifest.root_id == root.id).order_by(Manifest.received_at, Manifest.sha256)
    ).all()
    texts: list[str] = []
    return [
        {
            "sha256": row.sha256,
            "capture_id": row.capture_id,
            "amends_sha256": row.amends_sha256,
            "standing": row.standing,
            "seq": row.seq,
            "captured_at": row.payload["captured_at"],
            "received_at": row.received_at,
            "recovery": row.payload["recovery"],
            "packages": row.payload["packages"],
            "items": [_version_item(item, hide=item["id"] in blind, texts=texts) for item in row.payload["items"]],
            "files": len(row.payload["media"]),
        }
        for row in rows
    ]


def _version_item(item: Mapping[str, Any], *, hide: bool, texts: list[str]) -> dict[str, Any]:
    serial = {name: value for name, value in item.get("serial", {}).items() if name not in ("readings", "lookalikes")}
    if hide and "text" in serial:
        if serial["text"] not in texts:
            texts.append(serial["text"])
        serial["text"] = f"#{texts.index(serial['text']) + 1}"
    return {**item, "serial": serial} if serial else dict(item)


def _people(
    session: Session, root: Capture, shown: Iterable[Mapping[str, Any]], items: Iterable[Mapping[str, Any]]
) -> list[Named]:
    ids: set[UUID] = {root.officer_id}
    for one in shown:
        agency = one["agency"] or {}
        ids |= {row["author_id"] for row in agency.get("supplements", ())}
        ids |= {row.person_id for row in agency.get("decisions", ())}
        ids |= {row.author_id for row in agency.get("information", ())}
    for item in items:
        ids |= {row["person_id"] for row in item["readings"] or ()}
        told = [one for fact in item["facts"] for one in (fact, *fact["beside"])]
        ids |= {UUID(one["by"]) for one in told if one["by"]}
    found = session.scalars(
        select(Person).where(Person.id.in_(ids), Person.organisation_id == root.agency_id).order_by(Person.code)
    )
    return [Named(one.id, one.code, one.name) for one in found]


def _strangers(session: Session, root: Capture) -> list[Named]:
    """People of laboratories and desks who read or stated something: their organisation stands for their name."""
    of: dict[UUID, UUID] = {}
    for reading in session.scalars(select(Reading).where(Reading.root_id == root.id)):
        of[reading.person_id] = reading.organisation_id
    for added in supplements_of(session, root.id):
        of[added.author_id] = added.author_organisation_id
        of |= {UUID(one): added.author_organisation_id for one in added.values.get("serial.examiners", ())}
    foreign = {person: owner for person, owner in of.items() if owner != root.agency_id}
    found = session.scalars(select(Organisation).where(Organisation.id.in_(set(foreign.values()))))
    named = {one.id: one for one in found}
    return [Named(person, named[owner].code, named[owner].name) for person, owner in foreign.items() if owner in named]


def _organisations(
    session: Session, requests: Sequence[Submission], shown: Iterable[Mapping[str, Any]]
) -> Sequence[Organisation]:
    ids = {one.agency_id for one in requests} | {one.holder_id for one in requests if one.holder_id}
    for one in shown:
        ids |= {row.organisation_id for row in (one["agency"] or {}).get("information", ())}
    return session.scalars(select(Organisation).where(Organisation.id.in_(ids)).order_by(Organisation.code)).all()
