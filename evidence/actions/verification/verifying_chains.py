"""Every chain folded from its first entry: links, details, the records spoken of, and the states they lead to.

Entries come by a cursor in the order of their chains; what belongs to them is asked for in batches.
"""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, func, select, tuple_
from sqlalchemy.orm import Session

from evidence.actions.custody import entry_of
from evidence.actions.verification.verifying_cursor import streamed
from evidence.actions.verification.verifying_rows import Told, check_subjects
from evidence.actions.verification.verifying_states import check_states
from evidence.domain.custody import VERSION, Chain, details_match, link_fault
from evidence.domain.verifying import Fault, name_of
from evidence.domain.verifying_report import Progress, ServiceReport
from evidence.domain.verifying_states import Story
from evidence.records.custody import CustodyChain, CustodyDetail, CustodyEntry

BATCH = 500


def check_chains(session: Session, report: ServiceReport, progress: Progress) -> None:
    """Folds all chains; ``Fault`` for the first entry, record or state that does not fit."""
    total = session.scalar(select(func.count()).select_from(CustodyEntry)) or 0
    fold = _Fold(session, report)
    # Columns, not objects: half the time, and no session that remembers them.
    columns = select(*CustodyEntry.__table__.columns)
    ordered = columns.order_by(CustodyEntry.chain_type, CustodyEntry.chain_id, CustodyEntry.seq)
    with streamed(session, ordered, page=BATCH) as rows:
        for page in rows.partitions():
            batch = _with_details(session, page)
            for told in batch:
                fold.take(told)
            check_subjects(session, batch, report)
            fold.settle()
            progress("chains", report.entries, total)
    fold.end()
    _check_emptied(session)


class _Fold:
    """The chain that is being read, and those that were read to their end since the last ``settle``."""

    def __init__(self, session: Session, report: ServiceReport) -> None:
        self._session = session
        self._report = report
        self._last: Told | None = None
        self._story = Story()
        self._ended: dict[Chain, Told] = {}
        self._stories: dict[UUID, Story] = {}

    def take(self, told: Told) -> None:
        """Folds the next entry in."""
        entry = told.entry
        if self._last is not None and self._last.entry.chain != entry.chain:
            self._end_chain()
        before = (self._last.entry, self._last.sha256) if self._last else None
        fault = link_fault(entry, told.sha256, before)
        if fault is not None:
            raise Fault(f"chain_{fault.reason}", chain=name_of(entry.chain), seq=fault.seq)
        if told.details is None or told.salt is None:
            self._report.details_missing += 1
        elif not details_match(told.salt, told.details, entry.details_sha256):
            raise Fault("details_changed", chain=name_of(entry.chain), seq=entry.seq)
        self._story.hear(entry.kind, told.details)
        self._report.entries += 1
        self._last = told

    def settle(self) -> None:
        """Compares the chains that have ended with their heads, and with the rows whose states they tell."""
        heads = select(CustodyChain).where(
            tuple_(CustodyChain.chain_type, CustodyChain.chain_id).in_([(one.type, one.id) for one in self._ended])
        )
        known = {Chain(head.chain_type, head.chain_id): head for head in self._session.scalars(heads)}
        for chain, last in self._ended.items():
            _check_head(chain, last, known.get(chain))
        check_states(self._session, self._stories)
        self._ended, self._stories = {}, {}

    def end(self) -> None:
        """The last chain has no entry behind it."""
        if self._last is not None:
            self._end_chain()
        self.settle()

    def _end_chain(self) -> None:
        assert self._last is not None
        chain = self._last.entry.chain
        self._ended[chain] = self._last
        if chain.type in ("capture", "agency"):  # a laboratory's own tells of its walk-ins' photos
            self._stories[chain.id] = self._story
        self._report.chains += 1
        self._last, self._story = None, Story()


def _check_head(chain: Chain, last: Told, head: CustodyChain | None) -> None:
    if head is None or head.seq < last.entry.seq:
        raise Fault("chain_grown", chain=name_of(chain))
    if head.seq > last.entry.seq:
        raise Fault("chain_cut", chain=name_of(chain), entries=last.entry.seq, head=head.seq)
    if head.head_sha256 != last.sha256:
        raise Fault("chain_hash", chain=name_of(chain), seq=last.entry.seq)


def _check_emptied(session: Session) -> None:
    """A chain whose head counts entries and that has none."""
    entries = select(CustodyEntry.entry_id).where(
        CustodyEntry.chain_type == CustodyChain.chain_type, CustodyEntry.chain_id == CustodyChain.chain_id
    )
    head = session.scalars(select(CustodyChain).where(CustodyChain.seq > 0, ~entries.exists()).limit(1)).first()
    if head is not None:
        chain = Chain(head.chain_type, head.chain_id)
        raise Fault("chain_cut", chain=name_of(chain), entries=0, head=head.seq)


def _with_details(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> list[Told]:
    wanted = select(CustodyDetail.entry_id, CustodyDetail.salt, CustodyDetail.details).where(
        CustodyDetail.entry_id.in_([row.entry_id for row in rows])
    )
    details = {entry_id: (salt, value) for entry_id, salt, value in session.execute(wanted)}
    return [_told(row, *details.get(row.entry_id, (None, None))) for row in rows]


def _told(row: Row[*tuple[Any, ...]], salt: bytes | None, details: dict[str, object] | None) -> Told:
    entry = entry_of(cast(CustodyEntry, row))  # a row has the attributes of the object
    if row.v != VERSION:
        raise Fault("chain_hash", chain=name_of(entry.chain), seq=entry.seq)
    return Told(entry, row.entry_sha256, salt, details)
