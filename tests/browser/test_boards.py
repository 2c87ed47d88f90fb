"""What people look at: the board of an agency and of a laboratory, and an organisation's own paper set on a screen."""

from io import BytesIO

import pypdfium2
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.approved import Approved, approved
from tests.browser.conftest import At
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def gun(running: Running) -> Approved:
    return approved(running, serial="QZX0444", seals=("K-004417", "K-004418"))


def test_an_agency_sees_what_presses_and_how_complete_it_signs(running: Running, at: At, gun: Approved) -> None:
    desk = at("s-201")
    page = desk.page
    page.evaluate("location.hash = '#/boards'")
    told = running.person("s-201").get("/reports/board").json()
    expect(page.get_by_role("heading", name="Qué aprieta hoy")).to_be_visible()
    pressing = page.get_by_role("region", name="Qué aprieta hoy").get_by_role("listitem")
    expect(pressing).to_have_count(4)
    expect(pressing.first).to_contain_text(str(told["clocks"]["overdue"]))
    ready = {one["destination"]: one for one in told["readiness"]}["ballistics"]
    expect(page.get_by_text(f"{ready['ready']} de {ready['signed']} completas al firmar")).to_be_visible()
    ages = page.get_by_role("row", name="Balística")
    today = next(one["n"] for one in told["ages"] if one["destination"] == "ballistics" and one["from_days"] == 0)
    expect(ages.get_by_role("cell").first).to_contain_text(str(today))
    expect(page.get_by_role("img", name="Recuperaciones por entidad: Coah")).to_be_visible()
    assert desk.faults("board") == []


def test_a_laboratory_sees_its_leads_and_answers_in_english(at: At, gun: Approved) -> None:
    desk = at("l-309", "en", "sun")
    page = desk.page
    page.evaluate("location.hash = '#/boards'")
    pressing = page.get_by_role("region", name="What presses today").get_by_role("listitem")
    expect(pressing).to_have_count(6)
    expect(pressing.last).to_contain_text("with a lead not concluded")
    expect(page.get_by_text("Recoveries by entity")).to_have_count(0)
    assert desk.faults("board") == []


def test_an_administrator_gives_the_paper_its_crest_and_notice(running: Running, at: At, gun: Approved) -> None:
    desk = at("a-900")
    page = desk.page
    page.evaluate("location.hash = '#/admin/agency'")
    page.get_by_label("Leyenda en lugar de la de copia de trabajo").fill("FORMATO MODELO 7")
    crest = page.get_by_label("Escudo (PNG)")
    crest.set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": png(900)})
    expect(page.get_by_text("No es un PNG de hasta 60 kB y 800 píxeles por lado.")).to_be_visible()
    crest.set_input_files({"name": "x.png", "mimeType": "image/png", "buffer": png(64)})
    expect(page.get_by_role("img", name="Escudo (PNG)")).to_be_visible()
    faults = desk.faults("own paper")
    before = running.person("a-900").get("/agency").json()
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.get_by_text("Listo.")).to_be_visible()
    prints = f"/captures/{gun.signed.capture_id}/prints"
    paper = running.person("o-101").post(prints, {"what": "registro"}).content
    said = pypdfium2.PdfDocument(paper)[0].get_textpage().get_text_range()
    assert "FORMATO MODELO 7" in said
    assert "NO ES FORMATO OFICIAL" not in said
    back = {"contact": before["contact"], "settings": before["settings"]}
    assert running.person("a-900").http.put("/api/v1/agency", json=back).status_code == 200
    assert faults == []


def png(side: int) -> bytes:
    made = BytesIO()
    Image.new("L", (side, side), 90).save(made, "PNG")
    return made.getvalue()
