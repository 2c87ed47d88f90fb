"""What holders found different from the dossier, as the agency whose evidence it is reads it (protocol, section 7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.domain.callers import PersonCaller
from evidence.domain.ids import folio
from evidence.domain.kinds import PhysicalEventKind
from evidence.records.captures import Item
from evidence.records.organisations import Organisation
from evidence.records.physical import PhysicalEvent


@dataclass(frozen=True)
class Mismatch:
    """``numbers``: of the items, as on their markers. ``holder``: the name of who found it."""

    event: PhysicalEvent
    folio: str
    numbers: Sequence[str]
    holder: str


def listed(
    session: Session, *, caller: PersonCaller, limit: int, after: tuple[datetime, UUID] | None
) -> list[Mismatch]:
    """The mismatches of the caller's agency, newest first: ``limit`` and one more."""
    wanted = (
        select(PhysicalEvent, Organisation.name)
        .join(Organisation, Organisation.id == PhysicalEvent.organisation_id)
        .where(
            PhysicalEvent.agency_id == caller.organisation_id,
            PhysicalEvent.kind == PhysicalEventKind.MISMATCH.value,
        )
    )
    if prosecuting.is_limited(session, caller):
        wanted = wanted.where(prosecuting.within(session, caller, PhysicalEvent.root_id))
    if after is not None:
        wanted = wanted.where(tuple_(PhysicalEvent.recorded_at, PhysicalEvent.id) < after)
    ordered = wanted.order_by(PhysicalEvent.recorded_at.desc(), PhysicalEvent.id.desc()).limit(limit + 1)
    rows = session.execute(ordered).all()
    named = {item_id for event, _ in rows for item_id in event.item_ids}
    found = session.execute(select(Item.item_id, Item.number).where(Item.item_id.in_(named)))
    number = {row.item_id: row.number for row in found}
    return [
        Mismatch(event, folio(event.root_id), sorted({number.get(one, "") for one in event.item_ids} - {""}), name)
        for event, name in rows
    ]
