"""A picture that is safe to show of a checked original: claim, decode outside any transaction, record.

The decoder may find what the stream did not. A file that it finds unsafe moves from secured to quarantined;
its bytes stay locked (protocol, section 5, *Media*).
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.ports import PreviewFailed, Previews, Services
from evidence.actions.store_ports import MediaStore, ObjectRef
from evidence.actions.storing import media_places, unsettling, verify
from evidence.domain.callers import SYSTEM
from evidence.domain.content_rules import Finding, came_that_way, judge_decoded, judge_failure
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.records.captures import locked_capture
from evidence.records.media import Media, locked_media

CONTENT_TYPE = "image/jpeg"


@dataclass(frozen=True)
class Claim:
    """What a worker needs to draw one preview without the database."""

    media_row_id: UUID
    ref: ObjectRef
    content_type: str


@dataclass(frozen=True)
class Drawn:
    """What came of it: the file's facts when a preview now stands under ``key``, and findings either way."""

    ready: bool
    facts: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def key_of(media_row_id: UUID) -> str:
    """Where a file's preview stands in the previews bucket."""
    return f"previews/{media_row_id}.jpg"


def claim(session: Session, _services: Services, media_row_id: UUID) -> Claim | None:
    """The stored version to draw; None when there is nothing left to do."""
    media = session.get(Media, media_row_id)
    if media is None or media.state != MediaState.SECURED or media.preview != "due":
        return None
    if media.bucket is None or media.object_key is None or media.version_id is None:
        return None
    return Claim(media.id, ObjectRef(media.bucket, media.object_key, media.version_id), media.content_type)


def draw(store: MediaStore, previews: Previews, work: Claim) -> Drawn:
    """Decodes a copy of the version in a child process and keeps the picture; safe to repeat."""
    with tempfile.TemporaryDirectory(prefix="casquillo-preview-") as folder:
        path = Path(folder) / "original"
        with path.open("wb") as file, store.read(work.ref) as pieces:
            for piece in pieces:
                file.write(piece)
        try:
            preview = previews.render(path, work.content_type)
        except PreviewFailed as failed:
            findings = (judge_failure(failed.code, failed.detail), *came_that_way(failed.code))
            return Drawn(ready=False, findings=findings)
    store.put_preview(key=key_of(work.media_row_id), data=preview.jpeg, content_type=CONTENT_TYPE)
    return Drawn(ready=True, facts=preview.facts, findings=tuple(judge_decoded(preview.facts)))


def record(session: Session, services: Services, media_row_id: UUID, drawn: Drawn) -> None:
    """Writes down what the decoder saw; a quarantining finding moves the file, and the custody log says so."""
    media = locked_media(session, media_row_id)
    if media is None or media.state != MediaState.SECURED or media.preview != "due":
        return
    media.preview = "ready" if drawn.ready else "failed"
    media.facts = dict(drawn.facts)
    media.updated_at = services.clock.now()
    verify.add_findings(session, services, media, drawn.findings)
    quarantining = [finding for finding in drawn.findings if finding.quarantines]
    if quarantining:
        acts = [_quarantine(session, media, quarantining[0])]
        session.flush()
        acts += unsettling.unsettle(session, media, [finding.code for finding in drawn.findings if finding.blocking])
        custody.append(session, services, acts)


def _quarantine(session: Session, media: Media, finding: Finding) -> custody.Act:
    root = locked_capture(session, media.root_id) if media.root_id else None
    media.state = next_media_state(MediaState(media.state), MediaAct.QUARANTINE)
    details = {
        "media_id": str(media.media_id),
        "sha256": media.sha256,
        "size": media.size,
        "version_id": media.version_id,
        "reason": finding.code,
        **media_places.owner_details(media),
    }
    return custody.Act(
        kind="media.quarantined",
        chain=media_places.chain_of(media),
        agency_id=media.agency_id,
        actor=SYSTEM,
        details=details,
        told=[*([custody.Told(media.agency_id, root.officer_id)] if root else []), *media_places.told_of(media)],
        root_id=media.root_id,
        submission_id=media.submission_id,
    )
