"""Walks the structure of a file while it streams by, in constant memory.

A walker is a generator that asks for what it needs next (``Take``, ``Peek``, ``Skip``, ``Seek``) and
is answered with bytes; ``Cursor`` answers it from whatever pieces arrive. So each format reads like
its own description, and nothing is kept but a few bytes.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Take:
    """The next ``size`` bytes, consumed; fewer at the end of the file."""

    size: int


@dataclass(frozen=True)
class Peek:
    """The next ``size`` bytes, not consumed; fewer at the end of the file."""

    size: int


@dataclass(frozen=True)
class Skip:
    """Passes over ``size`` bytes, or to the end of the file; answered with nothing."""

    size: int


@dataclass(frozen=True)
class Seek:
    """Moves to the next match of a pattern of at most two bytes; answered with it, or nothing if there is none."""

    pattern: re.Pattern[bytes]


Request = Take | Peek | Skip | Seek
REST = Skip(1 << 62)


class Problem(StrEnum):
    """What a walk may find wrong."""

    TRUNCATED = "truncated"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Outcome:
    """How a walk ended. ``width`` and ``height`` in pixels as the header claims them, 0 if it says nothing."""

    problem: Problem | None = None
    width: int = 0
    height: int = 0


Walk = Generator[Request, bytes, Outcome]


class Cursor:
    """Runs one walk over a stream. ``offset`` is how many bytes the walk has consumed."""

    def __init__(self, walk: Generator[Request, bytes, None]) -> None:
        self.offset = 0
        self._walk = walk
        self._pending = b""
        self._request: Request | None = next(walk, None)

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Goes on as far as ``data`` allows; ``final`` says that nothing will follow."""
        data = self._pending + data if self._pending else data
        position = 0
        while self._request is not None:
            answer, step = self._answer(self._request, data, position, final=final)
            position += step
            self.offset += step
            if answer is None:
                break
            try:
                self._request = self._walk.send(answer)
            except StopIteration:
                self._request = None
        self._pending = b"" if self._request is None else data[position:]

    def _answer(self, request: Request, data: bytes, at: int, *, final: bool) -> tuple[bytes | None, int]:
        """The answer, or None while it needs more data, and how many bytes are done with."""
        left = len(data) - at
        match request:
            case Skip(size):
                if size <= left or final:
                    return b"", min(size, left)
                self._request = Skip(size - left)
                return None, left
            case Seek(pattern):
                if found := pattern.search(data, at):
                    return found.group(), found.start() - at
                # The last byte may be the first half of a match.
                return (b"", left) if final else (None, max(left - 1, 0))
            case Take(size) | Peek(size):
                if left < size and not final:
                    return None, 0
                piece = data[at : at + size]
                return piece, len(piece) if isinstance(request, Take) else 0


def passed(size: int) -> Generator[Request, bytes, bool]:
    """Passes over ``size`` bytes and says whether all of them were there."""
    if size == 0:
        return True
    yield Skip(size - 1)
    last = yield Take(1)
    return last != b""


_TRUNCATED = Outcome(Problem.TRUNCATED)
_MALFORMED = Outcome(Problem.MALFORMED)

# In entropy-coded data FF is followed by 00 or a restart marker; anything else is the next marker (T.81, B.1.1.2).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SOI, _EOI, _SOS, _TEM = 0xD8, 0xD9, 0xDA, 0x01


def walk_jpeg() -> Walk:
    """From SOI to the EOI of the first image (ITU-T T.81, annex B).

    Stray bytes between segments are passed over, as every decoder does.
    """
    yield Skip(2)
    width = height = 0
    while True:
        marker = yield Seek(_MARKER)
        yield Skip(2)
        if not marker:
            return _TRUNCATED
        code = marker[1]
        if code == _EOI:
            return Outcome(None if width else Problem.MALFORMED, width, height)
        if code == _SOI:
            return _MALFORMED
        if code == _TEM:
            continue
        head = yield Take(2)
        size = int.from_bytes(head, "big") - 2
        if len(head) == 2 and size < 0:
            return _MALFORMED
        if code in _FRAMES:
            frame = yield Take(min(size, 5))
            size -= len(frame)
            height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
        if len(head) < 2 or not (yield from passed(size)):
            return _TRUNCATED


def walk_png() -> Walk:
    """From the signature to IEND (PNG, third edition, section 5)."""
    yield Skip(8)
    width = height = 0
    while True:
        head = yield Take(8)
        if len(head) < 8:
            return _TRUNCATED
        size, name = int.from_bytes(head[:4], "big"), head[4:]
        if size > 0x7FFFFFFF or not name.isalpha() or (width == 0) != (name == b"IHDR"):
            return _MALFORMED
        if name == b"IHDR":
            sides = yield Take(8)
            width, height = int.from_bytes(sides[:4], "big"), int.from_bytes(sides[4:], "big")
            size -= len(sides)
            if size < 0 or width == 0:
                return _MALFORMED if len(sides) == 8 else _TRUNCATED
        if not (yield from passed(size + 4)):
            return _TRUNCATED
        if name == b"IEND":
            return Outcome(None, width, height)


# Boxes that stand at the top level of a picture or film; anything else behind them is foreign.
_BOXES = frozenset(
    b"ftyp meta mdat moov moof mfra free skip wide uuid udta pnot styp sidx ssix emsg prft mpvd sefd idat".split()
)


def walk_boxes() -> Walk:
    """Top-level boxes of an ISO base media file, to the first thing that is none (ISO/IEC 14496-12, 4.2)."""
    seen: set[bytes] = set()
    while True:
        head = yield Peek(16)
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        if len(head) < 8 or name not in _BOXES:
            whole = b"mdat" in seen and bool(seen & {b"meta", b"moov"})
            return Outcome(None if whole else Problem.TRUNCATED)
        seen.add(name)
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
            if size < 16:
                return _MALFORMED
        elif size == 0:  # to the end of the file
            yield REST
            return Outcome()
        elif size < 8:
            return _MALFORMED
        if not (yield from passed(size)):
            return _TRUNCATED


def walk_riff() -> Walk:
    """One RIFF container (WebP container specification); an odd size has a pad byte."""
    head = yield Take(8)
    size = int.from_bytes(head[4:], "little")
    complete = yield from passed(size + size % 2)
    return Outcome() if complete else _TRUNCATED
