"""A simulated phone that speaks the real protocol: reference client, and the officer of demo, tests and benchmarks.

It holds a real P-256 key, signs manifests as canonical JSON, uploads the real bytes both ways, and can misbehave
where a test asks it to: every part (:meth:`Phone.sign`, :meth:`Phone.put_manifest`, :meth:`Phone.send_file` …) may be
called by itself with other bytes.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.ids import uuid7
from evidence.domain.jws import Typ, public_jwk, sign
from standalone.receipts import Receipt, verified

BUILD = "phone-1"
JOSE = {"content-type": "application/jose"}
CHUNK = 1024 * 1024


def new_id() -> UUID:
    return uuid7(datetime.now(UTC), os.urandom(10))


def now_text() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class Refused(Exception):
    """The service answered with a problem; ``status`` and ``code`` are its own."""

    def __init__(self, answer: httpx.Response) -> None:
        try:
            body = answer.json()
        except ValueError:
            body = {}
        self.status = answer.status_code
        self.code = str(body.get("code", ""))
        super().__init__(f"{answer.request.method} {answer.request.url.path}: {self.status} {answer.text[:500]}")


def checked(answer: httpx.Response, *good: int) -> httpx.Response:
    """The answer, if its status is one of ``good`` (any 2xx by default)."""
    if answer.status_code in good or (not good and answer.is_success):
        return answer
    raise Refused(answer)


@dataclass(frozen=True)
class File:
    """One file of a capture: what it shows and its bytes."""

    view: str
    data: bytes = field(repr=False)
    item_ids: Sequence[UUID] = ()
    package_id: UUID | None = None
    content_type: str = "image/jpeg"
    source: str = "camera"
    id: UUID = field(default_factory=new_id)

    @property
    def sha256(self) -> str:
        return sha256_hex(self.data)

    def line(self) -> dict[str, Any]:
        """The manifest's line for it."""
        return {
            "id": str(self.id),
            "item_ids": [str(item_id) for item_id in self.item_ids],
            "package_id": str(self.package_id) if self.package_id else None,
            "view": self.view,
            "sha256": self.sha256,
            "size": len(self.data),
            "content_type": self.content_type,
            "source": self.source,
            "captured_at": now_text(),
        }


@dataclass(frozen=True)
class Signed:
    """A signed manifest and the files that it names."""

    capture_id: UUID
    payload: dict[str, Any]
    jws: bytes = field(repr=False)
    files: Sequence[File] = ()

    @property
    def sha256(self) -> str:
        return sha256_hex(jcs(self.payload))


@dataclass(frozen=True)
class Stated:
    """A signed statement."""

    statement_id: UUID
    payload: dict[str, Any]
    jws: bytes = field(repr=False)


