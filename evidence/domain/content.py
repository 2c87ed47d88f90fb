"""Recognises what a file is by its content while it streams by, in constant memory.

The name and the declared type of a file are claims. What counts is what its bytes are, whether
its structure is whole, and what stands behind its end. ``content_rules`` says what follows from it.
"""

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evidence.domain.content_structure import (
    REST,
    Cursor,
    Outcome,
    Peek,
    Problem,
    Request,
    Seek,
    Walk,
    walk_boxes,
    walk_jpeg,
    walk_png,
    walk_riff,
)
from evidence.domain.content_zip import TAIL, Directory, find_directory

X3P_TYPE = "application/x-x3p"  # no type is registered for ISO 25178-72; this one is in use


class Kind(StrEnum):
    """What a file's bytes are."""

    JPEG = "jpeg"
    PNG = "png"
    HEIC = "heic"
    WEBP = "webp"
    X3P = "x3p"
    PDF = "pdf"
    ZIP = "zip"
    ARCHIVE = "archive"
    MARKUP = "markup"
    PROGRAM = "program"
    VIDEO = "video"
    AVIF = "avif"
    GIF = "gif"
    TIFF = "tiff"
    BMP = "bmp"
    EMPTY = "empty"
    UNKNOWN = "unknown"


CONTENT_TYPES: Mapping[Kind, str] = {
    Kind.JPEG: "image/jpeg",
    Kind.PNG: "image/png",
    Kind.HEIC: "image/heic",
    Kind.WEBP: "image/webp",
    Kind.X3P: X3P_TYPE,
    Kind.PDF: "application/pdf",
    Kind.ZIP: "application/zip",
    Kind.MARKUP: "text/html",
    Kind.VIDEO: "video/mp4",
    Kind.AVIF: "image/avif",
    Kind.GIF: "image/gif",
    Kind.TIFF: "image/tiff",
    Kind.BMP: "image/bmp",
}
UNKNOWN_TYPE = "application/octet-stream"

WINDOW = 1024  # bytes that are enough to recognise a file; also how far readers look for a PDF's header

_MAGIC: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\xff\xd8\xff", Kind.JPEG),
    (0, b"\x89PNG\r\n\x1a\n", Kind.PNG),
    (8, b"WEBP", Kind.WEBP),
    (0, b"PK\x03\x04", Kind.ZIP),
    (0, b"PK\x05\x06", Kind.ZIP),
    (0, b"PK\x07\x08", Kind.ZIP),
    (0, b"%PDF-", Kind.PDF),
    (0, b"\x7fELF", Kind.PROGRAM),
    (0, b"MZ", Kind.PROGRAM),
    (0, b"#!", Kind.PROGRAM),
    (0, b"<?php", Kind.PROGRAM),
    (0, b"\xca\xfe\xba\xbe", Kind.PROGRAM),  # Mach-O for several machines; also a Java class
    (0, b"\xfe\xed\xfa\xce", Kind.PROGRAM),  # Mach-O, 32 and 64 bits, in both byte orders
    (0, b"\xfe\xed\xfa\xcf", Kind.PROGRAM),
    (0, b"\xce\xfa\xed\xfe", Kind.PROGRAM),
    (0, b"\xcf\xfa\xed\xfe", Kind.PROGRAM),
    (0, b"\x00asm", Kind.PROGRAM),
    (0, b"Rar!\x1a\x07", Kind.ARCHIVE),
    (0, b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (0, b"\x1f\x8b\x08", Kind.ARCHIVE),
    (0, b"GIF8", Kind.GIF),
    (0, b"II*\x00", Kind.TIFF),
    (0, b"MM\x00*", Kind.TIFF),
    (0, b"BM", Kind.BMP),
)
_HEIC_BRANDS = frozenset(b"heic heix heim heis hevc hevx hevm hevs mif1 msf1".split())
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|\?xml|html|head|body|script|iframe|svg|style|title|table|div|img|a\s|p>)",
    re.IGNORECASE,
)

_WALKS: Mapping[Kind, Callable[[], Walk]] = {
    Kind.JPEG: walk_jpeg,
    Kind.PNG: walk_png,
    Kind.HEIC: walk_boxes,
    Kind.AVIF: walk_boxes,
    Kind.VIDEO: walk_boxes,
    Kind.WEBP: walk_riff,
}
DANGEROUS = frozenset({Kind.ZIP, Kind.X3P, Kind.PDF, Kind.MARKUP, Kind.PROGRAM, Kind.ARCHIVE})

_MAX_PARTS = 64
_FILLER = re.compile(rb"[^\x00\t\n\r ]")


