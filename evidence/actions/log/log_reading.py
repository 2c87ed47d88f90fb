"""The log as anyone may read it, and proofs from it (protocol, section 9)."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from sqlalchemy.orm import Session

from evidence.actions.log.sealing import fetcher, has_tile
from evidence.actions.ports import Policy
from evidence.domain.errors import not_found, unavailable
from evidence.domain.log import merkle, note, proof, tiles
from evidence.domain.log.note import Verifier
from evidence.domain.log.policy import Log
from evidence.domain.log.policy import Policy as LogPolicy
from evidence.domain.log.tiles import ENTRIES, Tile, TileReader
from evidence.records import log as records
from evidence.records.log import LogCheckpoint, LogOrigin
from evidence.records.rescue import newest_rescue_jwk
from evidence.records.timestamps import newest_timestamp


@dataclass(frozen=True)
class Pins:
    """What a phone keeps from its enrolment on: whose signatures to believe, and to whom a rescue file is sealed.

    ``log_keys`` and ``witness_keys`` are C2SP vkeys, ``log_policy`` a tlog-policy file.
    """

    log_keys: list[str]
    witness_keys: list[str]
    log_policy: str
    rescue_key: dict[str, object]


def checkpoint(session: Session, *, number: int | None = None) -> bytes:
    """The newest published checkpoint, signed by the log and whoever has cosigned it yet; 404 before the first.

    ``number`` is that of a former log, else the present one is meant.
    """
    return with_cosignatures(session, _newest(session, number)[1])


def _newest(session: Session, number: int | None) -> tuple[LogOrigin, LogCheckpoint]:
    origin = records.present_origin(session) if number is None else session.get(LogOrigin, number)
    newest = records.newest_checkpoint(session, origin.number, published=True) if origin else None
    if origin is None or newest is None:
        raise not_found()
    return origin, newest


def with_cosignatures(session: Session, row: LogCheckpoint) -> bytes:
    """The note as it was signed, and behind it the lines of the witnesses."""
    return _with(row, "".join(one.line for one in records.cosignatures_of(session, row.origin, row.size)))


def _with(row: LogCheckpoint, lines: str) -> bytes:
    return note.add(row.note, note.parse_signatures(lines)) if lines else row.note


def tile(session: Session, wanted: Tile, *, number: int | None = None) -> bytes:
    """A tile, or an entry bundle, of the published tree; 404 beyond it, and for a width that it does not reach."""
    origin, newest = _newest(session, number)
    if wanted.level > tiles.MAX_LEVEL or not has_tile(wanted, newest.size):
        raise not_found()
    if wanted.level != ENTRIES:
        return fetcher(session, origin)(wanted)
    start = origin.first_index + wanted.index * tiles.WIDTH
    return tiles.encode_bundle(records.leaf_entries(session, start, start + wanted.width))


def policy(session: Session, choices: Policy) -> LogPolicy:
    """Every key of this service's logs, and the operator's witnesses and quorum; each log with its address.

    The present log is at ``log_url``; one that was succeeded stays readable below it, by its number.
    """
    present = records.present_origin(session)

    def address(origin: int) -> str | None:
        former = present is not None and origin != present.number
        return f"{choices.log_url}/{origin}" if choices.log_url and former else choices.log_url

    logs = tuple(Log(Verifier.parse(key.vkey), address(key.origin)) for key in records.keys_of(session))
    given = choices.log_policy
    return LogPolicy(logs=logs, witnesses=given.witnesses, groups=given.groups, quorum=given.quorum)


def pins(session: Session, choices: Policy) -> Pins:
    """For the answer to an enrolment. 503 ``log_not_open`` until a worker has opened the log."""
    known, rescue = policy(session, choices), newest_rescue_jwk(session)
    if not known.logs or rescue is None:
        raise unavailable("log_not_open", "No worker has opened the log yet.")
    return Pins(
        log_keys=[one.verifier.vkey for one in known.logs],
        witness_keys=[one.verifier.vkey for one in known.witnesses],
        log_policy=known.text(),
        rescue_key=rescue,
    )


class TileShelf:
    """The tiles that proofs read last, of any log: a tile never changes, nor does a part of one of a given width.

    By the log's name, not its number: one process may serve more than one database (the tests do). Only proofs read
    from here. Sealing and verifying read the rows.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._tiles: OrderedDict[tuple[str, Tile], bytes] = OrderedDict()
        self._lock = Lock()

    def find(self, log: str, wanted: Tile) -> bytes | None:
        with self._lock:
            data = self._tiles.get((log, wanted))
            if data is not None:
                self._tiles.move_to_end((log, wanted))
            return data

    def keep(self, log: str, wanted: Tile, data: bytes) -> bytes:
        if len(data) != wanted.width * merkle.HASH_SIZE:
            return data  # rows are missing: whoever asked says so, and nothing is kept
        with self._lock:
            self._tiles[log, wanted] = data
            if len(self._tiles) > self._most:
                self._tiles.popitem(last=False)
        return data


