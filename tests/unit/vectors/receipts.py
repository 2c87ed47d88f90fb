"""Known receipts: one that verifies under several policies, and what each forgery of it is refused for."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_documents import SIGNER, made_hash, made_id, manifest_document, payload_of

from evidence.domain.callers import Actor
from evidence.domain.canonical import b64url, sha256_hex
from evidence.domain.custody import Chain, Entry
from evidence.domain.log import cosignature, note, proof
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import inclusion_proof, root
from evidence.domain.log.note import Algorithm, Signature, Verifier

ORIGIN = "casquillo/0199a000-0000-7000-8000-0000000000aa"
SIZE, INDEX, SECONDS = 1204, 1130, 1_764_000_000
SALT = hashlib.sha256(b"salt").digest()[:16]


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def _verifier(name: str, algorithm: Algorithm, *, of: str | None = None) -> Verifier:
    return Verifier(name, algorithm, _key(of or name).public_key().public_bytes_raw())


LOG = _verifier(ORIGIN, Algorithm.ED25519)
STRANGER = _verifier(ORIGIN, Algorithm.ED25519, of="stranger")
NORTH = _verifier("norte.example", Algorithm.COSIGNATURE)
SOUTH = _verifier("sur.example", Algorithm.COSIGNATURE)


class _Tree:
    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves

    def read(self, level: int, index: int) -> bytes:
        return root(self.leaves[index << level : (index + 1) << level])


def _proof(entry_sha256: bytes, *, index: int = INDEX, signer: str = ORIGIN, origin: str = ORIGIN) -> str:
    entries = [hashlib.sha256(f"entry {n}".encode()).digest() for n in range(SIZE)]
    entries[index] = entry_sha256
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    head = Checkpoint(origin, SIZE, root(leaves))
    by = _verifier(signer, Algorithm.ED25519)
    signed = note.sign(head.body(), name=by.name, key_id=by.key_id, signer=_key(signer).sign)
    seen = Signature(NORTH.name, NORTH.key_id, cosignature.sign(head.body(), SECONDS, _key(NORTH.name).sign))
    return proof.make(index=index, path=inclusion_proof(index, SIZE, _Tree(leaves)), note=note.add(signed, [seen]))


def _details(manifest: dict[str, Any]) -> dict[str, Any]:
    states = ["secured"] * 7 + ["quarantined", "lost"]
    return {
        "manifest_sha256": sha256_hex(payload_of(manifest)),
        "media": [
            {
                **{name: line[name] for name in ("id", "sha256", "size")},
                "state": state,
                "version_id": None if state == "lost" else made_hash(line["id"])[:32],
                "locked_until": None if state == "lost" else "2036-05-01T00:00:00Z",
            }
            for line, state in zip(manifest["media"], states, strict=True)
        ],
    }


def _receipt(*, kind: str = "capture.secured_partial", **wrong: Any) -> dict[str, Any]:
    manifest = manifest_document()
    details = _details(manifest)
    entry = Entry(
        entry_id=made_id("entry"),
        agency_id=SIGNER.agency_id,
        chain=Chain("capture", made_id("capture")),
        seq=14,
        prev=made_hash("entry 13"),
        kind=kind,
        at=datetime(2026, 5, 3, 6, 4, 2, 123456, tzinfo=UTC),
        actor=Actor("system", made_id("service"), None),
        subject_sha256=made_hash("subject"),
        details_sha256=hashlib.sha256(SALT + payload_of(details)).hexdigest(),
        nonce=b64url(hashlib.sha256(b"nonce").digest()),
    )
    return {
        "v": 1,
        "capture_id": manifest["capture_id"],
        "manifest_sha256": details["manifest_sha256"],
        "entry": entry.members(),
        "salt": b64url(SALT),
        "details": details,
        "proof": _proof(bytes.fromhex(entry.sha256()), **wrong),
        "witnessed": False,
    }


def _forgeries() -> Iterator[tuple[str, str, dict[str, Any]]]:
    right = _receipt()
    lost = {**right["details"], "media": [{**line, "state": "secured"} for line in right["details"]["media"]]}
    head, _, checkpoint = right["proof"].partition("\n\n")
    path = head.split("\n")
    yield "details_differ", "a lost file said to be secured", {**right, "details": lost}
    yield "details_differ", "another salt", {**right, "salt": b64url(bytes(16))}
    yield (
        "root_differs",
        "an entry moved to another time",
        {**right, "entry": {**right["entry"], "at": "2026-05-04T06:04:02.123456Z"}},
    )
    yield (
        "root_differs",
        "another place",
        {**right, "proof": right["proof"].replace(f"index {INDEX}", f"index {INDEX - 1}")},
    )
    yield (
        "root_differs",
        "two nodes exchanged",
        {**right, "proof": "\n".join([*path[:2], path[3], path[2], *path[4:]]) + "\n\n" + checkpoint},
    )
    yield "proof_too_short", "a node left out", {**right, "proof": "\n".join(path[:-1]) + "\n\n" + checkpoint}
    yield "proof_too_long", "a node too many", {**right, "proof": "\n".join([*path, path[-1]]) + "\n\n" + checkpoint}
    yield (
        "index_outside_tree",
        "beyond the tree",
        {**right, "proof": right["proof"].replace(f"index {INDEX}", f"index {SIZE}")},
    )
    yield (
        "signature_wrong",
        "a smaller tree under the same signature",
        {**right, "proof": right["proof"].replace(f"\n{SIZE}\n", f"\n{SIZE - 1}\n")},
    )
    yield "not_signed", "another log's key", _receipt(signer="casquillo/0199a000-0000-7000-8000-0000000000bb")
    yield (
        "origin_differs",
        "our key under another log's name",
        _receipt(origin="casquillo/0199a000-0000-7000-8000-0000000000bb"),
    )
    yield "proof_malformed", "no proof", {**right, "proof": "none"}
    yield (
        "number_malformed",
        "an index with a zero before it",
        {**right, "proof": right["proof"].replace("index ", "index 0")},
    )
    yield "other_act", "an entry that says something else", _receipt(kind="capture.registered")
    yield "other_manifest", "for another manifest", {**right, "manifest_sha256": made_hash("another")}
    yield "receipt_malformed", "nothing", {}
    yield "receipt_malformed", "no details", {**right, "details": {}}


def _with_hash(vkey: str, key_id: str) -> str:
    name, _, key = vkey.split("+", 2)
    return f"{name}+{key_id}+{key}"


def receipt_vectors() -> dict[str, Any]:
    """``policies`` by name, with whether the receipt is believed under each."""
    log, north, south = (f"{one.vkey}" for one in (LOG, NORTH, SOUTH))
    witnesses = f"witness norte {north}\nwitness sur {south}\n"
    return {
        "log_key": log,
        "witness_keys": [north, south],
        "agency_id": str(SIGNER.agency_id),
        "receipt": _receipt(),
        "proven": {"index": INDEX, "size": SIZE, "witnesses": [NORTH.name], "seen_at": SECONDS},
        "policies": [
            {"why": "the log alone", "policy": f"log {log}\nquorum none\n", "code": None},
            {"why": "one witness", "policy": f"log {log}\n{witnesses}quorum norte\n", "code": None},
            {
                "why": "any of two",
                "policy": f"# either\nlog {log}\n{witnesses}group two any norte sur\nquorum two\n",
                "code": None,
            },
            {
                "why": "the witness that has not seen it",
                "policy": f"log {log}\n{witnesses}quorum sur\n",
                "code": "quorum_missing",
            },
            {
                "why": "both witnesses",
                "policy": f"log {log}\n{witnesses}group two all norte sur\nquorum two\n",
                "code": "quorum_missing",
            },
            {
                "why": "a stranger's key under the log's name",
                "policy": f"log {STRANGER.vkey}\nquorum none\n",
                "code": "not_signed",
            },
            {"why": "a witness as the log", "policy": f"log {north}\nquorum none\n", "code": "policy_key_type_wrong"},
            {
                "why": "one key twice",
                "policy": f"log {log}\nwitness a {north}\nwitness b {north}\nquorum a\n",
                "code": "policy_key_twice",
            },
            {"why": "no quorum", "policy": f"log {log}\n", "code": "policy_quorum_wrong"},
            {"why": "a quorum that nobody defined", "policy": f"log {log}\nquorum x\n", "code": "policy_malformed"},
            {
                "why": "more than there are",
                "policy": f"log {log}\n{witnesses}group g 3 norte sur\nquorum g\n",
                "code": "policy_threshold_wrong",
            },
            {
                "why": "a key whose hash differs",
                "policy": f"log {_with_hash(log, '00000000')}\nquorum none\n",
                "code": "vkey_hash_differs",
            },
        ],
        "forged": [{"code": code, "why": why, "receipt": receipt} for code, why, receipt in _forgeries()],
    }
