"""A capture's custody chain as its agency, or an organisation with a grant, may read it (protocol, section 9)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.accounts import prosecuting
from evidence.actions.custody import entry_of
from evidence.actions.deciding import blindness
from evidence.actions.log import log_reading
from evidence.domain.callers import Caller, PersonCaller, PhoneCaller
from evidence.domain.canonical import b64url
from evidence.domain.custody import Entry
from evidence.domain.errors import not_found
from evidence.domain.roles import Role
from evidence.records.captures import Capture
from evidence.records.custody import CustodyAudience, CustodyDetail, CustodyEntry, LogLeaf, chain_entries
from evidence.records.organisations import AccessGrant
from evidence.records.submissions import readings_of

READINGS = {"reading.made": ("text",), "supplement.added": ("serial.text",)}
"""What entries hold of a serial as somebody read it: members of the details, or of their facts."""


@dataclass(frozen=True)
class Line:
    """An entry with its hash, place and C2SP tlog-proof (None until it has them).

    Salt (base64url) and details only where the caller may read them. ``withheld`` names members of the details that a
    reviewer sees after an own reading only; the salt comes with them, for it would let the characters be guessed.
    """

    entry: Entry
    entry_sha256: str
    log_index: int | None
    proof: str | None
    salt: str | None
    details: dict[str, Any] | None
    withheld: tuple[str, ...] = ()


def chain_of_capture(session: Session, *, caller: Caller, capture_id: UUID) -> list[Line]:
    """The root's chain, first to last. 404 without ownership or a grant of level ``custody``.

    A grantee gets every entry, so that the chain can be checked, but details only of its own submissions.
    """
    capture = session.get(Capture, capture_id)
    root_id = capture.root_id if capture else capture_id
    own = capture is not None and capture.agency_id == caller.organisation_id
    if own:
        if capture is None or not _may_read(session, caller, capture):
            raise not_found()
        granted = frozenset[UUID | None]()
    else:
        granted = _granted(session, caller, root_id)
        if not granted:
            raise not_found()
    entries = chain_entries(session, "capture", root_id)
    ids = [entry.entry_id for entry in entries]
    details = _details(session, ids)
    places = _places(session, ids)
    open_to = frozenset(ids) if own else _concerning(session, caller, ids, granted)
    provers = log_reading.newest_provers(session)
    lines = [
        _line(row, places.get(row.entry_id), provers, details.get(row.entry_id) if row.entry_id in open_to else None)
        for row in entries
    ]
    return _without_readings(session, caller, capture, lines) if capture is not None else lines


def _without_readings(session: Session, caller: Caller, capture: Capture, lines: list[Line]) -> list[Line]:
    """Who may decide types the serial from the photo first; until then no entry tells what others read."""
    root = session.get_one(Capture, capture.root_id)
    blind: dict[str, bool] = {}
    shown = []
    for line in lines:
        item = (line.details or {}).get("item_id")
        named = READINGS.get(line.entry.kind, ())
        if line.details is None or item is None or not named:
            shown.append(line)
            continue
        if item not in blind:
            blind[item] = blindness.is_blind(caller, root, readings_of(session, root.id, UUID(item)))
        shown.append(_withholding(line, line.details, named) if blind[item] else line)
    return shown


def _withholding(line: Line, details: dict[str, Any], named: tuple[str, ...]) -> Line:
    left = {name: value for name, value in details.items() if name not in named}
    facts = details.get("facts", {})
    told = tuple(f"facts.{name}" for name in named if name in facts) + tuple(name for name in named if name in details)
    if facts:
        left["facts"] = {name: value for name, value in facts.items() if name not in named}
    return replace(line, details=left, salt=None, withheld=told) if told else line


def _line(
    row: CustodyEntry, log_index: int | None, provers: Sequence[log_reading.Prover], opened: CustodyDetail | None
) -> Line:
    prover = next((one for one in provers if log_index is not None and one.holds(log_index)), None)
    return Line(
        entry=entry_of(row),
        entry_sha256=row.entry_sha256,
        log_index=log_index,
        proof=prover.proof(log_index) if prover is not None and log_index is not None else None,
        salt=b64url(opened.salt) if opened else None,
        details=opened.details if opened else None,
    )


def _details(session: Session, ids: list[UUID]) -> dict[UUID, CustodyDetail]:
    rows = session.scalars(select(CustodyDetail).where(CustodyDetail.entry_id.in_(ids)))
    return {row.entry_id: row for row in rows}


def _places(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    rows = session.scalars(select(LogLeaf).where(LogLeaf.entry_id.in_(ids)))
    return {row.entry_id: row.log_index for row in rows}


def _may_read(session: Session, caller: Caller, capture: Capture) -> bool:
    if isinstance(caller, PersonCaller):
        return Role.AUDITOR in caller.roles or prosecuting.may_read(session, caller, capture)
    return not isinstance(caller, PhoneCaller)


def _granted(session: Session, caller: Caller, root_id: UUID) -> frozenset[UUID | None]:
    return frozenset(
        session.scalars(
            select(AccessGrant.submission_id).where(
                AccessGrant.grantee_id == caller.organisation_id,
                AccessGrant.root_id == root_id,
                AccessGrant.revoked_at.is_(None),
                AccessGrant.levels.contains(["custody"]),
            )
        )
    )


def _concerning(
    session: Session, caller: Caller, ids: list[UUID], submissions: frozenset[UUID | None]
) -> frozenset[UUID]:
    """Entries of the granted submissions that the caller was told of."""
    named = [one for one in submissions if one is not None]
    return frozenset(
        session.scalars(
            select(CustodyAudience.entry_id).where(
                CustodyAudience.entry_id.in_(ids),
                CustodyAudience.organisation_id == caller.organisation_id,
                CustodyAudience.submission_id.in_(named),
            )
        )
    )
