"""The printer: the same bytes each time, frames on every page, nothing cut, codes that decode."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from api.document import PLACEHOLDERS
from evidence.actions.ports import PrinterUnfit
from evidence.adapters.printing.printer import PdfPrinter
from evidence.domain.ids import folio, folio_is_valid
from evidence.domain.prints import labels, notice
from evidence.domain.prints.sheet import (
    Block,
    Code,
    Column,
    Document,
    Field,
    Fields,
    NewPage,
    Paragraph,
    Picture,
    Pictures,
    Rest,
    Signature,
    Signatures,
    Table,
    What,
)
from evidence.settings import BUILT_WEB, DEBIAN_FONTS, read_settings
from standalone.phone import new_id

AT = datetime(2026, 11, 24, 5, 44, tzinfo=UTC)
PRINTER = PdfPrinter((BUILT_WEB / "fonts", DEBIAN_FONTS))
COLUMNS = (Column("Indicio", 1), Column("Descripción", 4))


def document(*blocks: Block) -> Document:
    return Document(
        what=What.REGISTRO,
        title="DOCUMENTO DE PRUEBA",
        institution="Policía Estatal Modelo A (inventada)",
        folio="K7QD-39MX-WHT",
        printed_by="Oficial Ñandú Güémez",
        printed_at=AT,
        zone="America/Hermosillo",
        digest="3fa8" * 16,
        blocks=blocks,
    )


def drawn(made: Document, **pictures: bytes) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(PRINTER.render(made, pictures).pdf)


def texts(pdf: pypdfium2.PdfDocument) -> list[str]:
    return [page.get_textpage().get_text_range().replace("\r\n", "\n") for page in pdf]


def strokes(pdf: pypdfium2.PdfDocument) -> int:
    """Lines, boxes and fills of the first page."""
    return sum(one.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH for one in pdf[0].get_objects())


def test_the_same_document_gives_the_same_bytes_and_another_does_not() -> None:
    made = document(Table(COLUMNS, [("1", "pistola")]), Code("K7QD-39MX-WHT", ["K7QD-39MX-WHT"]))
    first = PRINTER.render(made, {})
    assert first == PRINTER.render(made, {})
    assert first.pages == 1
    assert first != PRINTER.render(replace(made, folio="other"), {})


def test_every_page_says_what_it_is() -> None:
    rows = [(str(number), f"casquillo número {number}, señas: ¿áéíóú? «ñ» “—”") for number in range(1, 121)]
    pages = texts(drawn(document(Table(COLUMNS, rows))))
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert "COPIA DE TRABAJO · NO ES FORMATO OFICIAL" in page
        assert f"página {number} de {len(pages)}" in page
        assert page.count("K7QD-39MX-WHT") == 2
        assert "Versión de los datos 3fa83fa8" in page
        assert "Impreso por Oficial Ñandú Güémez el 23/11/2026 22:44 h, hora local · 24/11/2026 05:44 UTC" in page
        assert "Descripción" in page
    whole = "\n".join(pages)
    assert all(text in whole for _, text in rows)


def test_long_texts_wrap_and_nothing_of_them_is_lost() -> None:
    long = " ".join(f"palabra{number}" for number in range(900))
    solid = "W" * 700
    blocks: Sequence[Block] = (
        Paragraph(long),
        Fields([[Field("Etiqueta", solid), Field("Otra", "b")]]),
        Table(COLUMNS, [("1", long)]),
    )
    pdf = drawn(document(*blocks))
    whole = "".join(texts(pdf))
    assert whole.count("palabra899") == 2
    assert whole.count("W") == 700 + whole.count("WHT")
    for page in pdf:
        for one in page.get_objects():
            left, bottom, right, top = one.get_bounds()
            assert left >= 0
            assert right <= 612.5
            assert bottom >= 0
            assert top <= 792


def test_a_blank_is_struck_and_words_are_not() -> None:
    full = strokes(drawn(document(Fields([[Field("Vehículo", "No aplica"), Field("IPH", "Sin información")]]))))
    empty = drawn(document(Fields([[Field("Vehículo", ""), Field("IPH", "")]])))
    assert strokes(empty) == full + 2
    assert strokes(drawn(document(Table(COLUMNS, [])))) == strokes(drawn(document(Table(COLUMNS, [("1", "")])))) + 1
    rest = drawn(document(Paragraph("fin"), Rest()))
    assert "Espacio restante anulado" in texts(rest)[0]


def test_a_signature_box_leaves_room_and_open_lines() -> None:
    box = Signature("Firma autógrafa", [("Nombre", "Persona Inventada"), ("Cargo", "")], to_write=("Fecha",))
    (page,) = texts(drawn(document(Signatures([box, box]))))
    assert page.count("Firma autógrafa") == 2
    assert page.count("Nombre: Persona Inventada") == 2
    assert page.count("Fecha:") == 2


def test_copies_are_counted_each_by_itself() -> None:
    pages = texts(drawn(document(Paragraph("uno"), NewPage(counts_anew=True), Paragraph("dos"), NewPage())))
    assert ["página 1 de 1" in pages[0], "página 1 de 2" in pages[1], "página 2 de 2" in pages[2]] == [True] * 3


def test_a_code_decodes_and_stands_beside_its_words() -> None:
    text = f"casquillo:K7QD-39MX-WHT:{'3fa8' * 16}"
    pdf = drawn(document(Code(text, ["Folio K7QD-39MX-WHT", "3fa8" * 8])))
    assert [found.text for found in zxingcpp.read_barcodes(pdf[0].render(scale=3).to_pil())] == [text]
    assert "3fa8" * 8 in texts(pdf)[0]


def test_pictures_are_shown_and_a_missing_one_says_so() -> None:
    file = io.BytesIO()
    Image.new("RGB", (1600, 1200), (10, 200, 10)).save(file, "JPEG")
    shown = [Picture("a", "Lado izquierdo"), Picture("b", "Lado derecho")]
    pdf = drawn(document(Pictures(shown)), a=file.getvalue())
    assert "Sin vista previa" in texts(pdf)[0]
    colours = {pixel for _, pixel in pdf[0].render(scale=1).to_pil().getcolors(10**6)}
    assert any(green > 150 and red < 60 for red, green, _ in colours)


def test_a_stamp_stands_on_every_page() -> None:
    pages = texts(drawn(replace(document(Paragraph("uno"), NewPage(), Paragraph("dos")), stamp="SUSTITUIDA")))
    assert ["SUSTITUIDA" in page for page in pages] == [True, True]


def test_blank_labels_have_codes_of_their_own() -> None:
    about = labels.Print(institution="Policía", printed_by="A-900", printed_at=AT, zone="America/Tijuana")
    made = [folio(new_id()) for _ in range(15)]
    pdf = drawn(labels.blank(made, about=about))
    assert len(pdf) == 2
    found = [one.text for page in pdf for one in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    assert sorted(found) == sorted(made)
    assert all(folio_is_valid(one) for one in found)
    assert texts(pdf)[0].count("☐ CARGADA ☐ DESCARGADA ☐ NO VERIFICADA") == 10


def test_scale_cards_measure_what_they_say() -> None:
    about = labels.Print(institution="Policía", printed_by="A-900", printed_at=AT, zone="America/Tijuana")
    page = drawn(labels.scale_cards(code="PEM-A", about=about))[0]
    boxes = [one.get_bounds() for one in page.get_objects() if one.type == pypdfium2.raw.FPDF_PAGEOBJ_PATH]
    sizes = [((right - left) * 25.4 / 72, (top - bottom) * 25.4 / 72) for left, bottom, right, top in boxes]
    cards = [one for one in sizes if abs(one[0] - 85.6) < 0.4 and abs(one[1] - 53.98) < 0.4]
    assert len(cards) == 8
    assert any(abs(width - 100) < 0.7 and height < 1 for width, height in sizes)


@pytest.mark.parametrize(("about", "caution"), [("lead", 2), ("hit", 0), ("eliminated", 0)])
def test_only_a_lead_carries_its_caution(about: str, caution: int) -> None:
    sheet = notice.NoticeSheet(
        about=about,
        card={"cases": [{"agency": "A", "case_number": "1"}, {"agency": "B", "case_number": "2"}], "laboratory": "L"},
        folio="K7QD-39MX-WHT",
        institution="A",
        own_case="1",
        told_at=AT,
        zone="America/Tijuana",
        printed_by="M-501",
        printed_at=AT,
    )
    (page,) = texts(drawn(notice.document(sheet)))
    assert page.count("Vínculo no confirmado. No es dictamen.") == caution
    assert ("Correspondencia confirmada" in page) is (about == "hit")


def test_a_folder_of_fonts_may_be_named(tmp_path: Path) -> None:
    assert read_settings(PLACEHOLDERS).fonts == (BUILT_WEB / "fonts", DEBIAN_FONTS)
    assert read_settings({**PLACEHOLDERS, "CASQUILLO_FONTS": str(tmp_path)}).fonts == (tmp_path,)


def test_without_fonts_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PrinterUnfit, match=r"DejaVuSans\.ttf.*make web.*CASQUILLO_FONTS"):
        PdfPrinter((tmp_path,)).render(document(Paragraph("x")), {})
