"""Files of a signed manifest that will not arrive, as the phone states it (protocol, section 4, *media_lost*)."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import lines
from evidence.actions.ports import Services
from evidence.actions.storing import evidence_state
from evidence.domain.callers import Actor
from evidence.domain.media_states import MediaAct, MediaState, next_media_state
from evidence.domain.roles import Role
from evidence.records.captures import Manifest, locked_capture
from evidence.records.devices import Statement
from evidence.records.media import media_of_manifest


def lose(session: Session, services: Services, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    """Files that are still expected become lost; what has arrived stays."""
    locked_capture(session, manifest.root_id)
    facts: dict[str, Any] = statement.payload["facts"]
    named = {(UUID(one["id"]), one["sha256"]) for one in facts["media"]}
    gone: list[str] = []
    for line, media in media_of_manifest(session, manifest.sha256):
        if (line.media_id, media.sha256) in named and media.state == MediaState.EXPECTED:
            media.state = next_media_state(MediaState(media.state), MediaAct.LOSE).value
            media.updated_at = services.clock.now()
            gone.append(str(line.media_id))
    if not gone:
        return []
    session.flush()
    return [
        _lost(manifest, statement, gone, facts),
        *evidence_state.after_manifest(session, services, manifest),
    ]


def _lost(manifest: Manifest, statement: Statement, gone: list[str], facts: dict[str, Any]) -> custody.Act:
    details: dict[str, Any] = {
        "manifest_sha256": manifest.sha256,
        "media": gone,
        "statement_id": str(statement.id),
        "reason": facts["reason"],
    }
    if facts.get("text"):
        details["text"] = facts["text"]
    return custody.Act(
        kind="media.lost",
        chain=lines.chain_of(manifest),
        agency_id=manifest.agency_id,
        actor=Actor("device", statement.device_id, Role.OFFICER.value),
        details=details,
        told=[custody.Told(manifest.agency_id, manifest.officer_id)],
        root_id=manifest.root_id,
    )
