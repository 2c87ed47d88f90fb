"""Writes the known-answer vectors beside this file. Run from the project's root:

    .venv/bin/python tests/unit/vectors/make.py

The phone's tests read the same files. Expected codes are written here by hand; signatures follow RFC 6979, so that
a second run gives the same bytes.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).parents[1]))

from signed_documents import (
    JWK,
    KEY,
    SIGNER,
    device_session_document,
    enrolment_document,
    made_id,
    made_key,
    manifest_document,
    payload_of,
    statement_document,
)
from vectors.bundles import bundle_vectors
from vectors.handovers import handover_vectors
from vectors.phone import code_vectors, readiness_vectors, serial_vectors
from vectors.receipts import receipt_vectors

from evidence.domain.canonical import b64url, b64url_decode, sha256_hex
from evidence.domain.ids import folio
from evidence.domain.jws import Typ, public_jwk, sign, sign_raw

HERE = Path(__file__).parent
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KID = str(SIGNER.device_id)
SMALL = b'{"a":1}'


def _signed(payload: bytes, typ: Typ = Typ.CAPTURE) -> str:
    return sign(KEY, typ=typ, kid=SIGNER.device_id, payload=payload, deterministic=True).decode()


def _with_header(header: bytes, payload: bytes = SMALL) -> str:
    """Rightly signed under any header at all."""
    signing_input = f"{b64url(header)}.{b64url(payload)}".encode()
    return (signing_input + b"." + sign_raw(KEY, signing_input, deterministic=True)).decode()


def _header(**members: Any) -> bytes:
    return json.dumps(members, separators=(",", ":")).encode()


def _with_signature(change: Callable[[bytes], bytes]) -> str:
    head, payload, signature = _signed(SMALL).split(".")
    return f"{head}.{payload}.{b64url(change(b64url_decode(signature)))}"


def _halves(r: int | None = None, s: int | None = None) -> Callable[[bytes], bytes]:
    def change(raw: bytes) -> bytes:
        left = raw[:32] if r is None else r.to_bytes(32)
        right = raw[32:] if s is None else s.to_bytes(32)
        return left + right

    return change


def _high_s(raw: bytes) -> bytes:
    return raw[:32] + (_ORDER - int.from_bytes(raw[32:])).to_bytes(32)


def folio_vectors() -> dict[str, Any]:
    ids = [
        UUID("00000000-0000-0000-0000-000000000000"),
        UUID("ffffffff-ffff-ffff-ffff-ffffffffffff"),
        *(made_id(f"folio {n}") for n in range(6)),
    ]
    first = folio(ids[2])
    wrong_check = first[:-1] + ("3" if first[-1] != "3" else "4")
    swapped = first[1] + first[0] + first[2:]
    return {
        "valid": [{"capture_id": str(one), "folio": folio(one)} for one in ids],
        "accepted_spellings": [first.lower(), first.replace("-", ""), first.replace("-", " ")],
        "invalid": [wrong_check, swapped, first[:-1], first + "3", "0" + first[1:], ""],
    }


def payload_vectors() -> dict[str, Any]:
    """Payload bytes as base64url, with the code of their refusal, or null and the hash."""
    canonical = [
        ("small", SMALL),
        ("empty object", b"{}"),
        ("accents, an emoji and a line end", '{"a":"Ñandú 🙂\\n"}'.encode()),
        ("names beyond U+FFFF sort by UTF-16 unit", '{"🙂":1,"ﬀ":2}'.encode()),
        ("the largest integers", b'{"a":9007199254740991,"b":-9007199254740991}'),
        ("sixteen deep", b'{"a":' + b"[" * 15 + b"]" * 15 + b"}"),
        ("brackets in text are no depth", b'{"a":"' + b"[" * 40 + b'"}'),
        ("escaped quotes in text", b'{"a":"\\"[[[[[[[[[[[[[[[[[[\\\\"}'),
    ]
    refused = [
        ("payload_utf8", "Latin-1", b'{"a":"\xf1"}'),
        ("payload_utf8", "an overlong slash", b'{"a":"\xc0\xaf"}'),
        ("payload_utf8", "a surrogate in UTF-8", b'{"a":"\xed\xa0\x80"}'),
        ("payload_json", "nothing", b""),
        ("payload_json", "a byte order mark", b"\xef\xbb\xbf{}"),
        ("payload_json", "cut short", b'{"a":1'),
        ("payload_json", "two documents", b"{}{}"),
        ("payload_json", "a comment", b"{/**/}"),
        ("payload_json", "a raw control character in text", b'{"a":"\x01"}'),
        ("payload_json", "a raw NUL after the end", b"{}\x00"),
        ("payload_not_object", "an array", b"[]"),
        ("payload_not_object", "text", b'"a"'),
        ("payload_depth", "seventeen deep", b'{"a":' + b"[" * 16 + b"]" * 16 + b"}"),
        ("payload_depth", "deep and never closed", b"[" * 5000),
        ("payload_duplicate_name", "a name twice", b'{"a":1,"a":1}'),
        ("payload_duplicate_name", "a name twice, once escaped", b'{"a":1,"\\u0061":2}'),
        ("payload_duplicate_name", "a name twice, further in", b'{"a":[{"b":1,"b":2}]}'),
        ("payload_float", "a decimal", b'{"a":1.5}'),
        ("payload_float", "a whole number with a point", b'{"a":1.0}'),
        ("payload_float", "an exponent", b'{"a":1e3}'),
        ("payload_float", "beyond every float", b'{"a":1e999}'),
        ("payload_not_a_number", "NaN", b'{"a":NaN}'),
        ("payload_not_a_number", "Infinity", b'{"a":Infinity}'),
        ("payload_not_a_number", "minus Infinity", b'{"a":-Infinity}'),
        ("payload_integer", "2^53", b'{"a":9007199254740992}'),
        ("payload_integer", "minus 2^53", b'{"a":-9007199254740992}'),
        ("payload_integer", "five thousand digits", b'{"a":' + b"9" * 5000 + b"}"),
        ("payload_surrogate", "a lone high surrogate", b'{"a":"\\ud800"}'),
        ("payload_surrogate", "a lone low surrogate in a name", b'{"\\udc00":1}'),
        ("payload_control", "an escaped NUL", b'{"a":"\\u0000"}'),
        ("payload_control", "an escaped bell in a name", b'{"\\u0007":1}'),
        ("payload_not_nfc", "n and a combining tilde", '{"a":"n\u0303"}'.encode()),
        ("payload_not_nfc", "the same, escaped", b'{"a":"n\\u0303"}'),
        ("payload_not_nfc", "in a name", '{"n\u0303":1}'.encode()),
        ("payload_not_canonical", "a space", b'{"a": 1}'),
        ("payload_not_canonical", "a line end behind", b'{"a":1}\n'),
        ("payload_not_canonical", "names not sorted", b'{"b":1,"a":1}'),
        ("payload_not_canonical", "names beyond U+FFFF sorted by code point", '{"ﬀ":2,"🙂":1}'.encode()),
        ("payload_not_canonical", "minus zero", b'{"a":-0}'),
        ("payload_not_canonical", "an escape without need", b'{"a":"\\u0041"}'),
        ("payload_not_canonical", "an emoji as escapes", b'{"a":"\\ud83d\\ude42"}'),
        ("payload_not_canonical", "an escaped slash", b'{"a":"\\/"}'),
        ("payload_not_canonical", "an escape in capitals", b'{"a":"\\u000A"}'),
    ]
    return {
        "canonical": [
            {"why": why, "payload": b64url(payload), "sha256": sha256_hex(payload)} for why, payload in canonical
        ],
        "refused": [{"why": why, "payload": b64url(payload), "code": code} for code, why, payload in refused],
    }


def _refused_headers() -> list[tuple[str, str, str]]:
    right = {"alg": "ES256", "typ": "capture+jws", "kid": KID}
    double = f'{{"alg":"ES256","alg":"none","typ":"capture+jws","kid":"{KID}"}}'.encode()
    spaced = json.dumps(right).encode()
    escaped = _header(**right).replace(b"alg", b"\\u0061lg")
    return [
        ("jws_alg", "alg none", _with_header(_header(**{**right, "alg": "none"}))),
        ("jws_alg", "alg none in capitals", _with_header(_header(**{**right, "alg": "None"}))),
        ("jws_alg", "HMAC with the public key in mind", _with_header(_header(**{**right, "alg": "HS256"}))),
        ("jws_alg", "another curve", _with_header(_header(**{**right, "alg": "ES384"}))),
        ("jws_alg", "alg in small letters", _with_header(_header(**{**right, "alg": "es256"}))),
        ("jws_alg", "alg is no text", _with_header(_header(**{**right, "alg": ["ES256"]}))),
        ("jws_typ", "a statement for a capture", _with_header(_header(**{**right, "typ": "statement+jws"}))),
        ("jws_typ", "typ as a whole media type", _with_header(_header(**{**right, "typ": "application/capture+jws"}))),
        ("jws_kid", "kid in capitals", _with_header(_header(**{**right, "kid": KID.upper()}))),
        ("jws_kid", "kid is no id", _with_header(_header(**{**right, "kid": "../../etc"}))),
        ("jws_kid", "kid with a line end", _with_header(_header(**{**right, "kid": KID + "\n"}))),
        ("jws_kid", "kid is null", _with_header(_header(**{**right, "kid": None}))),
        ("jws_header", "no kid", _with_header(_header(alg="ES256", typ="capture+jws"))),
        ("jws_header", "its own key", _with_header(_header(**right, jwk=JWK))),
        ("jws_header", "a key's address", _with_header(_header(**right, jku="https://example.invalid/k"))),
        ("jws_header", "critical extensions", _with_header(_header(**right, crit=["b64"], b64=False))),
        ("jws_header", "alg twice", _with_header(double)),
        ("jws_header", "spaces", _with_header(spaced)),
        ("jws_header", "an escaped name", _with_header(escaped)),
        ("jws_header", "an array", _with_header(b'["alg","typ","kid"]')),
        ("jws_header", "pairs in an array", _with_header(b'[["alg","ES256"],["typ","capture+jws"],["kid","x"]]')),
        ("jws_header", "no JSON", _with_header(b"alg=ES256")),
        ("jws_header", "no UTF-8", _with_header(b"\xff\xfe")),
        ("jws_header", "too long", _with_header(_header(**{**right, "kid": "a" * 600}))),
    ]


def _refused_parts() -> list[tuple[str, str, str]]:
    head, payload, signature = _signed(SMALL).split(".")
    stray = "AAB"  # two bytes and stray bits: the same bytes as AAA, once more
    return [
        ("jws_parts", "nothing", ""),
        ("jws_parts", "no signature part", f"{head}.{payload}"),
        ("jws_parts", "four parts", f"{head}.{payload}.{signature}."),
        ("jws_parts", "five parts, as an encrypted one has", f"{head}.{payload}.{signature}.{head}.{head}"),
        ("jws_base64url", "padded", f"{head}.{payload}==.{signature}"),
        ("jws_base64url", "plain base64", f"{head}.{payload}.+/{signature[2:]}"),
        ("jws_base64url", "a line end behind", f"{head}.{payload}.{signature}\n"),
        ("jws_base64url", "a space before", f" {head}.{payload}.{signature}"),
        ("jws_base64url", "stray bits", f"{head}.{stray}.{signature}"),
        ("jws_base64url", "an impossible length", f"{head}.AAAAA.{signature}"),
        ("jws_header", "an empty header", f".{payload}.{signature}"),
        ("jws_header", "parts in another order", f"{payload}.{head}.{signature}"),
        ("signature_form", "an empty signature", f"{head}.{payload}."),
        ("signature_form", "one byte less", _with_signature(lambda raw: raw[:-1])),
        ("signature_form", "one byte more", _with_signature(lambda raw: raw + b"\x00")),
        ("signature_form", "DER", f"{head}.{payload}.{b64url(b'0D' + bytes(68))}"),
        ("signature_form", "r is 0", _with_signature(_halves(r=0))),
        ("signature_form", "s is 0", _with_signature(_halves(s=0))),
        ("signature_form", "both are 0", _with_signature(_halves(r=0, s=0))),
        ("signature_form", "r is n", _with_signature(_halves(r=_ORDER))),
        ("signature_form", "s is beyond n", _with_signature(_halves(s=2**256 - 1))),
    ]


def _refused_signatures() -> list[tuple[str, str, str]]:
    head, payload, signature = _signed(SMALL).split(".")
    other_payload = _signed(b'{"a":2}').split(".")[1]
    stranger = sign(made_key("stranger"), typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=SMALL, deterministic=True)
    other_kid = b64url(_header(alg="ES256", typ="capture+jws", kid=str(made_id("other device"))))
    reordered = b64url(_header(typ="capture+jws", alg="ES256", kid=KID))
    return [
        ("signature", "another payload", f"{head}.{other_payload}.{signature}"),
        ("signature", "payload cut short", f"{head}.{payload[:4]}.{signature}"),
        ("signature", "another key", stranger.decode()),
        ("signature", "another kid under the same signature", f"{other_kid}.{payload}.{signature}"),
        ("signature", "the header's members in another order", f"{reordered}.{payload}.{signature}"),
        ("signature", "r and s exchanged", _with_signature(lambda raw: raw[32:] + raw[:32])),
        ("signature", "one bit flipped", _with_signature(lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]))),
    ]


def jws_vectors() -> dict[str, Any]:
    accepted = [
        ("as a phone signs", _signed(SMALL)),
        ("a high s", _with_signature(_high_s)),
        ("header members in another order", _with_header(_header(kid=KID, typ="capture+jws", alg="ES256"))),
    ]
    refused = [*_refused_parts(), *_refused_headers(), *_refused_signatures()]
    return {
        "typ": Typ.CAPTURE,
        "public_jwk": JWK,
        "payload": b64url(SMALL),
        "accepted": [{"why": why, "jws": jws} for why, jws in accepted],
        "refused": [{"why": why, "code": code, "jws": jws} for code, why, jws in refused],
        "refused_keys": _refused_keys(),
    }


def _refused_keys() -> list[dict[str, Any]]:
    other = public_jwk(made_key("stranger").public_key())
    zero = b64url(bytes(32))
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("key_not_on_curve", "no point of the curve", {**JWK, "y": other["y"]}),
        ("key_not_on_curve", "zero", {**JWK, "x": zero, "y": zero}),
        ("key_not_on_curve", "beyond the field", {**JWK, "x": b64url(b"\xff" * 32)}),
        ("key_form", "a private key", {**JWK, "d": zero}),
        ("key_form", "key_ops, as a browser exports", {**JWK, "key_ops": ["verify"], "ext": True}),
        ("key_form", "another curve", {**JWK, "crv": "P-384"}),
        ("key_form", "a symmetric key", {"kty": "oct", "k": zero}),
        ("key_form", "another type", {**JWK, "kty": "OKP"}),
        ("key_form", "a short coordinate", {**JWK, "x": b64url(bytes(31))}),
        ("key_form", "a padded coordinate", {**JWK, "x": JWK["x"] + "="}),
        ("key_form", "a coordinate that is no text", {**JWK, "x": 7}),
        ("key_form", "nothing", {}),
    ]
    return [{"why": why, "code": code, "jwk": jwk} for code, why, jwk in cases]


def document_vectors() -> dict[str, Any]:
    """One rightly signed document of each kind: payload, its hash, the JWS."""
    documents: list[tuple[str, Typ, dict[str, Any]]] = [
        ("manifest", Typ.CAPTURE, manifest_document()),
        *((kind, Typ.STATEMENT, statement_document(kind)) for kind in ("discard", "media_lost", "closing", "cosign")),
        ("enrolment", Typ.ENROL, enrolment_document()),
        ("device session", Typ.DEVICE_SESSION, device_session_document()),
    ]
    rows = []
    for name, typ, document in documents:
        payload = payload_of(document)
        row = {"name": name, "typ": typ, "sha256": sha256_hex(payload), "jws": _signed(payload, typ)}
        rows.append({**row, "document": document})
    return {"public_jwk": JWK, "documents": rows}


VECTORS: dict[str, Callable[[], dict[str, Any]]] = {
    "folio": folio_vectors,
    "payload": payload_vectors,
    "jws": jws_vectors,
    "documents": document_vectors,
    "receipts": receipt_vectors,
    "handovers": handover_vectors,
    "serials": serial_vectors,
    "readiness": readiness_vectors,
    "codes": code_vectors,
    "bundles": bundle_vectors,
}


def written(name: str) -> str:
    """The text of ``<name>.json``."""
    return json.dumps(VECTORS[name](), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for vector in VECTORS:
        (HERE / f"{vector}.json").write_text(written(vector), encoding="utf-8")
