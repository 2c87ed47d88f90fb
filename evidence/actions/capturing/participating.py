"""Who took part in a capture beside its signer, said with the key of their own phone (Registro, part 4).

The statement *cosign* adds a name and changes nothing: not the content, not its digest, not what may be approved. So
it may come before the manifest, after the decision or years later, and is written when both are here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import lines
from evidence.domain.callers import Actor
from evidence.domain.kinds import StatementKind
from evidence.domain.roles import Role
from evidence.records.captures import Manifest
from evidence.records.devices import DeviceMessage, Statement


@dataclass(frozen=True)
class Cosignature:
    """One colleague's signature: who, in which stages, and when it was received."""

    officer_id: UUID
    device_id: UUID
    stages: tuple[str, ...]
    received_at: datetime


def take_part(session: Session, statement: Statement) -> list[custody.Act]:
    """The entry of a colleague's signature; none for the signer's own, or while the manifest is missing or held."""
    manifest = session.get(Manifest, statement.payload["facts"]["manifest_sha256"])
    return [] if manifest is None or manifest.standing == "held" else _written(session, manifest, statement)


def told_before(session: Session, manifest: Manifest) -> list[custody.Act]:
    """The entries of signatures that came before the manifest."""
    return [
        act for statement in _statements(session, [manifest.sha256]) for act in _written(session, manifest, statement)
    ]


def cosignatures(session: Session, manifests: list[str]) -> dict[str, list[Cosignature]]:
    """The colleagues' signatures of these manifests (hashes), each in the order of arrival."""
    found: dict[str, list[Cosignature]] = {}
    for statement in cosigned(session, manifests):
        facts = statement.payload["facts"]
        found.setdefault(facts["manifest_sha256"], []).append(
            Cosignature(
                officer_id=UUID(statement.payload["officer_id"]),
                device_id=statement.device_id,
                stages=tuple(facts["stages"]),
                received_at=statement.received_at,
            )
        )
    return found


def cosigned(session: Session, manifests: list[str]) -> list[Statement]:
    """The signed statements behind ``cosignatures``: those that count, in the order of arrival."""
    found = []
    for statement in _statements(session, manifests):
        manifest = session.get_one(Manifest, statement.payload["facts"]["manifest_sha256"])
        if _counts(session, manifest, statement):
            found.append(statement)
    return found


def _statements(session: Session, manifests: list[str]) -> list[Statement]:
    query = (
        select(Statement)
        .where(
            Statement.kind == StatementKind.COSIGN.value,
            Statement.payload["facts"]["manifest_sha256"].astext.in_(manifests),
        )
        .order_by(Statement.received_at, Statement.id)
    )
    return list(session.scalars(query))


def _counts(session: Session, manifest: Manifest, statement: Statement) -> bool:
    """A colleague of the same agency, about the very capture, whose statement is not held."""
    facts: dict[str, Any] = statement.payload["facts"]
    if statement.agency_id != manifest.agency_id or UUID(facts["capture_id"]) != manifest.capture_id:
        return False
    if UUID(statement.payload["officer_id"]) == manifest.officer_id:
        return False
    return not session.get_one(DeviceMessage, statement.sha256).held


def _written(session: Session, manifest: Manifest, statement: Statement) -> list[custody.Act]:
    if not _counts(session, manifest, statement):
        return []
    officer_id = UUID(statement.payload["officer_id"])
    details = {
        "manifest_sha256": manifest.sha256,
        "statement_id": str(statement.id),
        "statement_sha256": statement.sha256,
        "officer_id": str(officer_id),
        "stages": list(statement.payload["facts"]["stages"]),
    }
    return [
        custody.Act(
            kind="capture.cosigned",
            chain=lines.chain_of(manifest),
            agency_id=manifest.agency_id,
            actor=Actor("device", statement.device_id, Role.OFFICER.value),
            details=details,
            told=[custody.Told(manifest.agency_id, manifest.officer_id)],
            root_id=manifest.root_id,
        )
    ]
