"""The worksheet of a trace or ballistic request: the form's own order on one page, then a page of photos.

A working copy to key from: what a person types into another system stands in a face that tells 0 from O, with a
box to tick. Personal lines (part VI) are printed only for who opened them with a reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evidence.domain.facts import Origin
from evidence.domain.prints.sheet import (
    WORKING_COPY,
    Block,
    Column,
    Document,
    Field,
    Fields,
    Heading,
    NewPage,
    Paragraph,
    Picture,
    Pictures,
    Table,
    What,
)
from evidence.domain.prints.words import STRUCK, both, entity, moment, text_of, word
from evidence.domain.worksheet import Form, FormField

REPLACED = "SUSTITUIDA"
_TIMES = frozenset({"VIII.date"})
_CODES = {"item.kind": "kind", "recovery.priority": "priority"}


@dataclass(frozen=True)
class Shown:
    """One file for the photo page; ``name`` finds its preview."""

    name: str
    view: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One request as it is printed. ``values``: ``{code: {value, source, by}}``, what may not be seen left out.

    ``personal``: the possessor's lines are among them, and the sheet says that it holds personal data.
    """

    form: Form
    values: Mapping[str, Mapping[str, Any]]
    folio: str
    institution: str
    item_number: str
    digest: str
    zone: str
    replaced: bool
    approved_at: datetime | None
    photos: Sequence[Shown]
    personal: bool = False
    printed_by: str
    printed_at: datetime


def document(sheet: Sheet) -> Document:
    """The worksheet with its photo page, SUSTITUIDA over both when another request replaces it."""
    title = f"HOJA DE TRABAJO · {word('destination', sheet.form.destination.value).upper()}"
    columns = (
        Column("Clave", 4),
        Column("Dato", 8),
        Column("Valor que se teclea", 17, mono=True),
        Column("Quién lo dice", 6),
        Column("✓", 1),
    )
    blocks: list[Block] = [_head(sheet), Table(columns, _rows(sheet))]
    blocks.append(Paragraph(_note(sheet), small=True))
    if sheet.photos:
        shown = [Picture(one.name, f"{word('view', one.view)} · huella {one.sha256[:8]}") for one in sheet.photos]
        blocks += [
            NewPage(),
            Heading("FOTOGRAFÍAS", "vistas previas; los originales están a resguardo"),
            Pictures(shown),
        ]
    return Document(
        what=What.WORKSHEET,
        title=title,
        institution=sheet.institution,
        folio=sheet.folio,
        printed_by=sheet.printed_by,
        printed_at=sheet.printed_at,
        zone=sheet.zone,
        digest=sheet.digest,
        stamp=REPLACED if sheet.replaced else "",
        standing=f"{WORKING_COPY} · CONTIENE DATOS PERSONALES" if sheet.personal else WORKING_COPY,
        blocks=tuple(blocks),
    )


def _head(sheet: Sheet) -> Fields:
    approved = both(sheet.approved_at, sheet.zone) if sheet.approved_at else "Todavía no aprobada"
    form = Field("Formato y edición", f"{sheet.form.form} ({sheet.form.edition})", 3)
    return Fields([[form, Field("Indicio", sheet.item_number), Field("Aprobada", approved, 4)]])


def _note(sheet: Sheet) -> str:
    doubtful = [one.code for one in sheet.form.fields if not one.certain and not one.personal]
    said = "" if sheet.personal else "Los datos del poseedor no se imprimen aquí. "
    said += "Las líneas vacías están anuladas."
    return f"{said} Verificar con el formato vigente: {', '.join(doubtful)}." if doubtful else said


def _rows(sheet: Sheet) -> list[tuple[str, ...]]:
    """A row a field; empty ones that follow each other in one part stand in one struck row."""
    rows: list[tuple[str, ...]] = []
    empty: list[FormField] = []
    for field in sheet.form.fields:
        if field.personal and not sheet.personal:
            continue
        stated = sheet.values.get(field.code)
        if stated is not None:
            rows += _struck(empty)
            empty = []
            source = word("source", stated["source"])
            rows.append((field.code, field.label_es, _value(field, stated, sheet.zone), source, "☐"))
            continue
        if field.at_keying:
            rows += [*_struck(empty), (field.code, field.label_es, STRUCK, "la mesa, al teclear", "☐")]
            empty = []
            continue
        if empty and (empty[-1].part != field.part or field.mandatory.value in ("yes", "list")):
            rows += _struck(empty)
            empty = []
        empty.append(field)
    return rows + _struck(empty)


def _struck(empty: Sequence[FormField]) -> list[tuple[str, ...]]:
    if not empty:
        return []
    codes = empty[0].code if len(empty) == 1 else f"{empty[0].code} a {empty[-1].code}"
    labels = ", ".join(one.label_es for one in empty)
    return [(codes, labels, STRUCK, STRUCK, STRUCK)]


def _value(field: FormField, stated: Mapping[str, Any], zone: str) -> str:
    value = stated["value"]
    if value is None:
        return "Por leer en la foto" if stated["source"] == "hidden" else STRUCK
    if field.code in _TIMES and isinstance(value, str):
        return both(moment(value), zone)
    named = next((_CODES[name] for name in field.facts if name in _CODES), None)
    if named and isinstance(value, str):
        return word(named, value)
    if "recovery.entity" in field.facts and isinstance(value, str):
        return entity(value)
    return text_of(value) + (" (por confirmar)" if stated["source"] == Origin.DEFAULT and field.part == "V" else "")
