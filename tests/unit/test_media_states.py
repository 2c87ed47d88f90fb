"""Files and captures: every pair of the table, and what files make of their capture."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.domain.errors import Category, EvidenceError
from evidence.domain.media_states import (
    KEPT,
    UNDER_WAY,
    CaptureAct,
    CaptureState,
    MediaAct,
    MediaState,
    all_secured,
    capture_state,
    next_capture_state,
    next_media_state,
)

WAYS = """
expected receive received | received verify verifying | verifying verify verifying | verifying secure secured
verifying quarantine quarantined | received mismatch expected | verifying mismatch expected
expected lose lost | expected withhold withheld | lost receive received | withheld receive received
secured quarantine quarantined
secured damage damaged | quarantined damage damaged | damaged recheck verifying
secured expunge expunged | quarantined expunge expunged | damaged expunge expunged
"""
EXPECTED = {
    (words[0], words[1]): words[2] for line in WAYS.strip().splitlines() for words in map(str.split, line.split("|"))
}
STATES = st.lists(st.sampled_from(MediaState), max_size=6)


@pytest.mark.parametrize("state", MediaState)
@pytest.mark.parametrize("act", MediaAct)
def test_each_pair_of_file_state_and_act(state: MediaState, act: MediaAct) -> None:
    if (state, act) in EXPECTED:
        assert next_media_state(state, act) == EXPECTED[state, act]
        return
    with pytest.raises(EvidenceError) as refused:
        next_media_state(state, act)
    assert (refused.value.category, refused.value.code) == (Category.CONFLICT, "wrong_state")


@pytest.mark.parametrize(
    ("states", "state"),
    [
        ("", CaptureState.SECURED),
        ("expected expected", CaptureState.REGISTERED),
        ("expected received", CaptureState.RECEIVING),
        ("expected lost", CaptureState.RECEIVING),
        ("secured verifying lost", CaptureState.RECEIVING),
        ("secured secured", CaptureState.SECURED),
        ("secured quarantined", CaptureState.SECURED),
        ("secured lost", CaptureState.SECURED_PARTIAL),
        ("secured withheld damaged", CaptureState.SECURED_PARTIAL),
        ("lost", CaptureState.SECURED_PARTIAL),
        ("secured expunged", CaptureState.SECURED_PARTIAL),
    ],
)
def test_what_files_make_of_a_capture(states: str, state: CaptureState) -> None:
    assert capture_state(map(MediaState, states.split())) is state


@given(STATES)
def test_a_capture_is_settled_exactly_when_no_file_is_under_way(states: list[MediaState]) -> None:
    found = capture_state(states)
    settled = found in (CaptureState.SECURED, CaptureState.SECURED_PARTIAL)
    assert settled == (not UNDER_WAY & set(states))
    assert (found is CaptureState.SECURED) == all(state in KEPT for state in states)
    if all_secured(states):
        assert found is CaptureState.SECURED


def test_a_quarantined_file_is_kept_and_still_not_a_secured_one() -> None:
    assert not all_secured([MediaState.SECURED, MediaState.QUARANTINED])
    assert all_secured([])


@given(st.sampled_from(CaptureState), st.sampled_from(CaptureAct), STATES)
def test_each_pair_of_capture_state_and_act(state: CaptureState, act: CaptureAct, states: list[MediaState]) -> None:
    computed = capture_state(states)
    flowing = state in (
        CaptureState.REGISTERED,
        CaptureState.RECEIVING,
        CaptureState.SECURED,
        CaptureState.SECURED_PARTIAL,
    )
    ended = state in (CaptureState.DISCARDED, CaptureState.EXPUNGED)
    expected = {
        CaptureAct.MEDIA_MOVED: computed if flowing else state,
        CaptureAct.ADMIT: computed if state is CaptureState.HELD else None,
        CaptureAct.JOIN: computed if state is CaptureState.WAITING_FOR_BASE else None,
        CaptureAct.DISCARD: None if ended else CaptureState.DISCARDED,
        CaptureAct.EXPUNGE: None if state is CaptureState.EXPUNGED else CaptureState.EXPUNGED,
    }[act]
    if expected is not None:
        assert next_capture_state(state, act, states) is expected
        return
    with pytest.raises(EvidenceError, match="not possible"):
        next_capture_state(state, act, states)
