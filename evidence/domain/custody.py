"""The custody entry and its chain, as pure values (protocol, section 9)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from evidence.domain.callers import Actor
from evidence.domain.canonical import hashes_to, jcs, sha256_hex

VERSION = 1


@dataclass(frozen=True, order=True)
class Chain:
    """``type`` is capture, device, person, agency or log. Chains are locked in ascending order."""

    type: str
    id: UUID


@dataclass(frozen=True)
class Entry:
    """The members of the published entry. No name, text, serial, position or address may stand here."""

    entry_id: UUID
    agency_id: UUID
    chain: Chain
    seq: int
    prev: str | None
    kind: str
    at: datetime
    actor: Actor
    subject_sha256: str
    details_sha256: str
    nonce: str

    def members(self) -> dict[str, Any]:
        """The entry as it is hashed and published."""
        return {
            "v": VERSION,
            "entry_id": str(self.entry_id),
            "agency_id": str(self.agency_id),
            "chain": {"type": self.chain.type, "id": str(self.chain.id)},
            "seq": self.seq,
            "prev": self.prev,
            "kind": self.kind,
            "at": instant(self.at),
            "actor": {"type": self.actor.type, "id": str(self.actor.id), "role": self.actor.role},
            "subject_sha256": self.subject_sha256,
            "details_sha256": self.details_sha256,
            "nonce": self.nonce,
        }

    def sha256(self) -> str:
        """The entry hash: SHA-256 of JCS(entry)."""
        return sha256_hex(jcs(self.members()))


def instant(at: datetime) -> str:
    """RFC 3339 in UTC with microseconds and ``Z``: one spelling a time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(frozen=True)
class ChainFault:
    """The first thing that is wrong with a chain: at ``seq``, for a stable ``reason``."""

    seq: int
    reason: str


def first_fault(entries: Iterable[tuple[Entry, str]]) -> ChainFault | None:
    """Folds a chain from its first entry; each is given with the hash that was stored for it."""
    previous: tuple[Entry, str] | None = None
    for entry, stored in entries:
        fault = link_fault(entry, stored, previous)
        if fault is not None:
            return fault
        previous = (entry, stored)
    return None


def link_fault(entry: Entry, stored: str, previous: tuple[Entry, str] | None) -> ChainFault | None:
    """What is wrong with one entry behind ``previous``, the chain's entry before it with its hash (None: the first).

    Reasons: ``hash`` (members changed), ``seq`` (one missing or moved), ``prev`` (link broken),
    ``clock`` (time ran backwards), ``chain`` (belongs elsewhere).
    """
    expected = 1 if previous is None else previous[0].seq + 1
    for reason, sound in _checks(entry, stored, previous, expected):
        if not sound:
            return ChainFault(expected, reason)
    return None


def _checks(entry: Entry, stored: str, previous: tuple[Entry, str] | None, expected: int) -> Iterable[tuple[str, bool]]:
    yield "seq", entry.seq == expected
    yield "prev", entry.prev == (previous[1] if previous else None)
    yield "hash", hashes_to(stored, entry.members())
    if previous:
        yield "clock", entry.at >= previous[0].at
        yield "chain", entry.chain == previous[0].chain and entry.agency_id == previous[0].agency_id


def details_match(salt: bytes, details: Mapping[str, Any], details_sha256: str) -> bool:
    """Whether details and salt are the ones that an entry committed to."""
    return hashes_to(details_sha256, details, salt=salt)
