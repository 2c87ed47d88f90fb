"""Who had the gun: sealed at the trace desk, opened with a reason, printed only then, and nowhere on a phone."""

import json
import time

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from tests.browser.approved import Approved, approved
from tests.browser.conftest import At
from tests.browser.test_trace_desk import answer_cards, go
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
APPENDED_S = 20
NAME = "Persona Inventada Dos"


@pytest.fixture(scope="module")
def gun(running: Running) -> Approved:
    return approved(running, serial="QZX0777", seals=("P-004417", "P-004418"))


def saved(page: Page, button: str) -> bytes:
    with page.expect_download() as begun:
        page.get_by_role("button", name=button, exact=True).click()
    return begun.value.path().read_bytes()


def test_the_desk_seals_the_possessor_and_the_form_shows_that_it_is_there(at: At, gun: Approved) -> None:
    desk = at("d-401")
    page = desk.page
    go(desk, "trace", gun.submissions[("etrace", "1")])
    answer_cards(page)
    page.get_by_role("button", name="Escribir poseedor").click()
    page.get_by_label("6a · Nombre del poseedor").fill(NAME)
    page.get_by_label("VIII.vehicle · Vehículo").fill("Sedán gris, sin placas")
    page.get_by_label("De dónde vienen los datos").fill("Oficio FGE-12/2026")
    faults = desk.faults("writing the possessor")
    page.get_by_role("button", name="Sellar").click()
    expect(page.get_by_text("Quedó sellado.")).to_be_visible()
    expect(page.locator("tr", has_text="6a").get_by_text(NAME)).to_be_visible()
    page.reload()
    expect(page.locator("tr", has_text="6a").get_by_text("Sellado")).to_be_visible()
    expect(page.get_by_text(NAME)).to_have_count(0)
    assert NAME not in saved(page, "Hoja en CSV").decode()
    faults += desk.faults("sealed lines")
    assert faults == []


def test_it_opens_with_a_reason_into_its_place_csv_and_pdf(running: Running, at: At, gun: Approved) -> None:
    submission = gun.submissions[("etrace", "1")]
    desk = at("d-402", "en", "sun")
    page = desk.page
    go(desk, "trace", submission)
    page.get_by_role("button", name="Open the possessor").first.click()
    page.get_by_label("Reason").fill("To key part VI into eTrace")
    faults = desk.faults("reason")
    assert all(NAME not in text for text in desk.heard), "nothing came without a reason"
    page.get_by_role("dialog").get_by_role("button", name="Open the possessor").click()
    expect(page.locator("tr", has_text="6a").get_by_text(NAME)).to_be_visible()
    expect(page.locator("tr", has_text="VIII.vehicle").get_by_text("Sedán gris")).to_be_visible()
    faults += desk.faults("open lines")
    assert NAME in saved(page, "Worksheet as CSV").decode()
    assert json.loads(saved(page, "Worksheet as JSON"))["values"]["6a"] == NAME
    page.get_by_role("button", name="Print (PDF)").click()
    page.get_by_label("Reason").fill("For the paper file")
    pdf = saved(page, "Print with personal data")
    said = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_range()
    assert NAME in said
    assert "CONTIENE DATOS PERSONALES" in said
    assert faults == []
    # The agency's chain tells how often and why; neither it nor the officer's phone says a name.
    deadline = time.monotonic() + APPENDED_S
    while True:  # looks are appended by the worker, in batches
        lines = running.person("s-201").get(f"/captures/{gun.signed.capture_id}/custody", limit=200).json()["items"]
        reasons = {one["details"]["reason"] for one in lines if one["entry"]["kind"] == "possessor.opened"}
        if {"To key part VI into eTrace", "For the paper file"} <= reasons:
            break
        assert time.monotonic() < deadline, reasons
        time.sleep(0.2)
    assert NAME not in json.dumps(lines)
    officer = running.person("o-101")
    answer = officer.http.post(f"/api/v1/submissions/{submission}/possessor/open", json={"reason": "curious"})
    assert answer.status_code in (401, 403)
    assert NAME not in officer.http.get(f"/api/v1/submissions/{submission}").text
