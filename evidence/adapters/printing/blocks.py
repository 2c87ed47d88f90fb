"""Draws each kind of block of a document; what does not fit goes on on the next page."""

import io
from collections.abc import Mapping, Sequence

from evidence.adapters.printing.page import INNER, LEADING, MARGIN, Face, Page
from evidence.domain.prints.sheet import (
    Code,
    Field,
    Fields,
    Heading,
    Paragraph,
    Pictures,
    Signatures,
    Table,
)

PAD = 1.2
LABEL_SIZE = 6.2
VALUE_SIZE = 8.2
SIGN_HEIGHT = 16.0
OPEN_LINE = 6.4
QR = 26.0


def heading(page: Page, block: Heading, keep: float = 24) -> None:
    """``keep`` mm must fit below its top, so that it never stands alone at the foot of a page."""
    page.need(keep)
    page.y += 1.6
    page.fill(MARGIN, page.y, INNER, 5.4, 225)
    page.write([block.text], x=MARGIN + PAD, y=page.y + 0.9, width=INNER, size=8.5, face="bold")
    if block.note:
        page.write([block.note], x=MARGIN, y=page.y + 1.2, width=INNER - PAD, size=7, align="R")
    page.y += 6.4


def paragraph(page: Page, block: Paragraph) -> None:
    size = 7.0 if block.small else 11.0 if block.boxed and block.bold else 8.6
    face: Face = "bold" if block.bold else "regular"
    inset = 2.4 if block.boxed else 0.0
    lines = page.lines(block.text, INNER - 2 * inset, size, face)
    while lines:
        page.need(min(len(lines), 3) * size * LEADING + 2 * inset)
        fits = max(1, int((page.left - 2 * inset) / (size * LEADING)))
        part, lines = lines[:fits], lines[fits:]
        top = page.y
        page.y = page.write(part, x=MARGIN + inset, y=top + inset, width=INNER - 2 * inset, size=size, face=face)
        if block.boxed:
            page.box(MARGIN, top, INNER, page.y - top + inset, 0.6)
            page.y += inset
    page.y += 1.2


def fields(page: Page, block: Fields) -> None:
    for row in block.rows:
        _row_of_fields(page, row)
    page.y += 0.8


def _row_of_fields(page: Page, row: Sequence[Field]) -> None:
    unit = INNER / sum(one.share for one in row)
    faces: list[Face] = ["mono" if one.mono else "regular" for one in row]
    texts = [
        page.lines(one.value, one.share * unit - 2 * PAD, VALUE_SIZE, face)
        for one, face in zip(row, faces, strict=True)
    ]
    height = max(len(lines) or 1 for lines in texts) * VALUE_SIZE * LEADING + LABEL_SIZE * LEADING + 2.2
    page.need(height)
    x = MARGIN
    for one, lines, face in zip(row, texts, faces, strict=True):
        width = one.share * unit
        page.box(x, page.y, width, height)
        label = page.lines(one.label, width - 2 * PAD, LABEL_SIZE)[:1]
        y = page.write(label, x=x + PAD, y=page.y + 0.6, width=width, size=LABEL_SIZE)
        if lines:
            page.write(lines, x=x + PAD, y=y + 0.4, width=width, size=VALUE_SIZE, face=face)
        else:
            page.strike(x + PAD, y + 2.2, width - 2 * PAD)
        x += width
    page.y += height


def table(page: Page, block: Table) -> None:
    drawn = _Columns(page, block)
    rows = [drawn.cells(row) for row in block.rows or [[""] * len(block.columns)]]
    page.need(drawn.head + min(drawn.height(rows[0]), 60))
    drawn.titles()
    for cells in rows:
        rest_of_row: list[list[str]] | None = cells
        while rest_of_row is not None:
            rest_of_row = drawn.row(rest_of_row)
    page.y += 1.6


