"""Documents as an invented officer's phone would sign them: a pistol, five cartridge cases, nine photos."""

import hashlib
import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from evidence.domain.canonical import jcs
from evidence.domain.ids import uuid7
from evidence.domain.jws import public_jwk
from evidence.domain.kinds import ItemKind
from evidence.domain.problem import Context
from evidence.domain.signed import Signer, audience

STARTED = datetime(2026, 5, 3, 5, 41, 7, tzinfo=UTC)
SERVICE_ID = UUID("0199a000-0000-7000-8000-0000000000aa")
CONTENT_TYPES = frozenset({"image/jpeg", "image/png", "image/heic", "application/x-x3p"})


def made_id(name: str) -> UUID:
    """A UUIDv7 that is always the same for one name."""
    return uuid7(STARTED, hashlib.sha256(name.encode()).digest())


def made_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that is always the same for one name, and guards nothing."""
    return ec.derive_private_key(int.from_bytes(hashlib.sha256(name.encode()).digest()) % 2**255 + 1, ec.SECP256R1())


def made_hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


SIGNER = Signer(made_id("device"), made_id("officer"), made_id("agency"))
KEY = made_key("device")
JWK = public_jwk(KEY.public_key())
CONTEXT = Context(
    received_at=datetime(2026, 5, 3, 6, 2, 0, tzinfo=UTC),
    max_media_bytes=50_000_000,
    content_types=CONTENT_TYPES,
    gallery_allowed=True,
    zones=frozenset({"America/Hermosillo"}),
)


def _heading() -> dict[str, Any]:
    return {
        "v": 1,
        "aud": audience(SERVICE_ID),
        "device_id": str(SIGNER.device_id),
        "officer_id": str(SIGNER.officer_id),
        "agency_id": str(SIGNER.agency_id),
        "seq": 17,
        "prev": made_hash("sixteen"),
        "clock": _clock(),
        "unlock": {"method": "pin", "at": "2026-05-03T05:41:05Z"},
        "app": "2026.5.1",
    }


def _clock() -> dict[str, Any]:
    return {
        "server_offset_ms": 1840,
        "measured_at": "2026-05-02T22:10:00Z",
        "session": "3f2c4b1e-9d55-4c0a-8a1f-5b7f0c2d9e11",
        "elapsed_ms": 284113,
    }


def _person(code: str) -> dict[str, str]:
    return {"id": str(made_id(code)), "name": code, "institution": "Policía Estatal Modelo A"}


def _pistol() -> dict[str, Any]:
    return {
        "id": str(made_id("item 1")),
        "number": "1",
        "kind": "firearm",
        "quantity": {"n": 1, "exact": True},
        "found_in": None,
        "requests": ["etrace", "ballistics"],
        "as_found": {"magazine_in": "yes", "chambered": "unknown", "hammer": "unknown", "safety": "unknown"},
        "make_safe": {
            "state": "by_signer",
            "at": "2026-05-03T05:33:00Z",
            "magazine_out": "yes",
            "chamber_checked": "yes",
        },
        "serial": {
            "status": "legible",
            "text": "QZX0158",
            "where": "frame",
            "readings": [{"text": "QZX0158", "by": _person("O-101"), "at": "2026-05-03T05:35:10Z", "how": "scene"}],
            "lookalikes": [{"position": 4, "character": "0", "confirmed": True}],
        },
        "firearm": {
            "form": "pistol",
            "type": {"code": "PI"},
            "make": {"text": "GLOCK", "code": "GLC"},
            "model": "19",
            "caliber": {"text": "9x19", "code": "9x19"},
            "country": {"text": "Made in Austria", "code": "AT"},
            "markings": [{"text": "9x19", "where": "recámara", "nature": "maker"}],
            "colour": "negro",
        },
        "blanks": {"firearm.importer": "no_information"},
    }


def _case(number: int) -> dict[str, Any]:
    return {
        "id": str(made_id(f"item {number}")),
        "number": str(number),
        "kind": "cartridge_case",
        "quantity": {"n": 1, "exact": True},
        "found_in": None,
        "requests": ["ballistics"],
        "cartridge_case": {"caliber": {"text": "9 mm", "code": "9x19"}, "headstamp": "INV 9 LUGER", "alike": "yes"},
    }


_PISTOL_VIEWS = ("in_situ", "left", "right", "serial_closeup", "maker_model_marking")


def _media() -> list[dict[str, Any]]:
    pistol, cases = [str(made_id("item 1"))], [str(made_id(f"item {n}")) for n in range(2, 7)]
    shots: list[tuple[str, list[str], str | None]] = [("scene_overview", [*pistol, *cases], None)]
    shots += [(view, pistol, None) for view in _PISTOL_VIEWS]
    shots += [("in_situ", cases, None), ("headstamp", cases, None), ("package_sealed", [], str(made_id("box")))]
    return [
        {
            "id": str(made_id(f"media {n}")),
            "item_ids": list(item_ids),
            "package_id": package_id,
            "view": view,
            "sha256": made_hash(f"media {n}"),
            "size": 2_000_000 + n,
            "content_type": "image/jpeg",
            "source": "camera",
            "captured_at": f"2026-05-03T05:3{n}:12Z",
        }
        for n, (view, item_ids, package_id) in enumerate(shots, start=1)
    ]


def _packages() -> list[dict[str, Any]]:
    cases = [str(made_id(f"item {n}")) for n in range(2, 7)]
    return [
        {
            "id": str(made_id("box")),
            "label": "Caja A",
            "kind": "box",
            "seal": "A-004417",
            "item_ids": [str(made_id("item 1"))],
        },
        {"id": str(made_id("bag")), "label": "Bolsa B", "kind": "bag", "seal": "A-004418", "item_ids": cases},
    ]


def manifest_document() -> dict[str, Any]:
    """Nine photos, six items, two packages; without a problem in ``CONTEXT``."""
    document = {
        **_heading(),
        "capture_id": str(made_id("capture")),
        "amends": None,
        "captured_at": "2026-05-03T05:41:07Z",
        "zone": "America/Hermosillo",
        "log_seen": {"size": 1204, "root": made_hash("root")},
        "capacity": "processing",
        "position": {"lat": "19.432608", "lon": "-99.133209", "accuracy_m": 8, "fixed_at": "2026-05-03T05:40:47Z"},
        "recovery": {
            "scene_id": str(made_id("scene")),
            "began": "localizacion",
            "recovered_at": "2026-05-03T05:30:00Z",
            "entity": "05",
            "municipality": "05030",
            "place": "Carretera a Ningún Lugar, km 4, junto a la señal",
            "folio_911": "F-0042",
        },
        "packages": _packages(),
        "items": [_pistol(), *(_case(n) for n in range(2, 7))],
        "media": _media(),
    }
    return deepcopy(document)


_FACTS: dict[str, dict[str, Any]] = {
    "discard": {
        "capture_id": str(made_id("capture")),
        "manifest_sha256": made_hash("manifest"),
        "seq": 16,
        "reason": "wrong_photo",
        "text": "foto equivocada",
    },
    "media_lost": {
        "capture_id": str(made_id("capture")),
        "manifest_sha256": made_hash("manifest"),
        "media": [{"id": str(made_id("media 1")), "sha256": made_hash("media 1")}],
        "reason": "evicted",
    },
    "closing": {
        "reason": "replaced",
        "unsent": 1,
        "lost": [{"seq": 15, "sha256": None, "text": "acta 77/26"}],
    },
    "cosign": {
        "capture_id": str(made_id("capture")),
        "manifest_sha256": made_hash("manifest"),
        "stages": ["packing", "transport"],
    },
}


def statement_document(kind: str) -> dict[str, Any]:
    return deepcopy(
        {
            **_heading(),
            "statement_id": str(made_id("statement")),
            "stated_at": "2026-05-03T05:50:00Z",
            "kind": kind,
            "facts": _FACTS[kind],
        }
    )


def enrolment_document() -> dict[str, Any]:
    return {
        "v": 1,
        "aud": audience(SERVICE_ID),
        "nonce": "q3J0bm9uY2Utb2YtdGhlLXNlcnZpY2U",
        "device_id": str(SIGNER.device_id),
        "officer_id": str(SIGNER.officer_id),
        "agency_id": str(SIGNER.agency_id),
        "key": dict(JWK),
        "label": "Teléfono de turno 3",
        "storage": {"persisted": True, "quota_bytes": 6_000_000_000, "used_bytes": 12_000},
        "app": "2026.5.1",
        "enrolled_at": "2026-05-01T14:00:00Z",
    }


def device_session_document() -> dict[str, Any]:
    return {
        "v": 1,
        "aud": audience(SERVICE_ID),
        "nonce": "q3J0bm9uY2Utb2YtdGhlLXNlcnZpY2U",
        "device_id": str(SIGNER.device_id),
        "heartbeat": {
            "last_seq": 17,
            "head": made_hash("seventeen"),
            "unsent": 4,
            "oldest_unsent_at": "2026-05-03T05:41:07Z",
            "storage": {"persisted": None, "quota_bytes": None, "used_bytes": None},
            "app": "2026.5.1",
            "at": "2026-05-03T06:01:00Z",
            "clock": _clock(),
        },
    }


def item_document(kind: ItemKind, **facts: Any) -> dict[str, Any]:
    """One more item of any kind, numbered 99."""
    return {
        "id": str(made_id(f"item of kind {kind}")),
        "number": "99",
        "kind": kind.value,
        "quantity": {"n": 1, "exact": True},
        "found_in": None,
        "requests": [],
        **facts,
    }


def payload_of(document: dict[str, Any]) -> bytes:
    return jcs(document)


def loosely(document: Any) -> bytes:
    """JSON that need not be canonical or even valid: NaN, lone surrogates and floats pass."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )
