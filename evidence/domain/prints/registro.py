"""The Registro de Cadena de Custodia with all its parts (CNPP, articles 227 and 228; domain facts, *Mexico*).

Reference and how it began; 1 identification, 2 documentation, 3 collection and packing here; 4 public servants,
5 transfer, 6 continuity in ``registro_custody``. A working copy with the form's fields, never the official form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.domain.facts import Origin, Stated
from evidence.domain.prints import items as things
from evidence.domain.prints import registro_custody as custody
from evidence.domain.prints.people import People
from evidence.domain.prints.sheet import (
    Block,
    Code,
    Column,
    Document,
    Field,
    Fields,
    Heading,
    Paragraph,
    Rest,
    Table,
    What,
)
from evidence.domain.prints.words import (
    NO_INFORMATION,
    STRUCK,
    blank,
    both,
    entity,
    hour,
    moment,
    ranges,
    short,
    text_of,
    ticked,
    word,
)

TITLE = "REGISTRO DE CADENA DE CUSTODIA"


@dataclass(frozen=True, kw_only=True)
class Registro:
    """Everything that the form says. ``payload`` is the head manifest's; ``facts`` are the known facts of each item
    by its id; ``recovery`` those of the recovery as a whole. ``version``: which manifest of how many this is.
    """

    folio: str
    institution: str
    payload: Mapping[str, Any]
    manifest_sha256: str
    version: tuple[int, int]
    received_at: datetime
    recovery: Mapping[str, Stated]
    facts: Mapping[str, Mapping[str, Stated]]
    people: People
    events: Sequence[custody.Event]
    entries: Sequence[custody.EntryLine]
    cosigned: Sequence[custody.Cosigned] = ()
    printed_by: str
    printed_at: datetime

    @property
    def zone(self) -> str:
        """The place's time zone, as the phone stated it."""
        return str(self.payload["zone"])

    @property
    def items(self) -> list[Mapping[str, Any]]:
        """The manifest's items, each with the number of the item that it was found in."""
        numbers = {one["id"]: one["number"] for one in self.payload["items"]}
        return [{**one, "found_in_number": numbers.get(one.get("found_in"))} for one in self.payload["items"]]


def document(known: Registro) -> Document:
    """The whole form as a document to print."""
    blocks: list[Block] = [
        *_reference(known),
        *_identification(known),
        *_documentation(known),
        *_collection(known),
        *custody.servants(known.payload, known.people, known.zone, known.manifest_sha256, known.cosigned),
        *custody.transfer(known.events, known.zone),
        *custody.continuity(known.events, known.entries, known.zone),
        Rest(),
    ]
    return Document(
        what=What.REGISTRO,
        title=TITLE,
        institution=known.institution,
        folio=known.folio,
        printed_by=known.printed_by,
        printed_at=known.printed_at,
        zone=known.zone,
        digest=known.manifest_sha256,
        blocks=tuple(blocks),
    )


def _fact(known: Registro, name: str) -> str:
    """A fact of the recovery with a mark when somebody added it later; else its blank as it was declared."""
    stated = known.recovery.get(f"recovery.{name}")
    if stated is None or stated.value in (None, "", []):
        return blank(known.payload["recovery"].get("blanks"), f"recovery.{name}")
    return text_of(stated.value) + (things.ADDED if stated.origin is Origin.SUPPLEMENT else "")


def _other(known: Registro, name: str) -> str:
    stated = known.recovery.get(name)
    return f"{text_of(stated.value)}{things.ADDED}" if stated and stated.value else STRUCK


def _reference(known: Registro) -> list[Block]:
    recovery, zone = known.payload["recovery"], known.zone
    began = [(word("began", code), code == recovery["began"]) for code in ("localizacion", "descubrimiento")]
    began.append((word("began", "aportacion"), recovery["began"] == "aportacion"))
    rows = [
        [Field("Institución o unidad administrativa", known.institution, 2), Field("Folio", known.folio, mono=True)],
        [
            Field("Carpeta de investigación o NUC", _fact(known, "carpeta")),
            Field("Referencia IPH", _fact(known, "iph")),
            Field("Folio 911 o C5", _fact(known, "folio_911")),
        ],
        [
            Field("Número de caso", _fact(known, "case_number")),
            Field("Registro Nacional de Detenciones", _fact(known, "rnd")),
            Field("Oficio del Ministerio Público", _other(known, "legal.order")),
        ],
        [
            Field("Entidad federativa", _entity(known)),
            Field("Municipio o alcaldía (clave INEGI)", _fact(known, "municipality")),
        ],
        [
            Field("Lugar de la intervención", _fact(known, "place"), 2),
            Field("Punto exacto", _fact(known, "exact_spot")),
        ],
        [
            Field("Fecha y hora de llegada o hallazgo", _recovered(known), 2),
            Field("Vehículo relacionado", _fact(known, "vehicle")),
        ],
        [Field("Inicio de la cadena de custodia", ticked(began))],
        [
            Field("Actuación del primer respondiente", _first_response(known)),
            Field("Personas detenidas", _fact(known, "detainee")),
            Field("Intérprete", known.people.line(recovery.get("interpreter"))),
        ],
        [
            Field("Firmado en el teléfono", both(moment(known.payload["captured_at"]), zone)),
            Field("Recibido por el servicio", both(known.received_at, zone)),
        ],
    ]
    return [Fields(rows), _code(known), *_deferred(known)]


