"""A thing that nobody knows is received with its photo, shown with it, linked with it, in a real browser."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from standalone import pictures
from standalone.canvas import Shot
from tests.browser.approved import Approved, approved
from tests.browser.conftest import At
from tests.browser.desk_person import DeskPerson
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
PICTURES = os.environ.get("CASQUILLO_PICTURES")  # a folder, to look at what the test looks at
SIZES = ({"width": 820, "height": 768}, {"width": 1366, "height": 768})


@pytest.fixture(params=[("es", "dark", "W-1"), ("en", "sun", "W-2")], ids=["es", "en"])
def case(request: pytest.FixtureRequest, running: Running) -> tuple[str, str, str, Approved]:
    language, theme, mark = request.param
    return language, theme, mark, approved(running, seals=(f"{mark}-0001", f"{mark}-0002"))


def choose(page: Page, field: str, seed: int) -> None:
    data = pictures.sealed_package(Shot(width=800, height=600, seed=seed), seal="S-999999", label="Caja", items=["1"])
    page.locator(field).set_input_files({"name": "empaque.jpg", "mimeType": "image/jpeg", "buffer": data})


def look(me: DeskPerson, name: str) -> list[str]:
    """What is wrong with a screen, on a console and on a narrow one."""
    found: list[str] = []
    for size in SIZES:
        me.page.set_viewport_size(size)  # type: ignore[arg-type]  # width and height, as it asks
        found += me.faults(f"{name} {size['width']}")
        if PICTURES:
            me.page.screenshot(path=str(Path(PICTURES) / f"walk-{name}-{me.language}-{size['width']}.png"))
    return found


def test_a_photo_comes_with_the_thing_and_goes_with_it(at: At, case: tuple[str, str, str, Approved]) -> None:
    language, theme, mark, gun = case
    me = at("l-303", language, theme)
    page, agency = me.page, f"Policía Municipal Modelo {mark}"
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.type(f"{mark}-9999")
    page.keyboard.press("Enter")
    page.locator("#walk-agency").fill(agency)
    page.locator("#walk-brought_by").fill("Oficial de guardia")
    choose(page, "#walk-photos", 3)
    faults = look(me, "form")
    page.get_by_role("button", name=me.say("Recibir sin captura", "Receive without a capture")).click()
    row = page.get_by_role("row").filter(has_text=agency)
    photos = row.get_by_role("button", name=me.say("1 foto", "1 photo"))
    expect(photos).to_be_visible()
    faults += look(me, "list")
    photos.focus()
    me.press("Enter")
    pictures_shown = page.get_by_role("img", name=me.say("Foto 1", "Photo 1"))
    expect(pictures_shown).to_be_visible()  # checked by a worker, and re-encoded
    choose(page, "#walk-more", 4)
    page.get_by_role("button", name=me.say("Enviar", "Send"), exact=True).click()
    expect(page.get_by_role("img", name=me.say("Foto 2", "Photo 2"))).to_be_visible()
    faults += look(me, "photos")
    me.press("Escape")

    row.get_by_role("button", name=me.say("Unir a una solicitud", "Link to a request")).click()
    page.locator("#link-folio").fill(gun.folio)
    page.get_by_role("button", name=me.say("Unir", "Link"), exact=True).click()
    expect(row.get_by_role("link", name=me.say("Unido", "Linked"))).to_be_visible()
    row.get_by_role("button", name=me.say("2 fotos", "2 photos")).click()
    me.sees("Ya está unido", "It is linked")
    expect(page.locator("#walk-more")).to_have_count(0)
    faults += look(me, "linked")
    me.press("Escape")

    row.get_by_role("link", name=me.say("Unido", "Linked")).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_load_state("networkidle")
    faults += look(me, "case")
    assert faults == []
