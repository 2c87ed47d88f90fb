"""Files that their officer keeps back with a discard: their hashes stay, their bytes are not asked for any more."""

from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from evidence.actions import custody
from evidence.actions.capturing import lines
from evidence.actions.ports import Services
from evidence.actions.storing import evidence_state
from evidence.domain.callers import Actor
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.domain.roles import Role
from evidence.records.captures import Manifest, locked_capture
from evidence.records.devices import Statement
from evidence.records.media import ManifestMedia, Media


def withhold(session: Session, services: Services, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    """Files of a discarded manifest that have not come become withheld, except those that another one still brings.

    Also where the discard itself had no effect, because the phone sends none of them from then on. What has arrived
    stays, and one that comes all the same is taken in (evidence/domain/media_states.py).
    """
    locked_capture(session, manifest.root_id)
    session.flush()
    kept_back = session.execute(_expected_only_by(manifest)).all()
    if not kept_back:
        return []
    for _, media in kept_back:
        media.state = next_media_state(MediaState(media.state), MediaAct.WITHHOLD).value
        media.updated_at = services.clock.now()
    session.flush()
    naming = select(ManifestMedia.manifest_sha256).where(
        ManifestMedia.media_row_id.in_([media.id for _, media in kept_back])
    )
    settled = session.scalars(
        select(Manifest)
        .where(Manifest.sha256.in_(naming), Manifest.standing.in_(evidence_state.COUNTING))
        .order_by(Manifest.received_at, Manifest.sha256)
    ).all()
    act = _withheld(manifest, statement, [line for line, _ in kept_back])
    return [act, *(one for named in settled for one in evidence_state.after_manifest(session, services, named))]


def _expected_only_by(manifest: Manifest) -> Select[ManifestMedia, Media]:
    """The manifest's expected files that no other, undiscarded manifest names."""
    other = aliased(ManifestMedia)
    wanted = exists().where(
        other.media_row_id == Media.id,
        other.manifest_sha256 == Manifest.sha256,
        Manifest.sha256 != manifest.sha256,
        Manifest.standing != "discarded",
    )
    return (
        select(ManifestMedia, Media)
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(ManifestMedia.manifest_sha256 == manifest.sha256, Media.state == MediaState.EXPECTED, ~wanted)
        .order_by(ManifestMedia.position)
    )


def _withheld(manifest: Manifest, statement: Statement, kept_back: list[ManifestMedia]) -> custody.Act:
    details: dict[str, Any] = {
        "manifest_sha256": manifest.sha256,
        "media": [str(line.media_id) for line in kept_back],
        "statement_id": str(statement.id),
        "reason": statement.payload["facts"]["reason"],
    }
    return custody.Act(
        kind="media.withheld",
        chain=lines.chain_of(manifest),
        agency_id=manifest.agency_id,
        actor=Actor("device", statement.device_id, Role.OFFICER.value),
        details=details,
        told=[custody.Told(manifest.agency_id, manifest.officer_id)],
        root_id=manifest.root_id,
    )
