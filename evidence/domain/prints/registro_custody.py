"""The Registro's parts 4 to 6: who took part, how the things moved, and the chain of custody entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.domain.prints.people import People
from evidence.domain.prints.sheet import (
    Block,
    Column,
    Field,
    Fields,
    Heading,
    Paragraph,
    Signature,
    Signatures,
    Table,
)
from evidence.domain.prints.words import STRUCK, day, hour, short, word

_STAGES = ("preservation", "documentation", "collection", "packing", "transport")
_TRANSFERS = frozenset({"handed_over", "received", "handed_back"})


@dataclass(frozen=True, kw_only=True)
class Event:
    """One physical event. ``what`` names package, seal and items; ``recorded_by`` the organisation that recorded it."""

    kind: str
    at: datetime
    what: str
    given_by: str = STRUCK
    taken_by: str = STRUCK
    place: str = STRUCK
    signed: str = STRUCK
    note: str = STRUCK
    mismatches: tuple[str, ...] = ()
    recorded_by: str = STRUCK


@dataclass(frozen=True)
class EntryLine:
    """One custody entry: its number in the chain, its kind, when, who (in words), and its hash."""

    seq: int
    kind: str
    at: datetime
    actor: str
    sha256: str


@dataclass(frozen=True)
class Cosigned:
    """A colleague who signed the manifest's hash with their own phone, and when the service had it."""

    officer_id: str
    stages: tuple[str, ...]
    at: datetime


def servants(
    payload: Mapping[str, Any], people: People, zone: str, manifest_sha256: str, cosigned: Sequence[Cosigned] = ()
) -> list[Block]:
    """Part 4: everybody who took part, each with a box for a signature by hand."""
    boxes = []
    for person, stages, signature in _taking_part(payload, cosigned, zone):
        lines = [
            ("Nombre", people.name(person)),
            ("Institución y cargo", people.post(person)),
            ("Etapa", ", ".join(word("stage", one) for one in _STAGES if one in stages)),
        ]
        if person.get("id") == payload["officer_id"]:
            lines.append(("En calidad de", word("capacity", payload["capacity"]).lower()))
        if signature:
            lines.append(("También firmó", signature))
        boxes.append(Signature("Firma autógrafa", tuple(lines)))
    said = f"Quien capturó firmó con la llave de su teléfono; huella de lo firmado {manifest_sha256[:8]}."
    return [
        Heading("4. SERVIDORES PÚBLICOS", "firma autógrafa en cada recuadro"),
        Paragraph(said, small=True),
        *(Signatures(boxes[place : place + 2]) for place in range(0, len(boxes), 2)),
    ]


def _taking_part(
    payload: Mapping[str, Any], cosigned: Sequence[Cosigned], zone: str
) -> list[tuple[Mapping[str, Any], set[str], str]]:
    """Each public servant once, in the order in which the form names them, with all stages."""
    found: dict[str, tuple[Mapping[str, Any], set[str], str]] = {}
    recovery = payload["recovery"]
    signer = {"id": payload["officer_id"]}
    _join(found, signer, ["documentation"], "con la llave de su teléfono")
    _join(found, recovery.get("recovering_officer"), ["preservation", "collection"])
    for one in recovery.get("participants", ()):
        how = one.get("signature")
        _join(found, one["person"], one["stages"], word("signed", how) if how else "")
    for item in payload["items"]:
        _join(found, (item.get("collection") or {}).get("by"), ["collection"])
    for package in payload["packages"]:
        _join(found, package.get("sealed_by"), ["packing"])
    for one in cosigned:
        how = f"con la llave de su teléfono, {day(one.at, zone)} {hour(one.at, zone)}"
        _join(found, {"id": one.officer_id}, one.stages, how)
    return list(found.values())


def _join(
    found: dict[str, tuple[Mapping[str, Any], set[str], str]],
    person: Mapping[str, Any] | None,
    stages: Iterable[str],
    signature: str = "",
) -> None:
    if not person:
        return
    key = str(person.get("id") or (person.get("name"), person.get("post"), person.get("institution")))
    former = found.get(key)
    if former:
        former[1].update(stages)
        found[key] = (former[0], former[1], former[2] or signature)
    else:
        found[key] = (person, set(stages), signature)


def transfer(events: Sequence[Event], zone: str) -> list[Block]:
    """Part 5: how the things travelled. What nobody recorded is struck."""
    moved = [one for one in events if one.kind in _TRANSFERS]
    columns = (
        Column("Fecha y hora", 8),
        Column("Acto", 5),
        Column("Empaque, sello, indicios", 10),
        Column("Entrega", 7),
        Column("Recibe", 7),
        Column("Lugar", 7),
        Column("Firma", 4),
    )
    rows = [
        (short(one.at, zone), word("event", one.kind), one.what, one.given_by, one.taken_by, one.place, one.signed)
        for one in moved
    ]
    return [
        Heading("5. TRASLADO"),
        Fields([[Field("Vía", STRUCK), Field("Condiciones especiales", STRUCK, 2)]]),
        Table(columns, rows),
    ]


def continuity(events: Sequence[Event], entries: Sequence[EntryLine], zone: str) -> list[Block]:
    """Part 6: every physical event, then the custody log's own chain of this capture."""
    happened = (
        Column("Fecha y hora", 8),
        Column("Actividad", 7),
        Column("Empaque, sello, indicios", 10),
        Column("Registró", 9),
        Column("Observaciones", 12),
    )
    rows = [(short(one.at, zone), word("event", one.kind), one.what, one.recorded_by, _remarks(one)) for one in events]
    chain = (
        Column("Asiento", 4, mono=True),
        Column("Fecha y hora", 11),
        Column("Acto", 11),
        Column("Quién", 9),
        Column("Huella", 4, mono=True),
    )
    said = (
        "Cada asiento contiene la huella del anterior y está en una bitácora pública. Se imprimen los primeros 8"
        " caracteres de la huella del último asiento de cada renglón; el paquete para tribunal trae las pruebas."
    )
    return [
        Heading("6. CONTINUIDAD Y TRAZABILIDAD", "movimientos físicos"),
        Table(happened, rows),
        Heading("6. CONTINUIDAD Y TRAZABILIDAD", "asientos de la cadena de custodia"),
        Paragraph(said, small=True),
        Table(chain, [_row(run, zone) for run in _runs(entries)], compact=True),
    ]


def _remarks(one: Event) -> str:
    differs = "; ".join(word("mismatch", code) for code in one.mismatches)
    return ". ".join(filter(None, (differs.capitalize(), one.note)))


def _runs(entries: Sequence[EntryLine]) -> list[list[EntryLine]]:
    """Entries of one kind and one actor that follow each other stand in one row."""
    found: list[list[EntryLine]] = []
    for entry in entries:
        if found and (found[-1][-1].kind, found[-1][-1].actor) == (entry.kind, entry.actor):
            found[-1].append(entry)
        else:
            found.append([entry])
    return found


def _row(run: Sequence[EntryLine], zone: str) -> tuple[str, ...]:
    first, last = run[0], run[-1]
    numbers = str(first.seq) if first is last else f"{first.seq} a {last.seq}"
    act = word("custody", first.kind) + (f" ({len(run)})" if len(run) > 1 else "")
    when = short(first.at, zone)
    if short(last.at, zone) != when:
        when = f"{when} a {short(last.at, zone)}"
    return numbers, when, act, first.actor, last.sha256[:8]
