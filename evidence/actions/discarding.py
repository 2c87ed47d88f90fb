"""A signed capture taken back by its officer before review; its manifest is kept all the same (protocol, section 4)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody, flow, lines
from evidence.domain.callers import Actor
from evidence.domain.media_states import CaptureAct, CaptureState, next_capture_state
from evidence.domain.roles import Role
from evidence.domain.states import State
from evidence.records.captures import Capture, Manifest, locked_capture
from evidence.records.devices import Statement
from evidence.records.submissions import submissions_of

TAKEN_BACK = ("accepted", "waiting_for_base")
SETTLED = frozenset({State.WITHDRAWN, State.CLOSED})


def discard(session: Session, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    """Sets the manifest aside as discarded; no effect once a supervisor has decided or another version stands beside.

    An amendment gives the head back to what it amended; a root takes its whole capture with it.
    """
    root = locked_capture(session, manifest.root_id)
    if manifest.standing not in TAKEN_BACK or (root is not None and _decided(session, root)):
        return []
    chain = lines.chain_of(manifest)
    capture = session.get_one(Capture, manifest.capture_id)
    manifest.standing = "discarded"
    capture.state = next_capture_state(CaptureState(capture.state), CaptureAct.DISCARD).value
    capture.version += 1
    if root is not None and root.head_sha256 == manifest.sha256 and manifest.amends_sha256:
        root.head_sha256 = manifest.amends_sha256
        root.version += 1
    facts: dict[str, Any] = statement.payload["facts"]
    details = {
        "manifest_sha256": manifest.sha256,
        "statement_id": str(statement.id),
        "reason": facts["reason"],
        "text": facts["text"],
    }
    act = custody.Act(
        kind="capture.discarded",
        chain=chain,
        agency_id=manifest.agency_id,
        actor=Actor("device", statement.device_id, Role.OFFICER.value),
        details=details,
        told=[custody.Told(manifest.agency_id, manifest.officer_id)],
        root_id=manifest.root_id,
    )
    return [act]


def told_before(session: Session, manifest: Manifest) -> list[custody.Act]:
    """The effect of a discard that came before its manifest."""
    statement = session.scalars(
        select(Statement).where(
            Statement.device_id == manifest.device_id,
            Statement.kind == "discard",
            Statement.payload["facts"]["manifest_sha256"].astext == manifest.sha256,
        )
    ).first()
    return [] if statement is None else discard(session, manifest, statement)


def _decided(session: Session, root: Capture) -> bool:
    states = {State(one.state) for one in submissions_of(session, root.id)}
    return bool(states - flow.UNDECIDED - SETTLED)


def manifest_named(session: Session, statement: Statement) -> Manifest | None:
    """The manifest of the same device that a statement is about; None while it is not here."""
    facts: dict[str, Any] = statement.payload["facts"]
    manifest = session.get(Manifest, facts["manifest_sha256"])
    if manifest is None or manifest.device_id != statement.device_id:
        return None
    return manifest if manifest.capture_id == UUID(facts["capture_id"]) else None
