"""The bytes of a signed payload: JSON in exactly one spelling (RFC 8785), within limits (protocol, section 4).

What is refused here could be read in two ways by two programs: a hash over it would not pin its meaning.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NoReturn

from evidence.domain.canonical import jcs
from evidence.domain.refusal import Refusal, RefusalCode

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1  # beyond it JavaScript rounds

# A string (an unfinished one runs to the end), or one bracket. Possessive, so that no input makes it go back.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.?+[^"\\]*+)*+"?+|[\[\]{}]', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # tab and line ends are text
_BEYOND_BMP = re.compile(rb"[\xf0-\xf4]")


def read_payload(payload: bytes, *, max_bytes: int) -> dict[str, Any]:
    """The object in ``payload``; ``Refusal`` with a ``payload_…`` code for anything but its canonical form.

    Refused: more than ``max_bytes``, bad UTF-8, no JSON object, nesting deeper than 16, a name twice, any
    number but integers within ±(2^53 − 1), lone surrogates, control characters, text that is not NFC, and
    every spelling that differs from JCS in a byte.
    """
    if len(payload) > max_bytes:
        raise Refusal(RefusalCode.PAYLOAD_TOO_LARGE, f"{len(payload)} bytes, at most {max_bytes}")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(RefusalCode.PAYLOAD_UTF8, f"at byte {error.start}") from None
    _check_depth(payload)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as error:
        raise Refusal(RefusalCode.PAYLOAD_JSON, f"{error.msg} at character {error.pos}") from None
    if not isinstance(value, dict):
        raise Refusal(RefusalCode.PAYLOAD_NOT_OBJECT)
    # A part of NFC text is NFC: one test of the whole spares the walk, unless an escape hides a character.
    if b"\\u" in payload or not unicodedata.is_normalized("NFC", text):
        _check_texts(value)
    if not _is_canonical(payload, value):
        raise Refusal(RefusalCode.PAYLOAD_NOT_CANONICAL, "the bytes differ from their JCS form")
    return value


def _check_depth(payload: bytes) -> None:
    """Counts brackets before any parser recurses into them."""
    depth = 0
    for match in _TOKEN.finditer(payload):
        first = payload[match.start()]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise Refusal(RefusalCode.PAYLOAD_DEPTH, f"deeper than {MAX_DEPTH}")
        elif first in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Refusal(RefusalCode.PAYLOAD_DUPLICATE_NAME)
    return value


def _integer(token: str) -> int:
    if len(token) > 17 or abs(int(token)) > MAX_INTEGER:
        raise Refusal(RefusalCode.PAYLOAD_INTEGER, "an integer beyond 2^53 - 1")
    return int(token)


def _float(token: str) -> NoReturn:
    raise Refusal(RefusalCode.PAYLOAD_FLOAT, "decimals are written as text")


def _constant(token: str) -> NoReturn:
    raise Refusal(RefusalCode.PAYLOAD_NOT_A_NUMBER, token)


def _check_texts(value: Any) -> None:
    for pointer, text in texts(value, ""):
        code = _fault_of(text)
        if code is not None:
            raise Refusal(code, errors={pointer: [code]})


def _fault_of(text: str) -> RefusalCode | None:
    if text.isascii():
        return RefusalCode.PAYLOAD_CONTROL if _CONTROL.search(text) else None
    if any("\ud800" <= character <= "\udfff" for character in text):
        return RefusalCode.PAYLOAD_SURROGATE
    if _CONTROL.search(text):
        return RefusalCode.PAYLOAD_CONTROL
    return None if unicodedata.is_normalized("NFC", text) else RefusalCode.PAYLOAD_NOT_NFC


def texts(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every text in ``value``, names included, with a JSON pointer. At most ``MAX_DEPTH`` calls deep."""
    if isinstance(value, str):
        yield pointer, value
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from texts(member, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for name, member in value.items():
            yield pointer, name  # the object's place: a faulty name must not stand in a pointer
            yield from texts(member, f"{pointer}/{pointer_token(name)}")


def pointer_token(name: str | int) -> str:
    """One step of a JSON pointer (RFC 6901, section 3)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _is_canonical(payload: bytes, value: dict[str, Any]) -> bool:
    """Whether ``payload`` is the JCS form of ``value``.

    Without floats the standard encoder writes JCS, in a tenth of the time, except that it sorts names by
    code point and JCS by UTF-16 unit. The two orders agree as long as nothing lies beyond U+FFFF.
    """
    if _BEYOND_BMP.search(payload):
        return jcs(value) == payload
    plain = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return plain.encode("utf-8") == payload