def recognise(window: bytes) -> Kind:
    """The kind of a file or a part of one by its first ``WINDOW`` bytes."""
    if not window:
        return Kind.EMPTY
    for offset, magic, kind in _MAGIC:
        if window.startswith(magic, offset):
            return kind
    if window[4:8] == b"ftyp":
        length = min(int.from_bytes(window[:4], "big"), len(window))
        brands = {window[8:12], *(window[at : at + 4] for at in range(16, length, 4))}
        if brands & _AVIF_BRANDS:
            return Kind.AVIF
        return Kind.HEIC if brands & _HEIC_BRANDS else Kind.VIDEO
    if _MARKUP.match(window):
        return Kind.MARKUP
    return Kind.UNKNOWN


@dataclass(frozen=True)
class Content:
    """What one file is.

    ``size`` and ``trailing`` in bytes; ``trailing`` counts all that stands behind the first picture's end,
    ``trailing_kind`` is the most dangerous thing found there (None: filler only). ``width`` and ``height`` in
    pixels as the header claims them, 0 where it was not read. ``hidden`` is what the file is besides: an
    archive that ends in it, or a PDF whose header stands inside its first bytes.
    """

    kind: Kind
    content_type: str
    size: int
    trailing: int = 0
    trailing_kind: Kind | None = None
    problems: tuple[Problem, ...] = ()
    width: int = 0
    height: int = 0
    hidden: Kind | None = None


class Recogniser:
    """Takes a file in pieces of any size and says what it is. Keeps 64 KiB, whatever the file's size."""

    def __init__(self) -> None:
        self._tail = b""
        self._size = 0
        self._kind = Kind.EMPTY
        self._outcome = Outcome()
        self._end: int | None = None  # where the structure of the file's own kind ends
        self._parts: list[Kind] = []
        self._pdf_inside = False
        self._cursor = Cursor(self._walk())

    def feed(self, chunk: bytes) -> None:
        """Takes the next bytes of the file."""
        self._size += len(chunk)
        self._tail = (self._tail + chunk)[-TAIL:] if len(chunk) < TAIL else chunk[-TAIL:]
        self._cursor.feed(chunk)

    def finish(self) -> Content:
        """Says what the file was; nothing may be fed afterwards."""
        self._cursor.feed(b"", final=True)
        directory = find_directory(self._tail, self._size)
        if self._kind is Kind.ZIP:
            return self._archive(directory)
        dangerous = [part for part in self._parts if part in DANGEROUS]
        return Content(
            kind=self._kind,
            content_type=CONTENT_TYPES.get(self._kind, UNKNOWN_TYPE),
            size=self._size,
            trailing=0 if self._end is None else self._size - self._end,
            trailing_kind=next(iter(dangerous or self._parts), None),
            problems=() if self._outcome.problem is None else (self._outcome.problem,),
            width=self._outcome.width,
            height=self._outcome.height,
            hidden=Kind.ZIP if directory is not None else self._hidden(),
        )

    def _hidden(self) -> Kind | None:
        return Kind.PDF if self._pdf_inside else None

    def _archive(self, directory: Directory | None) -> Content:
        if directory is None:
            problems = (Problem.TRUNCATED,)
            return Content(Kind.ZIP, CONTENT_TYPES[Kind.ZIP], self._size, problems=problems)
        # Some files were packed with their folder, so main.xml may stand one level down.
        scan = any(name.split(b"/", 1)[-1] == b"main.xml" for name in directory.names)
        kind = Kind.X3P if scan else Kind.ZIP
        trailing = self._size - directory.end
        after = recognise(self._tail[len(self._tail) - trailing :]) if trailing else None
        return Content(kind, CONTENT_TYPES[kind], self._size, trailing, after, hidden=self._hidden())

    def _walk(self) -> Generator[Request, bytes, None]:
        window = yield Peek(WINDOW)
        self._kind = recognise(window)
        self._pdf_inside = self._kind is not Kind.PDF and b"%PDF-" in window
        walk = _WALKS.get(self._kind)
        if walk is not None:
            self._outcome = yield from walk()
            if self._outcome.problem is None:
                self._end = self._cursor.offset
                yield from self._trailer()
        yield REST

    def _trailer(self) -> Generator[Request, bytes, None]:
        """Names what stands behind the end: further pictures, a film, something else."""
        for _ in range(_MAX_PARTS):
            window = yield Peek(WINDOW)
            if recognise(window) is Kind.UNKNOWN:  # not at once: a film begins with zeros of its own
                yield Seek(_FILLER)
                window = yield Peek(WINDOW)
            if not window:
                return
            kind = recognise(window)
            self._parts.append(kind)
            walk = _WALKS.get(kind)
            if walk is None or (yield from walk()).problem is not None:
                return
