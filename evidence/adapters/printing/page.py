"""A Letter page with its frame, and text that wraps; all measures in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from io import BytesIO
from typing import Literal

import segno
from fpdf import FPDF

from evidence.adapters.printing.fonts import Fonts
from evidence.domain.prints.sheet import Document, Rest
from evidence.domain.prints.words import both

WIDTH, HEIGHT = 215.9, 279.4
MARGIN = 14.0
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = 27.0, 262.0
BARE_TOP, BARE_BOTTOM = 16.0, 269.0
CREST = 12.0
LEADING = 0.42
"""Line height in mm for each point of type."""

Face = Literal["regular", "bold", "mono"]


@dataclass
class _Section:
    """Pages that are counted together: a copy of a receipt starts anew."""

    first: int


class Page:
    """Draws on one PDF from top to bottom; ``y`` is where the next block begins."""

    def __init__(self, document: Document, fonts: Fonts) -> None:
        self.document = document
        self.top, self.bottom = (BARE_TOP, BARE_BOTTOM) if document.bare else (TOP, BOTTOM)
        self.pdf = FPDF(format="Letter", unit="mm")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margin(0)
        self.pdf.c_margin = 0
        for face, path in (("regular", fonts.regular), ("bold", fonts.bold), ("mono", fonts.mono)):
            self.pdf.add_font(face, fname=path)
        # The same document gives the same bytes: no clock, no version of a library in the file.
        self.pdf.set_creation_date(document.printed_at.astimezone(UTC))
        self.pdf.set_producer("Casquillo")
        self.pdf.set_title(f"{document.title} {document.folio}".strip())
        self.pdf.set_lang("es-MX")
        self.annuls = any(isinstance(block, Rest) for block in document.blocks)
        self.sections: list[_Section] = []
        self.y = 0.0
        self.new(counts_anew=True)

    @property
    def left(self) -> float:
        """What is left of the page."""
        return self.bottom - self.y

    def new(self, *, counts_anew: bool = False) -> None:
        self.pdf.add_page()
        if counts_anew:
            self.sections.append(_Section(self.pdf.page))
        self.y = self.top

    def need(self, height: float) -> bool:
        """Begins a new page when ``height`` does not fit any more; says whether it did."""
        if height <= self.left or self.y == self.top:
            return False
        self.strike_rest()
        self.new()
        return True

    def strike_rest(self) -> None:
        """A line across what is left, in documents where nothing may be added below."""
        if self.annuls and self.left > 8:
            top, bottom = self.y + 1.5, self.bottom - 1
            self.write(["Espacio restante anulado"], x=MARGIN, y=top, width=INNER, size=6.5, align="C")
            self.line(MARGIN, bottom, MARGIN + INNER, top + 3.5, 0.3)

    def lines(self, text: str, width: float, size: float, face: Face = "regular") -> list[str]:
        """``text`` cut to ``width``: at spaces, and inside a word that is longer than a line."""
        if not text:
            return []
        self.pdf.set_font(face, size=size)
        found: list[str] = []
        for part in text.replace("\t", " ").split("\n"):
            found += self._wrapped(part.strip(), width)
        return found

    def _wrapped(self, text: str, width: float) -> list[str]:
        lines, line = [], ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if self.pdf.get_string_width(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line.rstrip())
            line = word
            while self.pdf.get_string_width(line) > width and len(line) > 1:
                cut = self._fitting(line, width)
                lines.append(line[:cut])
                line = line[cut:]
        return [*lines, line] if line else lines

    def _fitting(self, word: str, width: float) -> int:
        count = len(word)
        while count > 1 and self.pdf.get_string_width(word[:count]) > width:
            count -= 1
        return count

    def write(
        self,
        lines: Sequence[str],
        *,
        x: float,
        y: float,
        width: float,
        size: float,
        face: Face = "regular",
        align: Literal["L", "C", "R"] = "L",
    ) -> float:
        """Writes lines from ``y`` down; returns where they end."""
        self.pdf.set_font(face, size=size)
        for line in lines:
            self.pdf.set_xy(x, y)
            self.pdf.cell(width, size * LEADING, line, align=align)
            y += size * LEADING
        return y

    def line(self, x1: float, y1: float, x2: float, y2: float, width: float = 0.2) -> None:
        self.pdf.set_line_width(width)
        self.pdf.line(x1, y1, x2, y2)

    def box(self, x: float, y: float, width: float, height: float, line: float = 0.2) -> None:
        self.pdf.set_line_width(line)
        self.pdf.rect(x, y, width, height)

    def strike(self, x: float, y: float, width: float) -> None:
        """A blank line, struck so that nobody fills it in later."""
        self.line(x, y, x + width, y, 0.35)

    def fill(self, x: float, y: float, width: float, height: float, grey: int = 0) -> None:
        """A rectangle of one grey, 0 black to 255 white."""
        self.pdf.set_fill_color(grey)
        self.pdf.rect(x, y, width, height, style="F")

    def code(self, text: str, x: float, y: float, size: float) -> None:
        """A QR in vector squares, with its quiet zone inside ``size``."""
        matrix = list(segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=4))
        side = size / len(matrix)
        for row, cells in enumerate(matrix):
            start = None
            for column, dark in enumerate([*cells, 0]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    self.fill(x + start * side, y + row * side, (column - start) * side, side)
                    start = None

    def finish(self) -> bytes:
        """Draws each page's frame, now that the number of pages is known, and gives the file."""
        last = self.pdf.page
        ends = [section.first for section in self.sections[1:]] + [last + 1]
        for section, end in zip(self.sections, ends, strict=True):
            for number in range(section.first, end):
                self.pdf.page = number
                self._frame(number - section.first + 1, end - section.first)
        self.pdf.page = last
        return bytes(self.pdf.output())

    def _frame(self, page: int, pages: int) -> None:
        known = self.document
        y = 8.0
        self.write([known.standing], x=MARGIN, y=y, width=INNER, size=7.5, face="bold", align="C")
        if not known.bare:
            left = self._crest(known.crest) if known.crest else MARGIN
            room = MARGIN + INNER * 0.68 - left
            self.write(self.lines(known.title, room, 12, "bold")[:1], x=left, y=12, width=room, size=12, face="bold")
            said = " · ".join(filter(None, (known.institution, known.header)))
            self.write(self.lines(said, room, 8)[:1], x=left, y=18, width=room, size=8)
            if known.folio:
                self.write(["Folio"], x=MARGIN, y=12, width=INNER, size=6.5, align="R")
                self.write([known.folio], x=MARGIN, y=15, width=INNER, size=12, face="mono", align="R")
            self.line(MARGIN, 23.5, WIDTH - MARGIN, 23.5, 0.5)
        self._foot(page, pages)
        if known.stamp:
            self._stamp(known.stamp)

    def _crest(self, image: bytes) -> float:
        """Draws it at the left of the title; returns where the title begins beside it."""
        self.pdf.image(BytesIO(image), x=MARGIN, y=10.5, w=CREST, h=CREST, keep_aspect_ratio=True)
        return MARGIN + CREST + 3

    def _foot(self, page: int, pages: int) -> None:
        known = self.document
        y = HEIGHT - 9 if known.bare else HEIGHT - 15
        self.line(MARGIN, y, WIDTH - MARGIN, y)
        printed = f"Impreso por {known.printed_by} el {both(known.printed_at, known.zone)}"
        self.write([f"página {page} de {pages}"], x=MARGIN, y=y + 1, width=INNER, size=7, face="bold", align="R")
        self.write(self.lines(printed, INNER - 30, 6.5)[:1], x=MARGIN, y=y + 1, width=INNER - 30, size=6.5)
        parts = [f"Folio {known.folio}"] if known.folio else []
        parts += [f"Versión de los datos {known.digest[:8]}"] if known.digest else []
        if parts and not known.bare:
            self.write([" · ".join(parts)], x=MARGIN, y=y + 4.2, width=INNER, size=6.5)

    def _stamp(self, text: str) -> None:
        with self.pdf.local_context(fill_opacity=0.22), self.pdf.rotation(35, WIDTH / 2, HEIGHT / 2):
            self.write([text], x=0, y=HEIGHT / 2 - 15, width=WIDTH, size=72, face="bold", align="C")
