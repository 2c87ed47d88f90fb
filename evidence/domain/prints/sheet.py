"""What a printed document holds, as plain values; ``evidence.adapters.printing`` draws them and decides nothing.

Letter size, black and white. A blank cell (an empty text) is struck when it is drawn, so that nobody writes into it
later; a wet signature has a box of its own. Every QR stands beside the same information in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WORKING_COPY = "COPIA DE TRABAJO · NO ES FORMATO OFICIAL"
"""On every sheet until the agency has a template of its own."""


class What(StrEnum):
    """The kinds of printed documents; the names stand in custody entries."""

    REGISTRO = "registro"
    WORKSHEET = "worksheet"
    PACKAGE_LABEL = "package_label"
    BLANK_LABELS = "blank_labels"
    RECEIPT = "receipt"
    HAND_BACK = "hand_back"
    SCALE_CARDS = "scale_cards"
    NOTICE = "notice"
    DAY_LIST = "day_list"


@dataclass(frozen=True)
class Heading:
    """The band that opens a part."""

    text: str
    note: str = ""


@dataclass(frozen=True)
class Field:
    """A form's cell: a small label over its value. ``share`` of the row's width; ``mono`` tells 0 from O."""

    label: str
    value: str
    share: int = 1
    mono: bool = False


@dataclass(frozen=True)
class Fields:
    """Rows of cells; the cells of a row fill the width between them."""

    rows: Sequence[Sequence[Field]]


@dataclass(frozen=True)
class Column:
    title: str
    share: int = 1
    mono: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of texts under their titles, which stand again on each further page. Without rows one struck line stands."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    compact: bool = False


@dataclass(frozen=True)
class Paragraph:
    """``boxed`` is for what must not be overlooked."""

    text: str
    bold: bool = False
    boxed: bool = False
    small: bool = False


@dataclass(frozen=True)
class Signature:
    """A box for a signature by hand: who signs, over lines already known. ``lines`` are (label, value).

    ``to_write`` names what the signer writes too; its lines stay open.
    """

    title: str
    lines: Sequence[tuple[str, str]] = ()
    to_write: Sequence[str] = ()


@dataclass(frozen=True)
class Signatures:
    boxes: Sequence[Signature]


@dataclass(frozen=True)
class Code:
    """A QR and, beside it, what it says in words."""

    text: str
    words: Sequence[str]


@dataclass(frozen=True)
class Picture:
    """``name`` finds its bytes at drawing time; without them the caption says why."""

    name: str
    caption: str


@dataclass(frozen=True)
class Pictures:
    """Two in a row, six on a page."""

    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Label:
    """One adhesive label: QR with its words, a banner (the gun's condition), then lines (label, value).

    ``to_write``: empty lines stay open, because the label is filled in by hand.
    """

    code: str
    title: str
    banner: str
    lines: Sequence[tuple[str, str]]
    to_write: bool = False


@dataclass(frozen=True)
class Labels:
    """Two columns; ``rows`` labels in a column of one sheet."""

    labels: Sequence[Label]
    rows: int


@dataclass(frozen=True)
class ScaleCards:
    """A sheet of eight ID-1 cards (85.60 × 53.98 mm): L-scale in mm, grey patch, box for the item's number."""

    agency: str
    code: str


@dataclass(frozen=True)
class NewPage:
    """``counts_anew``: a further copy of the same document, with page numbers of its own."""

    counts_anew: bool = False


@dataclass(frozen=True)
class Rest:
    """Strikes what is left of the page."""


Block = Heading | Fields | Table | Paragraph | Signatures | Code | Pictures | Labels | ScaleCards | NewPage | Rest


@dataclass(frozen=True, kw_only=True)
class Document:
    """One printed document. ``zone`` (IANA) is the place's; ``digest`` the version of the data, if it has one.

    ``standing`` says what the sheet is; ``header`` and ``crest`` (a PNG) are the institution's own.
    ``stamp`` is printed large over each page (SUSTITUIDA). ``bare``: sheets of labels or cards, which leave the
    frame as narrow as can be.
    """

    what: What
    title: str
    institution: str
    folio: str
    printed_by: str
    printed_at: datetime
    zone: str
    blocks: Sequence[Block]
    digest: str | None = None
    stamp: str = ""
    standing: str = WORKING_COPY
    header: str = ""
    crest: bytes | None = None
    bare: bool = False
