"""The one log: leaves against entries; tiles and signed checkpoints against leaves; cosignatures against those."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from evidence.actions.verification.verifying_cursor import streamed
from evidence.actions.verification.verifying_rows import check_unlogged
from evidence.domain.log import note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof, Frontier, leaf_hash, root
from evidence.domain.log.note import Verifier
from evidence.domain.log.policy import Policy
from evidence.domain.log.tiles import WIDTH, Tile
from evidence.domain.verifying import Fault
from evidence.domain.verifying_report import Progress, ServiceReport
from evidence.records.custody import CustodyEntry, LogHead, LogLeaf, LogPending
from evidence.records.log import LogCheckpoint, LogCosignature, LogOrigin, LogTile, keys_of

PAGE = 5000


def check_log(session: Session, report: ServiceReport, progress: Progress, *, policy: Policy) -> None:
    """Builds every tree again from its leaves; ``Fault`` for the first leaf, tile or checkpoint that does not fit.

    ``policy`` names the witnesses whose cosignatures are verified; others are passed over.
    """
    check_unlogged(session)
    report.waiting = session.scalar(select(func.count()).select_from(LogPending)) or 0
    total = session.scalar(select(func.count()).select_from(LogLeaf)) or 0
    origins = session.scalars(select(LogOrigin).order_by(LogOrigin.number)).all()
    next_index = 0
    for origin, successor in zip(origins, [*origins[1:], None], strict=True):
        signed = select(LogCheckpoint).where(LogCheckpoint.origin == origin.number).order_by(LogCheckpoint.size)
        next_index = origin.first_index
        if successor is not None:
            report.successions.append((successor.name, origin.name, successor.former_size or 0))
        with (
            streamed(session, signed, page=PAGE) as checkpoints,
            streamed(session, _leaves(origin, successor), page=PAGE) as leaves,
        ):
            tree = _Tree(session, origin, report, checkpoints.scalars())
            for index, stored, entry in leaves:
                _check_leaf(next_index, index, stored, entry)
                tree.append(bytes.fromhex(stored))
                next_index += 1
                report.leaves += 1
                if report.leaves % PAGE == 0:
                    progress("log", report.leaves, total)
            tree.end()
    _check_head(session, next_index, opened=bool(origins))
    _check_cosignatures(session, report, policy)


def _leaves(origin: LogOrigin, successor: LogOrigin | None) -> Select[int, str, str]:
    """Index, the hash in the leaf, and that in its entry (None when there is no entry)."""
    wanted = (
        select(LogLeaf.log_index, LogLeaf.entry_sha256, CustodyEntry.entry_sha256)
        .outerjoin(CustodyEntry, CustodyEntry.entry_id == LogLeaf.entry_id)
        .where(LogLeaf.log_index >= origin.first_index)
        .order_by(LogLeaf.log_index)
    )
    return wanted if successor is None else wanted.where(LogLeaf.log_index < successor.first_index)


def _check_leaf(expected: int, index: int, stored: str, entry: str | None) -> None:
    if index != expected:
        raise Fault("leaf_gap", index=expected)
    if entry is None:
        raise Fault("leaf_orphan", index=index)
    if entry != stored:
        raise Fault("leaf_differs", index=index)


class _Tree:
    """One origin's tree as it grows leaf by leaf, with the rows that should say the same."""

    def __init__(
        self, session: Session, origin: LogOrigin, report: ServiceReport, signed: Iterator[LogCheckpoint]
    ) -> None:
        self._session = session
        self._origin = origin
        self._report = report
        self._frontier = Frontier()
        self._open: list[list[bytes]] = []  # by level: the hashes of the tile that is not full yet
        self._full: list[int] = []  # by level: full tiles so far
        self._keys = [Verifier.parse(key.vkey) for key in keys_of(session, origin.number)]
        self._signed = signed
        self._next = next(self._signed, None)
        self._signed_size = 0

    def append(self, entry_sha256: bytes) -> None:
        leaf = leaf_hash(entry_sha256)
        self._frontier.append(leaf)
        self._fill(0, leaf)
        if self._next is not None and self._next.size == self._frontier.size:
            self._check_checkpoint(self._next)
            self._signed_size = self._next.size
            self._next = next(self._signed, None)

    def end(self) -> None:
        """Nothing may be signed or kept beyond the leaves, nor leaves placed beyond what is signed."""
        if self._next is not None:
            raise Fault("checkpoint_beyond", origin=self._origin.name, size=self._next.size, leaves=self._frontier.size)
        if self._frontier.size > self._signed_size:
            raise Fault("leaf_unsigned", index=self._origin.first_index + self._signed_size)
        kept = select(func.count()).select_from(LogTile).where(LogTile.origin == self._origin.number)
        if self._session.scalar(kept) != sum(self._full):
            raise Fault("tile_extra", origin=self._origin.name)
        self._report.tiles += sum(self._full)

    def _fill(self, level: int, value: bytes) -> None:
        if level == len(self._open):
            self._open.append([])
            self._full.append(0)
        hashes = self._open[level]
        hashes.append(value)
        if len(hashes) == WIDTH:
            self._check_tile(Tile(level, self._full[level]), hashes)
            above = root(hashes)
            self._full[level] += 1
            hashes.clear()
            self._fill(level + 1, above)

    def _check_tile(self, tile: Tile, hashes: Sequence[bytes]) -> None:
        place = (LogTile.origin == self._origin.number, LogTile.level == tile.level, LogTile.position == tile.index)
        kept = self._session.execute(select(LogTile.hashes, LogTile.root).where(*place)).one_or_none()
        if kept is None:
            raise Fault("tile_missing", tile=tile.path(), origin=self._origin.name)
        if (bytes(kept.hashes), bytes(kept.root)) != (b"".join(hashes), root(hashes)):
            raise Fault("tile_differs", tile=tile.path(), origin=self._origin.name)

    def _check_checkpoint(self, row: LogCheckpoint) -> None:
        facts = {"origin": self._origin.name, "size": row.size}
        made = Checkpoint(self._origin.name, row.size, self._frontier.root())
        if bytes(row.root) != made.root:
            raise Fault("checkpoint_root", **facts)
        try:
            opened = note.open_note(bytes(row.note), self._keys)
        except BadProof as bad:
            raise Fault("checkpoint_signature", **facts, reason=str(bad)) from None
        if opened.text != made.body():
            raise Fault("checkpoint_note", **facts, reason=opened.text.replace("\n", " ").strip())
        self._report.checkpoints += 1


