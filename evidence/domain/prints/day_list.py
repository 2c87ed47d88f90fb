"""The day's list of a queue: what is due first stands first, with what is needed to find the thing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.domain.prints.sheet import Block, Column, Document, Paragraph, Rest, Table, What
from evidence.domain.prints.words import day, hour, word


@dataclass(frozen=True)
class Waiting:
    """One submission of the queue. ``received``: whether the holder has the thing, None where nobody waits for it."""

    due_at: datetime | None
    urgent: bool
    folio: str
    agency: str
    item_number: str
    kind: str
    state: str
    received: bool | None


@dataclass(frozen=True, kw_only=True)
class DayList:
    """``rows`` in the order of the queue; ``more``: others follow that are not printed."""

    destination: str
    institution: str
    zone: str
    rows: Sequence[Waiting]
    more: bool
    printed_by: str
    printed_at: datetime


def document(found: DayList) -> Document:
    """Every open submission of one organisation, with a box to tick."""
    columns = (
        Column("Vence", 8),
        Column("Prioridad", 5),
        Column("Folio", 8, mono=True),
        Column("Indicio", 4),
        Column("Clase", 6),
        Column("Institución", 10),
        Column("Estado", 6),
        Column("Objeto", 5),
        Column("✓", 1),
    )
    late = sum(one.due_at is not None and one.due_at < found.printed_at for one in found.rows)
    said = f"Solicitudes abiertas: {len(found.rows)}; vencidas: {late}. Fecha y hora local de la institución."
    if found.more:
        said = f"Las {len(found.rows)} primeras de la fila: hay más. De ellas, vencidas: {late}."
    blocks: list[Block] = [
        Paragraph(said, bold=True),
        Table(columns, [_row(one, found) for one in found.rows], compact=True),
        Rest(),
    ]
    return Document(
        what=What.DAY_LIST,
        title=f"LISTA DEL DÍA · {word('destination', found.destination).upper()} · {day(found.printed_at, found.zone)}",
        institution=found.institution,
        folio="",
        printed_by=found.printed_by,
        printed_at=found.printed_at,
        zone=found.zone,
        blocks=tuple(blocks),
    )


def _row(one: Waiting, found: DayList) -> tuple[str, ...]:
    due = f"{day(one.due_at, found.zone)} {hour(one.due_at, found.zone)}" if one.due_at else "Sin plazo"
    if one.due_at and one.due_at < found.printed_at:
        due = f"{due} VENCIDA"
    thing = {None: "No aplica", True: "Recibido", False: "En espera"}[one.received]
    urgency = word("priority", "urgent" if one.urgent else "routine")
    state = word("state", one.state)
    return due, urgency, one.folio, one.item_number, word("kind", one.kind), one.agency, state, thing, "☐"
