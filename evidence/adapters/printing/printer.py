"""The ``Printer`` port by fpdf2: pure Python, vector QR, fonts embedded; the same document gives the same bytes."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from evidence.actions.ports import Printed
from evidence.adapters.printing import blocks, sheets
from evidence.adapters.printing.fonts import find
from evidence.adapters.printing.page import Page
from evidence.domain.prints.sheet import (
    Block,
    Code,
    Document,
    Fields,
    Heading,
    Labels,
    NewPage,
    Paragraph,
    Pictures,
    Rest,
    ScaleCards,
    Signatures,
    Table,
)

# A subset is made of each font; what it says of the font's tables is of no use to an operator.
logging.getLogger("fontTools").setLevel(logging.WARNING)


class PdfPrinter:
    """Looks for its fonts in ``folders`` when it prints, so that a missing font stops nothing else."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.folders = folders

    def render(self, document: Document, pictures: Mapping[str, bytes]) -> Printed:
        """The PDF. ``pictures`` are JPEGs by the names that the document uses; ``PrinterUnfit`` without fonts."""
        page = Page(document, find(self.folders))
        for number, block in enumerate(document.blocks):
            if isinstance(block, Heading):
                # Boxes for signatures are tall: a heading goes with them to the next page.
                signs = any(isinstance(one, Signatures) for one in document.blocks[number + 1 : number + 3])
                blocks.heading(page, block, 64 if signs else 24)
            else:
                _draw(page, block, pictures)
        data = page.finish()
        return Printed(data, page.pdf.pages_count)


def _draw(page: Page, block: Block, pictures: Mapping[str, bytes]) -> None:  # noqa: C901  # one case a block
    match block:
        case Fields():
            blocks.fields(page, block)
        case Table():
            blocks.table(page, block)
        case Paragraph():
            blocks.paragraph(page, block)
        case Signatures():
            blocks.signatures(page, block)
        case Code():
            blocks.code(page, block)
        case Pictures():
            blocks.pictures(page, block, pictures)
        case Labels():
            sheets.labels(page, block)
        case ScaleCards():
            sheets.scale_cards(page, block)
        case NewPage():
            page.new(counts_anew=block.counts_anew)
        case Rest():
            blocks.rest(page)
