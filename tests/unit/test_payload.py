"""Payload bytes: one spelling, within limits, each fault with its own code."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors.make import HERE

from evidence.domain.canonical import b64url_decode, jcs, sha256_hex
from evidence.domain.payload import MAX_INTEGER, read_payload
from evidence.domain.refusal import Refusal

VECTORS = json.loads((HERE / "payload.json").read_text(encoding="utf-8"))
LIMIT = 256 * 1024


def refusal_of(payload: bytes, limit: int = LIMIT) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read_payload(payload, max_bytes=limit)
    return caught.value


def outcome_of(payload: bytes) -> dict[str, Any] | str:
    """What is read, or the code of the refusal."""
    try:
        return read_payload(payload, max_bytes=LIMIT)
    except Refusal as refusal:
        return refusal.code


@pytest.mark.parametrize("row", VECTORS["canonical"], ids=lambda row: row["why"])
def test_canonical_bytes_are_read(row: dict[str, str]) -> None:
    payload = b64url_decode(row["payload"])
    assert jcs(read_payload(payload, max_bytes=LIMIT)) == payload
    assert sha256_hex(payload) == row["sha256"]


@pytest.mark.parametrize("row", VECTORS["refused"], ids=lambda row: f"{row['code']}: {row['why']}")
def test_other_bytes_are_refused(row: dict[str, str]) -> None:
    assert refusal_of(b64url_decode(row["payload"])).code == row["code"]


def test_the_limit_is_in_bytes_and_inclusive() -> None:
    payload = jcs({"a": "ñ" * 10})
    assert read_payload(payload, max_bytes=len(payload))
    assert refusal_of(payload, len(payload) - 1).code == "payload_too_large"


def test_a_refusal_points_at_the_text_and_does_not_repeat_it() -> None:
    refusal = refusal_of(jcs({"items": [{}, {"make": {"te/xt": "n\u0303"}}]}))
    assert refusal.errors == {"/items/1/make/te~1xt": ["payload_not_nfc"]}


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(texts, values, max_size=5))
def test_whatever_jcs_writes_is_read_back_or_refused_for_its_text(value: dict[str, Any]) -> None:
    outcome = outcome_of(jcs(value))
    assert outcome == value or outcome in {"payload_not_nfc", "payload_depth"}


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(noise: bytes) -> None:
    outcome = outcome_of(noise)
    assert isinstance(outcome, str) or jcs(outcome) == noise


@given(st.dictionaries(texts, values, min_size=1, max_size=4), st.data())
def test_one_byte_more_or_another_byte_is_never_the_same_document(value: dict[str, Any], data: st.DataObject) -> None:
    payload = jcs(value)
    at = data.draw(st.integers(0, len(payload)))
    changed = payload[:at] + data.draw(st.binary(min_size=1, max_size=2)) + payload[at:]
    assert outcome_of(changed) != value


@pytest.mark.parametrize(
    "payload",
    [b'"\\' * (LIMIT // 2), b'{"a":"' + b'\\"' * (LIMIT // 2 - 8), b"[]," * (LIMIT // 3), b"{" * LIMIT, b'"' * LIMIT],
    ids=["backslashes", "one text without an end", "flat brackets", "braces", "quotes"],
)
def test_no_bytes_take_long_to_refuse(payload: bytes) -> None:
    started = time.process_time()
    assert refusal_of(payload).code.startswith("payload_")
    assert time.process_time() - started < 2  # quadratic work would take minutes
