"""What stands where in a court bundle, and its index ``bundle.json``."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evidence.domain.bundle.profiles import Profile
from evidence.domain.custody import instant

VERSION = 1
INDEX = "bundle.json"
POLICY = "log/policy"
CHECKPOINT = "log/checkpoint"
TIMESTAMP = "log/timestamp.tsr"
STAMPED = "log/timestamped"
CASE = "case.jsonld"
REGISTRO = "registro.pdf"

_ENDINGS: Mapping[str, str] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/heic": "heic",
    "image/tiff": "tif",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "model/x3p": "x3p",
    "application/x-x3p": "x3p",
}


def entry_path(chain_type: str, seq: int) -> str:
    """An entry of the capture's chain, or the one of the device's chain that holds its key."""
    return f"custody/{chain_type}-{seq:06d}.json"


def manifest_path(sha256: str) -> str:
    return f"manifests/{sha256}.jws"


def cosignature_path(sha256: str) -> str:
    """A colleague's signed statement that they took part."""
    return f"cosignatures/{sha256}.jws"


def original_path(sha256: str, content_type: str) -> str:
    """Named by its hash, so that one file is there once and can be looked for."""
    return f"originals/{sha256}.{_ENDINGS.get(content_type, 'bin')}"


def worksheet_path(submission_id: UUID, digest: str) -> str:
    """What was approved, byte for byte as it was digested: the file's SHA-256 is the digest."""
    return f"worksheets/{submission_id}-{digest}.json"


def result_path(result_id: UUID) -> str:
    return f"results/{result_id}.json"


@dataclass(frozen=True, kw_only=True)
class OriginalLine:
    """One file: ``path`` is None when it is withheld or never arrived. ``size`` in bytes."""

    media_id: UUID
    of: str  # the manifest's hash, or the submission's id for an attachment
    sha256: str
    size: int
    content_type: str
    state: str
    version_id: str | None
    path: str | None


@dataclass(frozen=True, kw_only=True)
class Index:
    """``bundle.json``. ``withheld`` names what was left out: (what, id or hash, why)."""

    bundle_id: UUID
    service: str
    agency_id: UUID
    capture_id: UUID
    folio: str
    profile: Profile
    reason: str
    order: str | None
    made_at: datetime
    originals: tuple[OriginalLine, ...]
    manifests: tuple[str, ...]
    cosignatures: tuple[str, ...]
    withheld: tuple[tuple[str, str, str], ...]

    def members(self) -> dict[str, Any]:
        """JSON values; ids as text, times RFC 3339 UTC."""
        lines = [
            {**asdict(one), "media_id": str(one.media_id)}
            for one in sorted(self.originals, key=lambda one: (one.of, str(one.media_id)))
        ]
        return {
            "v": VERSION,
            "bundle_id": str(self.bundle_id),
            "service": self.service,
            "agency_id": str(self.agency_id),
            "capture_id": str(self.capture_id),
            "folio": self.folio,
            "profile": self.profile.value,
            "reason": self.reason,
            "order": self.order,
            "made_at": instant(self.made_at),
            "originals": lines,
            "manifests": sorted(self.manifests),
            "cosignatures": sorted(self.cosignatures),
            "withheld": [{"what": what, "which": which, "why": why} for what, which, why in sorted(self.withheld)],
        }


def entry_document(
    members: Mapping[str, Any], *, salt: str | None, details: Mapping[str, Any] | None, proof: str | None
) -> dict[str, Any]:
    """One custody entry as a bundle holds it; salt (base64url) and details are null when withheld or expunged."""
    return {"entry": dict(members), "salt": salt, "details": details, "proof": proof}
