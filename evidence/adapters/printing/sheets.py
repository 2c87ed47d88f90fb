"""Sheets that are cut or torn apart: adhesive labels and scale cards."""

from evidence.adapters.printing.page import INNER, LEADING, MARGIN, Page
from evidence.domain.prints.sheet import Label, Labels, ScaleCards

CARD_WIDTH, CARD_HEIGHT = 85.60, 53.98
"""ISO/IEC 7810, ID-1, in mm."""

GAP = 2.6
CORNER = 8
"""Where the upright scale begins, in mm: in the corner the other one has its ticks."""

MOST_LINES = 4
"""Of one value on a label; what is longer ends in "…", for the Registro has it whole."""

GREY_18 = 118
"""sRGB value of an 18 % reflectance; a printer's own is near it, so the card says "aproximado"."""


def labels(page: Page, block: Labels) -> None:
    height = (page.bottom - page.top) / block.rows
    width = INNER / 2
    for number, one in enumerate(block.labels):
        place = number % (2 * block.rows)
        if number and place == 0:
            page.new()
        _label(page, one, MARGIN + (place % 2) * width, page.top + (place // 2) * height, (width, height))
    page.y = page.bottom


def _label(page: Page, one: Label, x: float, y: float, size: tuple[float, float]) -> None:
    width, height = size
    page.pdf.set_dash_pattern(dash=1, gap=1)
    page.box(x, y, width, height)
    page.pdf.set_dash_pattern()
    qr = 24.0
    page.code(one.code, x + 1, y + 1, qr)
    page.write([one.title], x=x + qr + 2, y=y + 3, width=width - qr - 4, size=13, face="mono")
    page.write([_spoken(one.title)], x=x + qr + 2, y=y + 8.6, width=width, size=6.2)
    if one.banner:
        page.box(x + qr + 2, y + 12, width - qr - 5, 9, 0.8)
        size_of_type = 6.4 if one.to_write else 11
        lines = page.lines(one.banner, width - qr - 6, size_of_type, "bold")[:2]
        top = y + 16.5 - len(lines) * size_of_type * LEADING / 2
        page.write(lines, x=x + qr + 2, y=top, width=width - qr - 5, size=size_of_type, face="bold", align="C")
    at = y + qr + 0.4
    for label, value in one.lines:
        if at > y + height - 4:
            return
        at = _line(page, label, value, x + 2, at, (width - 4, y + height - 2), one.to_write)


def _spoken(code: str) -> str:
    """The check character apart, so that a voice on the radio can say it."""
    return f"la última letra, {code[-1]}, es de comprobación" if code else ""


def _line(page: Page, label: str, value: str, x: float, y: float, size: tuple[float, float], to_write: bool) -> float:
    width, bottom = size
    head = f"{label}:"
    page.write([head], x=x, y=y + 0.4, width=width, size=6.4, face="bold")
    indent = page.pdf.get_string_width(head) + 1.2
    if not value:
        if to_write:
            page.line(x + indent, y + 4.2, x + width, y + 4.2, 0.15)
            return y + 6.2
        page.strike(x + indent, y + 1.8, width - indent)
        return y + 4
    lines = page.lines(value, width - indent, 7)
    fits = max(1, min(MOST_LINES, int((bottom - y) / (7 * LEADING))))
    if len(lines) > fits:
        lines = [*lines[: fits - 1], f"{lines[fits - 1]} …"]
    return page.write(lines, x=x + indent, y=y + 0.2, width=width - indent, size=7) + 0.7


def scale_cards(page: Page, block: ScaleCards) -> None:
    """Eight cards to a sheet, and a control line of 100 mm to be measured after printing."""
    left = (INNER - 2 * CARD_WIDTH - GAP) / 2 + MARGIN
    for number in range(8):
        x = left + (number % 2) * (CARD_WIDTH + GAP)
        y = page.top + 6 + (number // 2) * (CARD_HEIGHT + GAP)
        _card(page, block, x, y)
    y = page.top + 8 + 4 * (CARD_HEIGHT + GAP)
    page.line(left, y + 2, left + 100, y + 2, 0.3)
    for end in (left, left + 100):
        page.line(end, y, end, y + 4, 0.3)
    said = "Imprima al 100 %, sin ajustar. Esta línea debe medir 100 mm: si no, no use las tarjetas."
    page.write([said], x=left, y=y + 5, width=INNER, size=7.5, face="bold")
    page.write(["No use su credencial ni la INE como escala."], x=left, y=y + 8.6, width=INNER, size=7.5)
    page.y = page.bottom


def _card(page: Page, block: ScaleCards, x: float, y: float) -> None:
    page.box(x, y, CARD_WIDTH, CARD_HEIGHT, 0.15)
    _ruler(page, x, y, 80, across=True)
    _ruler(page, x, y, 50, across=False)
    page.box(x + 12, y + 11, 40, 27, 0.6)
    page.write(["Indicio"], x=x + 13, y=y + 11.6, width=30, size=6.5)
    page.fill(x + 56, y + 11, 13, 13, GREY_18)
    page.fill(x + 69, y + 11, 7, 13, 0)
    page.box(x + 76, y + 11, 7, 13, 0.15)
    page.write(["gris 18 % aprox. · negro · blanco"], x=x + 56, y=y + 24.4, width=28, size=4.6)
    page.code(block.code, x + 56, y + 27, 25)
    page.write(page.lines(block.agency, 42, 6)[:2], x=x + 12, y=y + 39.4, width=42, size=6)
    page.write([block.code, "mm · no cubra marcas"], x=x + 12, y=y + 45.4, width=42, size=6)


def _ruler(page: Page, x: float, y: float, length: int, *, across: bool) -> None:
    """Black and white centimetres along the card's edge, a tick for each mm; 0 is the card's corner."""
    for millimetre in range(length + 1):
        tall = 5.0 if millimetre % 10 == 0 else 3.6 if millimetre % 5 == 0 else 2.4
        if across:
            page.line(x + millimetre, y + 2, x + millimetre, y + 2 + tall, 0.12)
        elif millimetre >= CORNER:
            page.line(x + 2, y + millimetre, x + 2 + tall, y + millimetre, 0.12)
        if millimetre % 10 == 0 and millimetre:
            where = (x + millimetre - 3, y + 7) if across else (x + 7.2, y + millimetre - 1.1)
            page.write([str(millimetre)], x=where[0], y=where[1], width=6, size=5, align="C" if across else "L")
    for centimetre in range(0, length // 10, 2):
        if across:
            page.fill(x + centimetre * 10, y, 10, 2)
        else:
            page.fill(x, y + centimetre * 10, 2, 10)
