"""Receipt of items and hand-back: two copies of one sheet, both signed by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.domain.prints.items import ItemLine, merged
from evidence.domain.prints.sheet import (
    Block,
    Code,
    Column,
    Document,
    Field,
    Fields,
    Heading,
    NewPage,
    Paragraph,
    Rest,
    Signature,
    Signatures,
    Table,
    What,
)
from evidence.domain.prints.words import both, word

_TITLES = {What.RECEIPT: "RECIBO DE INDICIOS", What.HAND_BACK: "ENTREGA DE INDICIOS (DEVOLUCIÓN)"}
_COPIES = ("Ejemplar 1 de 2, para quien entrega", "Ejemplar 2 de 2, para quien recibe")


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """One physical event as both sides sign for it. ``hidden`` items of the event are not the printer's to see."""

    what: What
    event_id: str
    kind: str
    at: datetime
    zone: str
    folio: str
    institution: str
    agency: str
    given_by: str
    taken_by: str
    place: str
    package: str
    seal: str
    lines: Sequence[ItemLine]
    hidden: int
    mismatches: Sequence[str]
    note: str
    sedena: str = ""
    printed_by: str
    printed_at: datetime


def document(receipt: Receipt) -> Document:
    """Both copies, each counted by itself."""
    first, second = ([*_copy(receipt, name), Rest()] for name in _COPIES)
    return Document(
        what=receipt.what,
        title=_TITLES[receipt.what],
        institution=receipt.institution,
        folio=receipt.folio,
        printed_by=receipt.printed_by,
        printed_at=receipt.printed_at,
        zone=receipt.zone,
        blocks=(*first, NewPage(counts_anew=True), *second),
    )


def _copy(receipt: Receipt, name: str) -> list[Block]:
    rows = [
        [Field("Acto", word("event", receipt.kind)), Field("Fecha y hora", both(receipt.at, receipt.zone), 2)],
        [Field("Institución que capturó", receipt.agency), Field("Institución que registra", receipt.institution)],
        [Field("Entrega", receipt.given_by), Field("Recibe", receipt.taken_by)],
        [
            Field("Lugar", receipt.place, 2),
            Field("Empaque", receipt.package),
            Field("Sello", receipt.seal, mono=True),
        ],
    ]
    columns = (Column("Indicio", 4), Column("Clase", 6), Column("Cant.", 3), Column("Descripción", 20))
    table = [(one.numbers, one.kind, one.quantity, one.description) for one in merged(receipt.lines)]
    blocks: list[Block] = [Paragraph(name, bold=True), Fields(rows), Heading("INDICIOS"), Table(columns, table)]
    if receipt.hidden:
        blocks.append(Paragraph(f"Además, {receipt.hidden} indicio(s) que no son de esta institución.", small=True))
    differs = "; ".join(word("mismatch", code) for code in receipt.mismatches)
    blocks.append(
        Fields([[Field("Discrepancias", differs or "Ninguna declarada"), Field("Observaciones", receipt.note)]])
    )
    if receipt.sedena:
        blocks.append(Fields([[Field("Aviso a SEDENA", receipt.sedena)]]))
    blocks.append(Code(receipt.folio, (f"Folio {receipt.folio}", "Movimiento", receipt.event_id)))
    sign = ("Nombre", "Institución y cargo", "Identificación", "Fecha y hora")
    boxes = [
        Signature("Entrega · firma autógrafa", [("Según el registro", receipt.given_by)], sign),
        Signature("Recibe · firma autógrafa", [("Según el registro", receipt.taken_by)], sign),
    ]
    return [*blocks, Signatures(boxes)]
