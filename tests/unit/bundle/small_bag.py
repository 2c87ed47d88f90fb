"""A small court bundle built by hand: a signed manifest, a colleague's statement, two originals, seven entries in a
log of our own key."""

import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import IO, Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.domain.bundle import contents
from evidence.domain.callers import Actor
from evidence.domain.canonical import b64url, jcs, salted_sha256_hex, sha256_hex
from evidence.domain.custody import Chain, Entry
from evidence.domain.ids import uuid7
from evidence.domain.jws import Typ, public_jwk, sign, thumbprint
from evidence.domain.log import merkle, note, proof
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.note import Algorithm, Verifier

AT = datetime(2026, 5, 3, 5, 41, 7, tzinfo=UTC)
ORIGIN = "casquillo/0199a000-0000-7000-8000-0000000000aa"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"log").digest())
PHOTOS = {"a": b"\xff\xd8first photo", "b": b"\xff\xd8second photo"}


def made(name: str) -> UUID:
    return uuid7(AT, hashlib.sha256(name.encode()).digest())


CAPTURE, DEVICE, AGENCY, SUBMISSION = made("capture"), made("device"), made("agency"), made("submission")
PHONE = ec.derive_private_key(int.from_bytes(hashlib.sha256(b"phone").digest()) % 2**255 + 1, ec.SECP256R1())
JWK = public_jwk(PHONE.public_key())
PAYLOAD = jcs({"v": 1, "capture_id": str(CAPTURE), "media": [str(made(name)) for name in PHOTOS]})
MANIFEST = sha256_hex(PAYLOAD)
COLLEAGUE = made("colleague's phone")
COLLEAGUES_PHONE = ec.derive_private_key(
    int.from_bytes(hashlib.sha256(b"colleague's phone").digest()) % 2**255 + 1, ec.SECP256R1()
)
COLLEAGUES_JWK = public_jwk(COLLEAGUES_PHONE.public_key())
TOOK_PART = jcs({"v": 1, "facts": {"capture_id": str(CAPTURE), "manifest_sha256": MANIFEST, "stages": ["packing"]}})
COSIGNATURE = sha256_hex(TOOK_PART)
WORKSHEET = jcs({"v": 1, "worksheet": {"5a": "QZX0158"}})