class Phone:
    """One enrolment. ``http`` is a client with the service's base URL; it carries no cookies."""

    def __init__(self, http: httpx.Client, *, agency_id: UUID, officer_id: UUID, service_id: UUID) -> None:
        self.http = http
        self.agency_id, self.officer_id, self.service_id = agency_id, officer_id, service_id
        self.device_id = new_id()
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.seq, self.head = 0, None
        self.clock_session = uuid4()
        self.bearer: str | None = None
        self.log_keys: list[str] = []
        self.rules: dict[str, Any] = {}
        self.outbox: dict[UUID, File] = {}

    head: str | None

    def enrolment(self, nonce: str) -> dict[str, Any]:
        """The body of ``POST /devices``: the public key and the proof that we hold the private one."""
        jwk = public_jwk(self.key.public_key())
        payload = {
            "v": 1,
            "aud": f"casquillo:{self.service_id}",
            "nonce": nonce,
            "device_id": str(self.device_id),
            "officer_id": str(self.officer_id),
            "agency_id": str(self.agency_id),
            "key": jwk,
            "label": "Teléfono simulado",
            "storage": {"persisted": True, "quota_bytes": 10**10, "used_bytes": 10**6},
            "app": BUILD,
            "enrolled_at": now_text(),
        }
        proof = sign(self.key, typ=Typ.ENROL, kid=self.device_id, payload=jcs(payload))
        return {"key": jwk, "proof": proof.decode()}

    def pin(self, enrolled: Mapping[str, Any]) -> None:
        """Keeps whose signatures to believe, and what the agency demands, from the answer to ``POST /devices``."""
        self.log_keys = list(enrolled["log_keys"])
        self.rules = enrolled["agency"]

    def connect(self, *, unsent: int = 0, oldest_unsent_at: str | None = None) -> str:
        """Challenge and session: a bearer for 15 minutes; the heartbeat travels inside."""
        nonce = checked(self.http.post(f"/api/v1/devices/{self.device_id}/challenge")).json()["nonce"]
        payload = {
            "v": 1,
            "aud": f"casquillo:{self.service_id}",
            "nonce": nonce,
            "device_id": str(self.device_id),
            "heartbeat": {
                "last_seq": self.seq,
                "head": self.head,
                "unsent": unsent,
                "oldest_unsent_at": oldest_unsent_at,
                "storage": {"persisted": True, "quota_bytes": 10**10, "used_bytes": 10**6},
                "app": BUILD,
                "at": now_text(),
                "clock": self._clock(),
            },
        }
        jws = sign(self.key, typ=Typ.DEVICE_SESSION, kid=self.device_id, payload=jcs(payload))
        answer = checked(self.http.post(f"/api/v1/devices/{self.device_id}/session", content=jws, headers=JOSE))
        self.bearer = answer.json()["token"]
        self.rules = answer.json()["agency"]
        return self.bearer

    @property
    def auth(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.bearer}"}

    def _clock(self) -> dict[str, Any]:
        return {
            "server_offset_ms": 120,
            "measured_at": now_text(),
            "session": str(self.clock_session),
            "elapsed_ms": 1000 + self.seq,
        }

    def sign(self, facts: Mapping[str, Any], files: Sequence[File], *, capture_id: UUID | None = None) -> Signed:
        """Signs a capture as the next of this phone's chain; ``facts`` overrides any member of the manifest."""
        payload = {
            "v": 1,
            "aud": f"casquillo:{self.service_id}",
            "capture_id": str(capture_id or new_id()),
            "amends": None,
            "device_id": str(self.device_id),
            "officer_id": str(self.officer_id),
            "agency_id": str(self.agency_id),
            "seq": self.seq + 1,
            "prev": self.head,
            "captured_at": now_text(),
            "zone": "America/Monterrey",
            "clock": self._clock(),
            "log_seen": None,
            "unlock": {"method": "pin", "at": now_text()},
            "app": BUILD,
            "capacity": "processing",
            "position": None,
            "packages": [],
            "items": [],
            **({"agency_rules": self.rules["version"]} if self.rules else {}),
            **facts,
            "media": [file.line() for file in files],
        }
        data = jcs(payload)
        self.seq, self.head = payload["seq"], sha256_hex(data)
        self.outbox |= {file.id: file for file in files}
        jws = sign(self.key, typ=Typ.CAPTURE, kid=self.device_id, payload=data)
        return Signed(UUID(payload["capture_id"]), payload, jws, files)

    def state(self, kind: str, facts: Mapping[str, Any], *, statement_id: UUID | None = None) -> Stated:
        """Signs a statement (discard, media_lost, closing, cosign) as the next of this phone's chain."""
        payload: dict[str, Any] = {
            "v": 1,
            "aud": f"casquillo:{self.service_id}",
            "statement_id": str(statement_id or new_id()),
            "device_id": str(self.device_id),
            "officer_id": str(self.officer_id),
            "agency_id": str(self.agency_id),
            "seq": self.seq + 1,
            "prev": self.head,
            "stated_at": now_text(),
            "clock": self._clock(),
            "unlock": {"method": "pin", "at": now_text()},
            "app": BUILD,
            "kind": kind,
            "facts": dict(facts),
        }
        data = jcs(payload)
        self.seq, self.head = payload["seq"], sha256_hex(data)
        jws = sign(self.key, typ=Typ.STATEMENT, kid=self.device_id, payload=data)
        return Stated(UUID(payload["statement_id"]), payload, jws)

    def put_statement(self, stated: Stated) -> httpx.Response:
        """Sends a statement; any answer is returned as it is."""
        path = f"/api/v1/devices/{self.device_id}/statements/{stated.statement_id}"
        return self.http.put(path, content=stated.jws, headers={**JOSE, **self.auth})

    def put_manifest(self, signed: Signed) -> httpx.Response:
        """Sends the facts; any answer is returned as it is."""
        return self.http.put(f"/api/v1/captures/{signed.capture_id}", content=signed.jws, headers={**JOSE, **self.auth})

    def targets(self, signed: Signed, *, chunk_size: int | None = None) -> dict[str, Any]:
        """Upload targets for all files: whole, or in chunks of ``chunk_size`` bytes."""
        wishes = [_wish(file, chunk_size) for file in signed.files]
        answer = self.http.post(
            f"/api/v1/captures/{signed.capture_id}/uploads",
            params={"manifest": signed.sha256},
            json={"media": wishes},
            headers=self.auth,
        )
        body: dict[str, Any] = checked(answer).json()
        return body

    def send_part(self, part: Mapping[str, Any], data: bytes) -> httpx.Response:
        """One PUT as the service told; device bearer only where the URL is the service's own (the relay)."""
        headers = dict(part["headers"])
        if str(part["url"]).startswith(str(self.http.base_url)):
            headers |= self.auth
        piece = data[part["offset"] : part["offset"] + part["size"]]
        return self.http.request(part["method"], part["url"], content=piece, headers=headers)

    def send_files(self, signed: Signed, *, chunk_size: int | None = None) -> None:
        """Every missing part of every file; a part that is there already (409, 412) counts as sent."""
        files = {str(file.id): file for file in signed.files}
        for target in self.targets(signed, chunk_size=chunk_size)["media"]:
            for part in target["parts"]:
                checked(self.send_part(part, files[target["id"]].data), 200, 204, 409, 412)

    def complete(self, signed: Signed) -> httpx.Response:
        return self.http.post(
            f"/api/v1/captures/{signed.capture_id}/complete",
            params={"manifest": signed.sha256},
            json={"media": [str(file.id) for file in signed.files]},
            headers=self.auth,
        )

    def receipt(self, signed: Signed, *, wait: int = 25) -> httpx.Response:
        """The manifest's receipt, waited for up to ``wait`` seconds; 404 ``receipt_not_yet`` before there is one."""
        return self.http.get(
            f"/api/v1/captures/{signed.capture_id}/receipt",
            params={"manifest": signed.sha256, "wait": wait},
            headers=self.auth,
            timeout=wait + 30,
        )

    def verified_receipt(self, signed: Signed, *, wait: int = 25) -> Receipt | None:
        """The receipt, verified against the pinned keys; None while there is none. ``NotProven`` for a wrong one."""
        answer = self.receipt(signed, wait=wait)
        if answer.status_code == 404 and answer.json()["code"] == "receipt_not_yet":
            return None
        return verified(checked(answer).json(), log_keys=self.log_keys, manifest_sha256=signed.sha256)

    def settle(self, signed: Signed, *, wait: int = 25) -> bool:
        """Deletes what a verified receipt says is kept, and nothing else; whether no file is left."""
        receipt = self.verified_receipt(signed, wait=wait)
        for file in signed.files:
            if receipt is not None and receipt.may_delete(str(file.id), file.sha256):
                self.outbox.pop(file.id, None)
        return not any(file.id in self.outbox for file in signed.files)

    def send(self, signed: Signed, *, chunk_size: int | None = None) -> None:
        """The whole way: facts, files, confirmation."""
        checked(self.put_manifest(signed), 200, 201)
        if signed.files:
            self.send_files(signed, chunk_size=chunk_size)
            checked(self.complete(signed), 202)


def _wish(file: File, chunk_size: int | None) -> dict[str, Any]:
    if chunk_size is None:
        return {"id": str(file.id), "way": "whole"}
    pieces = [file.data[at : at + chunk_size] for at in range(0, len(file.data), chunk_size)]
    chunks = [{"n": n, "sha256": hashlib.sha256(piece).hexdigest()} for n, piece in enumerate(pieces)]
    return {"id": str(file.id), "way": "chunks", "chunk_size": chunk_size, "chunks": chunks}
