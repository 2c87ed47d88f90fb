"""Which document a wish to print means."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions.paper import printing, printing_registro, printing_sheets
from evidence.actions.ports import Services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import invalid
from evidence.domain.prints.sheet import What


@dataclass(frozen=True)
class Wish:
    """What to print of a capture; a label may name its package, or the resealing by which its holder closed it.

    A receipt or hand-back must name its event.
    """

    what: What
    package_id: UUID | None = None
    event_id: UUID | None = None


def of_capture(
    session: Session, services: Services, *, caller: PersonCaller, capture_id: UUID, wish: Wish
) -> printing.Draft:
    """The draft that the wish means; 422 ``event_needed`` for a receipt of nothing."""
    if wish.what is What.REGISTRO:
        return printing_registro.draft(session, services, caller=caller, capture_id=capture_id)
    if wish.what is What.PACKAGE_LABEL and wish.event_id is not None:
        return printing_sheets.label_of_event(
            session, services, caller=caller, capture_id=capture_id, event_id=wish.event_id
        )
    if wish.what is What.PACKAGE_LABEL:
        return printing_registro.package_labels(
            session, services, caller=caller, capture_id=capture_id, package_id=wish.package_id
        )
    if wish.event_id is None:
        raise invalid("event_needed", event_id="name the physical event")
    return printing_sheets.of_event(
        session, services, caller=caller, capture_id=capture_id, event_id=wish.event_id, what=wish.what
    )


def of_organisation(
    session: Session, services: Services, *, caller: PersonCaller, what: What, sheets: int
) -> printing.Draft:
    """Blank labels or scale cards of the caller's organisation."""
    if what is What.SCALE_CARDS:
        return printing.scale_cards(session, services, caller=caller)
    return printing.blank_labels(session, services, caller=caller, sheets=sheets)
