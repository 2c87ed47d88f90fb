"""Where the entries of a chain lead: the states that submissions, files and captures may have after them.

The log says more of some moves than of others (a worker that takes up a file says nothing until it is done), so
the answer is a set of states. Entries whose details were expunged tell nothing; whoever asks must know that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from evidence.domain.media_states import CaptureState, MediaState
from evidence.domain.states import State

_UNTOLD_MEDIA = frozenset({MediaState.EXPECTED})
_MEDIA = {
    "media.attached": frozenset({MediaState.EXPECTED}),
    "media.received": frozenset({MediaState.RECEIVED, MediaState.VERIFYING}),
    "media.verified": frozenset({MediaState.SECURED}),
    "media.quarantined": frozenset({MediaState.QUARANTINED}),
    "media.mismatch": frozenset({MediaState.EXPECTED}),
    "media.damaged": frozenset({MediaState.DAMAGED, MediaState.VERIFYING}),
    "media.expunged": frozenset({MediaState.EXPUNGED}),
}
_SETTLING = frozenset({"media.verified", "media.quarantined"})
_SUBMISSION = {
    "submission.opened": State.PENDING_REVIEW,
    "lease.taken": State.LEASED,
    "information.asked": State.NEEDS_INFORMATION,
    "result.recorded": State.ANSWERED,
    "assignment.reopened": State.IN_PROGRESS,
}
_SECURED = frozenset({"capture.secured", "capture.secured_partial"})
_WAITING = frozenset({CaptureState.REGISTERED, CaptureState.RECEIVING})
_AFTER_SECURED = frozenset({CaptureState.SECURED, CaptureState.SECURED_PARTIAL, CaptureState.RECEIVING})


@dataclass(frozen=True)
class Kept:
    """What the log says of a settled file. ``version_id`` is the stored version that was streamed and hashed."""

    sha256: str | None
    size: int | None
    version_id: str | None


@dataclass
class Story:
    """What one chain has told so far. Files are known by owner (manifest hash, submission, walk-in) and author's id."""

    submissions: dict[str, frozenset[State]] = field(default_factory=dict)
    media: dict[tuple[str, str], frozenset[MediaState]] = field(default_factory=dict)
    kept: dict[tuple[str, str], Kept] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    secured: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    discarded: set[str] = field(default_factory=set)
    blind: bool = False

    def hear(self, kind: str, details: Mapping[str, Any] | None) -> None:
        """Takes in the next entry; ``details`` None when they were expunged."""
        if details is None:
            self.blind = True
            return
        if "submission_id" in details:
            self._hear_submission(kind, details)
        if kind in _MEDIA:
            self._hear_media(kind, details)
        elif kind == "media.lost":
            self.lost.update(details["media"])
        elif kind == "media.withheld":
            self.withheld.update(details["media"])
        elif "manifest_sha256" in details:
            self._hear_capture(kind, details["manifest_sha256"])

    def _hear_submission(self, kind: str, details: Mapping[str, Any]) -> None:
        submission = details["submission_id"]
        before = self.submissions.get(submission, frozenset())
        if details.get("to"):
            self.submissions[submission] = frozenset({State(details["to"])})
        elif kind in _SUBMISSION:
            self.submissions[submission] = frozenset({_SUBMISSION[kind]})
        elif kind == "assignment.acknowledged" and State.LEASED in before:
            self.submissions[submission] = frozenset({State.IN_PROGRESS})
        elif kind == "information.answered":
            self.submissions[submission] = before | {State.IN_PROGRESS}

    def _hear_media(self, kind: str, details: Mapping[str, Any]) -> None:
        # What was carried to a submission says also from which walk-in.
        owner = details.get("manifest_sha256") or details.get("submission_id") or details["walk_in_id"]
        place = (owner, details["media_id"])
        self.media[place] = _MEDIA[kind]
        if kind in _SETTLING:
            self.kept[place] = Kept(details.get("sha256"), details.get("size"), details.get("version_id"))

    def _hear_capture(self, kind: str, manifest: str) -> None:
        if kind in _SECURED:
            self.secured.add(manifest)
        elif kind == "capture.held":
            self.held.add(manifest)
        elif kind == "capture.admitted":
            self.held.discard(manifest)
        elif kind == "capture.discarded":
            self.discarded.add(manifest)

    def join(self, other: "Story") -> None:
        """Adds what another chain told of files before they came here (an amendment that waited for its base)."""
        for place, states in other.media.items():
            self.media.setdefault(place, states)
        for place, kept in other.kept.items():
            self.kept.setdefault(place, kept)
        self.lost |= other.lost
        self.withheld |= other.withheld
        self.blind = self.blind or other.blind

    def submission_states(self, submission_id: str) -> frozenset[State]:
        """The states in which a submission may be; none when no entry opened it."""
        return self.submissions.get(submission_id, frozenset())

    def media_states(self, owner: str, media_id: str) -> frozenset[MediaState]:
        """The states in which a file may be."""
        told = self.media.get((owner, media_id), _UNTOLD_MEDIA)
        if MediaState.EXPECTED not in told:
            return told
        lost = {MediaState.LOST} if media_id in self.lost else set()
        withheld = {MediaState.WITHHELD} if media_id in self.withheld else set()
        return told | lost | withheld

    def capture_states(self, manifests: frozenset[str]) -> frozenset[CaptureState]:
        """The states in which a capture with these manifests may be."""
        if manifests & self.discarded:
            return frozenset({CaptureState.DISCARDED})
        allowed = _AFTER_SECURED if manifests & self.secured else _WAITING
        return allowed | {CaptureState.HELD} if manifests & self.held else allowed
