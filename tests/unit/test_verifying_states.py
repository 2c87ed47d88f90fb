"""Where entries lead: the states that they allow, and those that they don't."""

from typing import Any

import pytest

from evidence.domain.media_states import CaptureState, MediaState
from evidence.domain.states import State
from evidence.domain.verifying_states import Kept, Story

S, M, C = State, MediaState, CaptureState


def told(*entries: tuple[str, dict[str, Any] | None]) -> Story:
    story = Story()
    for kind, details in entries:
        story.hear(kind, details)
    return story


def moved(kind: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"submission_id": "s", **more}


def file(kind: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return kind, {"media_id": "f", "manifest_sha256": "m", **more}


@pytest.mark.parametrize(
    ("entries", "states"),
    [
        ([], set()),
        ([moved("submission.opened")], {S.PENDING_REVIEW}),
        ([moved("submission.opened"), moved("submission.queued", to="queued")], {S.QUEUED}),
        ([moved("submission.queued", to="queued"), moved("lease.taken")], {S.LEASED}),
        ([moved("lease.taken"), moved("lease.renewed")], {S.LEASED}),
        ([moved("lease.taken"), moved("lease.expired"), moved("submission.queued", to="queued")], {S.QUEUED}),
        ([moved("lease.taken"), moved("assignment.acknowledged")], {S.IN_PROGRESS}),
        ([moved("lease.taken"), moved("result.recorded"), moved("assignment.acknowledged")], {S.ANSWERED}),
        ([moved("information.asked")], {S.NEEDS_INFORMATION}),
        ([moved("information.asked"), moved("information.answered")], {S.NEEDS_INFORMATION, S.IN_PROGRESS}),
        ([moved("decision.made", **{"from": "needs_information", "to": "in_progress"})], {S.IN_PROGRESS}),
        (
            [moved("submission.opened"), ("lease.taken", {"submission_id": "x"})],
            {S.PENDING_REVIEW},
        ),
    ],
)
def test_submissions(entries: list[tuple[str, dict[str, Any]]], states: set[State]) -> None:
    assert told(*entries).submission_states("s") == states


@pytest.mark.parametrize(
    ("entries", "states"),
    [
        ([], {M.EXPECTED}),
        ([file("media.received")], {M.RECEIVED, M.VERIFYING}),
        ([file("media.received"), file("media.verified")], {M.SECURED}),
        ([file("media.received"), file("media.mismatch")], {M.EXPECTED}),
        ([file("media.verified"), file("media.quarantined")], {M.QUARANTINED}),
        ([file("media.verified"), file("media.damaged")], {M.DAMAGED, M.VERIFYING}),
        ([("media.lost", {"manifest_sha256": "m", "media": ["f"]})], {M.EXPECTED, M.LOST}),
        ([("media.lost", {"manifest_sha256": "m", "media": ["f"]}), file("media.verified")], {M.SECURED}),
        ([("media.withheld", {"manifest_sha256": "m", "media": ["f"]})], {M.EXPECTED, M.WITHHELD}),
        ([("media.withheld", {"media": ["f"]}), file("media.received")], {M.RECEIVED, M.VERIFYING}),
        ([("media.verified", {"media_id": "f", "manifest_sha256": "other"})], {M.EXPECTED}),
    ],
)
def test_files(entries: list[tuple[str, dict[str, Any]]], states: set[MediaState]) -> None:
    assert told(*entries).media_states("m", "f") == states


def test_what_was_kept() -> None:
    story = told(file("media.verified", sha256="ab", size=5, version_id="v"))
    assert story.kept == {("m", "f"): Kept("ab", 5, "v")}
    joined = told()
    joined.join(story)
    assert joined.media_states("m", "f") == {M.SECURED}
    assert joined.kept == story.kept


def about(kind: str) -> tuple[str, dict[str, Any]]:
    return kind, {"manifest_sha256": "m"}


@pytest.mark.parametrize(
    ("entries", "states"),
    [
        ([], {C.REGISTERED, C.RECEIVING}),
        ([about("capture.registered")], {C.REGISTERED, C.RECEIVING}),
        ([about("capture.secured")], {C.SECURED, C.SECURED_PARTIAL, C.RECEIVING}),
        ([about("capture.held")], {C.REGISTERED, C.RECEIVING, C.HELD}),
        ([about("capture.held"), about("capture.admitted")], {C.REGISTERED, C.RECEIVING}),
        ([about("capture.secured"), about("capture.discarded")], {C.DISCARDED}),
    ],
)
def test_captures(entries: list[tuple[str, dict[str, Any]]], states: set[CaptureState]) -> None:
    assert told(*entries).capture_states(frozenset({"m", "n"})) == states


def test_lost_details_make_a_chain_blind() -> None:
    assert told(moved("submission.opened"), ("submission.queued", None)).blind
    blind = told()
    blind.join(told(("media.verified", None)))
    assert blind.blind
