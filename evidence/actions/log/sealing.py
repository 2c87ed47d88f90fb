"""The sealer: committed custody entries become leaves, tiles and a signed checkpoint, in one transaction.

Any worker with the keys may seal; the lock on ``log_head`` makes it one at a time, and one size never gets two
roots. There is no high-water mark: an entry whose transaction commits late is sealed later (protocol, section 9).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from evidence.actions.log_ports import LogSigner
from evidence.actions.ports import Services
from evidence.domain.log import merkle, note, tiles
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.note import Signature, Verifier
from evidence.domain.log.tiles import HEIGHT, WIDTH, Tile
from evidence.records import log as records
from evidence.records.custody import LogHead
from evidence.records.log import LogCheckpoint, LogOrigin, LogTile

SEALED_AT_ONCE = 4000


class SealingRefused(Exception):
    """Sealing must not go on until the operator acts. ``code`` is stable.

    ``log_not_open``: no origin yet. ``log_key_missing``: none of the present keys is here. ``log_behind``: the store
    keeps a newer checkpoint than the database knows, so the database was restored, and ``casquillo log succeed``
    opens a new log. ``log_forked``: the store keeps another checkpoint of the same size.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Sealed:
    """What one transaction added: ``entries`` new leaves, up to ``size``. ``full`` when more may wait."""

    size: int
    entries: int
    full: bool


def seal(
    session: Session,
    services: Services,
    *,
    signer: LogSigner,
    stored: Checkpoint | None,
    limit: int = SEALED_AT_ONCE,
) -> Sealed | None:
    """Seals at most ``limit`` entries under a checkpoint that is not published yet; None when there is nothing to do.

    ``stored`` is the newest checkpoint known to be in the locked bucket. Also None while another worker seals.
    """
    head = session.scalars(select(LogHead).with_for_update(skip_locked=True)).one_or_none()
    if head is None:
        return None
    origin = records.present_origin(session)
    if origin is None:
        raise SealingRefused("log_not_open")
    size = _continues(session, origin, stored)
    # Entries that were placed before the log was opened come first; usually there are none.
    placed = records.leaf_entries(session, origin.first_index + size, head.size)
    taken = records.take_pending(session, size=head.size, limit=limit)
    if not placed and not taken:
        return None
    head.size += len(taken)
    head.moved_at = func.now()
    made = _grow(session, origin, size, [*placed, *taken])
    now = services.clock.now()
    signed = sign(session, made, signer=signer, origin=origin.number, now=now)
    session.add(LogCheckpoint(origin=origin.number, size=made.size, root=made.root, note=signed, made_at=now))
    session.flush()
    return Sealed(made.size, len(taken), full=len(taken) == limit)


def _continues(session: Session, origin: LogOrigin, stored: Checkpoint | None) -> int:
    """The size to go on from, if what the store keeps is part of what the database knows."""
    sealed = records.newest_checkpoint(session, origin.number, published=False)
    size = sealed.size if sealed else 0
    if stored is None:
        return size
    if stored.origin != origin.name or stored.size > size:
        raise SealingRefused("log_behind", f"the store keeps {stored.origin} at {stored.size}, the database {size}")
    ours = session.get(LogCheckpoint, (origin.number, stored.size))
    if ours is None or ours.root != stored.root:
        raise SealingRefused("log_forked", f"the store keeps another {stored.origin} of size {stored.size}")
    return size


def _grow(session: Session, origin: LogOrigin, size: int, entries: Sequence[bytes]) -> Checkpoint:
    """Writes the tiles that are full now; the checkpoint of the larger tree."""
    edge = tiles.edge_from(size, fetcher(session, origin))
    growth = tiles.grow(size, edge, [merkle.leaf_hash(entry) for entry in entries])
    full = [
        {
            "origin": origin.number,
            "level": tile.level,
            "position": tile.index,
            "hashes": data,
            "root": merkle.root([data[at : at + merkle.HASH_SIZE] for at in range(0, len(data), merkle.HASH_SIZE)]),
        }
        for tile, data in growth.tiles
        if tile.width == WIDTH
    ]
    if full:
        session.execute(insert(LogTile), full)
    grown = size + len(entries)
    return Checkpoint(origin.name, grown, tiles.edge_root(grown, growth.edge))


def sign(session: Session, checkpoint: Checkpoint, *, signer: LogSigner, origin: int, now: datetime) -> bytes:
    """The note, signed by every key of the origin that is in force and here; ``log_key_missing`` when none is."""
    body = checkpoint.body()
    vkeys = [key.vkey for key in records.keys_of(session, origin, at=now) if signer.holds(key.vkey)]
    if not vkeys:
        raise SealingRefused("log_key_missing", checkpoint.origin)
    signatures = []
    for vkey in vkeys:
        verifier = Verifier.parse(vkey)
        signatures.append(Signature(verifier.name, verifier.key_id, signer.sign(vkey, body.encode())))
    return note.join(body, signatures)


def fetcher(session: Session, origin: LogOrigin) -> Callable[[Tile], bytes]:
    """Reads tiles of an origin from the rows: full ones as they are, partial ones from what lies below them."""

    def fetch(tile: Tile) -> bytes:
        if tile.width == WIDTH:
            row = session.get(LogTile, (origin.number, tile.level, tile.index))
            if row is not None:
                return row.hashes
        start = tile.index * WIDTH
        end = start + tile.width
        if tile.level == 0:
            entries = records.leaf_entries(session, origin.first_index + start, origin.first_index + end)
            return b"".join(merkle.leaf_hash(entry) for entry in entries)
        below = records.tile_roots(session, origin=origin.number, level=tile.level - 1, start=start, end=end)
        return b"".join(below)

    return fetch


def has_tile(tile: Tile, size: int) -> bool:
    """Whether a tree of ``size`` has all the hashes of ``tile``; for entry bundles, all its entries."""
    level = max(tile.level, 0)
    return (size >> (HEIGHT * level)) >= tile.index * WIDTH + tile.width
