"""Gathers the Registro de Cadena de Custodia, for printing by itself and for the court bundle."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.actions.capturing import participating
from evidence.actions.deciding import dossiers
from evidence.actions.paper import printing
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import conflict, not_found
from evidence.domain.facts import Stated, Subject, facts_of
from evidence.domain.prints import labels, registro
from evidence.domain.prints.people import People
from evidence.domain.prints.registro_custody import Cosigned, EntryLine, Event
from evidence.domain.prints.sheet import Document
from evidence.domain.prints.words import ranges
from evidence.domain.worksheet import known_facts
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyEntry, chain_entries
from evidence.records.organisations import Organisation
from evidence.records.physical import PhysicalEvent


@dataclass(frozen=True)
class By:
    """Who prints and when; without ``names`` people stand by badge and post. ``reader``: from whom serials that are
    still to be read from the photo are kept.
    """

    printed_by: str
    printed_at: datetime
    names: bool = True
    reader: PersonCaller | None = None


def own_root(session: Session, caller: PersonCaller, capture_id: UUID) -> Capture:
    """The root behind a capture of the caller's agency; an officer's own only. 404 otherwise."""
    capture = session.get(Capture, capture_id)
    root = session.get(Capture, capture.root_id) if capture is not None else None
    if root is None or root.agency_id != caller.organisation_id:
        raise not_found()
    if not prosecuting.may_read(session, caller, root):
        raise not_found()
    return root


def draft(session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID) -> printing.Draft:
    """The form of a capture's line as it stands now; 409 ``no_head`` while no manifest speaks for it."""
    root = own_root(session, caller, capture_id)
    by = By(printing.printer_of(session, caller), services.clock.now(), reader=caller)
    made = document(session, root, by)
    if made is None:
        raise conflict("no_head", "No manifest speaks for this capture.")
    return printing.of_capture(root, made)


def package_labels(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, package_id: UUID | None
) -> printing.Draft:
    """Labels of a capture's packages, or of one; 404 for a package that the head does not name."""
    root = own_root(session, caller, capture_id)
    facts = dossiers.load(session, root)
    if facts is None:
        raise conflict("no_head", "No manifest speaks for this capture.")
    payload = facts.head.payload
    known = {one["id"] for one in payload["packages"]}
    if (package_id is not None and str(package_id) not in known) or not known:
        raise not_found()
    agency = session.get_one(Organisation, root.agency_id)
    about = labels.Print(
        institution=agency.name,
        printed_by=printing.printer_of(session, caller),
        printed_at=services.clock.now(),
        zone=payload["zone"],
    )
    people = People(printing.known_people(session, [*_ids(payload)]))
    only = str(package_id) if package_id else None
    made = labels.of_packages(payload, folio=root.folio, people=people, about=about, only=only)
    return printing.of_capture(root, made, **({"package_id": only} if only else {}))


def document(session: Session, root: Capture, by: By) -> Document | None:
    """The form; None while no manifest speaks for the line."""
    facts = dossiers.load(session, root)
    if facts is None:
        return None
    payload = facts.head.payload
    entries = chain_entries(session, "capture", root.id)
    cosigned = participating.cosignatures(session, [facts.head.sha256]).get(facts.head.sha256, [])
    ids = [*_ids(payload), *(one.actor_id for one in entries), *(one.officer_id for one in cosigned)]
    people = People(printing.known_people(session, ids), by.names)
    subjects = {one["id"]: dossiers.subject(facts, UUID(one["id"]), None) for one in payload["items"]}
    any_subject = next(iter(subjects.values()), None) or Subject(
        item={}, recovery=payload["recovery"], officer=payload["officer_id"]
    )
    version = _version(session, root, facts.head)
    known = registro.Registro(
        folio=root.folio,
        institution=session.get_one(Organisation, root.agency_id).name,
        payload=payload,
        manifest_sha256=facts.head.sha256,
        version=version,
        received_at=facts.head.received_at,
        recovery=facts_of(any_subject),
        facts={item_id: _facts(session, root, by, subject) for item_id, subject in subjects.items()},
        people=people,
        events=_events(session, root, payload, people),
        entries=[_entry(row, people) for row in entries],
        cosigned=[Cosigned(str(one.officer_id), one.stages, one.received_at) for one in cosigned],
        printed_by=by.printed_by,
        printed_at=by.printed_at,
    )
    return registro.document(known)


def _facts(session: Session, root: Capture, by: By, subject: Subject) -> dict[str, Stated]:
    facts = known_facts(subject)
    if by.reader is not None and printing.unread(session, by.reader, root, UUID(subject.item["id"])):
        return printing.without_serial(facts)
    return facts


def _version(session: Session, root: Capture, head: Manifest) -> tuple[int, int]:
    line = session.scalars(
        select(Manifest.sha256)
        .where(Manifest.root_id == root.id, Manifest.standing == "accepted")
        .order_by(Manifest.received_at, Manifest.sha256)
    ).all()
    return line.index(head.sha256) + 1, len(line)


def _ids(value: Any) -> Iterator[UUID]:
    """Every person's id in a manifest's payload: the signer's, and those beside a name."""
    if isinstance(value, Mapping):
        if "officer_id" in value:
            yield UUID(value["officer_id"])
        for name, member in value.items():
            if name in (
                "by",
                "who",
                "person",
                "sealed_by",
                "recovering_officer",
                "interpreter",
                "written_by",
                "typed_by",
            ):
                if isinstance(member, Mapping) and "id" in member:
                    yield UUID(member["id"])
            else:
                yield from _ids(member)
    elif isinstance(value, list):
        for one in value:
            yield from _ids(one)


def _events(session: Session, root: Capture, payload: Mapping[str, Any], people: People) -> list[Event]:
    rows = session.execute(
        select(PhysicalEvent, Organisation.name)
        .join(Organisation, Organisation.id == PhysicalEvent.organisation_id)
        .where(PhysicalEvent.root_id == root.id)
        .order_by(PhysicalEvent.happened_at, PhysicalEvent.id)
    )
    return [_event(row, name, payload, people) for row, name in rows]


def _event(row: PhysicalEvent, recorded_by: str, payload: Mapping[str, Any], people: People) -> Event:
    said = row.facts
    return Event(
        kind=row.kind,
        at=row.happened_at,
        what=named(payload, row.package_id, row.item_ids),
        given_by=people.free(said.get("from")),
        taken_by=people.free(said.get("to")),
        place=said.get("place") or "",
        signed=people.free(said.get("signed")),
        note=people.free(said.get("note")),
        mismatches=tuple(row.mismatches),
        recorded_by=recorded_by,
    )


def named(payload: Mapping[str, Any], package_id: UUID | None, item_ids: Sequence[UUID]) -> str:
    """``Bolsa B, sello A-004418, indicios 2 a 6``."""
    package = next((one for one in payload["packages"] if one["id"] == str(package_id)), None)
    wanted = {str(one) for one in item_ids}
    numbers = ranges(one["number"] for one in payload["items"] if one["id"] in wanted)
    parts = [package["label"] if package else "", f"sello {package['seal']}" if package and package.get("seal") else ""]
    parts.append(f"{'indicio' if len(wanted) == 1 else 'indicios'} {numbers}" if numbers else "")
    return ", ".join(filter(None, parts))


def _entry(row: CustodyEntry, people: People) -> EntryLine:
    who = people.actor(row.actor_type, str(row.actor_id), row.actor_role)
    return EntryLine(row.seq, row.kind, row.at, who, row.entry_sha256)
