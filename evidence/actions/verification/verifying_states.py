"""The states of captures, files and submissions against those to which the entries of their chain lead."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evidence.actions.storing.evidence_state import BESIDE
from evidence.domain.media_states import KEPT, CaptureState, MediaState
from evidence.domain.states import State
from evidence.domain.verifying import Fault
from evidence.domain.verifying_states import Story
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry
from evidence.records.media import Media
from evidence.records.submissions import Submission


def check_states(session: Session, stories: Mapping[UUID, Story]) -> None:
    """Compares the rows of these roots and laboratories with their chains.

    A chain that lost details is believed where it is silent.
    """
    if not stories:
        return
    _check_submissions(session, stories)
    _check_media(session, stories)
    _check_captures(session, stories)


def _check_submissions(session: Session, stories: Mapping[UUID, Story]) -> None:
    rows = select(Submission.id, Submission.root_id, Submission.state).where(Submission.root_id.in_(stories))
    for submission_id, root_id, state in session.execute(rows):
        allowed = stories[root_id].submission_states(str(submission_id))
        if State(state) not in allowed and not stories[root_id].blind:
            raise Fault("state_submission", submission=submission_id, state=state, allowed=_words(allowed))


def _check_media(session: Session, stories: Mapping[UUID, Story]) -> None:
    # Of a walk-in's photo the chain of its laboratory tells.
    of_walk_ins = Media.walk_in_id.is_not(None) & Media.agency_id.in_(stories)
    rows = session.scalars(select(Media).where(or_(Media.root_id.in_(stories), of_walk_ins))).all()
    elsewhere = _before_joining(session, rows)
    for media in rows:
        story = stories[media.root_id or media.agency_id]
        if media.capture_id is not None and media.capture_id in elsewhere:
            story.join(elsewhere[media.capture_id])
        if story.blind:
            continue
        place = (media.manifest_sha256 or str(media.submission_id or media.walk_in_id), str(media.media_id))
        allowed = story.media_states(*place)
        facts = {"media": media.media_id, "capture": media.root_id}
        if MediaState(media.state) not in allowed:
            raise Fault("state_media", **facts, state=media.state, allowed=_words(allowed))
        kept = story.kept.get(place)
        if (
            media.state in KEPT
            and kept
            and (kept.version_id != media.version_id or (kept.sha256, kept.size) != (media.sha256, media.size))
        ):
            raise Fault("media_unlike_log", **facts)


def _before_joining(session: Session, rows: Iterable[Media]) -> dict[UUID, Story]:
    """What the own chains of amendments told while they waited for their base."""
    joined = {media.capture_id for media in rows if media.manifest_sha256 and media.capture_id != media.root_id}
    joined.discard(None)
    stories: dict[UUID, Story] = defaultdict(Story)
    if not joined:
        return stories
    told = (
        select(CustodyEntry.chain_id, CustodyEntry.kind, CustodyDetail.details)
        .outerjoin(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .where(CustodyEntry.chain_type == "capture", CustodyEntry.chain_id.in_(joined))
        .order_by(CustodyEntry.chain_id, CustodyEntry.seq)
    )
    for capture_id, kind, details in session.execute(told):
        stories[capture_id].hear(kind, details)
    return stories


def _check_captures(session: Session, stories: Mapping[UUID, Story]) -> None:
    manifests: dict[UUID, set[str]] = defaultdict(set)
    waiting: set[UUID] = set()
    named = select(Manifest.sha256, Manifest.capture_id, Manifest.standing).where(
        Manifest.root_id.in_(stories), Manifest.standing.not_in(BESIDE)
    )
    for sha256, capture_id, standing in session.execute(named):
        manifests[capture_id].add(sha256)
        if standing == "waiting_for_base":
            waiting.add(capture_id)
    rows = select(Capture.id, Capture.root_id, Capture.state).where(Capture.root_id.in_(stories))
    for capture_id, root_id, state in session.execute(rows):
        story = stories[root_id]
        allowed = story.capture_states(frozenset(manifests[capture_id]))
        # What waited for its base was told of on its phone's chain; what was set aside has no say in the state.
        silent = (
            not manifests[capture_id]
            or capture_id in waiting
            or (capture_id != root_id and not manifests[capture_id] & story.secured)
        )
        if CaptureState(state) not in allowed and not silent and not story.blind:
            raise Fault("state_capture", capture=capture_id, state=state, allowed=_words(allowed))


def _words(states: Collection[str]) -> str:
    return ", ".join(f"«{state}»" for state in sorted(states)) or "—"
