"""Two items that may be one gun: found by their serials' keys, told to both sides, answered by each.

Inside an agency by either key, or one edit with the same maker or caliber; across agencies only by equal keys
and the same type, only between accepted captures whose photo of the serial is secured, and no more new cards a
day than the agency's budget (protocol, section 7, *Duplicates*). Nothing is merged.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.deciding import guns, match_grants
from evidence.actions.deciding.guns import Gun
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.domain.kinds import View
from evidence.domain.serials import Match, compare
from evidence.records.duplicates import DuplicateMatch, DuplicateSearchDue
from evidence.records.media import ManifestMedia
from evidence.records.organisations import Organisation
from evidence.records.submissions import Submission, Supplement

CARDS_A_DAY = 100
"""New cards of other agencies that an agency's searches may make in 24 hours; its setting ``cards_a_day`` wins."""

DAY = timedelta(days=1)


def find(session: Session, services: Services, root_id: UUID, item_id: UUID) -> int:
    """Makes a match for every other gun that this one may be; returns how many are new. Safe to repeat.

    What the day's budget leaves out is looked for again by :func:`search_again`.
    """
    gun = next(iter(guns.loaded(session, [(root_id, item_id)])), None)
    if gun is None:
        return 0
    acts: list[custody.Act] = []
    found, left = 0, _budget_left(session, services, gun.root.agency_id)
    for other in guns.candidates(session, gun):
        same_agency = other.root.agency_id == gun.root.agency_id
        match = _likeness(gun, other, same_agency=same_agency) if same_agency or (gun.sure and other.sure) else None
        if match is None:
            continue
        pair = sorted((gun, other), key=lambda one: one.order)
        if not same_agency and left <= 0:
            _search_tomorrow(session, services, gun, pair)
            continue
        told = _keep(session, services, pair, found_by=match.likeness.value, sought_by=gun.root.agency_id)
        acts += told
        found += bool(told)
        left -= bool(told) and not same_agency
    if acts:
        custody.append(session, services, acts)
    return found


def _likeness(gun: Gun, other: Gun, *, same_agency: bool) -> Match | None:
    """The first likeness between any of their serials, the newest readings first."""
    for mine in reversed(gun.serials):
        for theirs in reversed(other.serials):
            match = compare(gun.marked(mine), other.marked(theirs), same_agency=same_agency)
            if match is not None:
                return match
    return None


def _budget_left(session: Session, services: Services, agency_id: UUID) -> int:
    allowed = session.get_one(Organisation, agency_id).settings.get("cards_a_day", CARDS_A_DAY)
    made = select(func.count()).where(
        DuplicateMatch.sought_by_id == agency_id,
        DuplicateMatch.a_agency_id != DuplicateMatch.b_agency_id,
        DuplicateMatch.found_at > services.clock.now() - DAY,
    )
    return int(allowed) - (session.scalar(made) or 0)


def _search_tomorrow(session: Session, services: Services, gun: Gun, pair: Sequence[Gun]) -> None:
    if _known(session, pair):
        return
    row = insert(DuplicateSearchDue).values(
        root_id=gun.root.id, item_id=gun.item.item_id, agency_id=gun.root.agency_id, due_since=services.clock.now()
    )
    session.execute(row.on_conflict_do_nothing())


def search_again(session: Session, services: Services) -> int:
    """For the clock: queues the searches that waited for an agency's next day; returns how many."""
    rows = session.execute(
        delete(DuplicateSearchDue)
        .where(DuplicateSearchDue.due_since <= services.clock.now() - DAY)
        .returning(DuplicateSearchDue.root_id, DuplicateSearchDue.item_id)
    ).all()
    for root_id, item_id in rows:
        search_later(session, services, root_id, item_id)
    return len(rows)


def search_later(session: Session, services: Services, root_id: UUID, item_id: UUID) -> None:
    """Queues a search of all agencies, which only the worker's role may make."""
    services.jobs.enqueue(session, "match_duplicates", root_id=str(root_id), item_id=str(item_id))


