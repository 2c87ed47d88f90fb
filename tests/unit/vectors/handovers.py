"""Known handovers of a log's key: a chain of three keys, and changes that no pinned key has said."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from signed_documents import made_hash, made_id, payload_of

from evidence.domain.callers import Actor
from evidence.domain.canonical import b64url
from evidence.domain.custody import Chain, Entry
from evidence.domain.log import note, proof
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import inclusion_proof, root
from evidence.domain.log.note import Algorithm, Verifier

SERVICE = UUID("0199a000-0000-7000-8000-0000000000aa")
OTHER = UUID("0199a000-0000-7000-8000-0000000000bb")
SALT = hashlib.sha256(b"salt of a handover").digest()[:16]
SIZE, INDEX = 5, 3


def _key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


def _verifier(name: str, service: UUID = SERVICE) -> Verifier:
    return Verifier(f"casquillo/{service}", Algorithm.ED25519, _key(name).public_key().public_bytes_raw())


class _Tree:
    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves

    def read(self, level: int, index: int) -> bytes:
        return root(self.leaves[index << level : (index + 1) << level])


def _proof(entry_sha256: bytes, signers: list[str], service: UUID) -> str:
    entries = [hashlib.sha256(f"entry {n}".encode()).digest() for n in range(SIZE)]
    entries[INDEX] = entry_sha256
    leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
    head = Checkpoint(f"casquillo/{service}", SIZE, root(leaves))
    signed = b""
    for name in signers:
        by = _verifier(name, service)
        one = note.sign(head.body(), name=by.name, key_id=by.key_id, signer=_key(name).sign)
        signed = note.add(signed, note.parse_signatures(one.decode().partition("\n\n")[2])) if signed else one
    return proof.make(index=INDEX, path=inclusion_proof(INDEX, SIZE, _Tree(leaves)), note=signed)


def _handover(
    new: str, signers: list[str], *, kind: str = "log.key_added", service: UUID = SERVICE, vkey: str | None = None
) -> dict[str, Any]:
    details = {
        "origin": f"casquillo/{service}",
        "vkey": vkey or _verifier(new, service).vkey,
        "retiring": [_verifier(name, service).vkey for name in signers if name != new],
        "retire_at": "2026-06-01T00:00:00.000000Z",
    }
    entry = Entry(
        entry_id=made_id(f"handover {new}"),
        agency_id=service,
        chain=Chain("log", service),
        seq=2,
        prev=made_hash("log opened"),
        kind=kind,
        at=datetime(2026, 5, 2, 0, 0, 0, 1, tzinfo=UTC),
        actor=Actor("system", service, None),
        subject_sha256=made_hash("subject"),
        details_sha256=hashlib.sha256(SALT + payload_of(details)).hexdigest(),
        nonce=b64url(hashlib.sha256(b"nonce").digest()),
    )
    told = _proof(bytes.fromhex(entry.sha256()), signers, service)
    return {"entry": entry.members(), "salt": b64url(SALT), "details": details, "proof": told}


def handover_vectors() -> dict[str, Any]:
    first, second = _handover("two", ["one", "two"]), _handover("three", ["two", "three"])
    stranger = _verifier("stranger").vkey
    return {
        "service_id": str(SERVICE),
        "keys": [_verifier(name).vkey for name in ("one", "two", "three")],
        "handovers": [first, second],
        "unbelieved": [
            {"why": "a key that only says itself", "handover": _handover("stranger", ["stranger"])},
            {"why": "the second step without the first", "handover": second},
            {"why": "another act", "handover": _handover("two", ["one", "two"], kind="log.opened")},
            {"why": "another log's change", "handover": _handover("two", ["one", "two"], service=OTHER)},
            {
                "why": "a key of another log",
                "handover": _handover("two", ["one", "two"], vkey=_verifier("two", OTHER).vkey),
            },
            {
                "why": "another key put into the details",
                "handover": {**first, "details": {**first["details"], "vkey": stranger}},
            },
            {"why": "a proof of something else", "handover": {**first, "proof": second["proof"]}},
            {"why": "nothing", "handover": {}},
        ],
    }
