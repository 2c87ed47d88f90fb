"""Identifiers: UUIDv7 (RFC 9562) and the short folio that a person can say and write."""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

FOLIO_ALPHABET = "34679ACDEFGHJKMNPQRTUVWXY"  # without 0 O 1 I L 2 Z 5 S 8 B


_EPOCH = datetime.fromtimestamp(0, UTC)


def uuid7(at: datetime, randomness: bytes) -> UUID:
    """A UUIDv7 from an aware time and 10 random bytes."""
    ms = (at - _EPOCH) // timedelta(milliseconds=1)
    value = (ms << 80) | int.from_bytes(randomness[:10], "big")
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=value)


def folio(capture_id: UUID) -> str:
    """``K7QD-39MX-WHT`` of a capture id (protocol, section 11, *Folio*).

    SHA-256 of the 16 id bytes as a big-endian integer in base 25, the lowest ten digits, most
    significant first; then a check character, the sum of digits weighted 1 to 10 from the left, modulo 25.
    """
    number = int.from_bytes(hashlib.sha256(capture_id.bytes).digest(), "big")
    digits = [(number // 25**place) % 25 for place in range(9, -1, -1)]
    check = sum(weight * digit for weight, digit in enumerate(digits, start=1)) % 25
    text = "".join(FOLIO_ALPHABET[digit] for digit in [*digits, check])
    return f"{text[:4]}-{text[4:8]}-{text[8:]}"


def folio_as_written(text: str) -> str:
    """A folio as somebody said or typed it, in the form that is kept; nothing is checked."""
    letters = text.upper().replace("-", "").replace(" ", "")
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def folio_is_valid(text: str) -> bool:
    """Whether a spoken or typed folio has the right form and check character; hyphens and case are ignored."""
    letters = text.upper().replace("-", "").replace(" ", "")
    if len(letters) != 11 or any(letter not in FOLIO_ALPHABET for letter in letters):
        return False
    digits = [FOLIO_ALPHABET.index(letter) for letter in letters]
    return sum(weight * digit for weight, digit in enumerate(digits[:10], start=1)) % 25 == digits[10]