def items_read(session: Session, root_id: UUID) -> Sequence[UUID]:
    """The items of which a supplement states the serial: a laboratory's later reading is looked for as well."""
    stated = select(Supplement.scope_id).where(
        Supplement.root_id == root_id, Supplement.scope == "item", Supplement.values.has_key("serial.text")
    )
    return session.scalars(stated.distinct().order_by(Supplement.scope_id)).all()


def photos_secured(session: Session, services: Services, media_row_ids: Sequence[UUID]) -> None:
    """A photo of a serial is there to the bit: other agencies may hear of its gun from now on."""
    lines = session.scalars(
        select(ManifestMedia).where(
            ManifestMedia.media_row_id.in_(media_row_ids), ManifestMedia.view == View.SERIAL_CLOSEUP
        )
    )
    for root_id, item_id in sorted({(line.root_id, item) for line in lines for item in line.item_ids}):
        search_later(session, services, root_id, item_id)


def _known(session: Session, pair: Sequence[Gun]) -> bool:
    a, b = pair
    wanted = exists().where(
        DuplicateMatch.a_root_id == a.root.id,
        DuplicateMatch.a_item_id == a.item.item_id,
        DuplicateMatch.b_root_id == b.root.id,
        DuplicateMatch.b_item_id == b.item.item_id,
    )
    return bool(session.scalar(select(wanted)))


def _keep(
    session: Session, services: Services, pair: Sequence[Gun], *, found_by: str, sought_by: UUID
) -> list[custody.Act]:
    """The match as a row, an entry on either chain, and the cards for who holds a submission; nothing when known."""
    a, b = pair
    match_id = session.scalar(
        insert(DuplicateMatch)
        .values(
            id=services.entropy.uuid7(),
            found_by=found_by,
            a_root_id=a.root.id,
            a_item_id=a.item.item_id,
            a_agency_id=a.root.agency_id,
            a_card=card(session, a),
            b_root_id=b.root.id,
            b_item_id=b.item.item_id,
            b_agency_id=b.root.agency_id,
            b_card=card(session, b),
            sought_by_id=sought_by,
            found_at=services.clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(DuplicateMatch.id)
    )
    if match_id is None:
        return []
    shared = [act for one in pair for act in match_grants.share_item(session, services, one.root, one.item.item_id)]
    return [_found(match_id, found_by, a, b), _found(match_id, found_by, b, a), *shared]


def card(session: Session, gun: Gun) -> dict[str, Any]:
    """What the other side may see: no photo, no place, no name of a person."""
    agency = session.get_one(Organisation, gun.root.agency_id)
    trace = session.scalars(
        select(Submission).where(
            Submission.root_id == gun.root.id,
            Submission.item_id == gun.item.item_id,
            Submission.destination == "etrace",
        )
    ).one_or_none()
    desk = session.get(Organisation, trace.holder_id) if trace and trace.holder_id else None
    return {
        "agency": agency.name,
        "entity": gun.root.entity,
        "date": gun.root.captured_at.date().isoformat(),
        "serial": gun.serials[-1],
        "make": gun.item.make,
        "caliber": gun.item.caliber,
        "trace": trace.state if trace else None,
        "contact": (desk or agency).contact,
    }


def _found(match_id: UUID, found_by: str, one: Gun, other: Gun) -> custody.Act:
    details = {
        "match_id": str(match_id),
        "item_id": str(one.item.item_id),
        "found_by": found_by,
        "other_agency_id": str(other.root.agency_id),
        "same_agency": one.root.agency_id == other.root.agency_id,
    }
    return custody.Act(
        kind="duplicate.found",
        chain=Chain("capture", one.root.id),
        agency_id=one.root.agency_id,
        actor=SYSTEM,
        details=details,
        root_id=one.root.id,
    )
