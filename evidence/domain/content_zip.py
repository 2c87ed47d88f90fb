"""Finds a ZIP by its end, as every unpacker does, in the last 64 KiB of a file (APPNOTE 6.3.10, section 4.3)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

TAIL = 22 + 0xFFFF  # an end record with the longest comment

_END = b"PK\x05\x06"
_END_FIELDS = struct.Struct("<4s4H2LH")
_END64 = b"PK\x06\x06"
_END64_LENGTH = 56 + 20  # the record and its locator
_ENTRY = b"PK\x01\x02"
_ENTRY_FIELDS = struct.Struct("<28x3H12x")


@dataclass(frozen=True)
class Directory:
    """A central directory. ``end`` is the offset behind its end record and comment, in bytes from the file's start.

    ``names`` are those of its members as far as the directory lies in the tail.
    """

    end: int
    entries: int
    names: tuple[bytes, ...]


def find_directory(tail: bytes, size: int) -> Directory | None:
    """The last plausible central directory; ``tail`` holds the last bytes of a file of ``size`` bytes.

    Plausible means that the directory fits in front of its end record and, where it can be seen, is one:
    four bytes alone turn up by chance in compressed data.
    """
    start = size - len(tail)
    at = tail.rfind(_END)
    while at >= 0:
        directory = _directory_at(tail, at, start)
        if directory is not None:
            return directory
        at = tail.rfind(_END, 0, at)
    return None


def _directory_at(tail: bytes, at: int, start: int) -> Directory | None:
    if at + _END_FIELDS.size > len(tail):
        return None
    _, disk, first_disk, here, entries, length, offset, comment = _END_FIELDS.unpack_from(tail, at)
    # Unpackers forgive a comment that is cut off.
    end = start + min(at + _END_FIELDS.size + comment, len(tail))
    if 0xFFFFFFFF in (length, offset) or entries == 0xFFFF:
        at -= _END64_LENGTH
        if at < 0 or tail[at : at + 4] != _END64:
            return None
        entries, length, offset = struct.unpack_from("<3Q", tail, at + 32)
    first = at - length
    if first >= 0 and tail[first : first + 4] == _ENTRY:
        return Directory(end, entries, tuple(_names(tail, first, at)))
    if (first >= 0 and length) or (disk, here) != (first_disk, entries) or offset + length > start + at:
        return None
    return Directory(end, entries, ())  # empty, or it begins in front of the tail


def _names(tail: bytes, first: int, last: int) -> Iterator[bytes]:
    while first + _ENTRY_FIELDS.size <= last and tail[first : first + 4] == _ENTRY:
        name, extra, comment = _ENTRY_FIELDS.unpack_from(tail, first)
        first += _ENTRY_FIELDS.size
        yield tail[first : first + name]
        first += name + extra + comment
