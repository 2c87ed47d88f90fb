"""A signed capture taken back by its officer before review; its manifest is kept all the same (protocol, section 4)."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import lines, withholding
from evidence.actions.deciding import flow, opening
from evidence.actions.ports import Services
from evidence.domain.callers import Actor
from evidence.domain.media_states import CaptureAct, CaptureState, next_capture_state
from evidence.domain.roles import Role
from evidence.domain.states import State
from evidence.records.captures import Capture, Manifest, locked_capture
from evidence.records.devices import Statement
from evidence.records.submissions import submissions_of

TAKEN_BACK = ("accepted", "waiting_for_base")
SETTLED = frozenset({State.WITHDRAWN, State.CLOSED})
DISCARDED = "discarded"
"""The reason of a submission whose capture was taken back."""


def discard(session: Session, services: Services, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    """Sets the manifest aside as discarded, and gives up the files of it that have not come."""
    taken_back = _take_back(session, services, manifest, statement)
    return [*taken_back, *withholding.withhold(session, services, manifest, statement)]


def _take_back(session: Session, services: Services, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    """No effect once a supervisor has decided or another version stands beside.

    An amendment gives the head back to what it amended, and with it the content of what was requested; a root takes
    its whole capture with it, and what waits for review goes back to the officer.
    """
    root = locked_capture(session, manifest.root_id)
    if manifest.standing not in TAKEN_BACK or (root is not None and _decided(session, root)):
        return []
    chain = lines.chain_of(manifest)
    capture = session.get_one(Capture, manifest.capture_id)
    manifest.standing = "discarded"
    capture.state = next_capture_state(CaptureState(capture.state), CaptureAct.DISCARD).value
    capture.version += 1
    felt: list[custody.Act] = []
    if root is not None and root.head_sha256 == manifest.sha256:
        felt = _give_back(session, services, root, manifest, Actor("device", statement.device_id, Role.OFFICER.value))
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
    return [act, *felt]


def _give_back(session: Session, services: Services, root: Capture, manifest: Manifest, by: Actor) -> list[custody.Act]:
    base = session.get(Manifest, manifest.amends_sha256) if manifest.amends_sha256 else None
    while base is not None and base.standing != "accepted" and base.amends_sha256:
        base = session.get(Manifest, base.amends_sha256)
    if base is None or base.standing != "accepted":
        return opening.take_back(session, root, by=by, reason=DISCARDED)
    root.head_sha256 = base.sha256
    root.version += 1
    session.flush()
    return opening.open_and_revise(session, services, root, by=by)


def _decided(session: Session, root: Capture) -> bool:
    states = {State(one.state) for one in submissions_of(session, root.id)}
    return bool(states - flow.UNDECIDED - SETTLED)


def capture_named(statement: Statement) -> UUID:
    """The capture that a discard or a media_lost is about."""
    return UUID(statement.payload["facts"]["capture_id"])


def manifest_named(session: Session, statement: Statement) -> Manifest | None:
    """The manifest of the same device that a statement is about; None while it is not here."""
    manifest = session.get(Manifest, statement.payload["facts"]["manifest_sha256"])
    if manifest is None or manifest.device_id != statement.device_id:
        return None
    return manifest if manifest.capture_id == capture_named(statement) else None
