"""The chain of what a phone signed: places, forks, gaps, and how a gap reads."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed_documents import made_hash

from evidence.domain.sequence import (
    ForkReason,
    GapKind,
    Neighbours,
    Place,
    Placement,
    Run,
    apart,
    missing_runs,
    place,
    read_gap,
)

A, B, C, X = (made_hash(name) for name in "abcx")
NONE: frozenset[str] = frozenset()


def near(
    *, same: set[str] | None = None, before: set[str] | None = None, after: set[str] | None = None, highest: int
) -> Neighbours:
    return Neighbours(frozenset(same or ()), frozenset(before or ()), frozenset(after or ()), highest)


CASES = [
    ("the first", 1, None, near(highest=0), Placement(Place.NEXT)),
    ("the next", 3, B, near(before={B}, highest=2), Placement(Place.NEXT)),
    ("a repeat", 3, B, near(same={C}, before={B}, highest=3), Placement(Place.DUPLICATE)),
    ("a repeat in a forked chain", 3, B, near(same={C, X}, before={X}, highest=3), Placement(Place.DUPLICATE)),
    ("two with one number", 3, B, near(same={X}, before={B}, highest=3), Placement(Place.FORK, ForkReason.SAME_SEQ)),
    ("another predecessor", 3, X, near(before={B}, highest=2), Placement(Place.FORK, ForkReason.PREV_DIFFERS)),
    ("after a fork, on one branch", 3, B, near(before={B, X}, highest=2), Placement(Place.NEXT)),
    ("not what its successor names", 3, B, near(after={X}, highest=4), Placement(Place.FORK, ForkReason.NEXT_DIFFERS)),
    ("into a gap", 3, B, near(after={C}, before={B}, highest=4), Placement(Place.OUT_OF_ORDER)),
    ("into the middle of a gap", 3, B, near(highest=9), Placement(Place.OUT_OF_ORDER)),
    ("over a gap", 7, X, near(highest=3), Placement(Place.GAP, missing=Run(4, 6))),
    ("over everything", 2**53 - 1, X, near(highest=0), Placement(Place.GAP, missing=Run(1, 2**53 - 2))),
]


@pytest.mark.parametrize(("seq", "prev", "around", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_places(seq: int, prev: str | None, around: Neighbours, expected: Placement) -> None:
    assert place(seq=seq, prev=prev, sha256=C, near=around) == expected


@given(st.permutations(range(1, 9)))
def test_an_honest_chain_in_any_order_never_forks_and_leaves_no_gap(order: list[int]) -> None:
    hashes = {seq: made_hash(str(seq)) for seq in range(10)}
    came: set[int] = set()
    for seq in order:
        around = Neighbours(
            same=NONE,
            before=frozenset({hashes[seq - 1]} if seq - 1 in came else ()),
            named_by_next=frozenset({hashes[seq]} if seq + 1 in came else ()),
            highest=max(came, default=0),
        )
        prev = hashes[seq - 1] if seq > 1 else None
        placed = place(seq=seq, prev=prev, sha256=hashes[seq], near=around)
        assert placed.place in {Place.NEXT, Place.GAP, Place.OUT_OF_ORDER}
        came.add(seq)
    assert missing_runs(came, last_seq=8) == []


@given(st.sets(st.integers(1, 30)), st.integers(0, 30))
def test_runs_are_exactly_what_is_missing(known: set[int], last_seq: int) -> None:
    runs = missing_runs(known, last_seq=last_seq)
    listed = {seq for run in runs for seq in range(run.first, run.last + 1)}
    assert listed == set(range(1, max([*known, last_seq], default=0) + 1)) - known
    assert all(one.last + 1 < two.first for one, two in pairwise(runs))


def test_a_phone_that_claims_any_number_costs_nothing() -> None:
    assert missing_runs([2**52], last_seq=2**53 - 1) == [Run(1, 2**52 - 1), Run(2**52 + 1, 2**53 - 1)]


NOW = datetime(2026, 5, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def reading(seq: int = 3, *, last_contact_at: datetime | None = NOW) -> tuple[GapKind, str | None]:
    gap = read_gap(
        seq,
        discarded={3: "wrong_photo"},
        declared_lost={3: "acta 77/26", 4: "acta 77/26"},
        last_contact_at=last_contact_at,
        now=NOW,
        quiet_after=DAY,
    )
    return gap.kind, gap.reason


def test_how_a_gap_reads() -> None:
    assert reading(3) == (GapKind.DISCARDED, "wrong_photo")
    assert reading(4) == (GapKind.DECLARED_LOST, "acta 77/26")
    assert reading(5) == (GapKind.PENDING, None)
    assert reading(5, last_contact_at=NOW - DAY) == (GapKind.PENDING, None)
    assert reading(5, last_contact_at=NOW - DAY - timedelta(seconds=1)) == (GapKind.PHONE_NOT_SEEN_SINCE, None)
    assert reading(5, last_contact_at=None) == (GapKind.PHONE_NOT_SEEN_SINCE, None)


@pytest.mark.parametrize(
    ("runs", "said", "expected"),
    [
        ([(2, 4)], [], [(2, 4)]),
        ([(2, 4)], [3], [(2, 2), (3, 3), (4, 4)]),
        ([(2, 4)], [2, 4], [(2, 2), (3, 3), (4, 4)]),
        ([(2, 2), (5, 9)], [1, 2, 5, 6, 10], [(2, 2), (5, 5), (6, 6), (7, 9)]),
        ([(1, 2**53 - 1)], [7], [(1, 6), (7, 7), (8, 2**53 - 1)]),
    ],
)
def test_numbers_that_something_was_said_of_stand_apart(
    runs: list[tuple[int, int]], said: list[int], expected: list[tuple[int, int]]
) -> None:
    assert apart([Run(*run) for run in runs], said) == [Run(*run) for run in expected]