class Bag:
    """Files by name; ``seal`` writes the BagIt manifests over what is there, as whoever tampers would too."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def names(self) -> list[str]:
        return list(self.files)

    def open(self, name: str) -> IO[bytes]:
        return io.BytesIO(self.files[name])

    def size(self, name: str) -> int:
        return len(self.files[name])

    def seal(self) -> "Bag":
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            self.files.pop(name, None)
        self.files["bagit.txt"] = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
        for name, wanted in (("manifest-sha256.txt", True), ("tagmanifest-sha256.txt", False)):
            listed = sorted(one for one in self.files if one.startswith("data/") is wanted)
            lines = [f"{hashlib.sha256(self.files[one]).hexdigest()}  {one}\n" for one in listed]
            self.files[name] = "".join(lines).encode()
        return self

    def document(self, path: str) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.files[f"data/{path}"])
        return value

    def put(self, path: str, value: dict[str, Any] | bytes) -> None:
        self.files[f"data/{path}"] = value if isinstance(value, bytes) else json.dumps(value).encode()


def acts() -> list[tuple[Chain, str, dict[str, Any]]]:
    media = [
        {"id": str(made(name)), "sha256": sha256_hex(data), "size": len(data), "state": "secured"}
        for name, data in PHOTOS.items()
    ]
    chain = Chain("capture", CAPTURE)
    return [
        (Chain("device", DEVICE), "device.enrolled", {"device_id": str(DEVICE), "key_thumbprint": thumbprint(JWK)}),
        (
            Chain("device", COLLEAGUE),
            "device.enrolled",
            {"device_id": str(COLLEAGUE), "key_thumbprint": thumbprint(COLLEAGUES_JWK)},
        ),
        (chain, "capture.registered", {"manifest_sha256": MANIFEST}),
        (chain, "capture.secured", {"manifest_sha256": MANIFEST, "media": media}),
        (
            chain,
            "decision.made",
            {"submission_id": str(SUBMISSION), "decision": "approve", "digest": sha256_hex(WORKSHEET)},
        ),
        (chain, "capture.cosigned", {"manifest_sha256": MANIFEST, "statement_sha256": COSIGNATURE}),
        (chain, "bundle.requested", {"bundle_id": str(made("bundle")), "profile": "court", "reason": "audiencia"}),
    ]


def entries() -> list[tuple[Entry, bytes, dict[str, Any]]]:
    written: list[tuple[Entry, bytes, dict[str, Any]]] = []
    heads: dict[Chain, Entry] = {}
    for number, (chain, kind, details) in enumerate(acts()):
        salt = hashlib.sha256(f"salt {number}".encode()).digest()[:16]
        before = heads.get(chain)
        entry = Entry(
            entry_id=made(f"entry {number}"),
            agency_id=AGENCY,
            chain=chain,
            seq=before.seq + 1 if before else 1,
            prev=before.sha256() if before else None,
            kind=kind,
            at=AT + timedelta(minutes=number),
            actor=Actor("device", DEVICE, "officer"),
            subject_sha256=salted_sha256_hex(salt, details),
            details_sha256=salted_sha256_hex(salt, details),
            nonce=b64url(salt),
        )
        heads[chain] = entry
        written.append((entry, salt, details))
    return written


class _Leaves:
    def __init__(self, row: list[bytes]) -> None:
        self.row = row

    def read(self, level: int, index: int) -> bytes:
        return merkle.root(self.row[index << level : (index + 1) << level])


def proofs(written: list[Entry], key: Ed25519PrivateKey = LOG_KEY) -> list[str]:
    """A proof each, under one checkpoint of all of them."""
    leaves = [merkle.leaf_hash(bytes.fromhex(entry.sha256())) for entry in written]
    head = Checkpoint(ORIGIN, len(leaves), merkle.root(leaves))
    log = verifier(key)
    signed = note.sign(head.body(), name=ORIGIN, key_id=log.key_id, signer=key.sign)
    reader = _Leaves(leaves)
    return [
        proof.make(index=index, path=merkle.inclusion_proof(index, len(leaves), reader), note=signed)
        for index in range(len(leaves))
    ]


def verifier(key: Ed25519PrivateKey = LOG_KEY) -> Verifier:
    return Verifier(ORIGIN, Algorithm.ED25519, key.public_key().public_bytes_raw())


def policy(key: Ed25519PrivateKey = LOG_KEY) -> bytes:
    return f"log {verifier(key).vkey}\nquorum none\n".encode()


def bag() -> Bag:
    """The bundle whole, as the service would make it for a court."""
    made_bag = Bag({})
    written = entries()
    for (entry, salt, details), text in zip(written, proofs([one[0] for one in written]), strict=True):
        document = contents.entry_document(entry.members(), salt=b64url(salt), details=details, proof=text)
        made_bag.put(path_of(entry), document)
    made_bag.put(contents.POLICY, policy())
    made_bag.put(
        contents.manifest_path(MANIFEST), sign(PHONE, typ=Typ.CAPTURE, kid=DEVICE, payload=PAYLOAD, deterministic=True)
    )
    made_bag.put(f"keys/{DEVICE}.jwk.json", dict(JWK))
    made_bag.put(contents.cosignature_path(COSIGNATURE), took_part())
    made_bag.put(f"keys/{COLLEAGUE}.jwk.json", dict(COLLEAGUES_JWK))
    lines = []
    for name, data in PHOTOS.items():
        sha256 = sha256_hex(data)
        path = contents.original_path(sha256, "image/jpeg")
        made_bag.put(path, data)
        lines.append({"media_id": str(made(name)), "of": MANIFEST, "sha256": sha256, "path": path})
    made_bag.put(contents.worksheet_path(SUBMISSION, sha256_hex(WORKSHEET)), WORKSHEET)
    index = {
        "bundle_id": str(made("bundle")),
        "capture_id": str(CAPTURE),
        "folio": "K7QD-39MX-WHT",
        "profile": "court",
        "originals": lines,
        "manifests": [MANIFEST],
        "cosignatures": [COSIGNATURE],
        "withheld": [],
    }
    made_bag.put(contents.INDEX, index)
    return made_bag.seal()


def took_part(key: ec.EllipticCurvePrivateKey = COLLEAGUES_PHONE, payload: bytes = TOOK_PART) -> bytes:
    """The colleague's signed statement."""
    return sign(key, typ=Typ.STATEMENT, kid=COLLEAGUE, payload=payload, deterministic=True)


def path_of(entry: Entry) -> str:
    name = "capture" if entry.chain.type == "capture" else f"device-{entry.chain.id}"
    return contents.entry_path(name, entry.seq)
