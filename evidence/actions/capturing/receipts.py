"""The receipt of a manifest: its ``secured`` entry, the details that were hashed into it, and its place in the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from evidence.actions.custody import entry_of
from evidence.actions.log import log_reading
from evidence.domain.callers import Caller, PersonCaller, PhoneCaller
from evidence.domain.canonical import b64url
from evidence.domain.errors import Category, EvidenceError, Retry, not_found
from evidence.domain.roles import Role
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry, LogLeaf

SECURED = ("capture.secured", "capture.secured_partial")
RETRY_AFTER_S = 2


@dataclass(frozen=True)
class Receipt:
    """As ``openapi/schemas/receipt-1.json`` has it. ``proof`` is a C2SP tlog-proof, ``salt`` base64url."""

    capture_id: UUID
    manifest_sha256: str
    entry: dict[str, Any]
    salt: str
    details: dict[str, Any]
    proof: str
    witnessed: bool

    def members(self) -> dict[str, Any]:
        """The JSON on the wire."""
        return {
            "v": 1,
            "capture_id": str(self.capture_id),
            "manifest_sha256": self.manifest_sha256,
            "entry": self.entry,
            "salt": self.salt,
            "details": self.details,
            "proof": self.proof,
            "witnessed": self.witnessed,
        }


@dataclass(frozen=True)
class _Named:
    """What a receipt needs of its manifest. ``secured_at`` is there since the entry was written."""

    sha256: str
    capture_id: UUID
    root_id: UUID
    device_id: UUID
    officer_id: UUID
    secured_at: datetime | None


def receipt(session: Session, *, caller: Caller, capture_id: UUID, manifest_sha256: str | None) -> Receipt | None:
    """The receipt of the capture's head, or of the manifest named; None while there is no such entry, or no proof.

    404 for what is not the officer's own or, to a supervisor, not the agency's.
    """
    manifest = _manifest(session, caller, capture_id, manifest_sha256)
    # Most looks of a phone that waits end here, after one short question.
    found = _secured(session, manifest) if manifest.secured_at is not None else None
    if found is None:
        return None
    entry, detail, log_index = found
    prover = log_reading.prover_of(session, log_index)
    if prover is None:
        return None
    return Receipt(
        capture_id=manifest.capture_id,
        manifest_sha256=manifest.sha256,
        entry=entry_of(entry).members(),
        salt=b64url(detail.salt),
        details=detail.details,
        proof=prover.proof(log_index),
        witnessed=prover.witnessed,
    )


def _secured(session: Session, manifest: _Named) -> tuple[CustodyEntry, CustodyDetail, int] | None:
    """The manifest's one entry, once it is in the log.

    On the device's chain when its base had not come yet (protocol, section 11, *Receipt*).
    """
    on_root = and_(CustodyEntry.chain_type == "capture", CustodyEntry.chain_id == manifest.root_id)
    on_device = and_(CustodyEntry.chain_type == "device", CustodyEntry.chain_id == manifest.device_id)
    row = session.execute(
        select(CustodyEntry, CustodyDetail, LogLeaf.log_index)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .join(LogLeaf, LogLeaf.entry_id == CustodyEntry.entry_id)
        .where(
            or_(on_root, on_device),
            CustodyEntry.kind.in_(SECURED),
            CustodyDetail.details["manifest_sha256"].astext == manifest.sha256,
        )
        .order_by(CustodyEntry.chain_type, LogLeaf.log_index)
        .limit(1)
    ).first()
    return (row[0], row[1], row[2]) if row else None


def not_yet() -> EvidenceError:
    """The answer for a receipt that will come."""
    return EvidenceError(
        Category.NOT_FOUND,
        "receipt_not_yet",
        "The files have not all settled, or the entry is not in the log yet.",
        retry=Retry.LATER,
        retry_after_s=RETRY_AFTER_S,
    )


def _manifest(session: Session, caller: Caller, capture_id: UUID, sha256: str | None) -> _Named:
    columns = (
        Manifest.sha256,
        Manifest.capture_id,
        Manifest.root_id,
        Manifest.device_id,
        Manifest.officer_id,
        Manifest.secured_at,
    )
    wanted = (
        select(*columns)
        .join(Capture, Capture.id == Manifest.capture_id)
        .where(Manifest.capture_id == capture_id, Capture.agency_id == caller.organisation_id)
        .order_by(Manifest.received_at, Manifest.sha256)
        .limit(1)
    )
    if sha256 is not None:
        wanted = wanted.where(Manifest.sha256 == sha256)
    row = session.execute(wanted).first()
    manifest = _Named(*row) if row else None
    if manifest is None or not _may_have(caller, manifest):
        raise not_found()
    return manifest


def _may_have(caller: Caller, manifest: _Named) -> bool:
    if isinstance(caller, PhoneCaller):
        return manifest.officer_id == caller.officer_id
    if isinstance(caller, PersonCaller):
        return manifest.officer_id == caller.person_id or Role.SUPERVISOR in caller.roles
    return False