def _code(known: Registro) -> Code:
    return Code(
        f"casquillo:{known.folio}:{known.manifest_sha256}",
        (
            f"Folio {known.folio}",
            f"Versión firmada {known.version[0]} de {known.version[1]}; huella SHA-256 de lo firmado:",
            known.manifest_sha256[:32],
            known.manifest_sha256[32:],
        ),
    )


def _entity(known: Registro) -> str:
    stated = known.recovery.get("recovery.entity")
    if stated is None or not stated.value:
        return _fact(known, "entity")
    return entity(stated.value) + (things.ADDED if stated.origin is Origin.SUPPLEMENT else "")


def _recovered(known: Registro) -> str:
    stated = known.recovery.get("recovery.recovered_at")
    if stated is None or not stated.value:
        return _fact(known, "recovered_at")
    exact = {"hour": " (a la hora)", "day": " (sólo el día)"}.get(
        known.payload["recovery"].get("recovered_precision", ""), ""
    )
    return both(moment(stated.value), known.zone) + exact + (things.ADDED if stated.origin is Origin.SUPPLEMENT else "")


def _first_response(known: Registro) -> str:
    did = known.payload["recovery"].get("first_response") or {}
    said = (word("first_response", did.get("mode")), word("first_reason", did.get("reason")))
    return ": ".join(filter(None, (*said, known.people.free(did.get("note")))))


def _deferred(known: Registro) -> list[Block]:
    """A capture typed from paper says so, in words, and who wrote and who typed."""
    late = known.payload.get("deferred")
    if not late:
        return []
    when = both(moment(late.get("written_at")), known.zone)
    wrote = ", ".join(filter(None, (known.people.line(late.get("written_by")) or NO_INFORMATION, when)))
    typed = known.people.line(late.get("typed_by")) or NO_INFORMATION
    more = known.people.free(late.get("text"))
    text = f"CAPTURA DIFERIDA: escrita en papel por {wrote}; transcrita por {typed}. {more}"
    return [Paragraph(text.strip(), boxed=True)]


def _identification(known: Registro) -> list[Block]:
    lines = []
    for item in known.items:
        at = moment((item.get("collection") or {}).get("at"))
        lines.append(things.line_of(item, known.facts.get(item["id"], {}), collected=hour(at, known.zone)))
    columns = (
        Column("Indicio", 4),
        Column("Clase", 6),
        Column("Cant.", 3),
        Column("Descripción y estado original", 20),
        Column("Ubicación en el lugar", 7),
        Column("Recolección", 5),
    )
    rows = [
        (one.numbers, one.kind, one.quantity, one.description, one.place, one.collected) for one in things.merged(lines)
    ]
    blocks: list[Block] = [Heading("1. IDENTIFICACIÓN"), Table(columns, rows)]
    if any(things.ADDED.strip() in row[3] for row in rows):
        blocks.append(Paragraph(things.ADDED_NOTE, small=True))
    return blocks


def _documentation(known: Registro) -> list[Block]:
    """Photos speak for themselves; other ways are what the officer declared."""
    ways = set(known.payload["recovery"].get("documentation", ()))
    media = known.payload["media"]
    if media:
        ways.add("photographic")
    if any(one["view"] == "sketch" for one in media):
        ways.add("sketch")
    if any(one["view"] == "paper_form" for one in media):
        ways.add("written")
    options = [(word("documentation", way), way in ways) for way in ("written", "photographic", "sketch", "other")]
    without = known.people.free((known.payload.get("no_media") or {}).get("text"))
    rows = [
        [
            Field("Métodos utilizados", ticked(options), 2),
            Field("Archivos firmados", f"{len(media)}, cada uno con su huella SHA-256" if media else without),
        ],
        [Field("Observaciones", known.people.free(_fact(known, "note")))],
    ]
    return [Heading("2. DOCUMENTACIÓN"), Fields(rows)]


def _collection(known: Registro) -> list[Block]:
    ways: dict[tuple[str, str], list[str]] = {}
    for item in known.items:
        collected = item.get("collection") or {}
        said = (word("collection", collected.get("how")), known.people.line(collected.get("by")))
        ways.setdefault(said, []).append(item["number"])
    collected_rows = [(ranges(numbers), how, by) for (how, by), numbers in ways.items()]
    numbers = {one["id"]: one["number"] for one in known.payload["items"]}
    packages = [_package(known, one, numbers) for one in known.payload["packages"]]
    packed = (
        Column("Empaque", 6),
        Column("Sello", 6, mono=True),
        Column("Indicios", 5),
        Column("Cerrado", 9),
        Column("Por", 9),
        Column("Estado declarado", 6),
    )
    return [
        Heading("3. RECOLECCIÓN Y EMBALAJE"),
        Table((Column("Indicios", 2), Column("Recolección", 2), Column("Por", 4)), collected_rows),
        Table(packed, packages),
    ]


def _package(known: Registro, one: Mapping[str, Any], numbers: Mapping[str, str]) -> tuple[str, ...]:
    return (
        f"{one['label']} ({word('package', one['kind']).lower()})",
        one.get("seal") or blank(known.payload["recovery"].get("blanks"), "package.seal"),
        ranges(numbers[item] for item in one["item_ids"] if item in numbers),
        short(moment(one.get("sealed_at")), known.zone),
        known.people.line(one.get("sealed_by")),
        things.condition_of_package(one, known.payload["items"]),
    )
