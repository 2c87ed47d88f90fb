"""The immutable records that entries speak of: each is what its entry committed to, and none is without an entry."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from evidence.domain.canonical import hashes_to
from evidence.domain.custody import Entry
from evidence.domain.verifying import Fault, name_of
from evidence.domain.verifying_report import Progress, ServiceReport
from evidence.records.base import Base
from evidence.records.captures import Manifest, Refusal
from evidence.records.custody import CustodyDetail, CustodyEntry, LogLeaf, LogPending
from evidence.records.devices import Statement
from evidence.records.duplicates import DuplicateAnswer
from evidence.records.expunging import Expunging
from evidence.records.laboratory import Acquisition, TestFire, WalkIn
from evidence.records.physical import PhysicalEvent
from evidence.records.possessor import PossessorSupplement
from evidence.records.results import LeadEnd, Result
from evidence.records.subject import subject_of
from evidence.records.submissions import Decision, Reading, Supplement
from evidence.records.trace_requests import ReadBack, TraceRequest


@dataclass(frozen=True)
class Told:
    """An entry as it is kept, with the hash that was stored for it; salt and details None where they were removed."""

    entry: Entry
    sha256: str
    salt: bytes | None
    details: Mapping[str, Any] | None


@dataclass(frozen=True, eq=False)
class _Subject:
    """A kind of record: its table, and the columns by which the details of its entries (``kinds``) name it."""

    model: type[Base]
    kinds: tuple[str, ...]
    names: Mapping[str, InstrumentedAttribute[Any]]

    def named(self, details: Mapping[str, Any]) -> tuple[str, ...] | None:
        if any(key not in details for key in self.names):
            return None
        return tuple(str(details[key]) for key in self.names)

    def name_of(self, row: Base) -> tuple[str, ...]:
        return tuple(str(getattr(row, column.key)) for column in self.names.values())


SUBJECTS = (
    _Subject(Manifest, ("capture.registered", "capture.conflict"), {"manifest_sha256": Manifest.sha256}),
    _Subject(Refusal, ("capture.refused",), {"refusal_id": Refusal.id}),
    _Subject(Statement, ("statement.received",), {"statement_id": Statement.id}),
    _Subject(Decision, ("decision.made",), {"decision_id": Decision.id}),
    _Subject(Supplement, ("supplement.added",), {"supplement_id": Supplement.id}),
    _Subject(PossessorSupplement, ("possessor.added",), {"possessor_id": PossessorSupplement.id}),
    _Subject(Reading, ("reading.made",), {"reading_id": Reading.id}),
    _Subject(PhysicalEvent, ("physical.event",), {"event_id": PhysicalEvent.id}),
    _Subject(Result, ("result.recorded",), {"result_id": Result.id}),
    _Subject(LeadEnd, ("result.ended",), {"result_id": LeadEnd.result_id}),
    _Subject(TraceRequest, ("trace.sent",), {"trace_request_id": TraceRequest.id}),
    _Subject(Expunging, ("details.expunged", "media.expunged"), {"expunging_id": Expunging.id}),
    _Subject(Acquisition, ("acquisition.recorded",), {"acquisition_id": Acquisition.id}),
    _Subject(TestFire, ("test_fire.recorded",), {"test_fire_id": TestFire.id}),
    _Subject(WalkIn, ("walk_in.recorded",), {"walk_in_id": WalkIn.id}),
    _Subject(ReadBack, ("trace.read_back",), {"trace_request_id": ReadBack.trace_request_id}),
    _Subject(
        DuplicateAnswer,
        ("duplicate.answered",),
        {"match_id": DuplicateAnswer.match_id, "organisation_id": DuplicateAnswer.organisation_id},
    ),
)
_BY_KIND = {kind: subject for subject in SUBJECTS for kind in subject.kinds}


def check_subjects(session: Session, batch: Sequence[Told], report: ServiceReport) -> None:
    """Compares records with the entries that speak of them; an entry about no record has its details as subject."""
    about: dict[_Subject, list[tuple[Told, tuple[str, ...]]]] = defaultdict(list)
    for told in batch:
        if told.salt is None or told.details is None or told.entry.subject_sha256 == told.entry.details_sha256:
            continue
        subject = _BY_KIND.get(told.entry.kind)
        name = subject.named(told.details) if subject else None
        if subject is None or name is None:
            report.subjects_unread += 1
        else:
            about[subject].append((told, name))
    for subject, pairs in about.items():
        rows = _rows(session, subject, [name for _, name in pairs])
        for told, name in pairs:
            _check_subject(subject, told, name, rows.get(name, []))
        report.subjects += len(pairs)


def _rows(session: Session, subject: _Subject, names: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], list[Base]]:
    first = next(iter(subject.names.values()))
    found: dict[tuple[str, ...], list[Base]] = defaultdict(list)
    for row in session.scalars(select(subject.model).where(first.in_({name[0] for name in names}))):
        found[subject.name_of(row)].append(row)
    return found


def _check_subject(subject: _Subject, told: Told, name: tuple[str, ...], rows: Sequence[Base]) -> None:
    assert told.salt is not None
    if any(hashes_to(told.entry.subject_sha256, subject_of(row), salt=told.salt) for row in rows):
        return
    raise Fault(
        "subject_changed" if rows else "subject_missing",
        table=subject.model.__tablename__,
        row="/".join(name),
        chain=name_of(told.entry.chain),
        seq=told.entry.seq,
    )


def check_unspoken(session: Session, progress: Progress) -> None:
    """Records that no entry speaks of. As many are let pass as entries of their kind have lost their details."""
    for number, subject in enumerate(SUBJECTS):
        progress("rows", number, len(SUBJECTS))
        unspoken = session.scalars(
            select(subject.model).where(~_spoken(subject)).order_by(*subject.names.values()).limit(1)
        ).first()
        if unspoken is not None and _unspoken_count(session, subject) > _blind_count(session, subject):
            row = "/".join(subject.name_of(unspoken))
            raise Fault("row_unspoken", table=subject.model.__tablename__, row=row)


def _spoken(subject: _Subject) -> ColumnElement[bool]:
    named = [CustodyDetail.details[key].astext == cast(column, Text) for key, column in subject.names.items()]
    return (
        select(CustodyDetail.entry_id)
        .join(CustodyEntry, CustodyEntry.entry_id == CustodyDetail.entry_id)
        .where(CustodyEntry.kind.in_(subject.kinds), *named)
        .exists()
    )


def _unspoken_count(session: Session, subject: _Subject) -> int:
    return session.scalar(select(func.count()).select_from(subject.model).where(~_spoken(subject))) or 0


def _blind_count(session: Session, subject: _Subject) -> int:
    kept = select(CustodyDetail.entry_id).where(CustodyDetail.entry_id == CustodyEntry.entry_id).exists()
    blind = select(func.count()).select_from(CustodyEntry).where(CustodyEntry.kind.in_(subject.kinds), ~kept)
    return session.scalar(blind) or 0


def check_unlogged(session: Session) -> None:
    """Entries that are neither in the log nor waiting for it."""
    leaf = select(LogLeaf.entry_id).where(LogLeaf.entry_id == CustodyEntry.entry_id).exists()
    waiting = select(LogPending.entry_id).where(LogPending.entry_id == CustodyEntry.entry_id).exists()
    stray = session.scalars(select(CustodyEntry).where(~leaf, ~waiting).limit(1)).first()
    if stray is not None:
        raise Fault("entry_unlogged", chain=f"{stray.chain_type}/{stray.chain_id}", seq=stray.seq)
