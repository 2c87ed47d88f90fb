"""Strict compact JWS: what a phone signs is read, and nothing else is."""

import hashlib
import hmac
import json
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws as other_jws
from joserfc.jwk import ECKey
from signed_documents import JWK, KEY, SIGNER, made_key
from vectors.make import HERE

from evidence.domain.canonical import b64url, b64url_decode
from evidence.domain.jws import MAX_HEADER, MAX_PAYLOAD, Typ, public_jwk, public_key, read, sign, thumbprint
from evidence.domain.refusal import Refusal

VECTORS = json.loads((HERE / "jws.json").read_text(encoding="utf-8"))
DOCUMENTS = json.loads((HERE / "documents.json").read_text(encoding="utf-8"))["documents"]


def verified(token: bytes, typ: Typ = Typ.CAPTURE, jwk: dict[str, str] = JWK) -> bytes:
    return read(token, typ=typ).verify(jwk).payload


def refused(token: bytes, typ: Typ = Typ.CAPTURE, **limit: int) -> str:
    with pytest.raises(Refusal) as caught:
        read(token, typ=typ, **limit).verify(JWK)
    return caught.value.code


@pytest.mark.parametrize("row", VECTORS["accepted"], ids=lambda row: row["why"])
def test_accepted(row: dict[str, str]) -> None:
    assert verified(row["jws"].encode()) == b64url_decode(VECTORS["payload"])


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: f"{row['code']}: {row['why']}")
def test_refused(row: dict[str, str]) -> None:
    assert refused(row["jws"].encode()) == row["code"]


@pytest.mark.parametrize("row", VECTORS["refused_keys"], ids=lambda row: f"{row['code']}: {row['why']}")
def test_refused_keys(row: dict[str, dict[str, str]]) -> None:
    with pytest.raises(Refusal) as caught:
        public_key(row["jwk"])
    assert caught.value.code == row["code"]


@pytest.mark.parametrize("row", DOCUMENTS, ids=lambda row: row["name"])
@pytest.mark.parametrize("typ", Typ)
def test_one_kind_of_document_is_never_taken_for_another(row: dict[str, str], typ: Typ) -> None:
    token = row["jws"].encode()
    if typ == row["typ"]:
        assert verified(token, typ)
    else:
        assert refused(token, typ) == "jws_typ"


@pytest.mark.parametrize("row", DOCUMENTS, ids=lambda row: row["name"])
def test_another_library_agrees(row: dict[str, str]) -> None:
    theirs = other_jws.deserialize_compact(row["jws"], ECKey.import_key(dict(JWK)), algorithms=["ES256"])
    assert theirs.payload == verified(row["jws"].encode(), Typ(row["typ"]))


def test_hmac_keyed_with_the_public_key_is_no_signature() -> None:
    """The classic confusion: the verifier's public key, known to all, used as an HMAC secret."""
    header = b64url(json.dumps({"alg": "HS256", "typ": "capture+jws", "kid": str(SIGNER.device_id)}).encode())
    signing_input = f"{header}.{b64url(b'{}')}".encode()
    mac = hmac.new(json.dumps(JWK).encode(), signing_input, hashlib.sha256).digest()
    assert refused(signing_input + b"." + b64url(mac).encode()) in {"jws_alg", "jws_header"}
    # and with the right header, an HMAC as long as a signature
    head = sign(KEY, typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=b"{}").rsplit(b".", 1)[0]
    wide = hmac.new(json.dumps(JWK).encode(), head, hashlib.sha512).digest()
    assert refused(head + b"." + b64url(wide).encode()) == "signature"


def test_nothing_is_decoded_beyond_the_limits() -> None:
    longest = MAX_HEADER + 2 + 86
    assert refused(b"A" * (longest + 12), max_payload=8) == "jws_too_large"
    big = sign(KEY, typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=b"{" + b" " * 400 + b"}")
    assert refused(big, max_payload=100) == "payload_too_large"
    assert refused(b"!" * 600 + b".AAAA." + b"A" * 86) == "jws_header"  # its length tells, before its letters


def test_a_payload_of_exactly_the_limit_is_read() -> None:
    payload = b"x" * MAX_PAYLOAD[Typ.CAPTURE]
    token = sign(KEY, typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=payload)
    assert read(token, typ=Typ.CAPTURE).payload_bytes == payload
    one_more = sign(KEY, typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=payload + b"x")
    assert refused(one_more) == "payload_too_large"


def test_a_lookup_by_kid_needs_no_trust() -> None:
    token = VECTORS["accepted"][0]["jws"].encode()
    unverified = read(token, typ=Typ.CAPTURE)
    assert unverified.kid == SIGNER.device_id
    assert unverified.jws == token
    with pytest.raises(Refusal) as caught:
        unverified.verify(public_jwk(made_key("stranger").public_key()))
    assert caught.value.code == "signature"


def test_a_bad_key_row_verifies_nothing() -> None:
    unverified = read(VECTORS["accepted"][0]["jws"].encode(), typ=Typ.CAPTURE)
    for jwk in ({}, {**JWK, "kty": "oct"}, {**JWK, "y": JWK["x"]}):
        with pytest.raises(Refusal):
            unverified.verify(jwk)


def test_a_thumbprint_names_the_key_and_not_its_spelling() -> None:
    assert thumbprint(JWK) == thumbprint(dict(reversed(JWK.items())))
    assert thumbprint(JWK) != thumbprint(public_jwk(made_key("stranger").public_key()))
    assert thumbprint(JWK) == b64url_decode(ECKey.import_key(dict(JWK)).thumbprint()).hex()


@settings(max_examples=40)
@given(st.binary(max_size=300), st.uuids(), st.sampled_from(Typ), st.integers(1, 2**200))
def test_what_is_signed_is_verified(payload: bytes, kid: UUID, typ: Typ, secret: int) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    token = sign(key, typ=typ, kid=kid, payload=payload)
    found = read(token, typ=typ).verify(public_jwk(key.public_key()))
    assert (found.kid, found.payload, found.jws) == (kid, payload, token)


@settings(max_examples=200)
@given(st.data())
def test_no_changed_token_is_verified_to_other_facts(data: st.DataObject) -> None:
    token = VECTORS["accepted"][0]["jws"].encode()
    at = data.draw(st.integers(0, len(token) - 1))
    changed = token[:at] + data.draw(st.binary(max_size=2)) + token[at + 1 :]
    if changed != token:
        assert refused(changed)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_never_crash(noise: bytes) -> None:
    assert refused(noise)
