"""The effect of a supplement whose author does not see the whole capture: worked out by the service itself."""

from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import duplicates, opening
from evidence.actions.deciding.supplements import add_keys, items_of
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM
from evidence.domain.states import Act, By
from evidence.records.captures import locked_capture
from evidence.records.submissions import supplements_of


def revise(session: Session, services: Services, root_id: UUID) -> None:
    """Every submission whose content the supplement changed feels it. Safe to repeat: no change, no effect."""
    root = locked_capture(session, root_id)
    if root is None:
        return
    for row in supplements_of(session, root_id):  # a holder may not write the agency's search keys
        add_keys(session, root, row, items_of(session, row))
    for item_id in duplicates.items_read(session, root_id):
        duplicates.search_later(session, services, root_id, item_id)
    acts = opening.revise_all(session, services, root, act=Act.SUPPLEMENT, party=By.CONTRIBUTOR, by=SYSTEM)
    if acts:
        custody.append(session, services, acts)