SHELF = TileShelf(256)
"""Two megabytes a process: the upper levels of a log of many millions, and the leaves that are asked for now."""


class Prover:
    """Proofs of entries under one checkpoint; the tiles that it reads are kept for the next proof.

    ``cosignatures`` are the witnesses' lines where the caller has read them. ``token`` is the timestamp over
    ``signed``, the checkpoint as the log signed it, where it was asked for.
    """

    def __init__(
        self,
        session: Session,
        origin: LogOrigin,
        row: LogCheckpoint,
        *,
        token: bytes | None = None,
        cosignatures: str | None = None,
    ) -> None:
        self.witnessed = row.witnessed_at is not None
        self.token, self.signed = token, row.note
        self._origin, self._size = origin, row.size
        self._note = with_cosignatures(session, row) if cosignatures is None else _with(row, cosignatures)
        self._session, self._fetch = session, fetcher(session, origin)
        self._reader = TileReader(self._tile, size=row.size)

    def holds(self, log_index: int) -> bool:
        """Whether the entry is in this tree."""
        return 0 <= log_index - self._origin.first_index < self._size

    def proof(self, log_index: int) -> str:
        """The C2SP tlog-proof of the entry."""
        leaf = log_index - self._origin.first_index
        self._bring(tiles.tiles_of_inclusion(leaf, self._size))
        path = merkle.inclusion_proof(leaf, self._size, self._reader)
        return proof.make(index=leaf, path=path, note=self._note)

    def _bring(self, wanted: Sequence[Tile]) -> None:
        """Puts the full tiles that are missing on the shelf, all in one question."""
        full = [one for one in wanted if one.width == tiles.WIDTH and SHELF.find(self._origin.name, one) is None]
        if not full:
            return
        found = records.full_tiles(self._session, self._origin.number, [(one.level, one.index) for one in full])
        for (level, index), hashes in found.items():
            SHELF.keep(self._origin.name, Tile(level, index), hashes)

    def _tile(self, wanted: Tile) -> bytes:
        kept = SHELF.find(self._origin.name, wanted)
        return kept if kept is not None else SHELF.keep(self._origin.name, wanted, self._fetch(wanted))


def prover_of(session: Session, log_index: int) -> Prover | None:
    """A prover for one entry; None while no published checkpoint covers it."""
    found = records.covering_checkpoint(session, log_index)
    if found is None:
        return None
    origin, row, cosignatures = found
    return Prover(session, origin, row, cosignatures=cosignatures)


def stamped_prover(session: Session, log_index: int) -> Prover | None:
    """A prover under the newest checkpoint that an authority has stamped; None when that does not hold the entry."""
    origin = records.origin_of(session, log_index)
    found = newest_timestamp(session, origin.number) if origin else None
    if origin is None or found is None:
        return None
    prover = Prover(session, origin, found[1], token=found[0].token)
    return prover if prover.holds(log_index) else None


def newest_provers(session: Session) -> list[Prover]:
    """One for each origin at its newest published checkpoint, the present one first: for many entries at once."""
    return [
        Prover(session, origin, row, cosignatures=cosignatures)
        for origin, row, cosignatures in records.newest_checkpoints(session)
    ]
