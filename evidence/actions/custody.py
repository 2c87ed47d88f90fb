"""``append``, the only writer of the custody log. ``evidence.actions.log.sealing`` takes it from there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.ports import Entropy, Services
from evidence.domain.callers import Actor
from evidence.domain.canonical import b64url, salted_sha256_hex
from evidence.domain.custody import VERSION, Chain, Entry
from evidence.domain.schemas import check_details
from evidence.records import writing
from evidence.records.base import Base
from evidence.records.custody import CustodyChain, CustodyEntry
from evidence.records.subject import subject_of

SALT_BYTES = 16
HEADS = CustodyChain.metadata.tables[CustodyChain.__tablename__]


@dataclass(frozen=True)
class Told:
    """Who hears of an entry in the status feed; the whole organisation when no person is named."""

    organisation_id: UUID
    person_id: UUID | None = None


@dataclass(frozen=True)
class Act:
    """What an action did, as it is to stand in the custody log.

    ``subject`` is the immutable row that the act made; without one the details are the subject.
    The agency always hears of its own evidence; ``told`` names others, and the officer.
    """

    kind: str
    chain: Chain
    agency_id: UUID
    actor: Actor
    details: Mapping[str, Any] = field(default_factory=dict)
    subject: Base | None = None
    told: Sequence[Told] = ()
    root_id: UUID | None = None
    submission_id: UUID | None = None


def append(session: Session, services: Services, acts: Sequence[Act]) -> list[Entry]:
    """Writes one entry an act, in the order given within each chain; the last thing a transaction does.

    Chain heads are locked in ascending order, so that two transactions never wait for each other.
    ``at`` never runs backwards within a chain, whatever the clock does. Details must fit the published
    schema of their kind: a ``ValueError`` here is a mistake in the calling action.
    """
    session.flush()
    heads = _lock_heads(session, acts)
    now = services.clock.now()
    written = [_write(services.entropy, heads[act.chain], act, now) for act in acts]
    _insert(session, heads.values(), written)
    return [one.entry for one in written]


@dataclass
class _Head:
    """Where a locked chain ends, and with each entry written, where it will."""

    chain: Chain
    agency_id: UUID
    seq: int
    head_sha256: str | None
    at: datetime | None


def _lock_heads(session: Session, acts: Sequence[Act]) -> dict[Chain, _Head]:
    """One statement makes the heads that are new and locks all: rows are taken in the order of the values."""
    owners = {act.chain: act.agency_id for act in acts}
    values = [
        {"chain_type": chain.type, "chain_id": chain.id, "agency_id": owners[chain], "seq": 0}
        for chain in sorted(owners)
    ]
    wish = insert(HEADS).values(values)
    locked = wish.on_conflict_do_update(
        index_elements=[HEADS.c.chain_type, HEADS.c.chain_id], set_={"agency_id": HEADS.c.agency_id}
    ).returning(HEADS.c.chain_type, HEADS.c.chain_id, HEADS.c.agency_id, HEADS.c.seq, HEADS.c.head_sha256, HEADS.c.at)
    heads = (_Head(Chain(kind, chain_id), *rest) for kind, chain_id, *rest in session.execute(locked))
    return {head.chain: head for head in heads}


@dataclass(frozen=True)
class _Written:
    act: Act
    entry: Entry
    sha256: str
    salt: bytes
    details: dict[str, Any]


def _write(entropy: Entropy, head: _Head, act: Act, now: datetime) -> _Written:
    details = dict(act.details)
    check_details(act.kind, details)
    salt = entropy.token(SALT_BYTES)
    subject = subject_of(act.subject) if act.subject is not None else details
    entry = Entry(
        entry_id=entropy.uuid7(),
        agency_id=head.agency_id,
        chain=act.chain,
        seq=head.seq + 1,
        prev=head.head_sha256,
        kind=act.kind,
        at=max(now, head.at) if head.at else now,
        actor=act.actor,
        subject_sha256=salted_sha256_hex(salt, subject),
        details_sha256=salted_sha256_hex(salt, details),
        nonce=b64url(entropy.token(SALT_BYTES)),
    )
    sha256 = entry.sha256()
    head.seq, head.head_sha256, head.at = entry.seq, sha256, entry.at
    return _Written(act, entry, sha256, salt, details)


def _insert(session: Session, heads: Iterable[_Head], written: Sequence[_Written]) -> None:
    """Two statements, however many entries. Details come after their entries: to write one, another organisation
    than the agency must be able to see the entry, and rows of one statement do not see each other.
    """
    entries = {
        "custody_entry": [_columns(one.entry, one.sha256) for one in written],
        "custody_audience": [row for one in written for row in _audience(one)],
        "log_pending": [{"entry_id": one.entry.entry_id, "entry_sha256": one.sha256} for one in written],
    }
    details = [
        {"entry_id": one.entry.entry_id, "agency_id": one.entry.agency_id, "salt": one.salt, "details": one.details}
        for one in written
    ]
    moved = [
        {
            "chain_type": one.chain.type,
            "chain_id": one.chain.id,
            "seq": one.seq,
            "head_sha256": one.head_sha256,
            "at": one.at,
        }
        for one in heads
    ]
    writing.insert_rows(session, entries, moving=writing.Moves("custody_chain", ("chain_type", "chain_id"), moved))
    writing.insert_rows(session, {"custody_detail": details})


def _columns(entry: Entry, sha256: str) -> dict[str, Any]:
    return {
        "entry_id": entry.entry_id,
        "v": VERSION,
        "agency_id": entry.agency_id,
        "chain_type": entry.chain.type,
        "chain_id": entry.chain.id,
        "seq": entry.seq,
        "prev": entry.prev,
        "kind": entry.kind,
        "at": entry.at,
        "actor_type": entry.actor.type,
        "actor_id": entry.actor.id,
        "actor_role": entry.actor.role,
        "subject_sha256": entry.subject_sha256,
        "details_sha256": entry.details_sha256,
        "nonce": entry.nonce,
        "entry_sha256": sha256,
    }


def _audience(one: _Written) -> list[dict[str, Any]]:
    """One row an organisation; the agency that owns the evidence always hears of it."""
    people: dict[UUID, UUID | None] = {one.entry.agency_id: None}
    for told in one.act.told:
        people[told.organisation_id] = told.person_id or people.get(told.organisation_id)
    return [
        {
            "entry_id": one.entry.entry_id,
            "organisation_id": organisation_id,
            "person_id": person_id,
            "root_id": one.act.root_id,
            "submission_id": one.act.submission_id,
        }
        for organisation_id, person_id in sorted(people.items())
    ]


def entry_of(row: CustodyEntry) -> Entry:
    """The published entry that a row holds."""
    return Entry(
        entry_id=row.entry_id,
        agency_id=row.agency_id,
        chain=Chain(row.chain_type, row.chain_id),
        seq=row.seq,
        prev=row.prev,
        kind=row.kind,
        at=row.at,
        actor=Actor(row.actor_type, row.actor_id, row.actor_role),
        subject_sha256=row.subject_sha256,
        details_sha256=row.details_sha256,
        nonce=row.nonce,
    )
