"""A phone's chain of signed documents: where a new one stands, which are missing, and how a gap reads.

Captures and statements share one numbering from 1; each names the hash of the one before (protocol, section 4).
Nothing here refuses: a chain with gaps or forks is accepted, and told in neutral words.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Place(StrEnum):
    """Where a document stands in its chain."""

    NEXT = "next"
    DUPLICATE = "duplicate"
    GAP = "gap"
    OUT_OF_ORDER = "out_of_order"
    FORK = "fork"


class ForkReason(StrEnum):
    """What contradicts what."""

    SAME_SEQ = "same_seq"  # another payload has this number
    PREV_DIFFERS = "prev_differs"  # it names another predecessor than the one that came
    NEXT_DIFFERS = "next_differs"  # the one after it names another predecessor


@dataclass(frozen=True)
class Neighbours:
    """What is known of a chain around one number; hashes are of payloads.

    ``same``: documents with this number. ``before``: documents with the number before. ``named_by_next``: the
    ``prev`` of documents with the number after. ``highest``: the highest number known, 0 for none.
    """

    same: frozenset[str]
    before: frozenset[str]
    named_by_next: frozenset[str]
    highest: int


@dataclass(frozen=True)
class Run:
    """The numbers from ``first`` to ``last``, both included. Runs, not lists: a phone may claim any number."""

    first: int
    last: int


@dataclass(frozen=True)
class Placement:
    """``missing`` is the run that a gap leaves open before the document."""

    place: Place
    fork: ForkReason | None = None
    missing: Run | None = None


def place(*, seq: int, prev: str | None, sha256: str, near: Neighbours) -> Placement:
    """Where a document stands. A repeat is a repeat even in a forked chain; a fork outranks a gap."""
    if sha256 in near.same:
        return Placement(Place.DUPLICATE)
    if near.same:
        return Placement(Place.FORK, fork=ForkReason.SAME_SEQ)
    if near.before and prev not in near.before:
        return Placement(Place.FORK, fork=ForkReason.PREV_DIFFERS)
    if near.named_by_next and sha256 not in near.named_by_next:
        return Placement(Place.FORK, fork=ForkReason.NEXT_DIFFERS)
    if seq == near.highest + 1:
        return Placement(Place.NEXT)
    if seq > near.highest:
        return Placement(Place.GAP, missing=Run(near.highest + 1, seq - 1))
    return Placement(Place.OUT_OF_ORDER)


def missing_runs(known: Iterable[int], *, last_seq: int) -> list[Run]:
    """The numbers from 1 to ``last_seq`` (what the phone says it signed) that are not ``known``, as runs."""
    runs: list[Run] = []
    expected = 1
    for seq in sorted(set(known)):
        if seq > expected:
            runs.append(Run(expected, seq - 1))
        expected = max(expected, seq + 1)
    if last_seq >= expected:
        runs.append(Run(expected, last_seq))
    return runs


def apart(runs: Iterable[Run], said: Iterable[int]) -> list[Run]:
    """The same numbers, with each of which something was ``said`` as a run of its own: it may read otherwise."""
    pieces: list[Run] = []
    marks = sorted(set(said))
    for run in runs:
        first = run.first
        for seq in marks[bisect_left(marks, run.first) : bisect_right(marks, run.last)]:
            pieces += [Run(first, seq - 1), Run(seq, seq)] if seq > first else [Run(seq, seq)]
            first = seq + 1
        if first <= run.last:
            pieces.append(Run(first, run.last))
    return pieces


class GapKind(StrEnum):
    """Neutral words: a drowned phone accuses nobody."""

    PENDING = "pending"
    PHONE_NOT_SEEN_SINCE = "phone_not_seen_since"
    DECLARED_LOST = "declared_lost"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class GapReading:
    """``since`` is the phone's last contact; ``reason`` what was said of a lost or discarded document."""

    kind: GapKind
    since: datetime | None = None
    reason: str | None = None


def read_gap(
    seq: int,
    *,
    discarded: Mapping[int, str],
    declared_lost: Mapping[int, str],
    last_contact_at: datetime | None,
    now: datetime,
    quiet_after: timedelta,
) -> GapReading:
    """How the missing document ``seq`` reads.

    ``discarded`` and ``declared_lost`` map numbers to reasons, from the phone's statements and the administrator's
    act. Without either it is pending while the phone was in contact within ``quiet_after``.
    """
    if seq in discarded:
        return GapReading(GapKind.DISCARDED, reason=discarded[seq])
    if seq in declared_lost:
        return GapReading(GapKind.DECLARED_LOST, reason=declared_lost[seq])
    if last_contact_at is not None and now - last_contact_at <= quiet_after:
        return GapReading(GapKind.PENDING, since=last_contact_at)
    return GapReading(GapKind.PHONE_NOT_SEEN_SINCE, since=last_contact_at)