def _check_head(session: Session, leaves: int, *, opened: bool) -> None:
    """The head counts the leaves. A log that was just succeeded has a head and no leaf."""
    size = session.scalar(select(LogHead.size)) or 0
    if opened and size != leaves:
        raise Fault("log_head_differs", leaves=leaves, head=size)


def _check_cosignatures(session: Session, report: ServiceReport, policy: Policy) -> None:
    witnesses = {one.verifier.name: one.verifier for one in policy.witnesses}
    rows = (
        select(LogCosignature.witness, LogCosignature.size, LogCosignature.line, LogCheckpoint.note, LogOrigin.name)
        .join(
            LogCheckpoint,
            (LogCheckpoint.origin == LogCosignature.origin) & (LogCheckpoint.size == LogCosignature.size),
        )
        .join(LogOrigin, LogOrigin.number == LogCosignature.origin)
        .where(LogCosignature.witness.in_(witnesses))
        .order_by(LogCosignature.origin, LogCosignature.size)
    )
    with streamed(session, rows, page=PAGE) as found:
        for row in found:
            try:
                body = note.split(bytes(row.note))[0]
                (signature,) = note.parse_signatures(row.line)
                note.verify(body, signature, witnesses[row.witness])
            except (BadProof, ValueError):
                raise Fault("cosignature_fails", witness=row.witness, origin=row.name, size=row.size) from None
            report.cosignatures += 1