class _Columns:
    """A table's columns on a page: titles again on every further page, rows cut only when longer than a page."""

    def __init__(self, page: Page, block: Table) -> None:
        unit = INNER / sum(one.share for one in block.columns)
        self.page, self.columns = page, block.columns
        self.size = 6.8 if block.compact else 7.6
        self.widths = [one.share * unit for one in block.columns]
        self.names = [
            page.lines(one.title, width - 2 * PAD, 6.6, "bold")
            for one, width in zip(block.columns, self.widths, strict=True)
        ]
        self.head = max(len(lines) for lines in self.names) * 6.6 * LEADING + 1.6

    def cells(self, row: Sequence[str]) -> list[list[str]]:
        return [
            self.page.lines(text, width - 2 * PAD, self.size, "mono" if column.mono else "regular")
            for text, width, column in zip(row, self.widths, self.columns, strict=True)
        ]

    def height(self, cells: Sequence[Sequence[str]]) -> float:
        return max(len(lines) or 1 for lines in cells) * self.size * LEADING + 1.6

    def titles(self) -> None:
        page, x = self.page, MARGIN
        for lines, width in zip(self.names, self.widths, strict=True):
            page.fill(x, page.y, width, self.head, 240)
            page.box(x, page.y, width, self.head)
            page.write(lines, x=x + PAD, y=page.y + 0.8, width=width, size=6.6, face="bold")
            x += width
        page.y += self.head

    def row(self, cells: list[list[str]]) -> list[list[str]] | None:
        """Draws a row, or as much of it as the page holds; returns what is left of it."""
        page, tall = self.page, page_height(self.page) - self.head
        whole = self.height(cells)
        if whole > page.left and (whole <= tall or page.left < 30):
            page.strike_rest()
            page.new()
            self.titles()
        fits = max(1, int((page.left - 1.6) / (self.size * LEADING)))
        now, later = [lines[:fits] for lines in cells], [lines[fits:] for lines in cells]
        height, x = self.height(now), MARGIN
        for lines, width, column, whole_cell in zip(now, self.widths, self.columns, cells, strict=True):
            page.box(x, page.y, width, height)
            if whole_cell:
                face: Face = "mono" if column.mono else "regular"
                page.write(lines, x=x + PAD, y=page.y + 0.8, width=width, size=self.size, face=face)
            else:
                page.strike(x + PAD, page.y + height / 2, width - 2 * PAD)
            x += width
        page.y += height
        return later if any(later) else None


def page_height(page: Page) -> float:
    """How much one page holds."""
    return page.bottom - page.top


def signatures(page: Page, block: Signatures) -> None:
    width = INNER / max(2, len(block.boxes))
    known = [[f"{label}: {value}" if value else f"{label}:" for label, value in one.lines] for one in block.boxes]
    wrapped = [[page.lines(line, width - 4, 7.6) for line in lines] for lines in known]
    tall = max(sum(len(lines) for lines in texts) for texts in wrapped) * 7.6 * LEADING
    written = max(len(one.to_write) for one in block.boxes) * OPEN_LINE
    height = tall + written + SIGN_HEIGHT + 8
    page.need(height)
    for number, (one, texts) in enumerate(zip(block.boxes, wrapped, strict=True)):
        x, y = MARGIN + number * width, page.y
        page.box(x, y, width, height)
        at = y + 1.2
        for (_, value), lines in zip(one.lines, texts, strict=True):
            end = page.write(lines, x=x + 2, y=at, width=width, size=7.6)
            if not value:
                start = x + 3 + page.pdf.get_string_width(lines[0])
                page.strike(start, at + 1.8, x + width - 2 - start)
            at = end
        for label in one.to_write:
            at += OPEN_LINE
            page.write([f"{label}:"], x=x + 2, y=at - 3.4, width=width, size=7.6)
            page.line(x + 3 + page.pdf.get_string_width(f"{label}:"), at, x + width - 2, at, 0.15)
        page.line(x + 6, y + height - 5.5, x + width - 6, y + height - 5.5)
        page.write([one.title], x=x, y=y + height - 5, width=width, size=6.8, align="C")
    page.y += height


def code(page: Page, block: Code) -> None:
    page.need(QR + 2)
    page.code(block.text, MARGIN, page.y, QR)
    y = page.y + 5
    for number, words in enumerate(block.words):
        face: Face = "bold" if number == 0 else "mono" if " " not in words else "regular"
        lines = page.lines(words, INNER - QR - 6, 8.4, face)
        y = page.write(lines, x=MARGIN + QR + 3, y=y, width=INNER, size=8.4, face=face) + 0.6
    page.y = max(page.y + QR, y) + 1


def pictures(page: Page, block: Pictures, found: Mapping[str, bytes]) -> None:
    """Two in a row, three rows on a page."""
    width, height = INNER / 2 - 2, 65.0
    for start in range(0, len(block.pictures), 2):
        page.need(height + 7)
        for number, one in enumerate(block.pictures[start : start + 2]):
            x = MARGIN + number * (width + 4)
            page.box(x, page.y, width, height + 7)
            data = found.get(one.name)
            if data is None:
                page.write(["Sin vista previa"], x=x, y=page.y + height / 2, width=width, size=9, align="C")
            else:
                page.pdf.image(
                    io.BytesIO(data), x=x + 1, y=page.y + 1, w=width - 2, h=height - 2, keep_aspect_ratio=True
                )
            page.write(page.lines(one.caption, width - 2, 7)[:2], x=x + 1, y=page.y + height, width=width, size=7)
        page.y += height + 8.5


def rest(page: Page) -> None:
    """Strikes the rest of the page, so that nothing can be added below."""
    page.strike_rest()
    page.y = page.bottom
