"""How a phone that pinned a log key learns of the next: the entry that added it, proven under the former key."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.custody import entry_of
from evidence.actions.log import log_reading
from evidence.domain.canonical import b64url
from evidence.records.custody import CustodyDetail, CustodyEntry, LogLeaf
from evidence.records.database import enter
from evidence.records.log import first_published, origin_of
from evidence.records.organisations import service_id


@dataclass(frozen=True)
class Handover:
    """A ``log.key_added`` entry as it is hashed, its salt (base64url) and details, and a C2SP tlog-proof of it."""

    entry: dict[str, Any]
    salt: str
    details: dict[str, Any]
    proof: str


def handovers(session: Session) -> list[Handover]:
    """Every change of a log key, oldest first, as far as a published checkpoint covers it.

    The proof is under the first such checkpoint: made during the overlap, it bears the former key's signature and
    the new one's. Without an overlap, as for a stolen key, it bears only the new one's, and nobody follows it.
    """
    service = service_id(session)
    enter(session, service)  # the service's own chain, of which nothing is secret; row-level security hides it else
    rows = session.execute(
        select(CustodyEntry, CustodyDetail, LogLeaf.log_index)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .join(LogLeaf, LogLeaf.entry_id == CustodyEntry.entry_id)
        .where(CustodyEntry.chain_type == "log", CustodyEntry.chain_id == service, CustodyEntry.kind == "log.key_added")
        .order_by(LogLeaf.log_index)
    ).all()
    found = [_handover(session, entry, detail, log_index) for entry, detail, log_index in rows]
    return [one for one in found if one is not None]


def _handover(session: Session, entry: CustodyEntry, detail: CustodyDetail, log_index: int) -> Handover | None:
    origin = origin_of(session, log_index)
    row = first_published(session, origin.number, log_index - origin.first_index) if origin else None
    if origin is None or row is None:
        return None
    proof = log_reading.Prover(session, origin, row).proof(log_index)
    return Handover(entry_of(entry).members(), b64url(detail.salt), detail.details, proof)
