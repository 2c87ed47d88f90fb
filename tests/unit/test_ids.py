"""UUIDv7 and the short folio."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vectors.make import HERE

from evidence.adapters.chance import SystemEntropy
from evidence.domain.ids import FOLIO_ALPHABET, folio, folio_is_valid, uuid7

VECTORS = json.loads((HERE / "folio.json").read_text(encoding="utf-8"))


def plainly(capture_id: UUID) -> str:
    """The folio once more, by long division instead of powers (protocol, section 11)."""
    number = int(hashlib.sha256(capture_id.bytes).hexdigest(), 16)
    digits: list[int] = []
    while len(digits) < 10:
        number, digit = divmod(number, 25)
        digits.insert(0, digit)
    check = sum((place + 1) * digit for place, digit in enumerate(digits)) % 25
    letters = "".join(FOLIO_ALPHABET[digit] for digit in [*digits, check])
    return "-".join([letters[:4], letters[4:8], letters[8:]])


@pytest.mark.parametrize("row", VECTORS["valid"])
def test_known_folios(row: dict[str, str]) -> None:
    assert folio(UUID(row["capture_id"])) == row["folio"] == plainly(UUID(row["capture_id"]))
    assert folio_is_valid(row["folio"])


@pytest.mark.parametrize("text", VECTORS["accepted_spellings"])
def test_a_folio_may_be_spelled_without_hyphens_and_in_small_letters(text: str) -> None:
    assert folio_is_valid(text)


@pytest.mark.parametrize("text", VECTORS["invalid"])
def test_a_wrong_folio_is_noticed(text: str) -> None:
    assert not folio_is_valid(text)


@given(st.uuids())
def test_every_folio_is_valid_and_sayable(capture_id: UUID) -> None:
    text = folio(capture_id)
    assert folio_is_valid(text)
    assert text == plainly(capture_id)
    assert not set(text) & set("0O1IL2Z5S8B")
    assert [len(part) for part in text.split("-")] == [4, 4, 3]


@given(st.uuids(), st.integers(0, 8))
def test_two_neighbours_exchanged_are_noticed(capture_id: UUID, at: int) -> None:
    letters = folio(capture_id).replace("-", "")
    swapped = letters[:at] + letters[at + 1] + letters[at] + letters[at + 2 :]
    assert folio_is_valid(swapped) == (letters[at] == letters[at + 1])


@given(st.integers(0, 2**46), st.binary(min_size=10))
def test_a_uuid7_keeps_the_millisecond_and_says_its_version(ms: int, randomness: bytes) -> None:
    made = uuid7(datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms), randomness)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == ms


def test_ids_of_one_process_stand_in_the_order_in_which_they_were_made() -> None:
    made = [SystemEntropy().uuid7() for _ in range(2000)]
    assert made == sorted(set(made))
