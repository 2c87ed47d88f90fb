"""The store's daily canary failed: each agency's chain says so, and its administrators see it (protocol, section 5)."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import Services
from evidence.domain.callers import SYSTEM, PersonCaller
from evidence.domain.custody import Chain
from evidence.domain.roles import Role
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.organisations import Organisation

KIND = "store.canary_failed"
LONGEST = 4000


@dataclass(frozen=True)
class Failure:
    """The newest failed trial that an agency was told of; ``reason`` is the promise that the store broke."""

    failed_at: datetime
    reason: str


def note_failure(session: Session, services: Services, reason: str, text: str) -> None:
    """One entry in the chain of every agency: each keeps its evidence in that store, and hears by its status."""
    known = reason if re.fullmatch(r"[a-z][a-z0-9_.]{0,63}", reason) else "refused"
    details = {"reason": known, **({"text": text[:LONGEST]} if text else {})}
    agencies = session.scalars(select(Organisation.id).where(Organisation.kind == "agency")).all()
    acts = [custody.Act(KIND, Chain("agency", one), one, SYSTEM, details) for one in agencies]
    custody.append(session, services, acts)


def newest_failure(session: Session, *, caller: PersonCaller) -> Failure | None:
    """What an administrator's own agency was told last; None for everybody else, and while none failed."""
    if Role.ADMINISTRATOR not in caller.roles:
        return None
    query = (
        select(CustodyEntry.at, CustodyDetail.details["reason"].astext)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .where(
            CustodyEntry.chain_type == "agency",
            CustodyEntry.chain_id == caller.organisation_id,
            CustodyEntry.kind == KIND,
        )
        .order_by(CustodyEntry.seq.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return Failure(*row) if row else None
