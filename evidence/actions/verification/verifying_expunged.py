"""What is gone under an order: every tombstone is one that an entry of the chain names, and the other way round."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.domain.verifying import Fault
from evidence.domain.verifying_report import ServiceReport
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.expunging import Tombstone
from evidence.records.media import Media

KINDS = ("details.expunged", "media.expunged")


def check_tombstones(session: Session, report: ServiceReport) -> None:
    """Counts what an order removed, details and files; ``Fault`` for a tombstone that no entry speaks of."""
    told = _told(session)
    for stone in session.scalars(select(Tombstone).order_by(Tombstone.id)):
        if (str(stone.expunging_id), _name(session, stone), stone.sha256) not in told:
            raise Fault("tombstone_unspoken", what=stone.entry_id or stone.media_row_id)
        if stone.media_row_id is not None:
            report.expunged_files += 1
            report.undeleted += stone.removed_at is None
        if stone.entry_id is not None and session.get(CustodyDetail, stone.entry_id) is None:
            report.expunged += 1
            report.details_missing -= 1


def _name(session: Session, stone: Tombstone) -> str:
    if stone.entry_id is not None:
        return str(stone.entry_id)
    media = session.get(Media, stone.media_row_id)
    return str(media.media_id) if media else ""


def _told(session: Session) -> set[tuple[str, str, str]]:
    """(order, entry or file, hash) as the chains tell of them."""
    rows = session.scalars(
        select(CustodyDetail.details)
        .join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
        .where(CustodyEntry.kind.in_(KINDS))
    )
    told = set()
    for details in rows:
        for entry in details.get("entries", ()):
            told.add((details["expunging_id"], entry["entry_id"], entry["details_sha256"]))
        if "media_id" in details:
            told.add((details["expunging_id"], details["media_id"], details["sha256"]))
    return told
