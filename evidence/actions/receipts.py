"""The receipt of a manifest: its ``secured`` entry, the details that were hashed into it, and its place in the log."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import log_reading
from evidence.actions.custody import entry_of
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


def receipt(session: Session, *, caller: Caller, capture_id: UUID, manifest_sha256: str | None) -> Receipt | None:
    """The receipt of the capture's head, or of the manifest named; None while there is no such entry, or no proof.

    404 for what is not the officer's own or, to a supervisor, not the agency's.
    """
    manifest = _manifest(session, caller, capture_id, manifest_sha256)
    # On the device's chain when its base had not come yet (protocol, section 11, *Receipt*).
    found = _secured(session, "capture", manifest.root_id, manifest.sha256) or _secured(
        session, "device", manifest.device_id, manifest.sha256
    )
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


def _secured(
    session: Session, chain_type: str, chain_id: UUID, manifest_sha256: str
) -> tuple[CustodyEntry, CustodyDetail, int] | None:
    """The manifest's one entry on a chain, once it is in the log."""
    row = session.execute(
        select(CustodyEntry, CustodyDetail, LogLeaf.log_index)
        .join(CustodyDetail, CustodyDetail.entry_id == CustodyEntry.entry_id)
        .join(LogLeaf, LogLeaf.entry_id == CustodyEntry.entry_id)
        .where(
            CustodyEntry.chain_type == chain_type,
            CustodyEntry.chain_id == chain_id,
            CustodyEntry.kind.in_(SECURED),
            CustodyDetail.details["manifest_sha256"].astext == manifest_sha256,
        )
        .order_by(LogLeaf.log_index)
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


def _manifest(session: Session, caller: Caller, capture_id: UUID, sha256: str | None) -> Manifest:
    capture = session.get(Capture, capture_id)
    if capture is None or capture.agency_id != caller.organisation_id:
        raise not_found()
    of_capture = select(Manifest).where(Manifest.capture_id == capture_id)
    if sha256 is not None:
        manifest = session.scalars(of_capture.where(Manifest.sha256 == sha256)).one_or_none()
    else:
        manifest = session.scalars(of_capture.order_by(Manifest.received_at, Manifest.sha256).limit(1)).first()
    if manifest is None or not _may_have(caller, manifest):
        raise not_found()
    return manifest


def _may_have(caller: Caller, manifest: Manifest) -> bool:
    if isinstance(caller, PhoneCaller):
        return manifest.officer_id == caller.officer_id
    if isinstance(caller, PersonCaller):
        return manifest.officer_id == caller.person_id or Role.SUPERVISOR in caller.roles
    return False
