"""What the child writes to its standard output, and how its parent reads it.

Eight bytes (magic, length of the header), the header as JSON, then the picture as the rest. The parent
trusts none of it: the child has just had a hostile file in its hands.
"""

import json
import struct
from collections.abc import Mapping
from typing import Any

MAGIC = b"CSQ1"
HEADER_LIMIT = 32 * 1024
PICTURE_LIMIT = 8 * 1024 * 1024
LONGEST = 1600  # pixels of the picture's longer side
LIMIT = 8 + HEADER_LIMIT + PICTURE_LIMIT

_PREFIX = struct.Struct(">4sI")


class Refused(Exception):
    """The file could not be decoded; ``code`` is a finding's code."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def pack(header: Mapping[str, Any], picture: bytes = b"") -> bytes:
    """The bytes of an answer."""
    text = json.dumps(header, allow_nan=False).encode()
    return _PREFIX.pack(MAGIC, len(text)) + text + picture


def unpack(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Header and picture of an answer; ``ValueError`` if it is none."""
    if len(data) < _PREFIX.size:
        raise ValueError("no answer")
    magic, length = _PREFIX.unpack_from(data)
    text = data[_PREFIX.size : _PREFIX.size + length]
    if magic != MAGIC or length > HEADER_LIMIT or len(text) != length:
        raise ValueError("not an answer")
    header = json.loads(text)
    if not isinstance(header, dict):
        raise ValueError("the header is not an object")
    return header, data[_PREFIX.size + length :]
