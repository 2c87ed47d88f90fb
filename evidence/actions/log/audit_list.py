"""What an auditor reads: entries of the organisation's chains, newest first, without what they say of any case.

Names, texts, serials and places stay in the details, which are not opened here: a person appears by code and role,
a capture by its folio (protocol, sections 2 and 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from evidence.domain.callers import PersonCaller
from evidence.records.captures import Capture
from evidence.records.custody import CustodyDetail, CustodyEntry, LogLeaf
from evidence.records.people import Person

SHOWN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "all": (),
        "views": ("view.opened", "download.authorised", "bundle.downloaded", "print.made", "agreement.viewed"),
        "nominal": ("result.nominal_opened", "possessor.opened"),
        "decisions": ("decision.made", "decision.refused", "submission.provisional", "submission.recalled"),
        "access": ("person.", "token.", "agreement.", "reserve.", "grant.", "device.ended"),
    }
)
"""The list's filters: kinds of entries; one that ends with a dot stands for all that begin so."""

TOLD = frozenset({"what", "decision", "code", "to", "role", "destination"})
"""Members of details that are words of closed lists: nothing of a case, of a person or of a reason."""


@dataclass(frozen=True, kw_only=True)
class AuditLine:
    """One entry. ``actor`` is a person's code, empty for machines, phones and the service; ``folio`` of a capture."""

    entry_id: UUID
    kind: str
    at: Any
    chain_type: str
    chain_id: UUID
    seq: int
    actor_type: str
    actor_role: str | None
    actor: str
    folio: str | None
    told: Mapping[str, Any]
    entry_sha256: str
    log_index: int | None


def listed(
    session: Session,
    *,
    caller: PersonCaller,
    shown: str,
    limit: int,
    after: UUID | None,
    folio: str | None = None,
    person: str | None = None,
) -> list[AuditLine]:
    """The organisation's entries in the order in which they were written, newest first: ``limit`` and one more.

    ``folio`` names a capture, ``person`` a person's code: whose acts, not about whom.
    """
    own = caller.organisation_id
    wanted: list[ColumnElement[bool]] = [CustodyEntry.agency_id == own]
    if SHOWN[shown]:
        begins = [CustodyEntry.kind.startswith(kind) for kind in SHOWN[shown]]
        wanted.append(or_(*begins))
    if folio is not None:
        roots = select(Capture.root_id).where(Capture.folio == folio, Capture.agency_id == own)
        wanted.append((CustodyEntry.chain_type == "capture") & CustodyEntry.chain_id.in_(roots))
    if person is not None:
        people = select(Person.id).where(Person.code == person, Person.organisation_id == own)
        wanted.append(CustodyEntry.actor_id.in_(people))
    if after is not None:
        wanted.append(CustodyEntry.entry_id < after)
    rows = session.execute(
        select(CustodyEntry, CustodyDetail.details, LogLeaf.log_index)
        .outerjoin(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .outerjoin(LogLeaf, LogLeaf.entry_id == CustodyEntry.entry_id)
        .where(*wanted)
        .order_by(CustodyEntry.entry_id.desc())
        .limit(limit + 1)
    ).all()
    codes = _codes(session, {entry.actor_id for entry, _, _ in rows if entry.actor_type == "person"})
    folios = _folios(session, {entry.chain_id for entry, _, _ in rows if entry.chain_type == "capture"})
    return [
        AuditLine(
            entry_id=entry.entry_id,
            kind=entry.kind,
            at=entry.at,
            chain_type=entry.chain_type,
            chain_id=entry.chain_id,
            seq=entry.seq,
            actor_type=entry.actor_type,
            actor_role=entry.actor_role,
            actor=codes.get(entry.actor_id, ""),
            folio=folios.get(entry.chain_id),
            told={name: value for name, value in (details or {}).items() if name in TOLD},
            entry_sha256=entry.entry_sha256,
            log_index=log_index,
        )
        for entry, details, log_index in rows
    ]


def _codes(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    return {one.id: one.code for one in session.scalars(select(Person).where(Person.id.in_(ids)))}


def _folios(session: Session, ids: set[UUID]) -> dict[UUID, str]:
    return {one.id: one.folio for one in session.scalars(select(Capture).where(Capture.id.in_(ids)))}
