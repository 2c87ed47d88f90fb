"""Rescue files: opened with the right key to the bit, and with nothing else; a cut or a change shows."""

import io
import json
from collections.abc import Sequence
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from signed_documents import KEY, SERVICE_ID, SIGNER, made_id, made_key, manifest_document, payload_of

from evidence.domain.canonical import b64url, jcs, sha256_hex
from evidence.domain.jws import Typ, public_jwk, sign, thumbprint
from evidence.domain.rescue import FRAME, INFO, MAGIC, TAG, BadRescue, Record, read_header, read_records

RESCUE_KEY = made_key("rescue")
EPHEMERAL = made_key("ephemeral")
SALT = bytes(range(16))
PAYLOAD = payload_of(manifest_document())
JWS = sign(KEY, typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=PAYLOAD)
PHOTO = bytes(range(256)) * 9000  # more than two frames


def header(**change: Any) -> bytes:
    known = {
        "v": 1,
        "service_id": str(SERVICE_ID),
        "key": thumbprint(public_jwk(RESCUE_KEY.public_key())),
        "epk": public_jwk(EPHEMERAL.public_key()),
        "salt": b64url(SALT),
        "frame": FRAME,
    }
    return jcs({**known, **change})


def record(body: bytes, **head: Any) -> bytes:
    known = {"device_id": str(SIGNER.device_id), "size": len(body)}
    raw = json.dumps({**known, **head}).encode()
    return len(raw).to_bytes(4) + raw + body


def capture_record(**change: Any) -> bytes:
    head = {"kind": "capture", "id": str(made_id("capture")), "sha256": sha256_hex(PAYLOAD)}
    return record(JWS, **{**head, **change})


def photo_record(**change: Any) -> bytes:
    head = {"kind": "file", "id": str(made_id("media 1")), "sha256": sha256_hex(PHOTO)}
    whose = {"capture_id": str(made_id("capture")), "manifest": sha256_hex(PAYLOAD)}
    return record(PHOTO, **{**head, **whose, **change})


def sealed(plain: bytes, *, head: bytes | None = None, key_head: bytes | None = None) -> bytes:
    """As the phone writes it, by the plainest reading of the format."""
    head = header() if head is None else head
    secret = EPHEMERAL.exchange(ec.ECDH(), RESCUE_KEY.public_key())
    info = INFO + bytes.fromhex(sha256_hex(key_head or head))
    cipher = AESGCM(HKDF(algorithm=SHA256(), length=32, salt=SALT, info=info).derive(secret))
    pieces = [plain[at : at + FRAME] for at in range(0, len(plain), FRAME)] or [b""]
    frames = [cipher.encrypt(n.to_bytes(12), piece, bytes([n == len(pieces) - 1])) for n, piece in enumerate(pieces)]
    return MAGIC + len(head).to_bytes(4) + head + b"".join(frames)


def opened(data: bytes, key: ec.EllipticCurvePrivateKey = RESCUE_KEY) -> Sequence[Record]:
    source = io.BytesIO(data)
    return list(read_records(source, read_header(source), key))


def test_what_was_sealed_comes_back() -> None:
    document, photo = opened(sealed(capture_record() + photo_record()))
    assert (document.kind, document.id, document.sha256, document.body) == (
        "capture",
        made_id("capture"),
        sha256_hex(PAYLOAD),
        JWS,
    )
    assert (photo.kind, photo.capture_id, photo.manifest) == ("file", made_id("capture"), sha256_hex(PAYLOAD))
    assert photo.body == PHOTO
    assert opened(sealed(b"")) == []


@pytest.mark.parametrize("size", [FRAME - 1, FRAME, FRAME + 1, 2 * FRAME])
def test_frames_end_anywhere(size: int) -> None:
    body = bytes(size)
    whole = record(
        body, kind="file", id=str(made_id("m")), sha256=sha256_hex(body), capture_id=str(made_id("c")), manifest="m"
    )
    assert opened(sealed(whole + capture_record()))[0].body == body


SEALED = sealed(capture_record())
CUT = sealed(photo_record())[: -(len(photo_record()) % FRAME) - TAG]


@pytest.mark.parametrize(
    ("why", "code", "data"),
    [
        ("nothing", "not_a_rescue_file", b""),
        ("something else", "not_a_rescue_file", b"PK\x03\x04" + bytes(60)),
        ("a header that is no JSON", "not_a_rescue_file", MAGIC + (4).to_bytes(4) + b"{{{{"),
        ("a header without end", "not_a_rescue_file", MAGIC + (2**31).to_bytes(4) + b"{}"),
        ("a later version", "not_a_rescue_file", sealed(b"", head=header(v=2))),
        ("another key", "other_key", sealed(b"", head=header(key="0" * 64))),
        ("a changed header", "cut_or_changed", sealed(b"", head=header(salt=b64url(bytes(16))), key_head=header())),
        ("a last frame that is missing", "cut_or_changed", CUT),
        ("a last byte that is missing", "cut_or_changed", sealed(capture_record())[:-1]),
        ("one bit", "cut_or_changed", SEALED[:-9] + bytes([SEALED[-9] ^ 1]) + SEALED[-8:]),
        ("a record that is cut", "record_malformed", sealed(capture_record()[:-5])),
        ("a record of a kind that nobody knows", "record_malformed", sealed(capture_record(kind="other"))),
        ("a record without its id", "record_malformed", sealed(record(b"", kind="capture"))),
        ("a file without its capture", "record_malformed", sealed(photo_record(capture_id="?"))),
        ("a body of other bytes", "bytes_differ", sealed(photo_record(sha256="0" * 64))),
        ("a document of another hash", "bytes_differ", sealed(capture_record(sha256="0" * 64))),
        ("a huge size", "record_malformed", sealed(photo_record(size=2**40))),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_anything_else_opens_nothing(why: str, code: str, data: bytes) -> None:
    with pytest.raises(BadRescue) as refused:
        opened(data)
    assert refused.value.code == code, why


def test_another_services_key_opens_nothing() -> None:
    with pytest.raises(BadRescue) as refused:
        opened(sealed(capture_record()), made_key("another"))
    assert refused.value.code == "other_key"
