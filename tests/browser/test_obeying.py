"""What the administrator demands reaches the phone at its next contact, and the review says where it is missing."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from evidence.domain.roles import Role
from evidence.records.captures import Manifest
from tests.browser import story
from tests.browser.conftest import Handset
from tests.browser.desk_person import DeskPerson
from tests.browser.officer import Officer, picture
from tests.browser.reviewing import Agency, open_case, until
from tests.browser.test_field_app import arrived
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

CARD = {"es": "No la levantes.\nLlama a la armería: 555 0100.", "en": "Do not pick it up.\nCall the armoury: 555 0100."}
ROLES = {"900": Role.ADMINISTRATOR, "101": Role.OFFICER, "201": Role.SUPERVISOR, "501": Role.PROSECUTOR}
PICTURES = os.environ.get("CASQUILLO_PICTURES")  # a folder, to look at what the test looks at


def seen(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


@pytest.fixture
def agency(running: Running, browser: Browser) -> Iterator[Agency]:
    code = f"OB{len(running.world['people'])}"
    made = Agency(running, browser, code)
    for name, role in ROLES.items():
        made.add(f"{code}-{name}".lower(), role)
    running.world["people"] |= made.secrets
    yield made
    made.close()


def demand(admin: DeskPerson) -> None:
    """A photo of the serial by another light, a card for pistols, a form of the IPH's number."""
    page = admin.page
    page.evaluate("location.hash = '#/admin/agency'")
    for es, en in (
        ("Fotos además", "Photos beside"),
        ("Forma de los números", "Form of the own"),
        ("Tarjeta", "Card"),
    ):
        page.locator("summary").filter(has_text=admin.say(es, en)).click()
    group = page.get_by_role("group", name=admin.say("Pistola o revólver", "Pistol or revolver"))
    group.get_by_label(admin.say("Serie, otra luz", "Serial, other light")).check()
    page.locator("#a-number-iph").fill("PEM-####")
    page.keyboard.press("Tab")
    admin.sees("Por ejemplo: PEM-1234", "For example: PEM-1234")
    page.locator("#a-safe-pistol-es").fill(CARD["es"])
    admin.sees("Falta en este idioma.", "Missing in this language.")
    page.locator("#a-safe-pistol-en").fill(CARD["en"])


def photos(me: Officer) -> None:
    for view in ("left", "right", "serial", "marks"):
        me.photo(picture(view))


@pytest.mark.parametrize(("language", "theme"), [("es", "dark"), ("en", "sun")])
def test_a_demanded_view_and_card_reach_the_next_capture(
    agency: Agency, handset: Handset, language: str, theme: str
) -> None:
    me = handset(f"{agency.code}-101".lower(), language=language, theme=theme)
    me.enrol()
    me.tap("CAPTURAR", "CAPTURE")
    me.at("¿Cómo actúas?", "How do you act", "capacity")
    (begun,) = me.rows("drafts")
    assert begun["rules"]["required_views"] == {}
    me.page.reload()  # back at the start, where the draft waits

    admin = agency.desk(f"{agency.code}-900".lower(), language=language, theme=theme)
    demand(admin)
    faults = admin.faults("agency")
    admin.page.locator("fieldset").first.scroll_into_view_if_needed()
    seen(admin.page, f"rules-{language}")
    admin.page.get_by_role("button", name=admin.say("Guardar", "Save"), exact=True).click()
    admin.sees("Listo.", "Done.")
    assert faults == []

    me.page.reload()  # the next contact
    until(lambda: me.rows("enrolments")[0]["rules"]["numbering_pattern"] == {"iph": "PEM-####"})
    rules = me.rows("enrolments")[0]["rules"]["version"]
    (kept,) = me.rows("drafts")
    assert kept["rules"] == begun["rules"], "what was begun keeps what it began with"
    me.tap("Más", "More")
    for _ in range(2):
        me.tap("Borrar el borrador", "Erase the draft")
    expect(me.button("CAPTURAR", "CAPTURE", exact=True)).to_be_visible()
    story.until_safe(me)
    me.tap("¿Cómo asegurar?", "How to make it safe")
    for line in CARD[language].split("\n"):
        me.sees(line)
    me.sees("No la limpies. No rayes. No desarmes.", "Don't clean it.")
    me.sees("Apunta siempre a lugar seguro", "Always point")
    seen(me.page, f"card-{language}")
    me.tap("Atrás", "Back", nth=1)
    story.made_safe(me)
    photos(me)
    story.the_serial_read(me)
    me.at("1 · Serie, con otra luz", "1 · Serial, other light", "oblique")
    me.sees("Tu agencia pide esta foto.", "Your agency asks for this photo.")
    seen(me.page, f"asked-{language}")
    me.tap("No se puede tomar", "Can't be taken")
    me.tap("Otra razón", "Another reason")
    story.after_the_serial(me)
    story.the_cases(me)
    story.the_packages(me)
    story.to_the_meter(me)
    me.sees("tu agencia pide foto", "your agency asks for a photo")
    seen(me.page, f"meter-{language}")
    story.signed(me)
    row = arrived(me)
    with agency.running.service.owned().sessions() as session:
        head = session.scalars(select(Manifest).where(Manifest.capture_id == UUID(row["id"]))).one()
    assert head.payload["agency_rules"] == rules

    reader = agency.person(f"{agency.code}-201".lower())

    def drawn() -> bool:
        (only,) = reader.get(f"/captures/{row['id']}").json()["manifests"]
        return all(one["preview"] in ("ready", "failed") for one in only["media"])

    until(drawn)
    agency.running.forget_codes()
    supervisor = agency.desk(f"{agency.code}-201".lower(), language=language, theme=theme)
    open_case(supervisor, row["folio"])
    supervisor.sees("La agencia pide una vista que falta", "The agency asks for a view that is missing")
    seen(supervisor.page, f"review-{language}")
    assert supervisor.faults("review") == []

    prosecutor = agency.desk(f"{agency.code}-501".lower(), language=language, theme=theme)
    prosecutor.page.evaluate("location.hash = '#/cases'")
    prosecutor.sees("Ningún caso aquí.", "No case here.")
    seen(prosecutor.page, f"none-{language}")
    assert prosecutor.faults("cases") == []
    expect(prosecutor.page.get_by_text(row["folio"])).to_have_count(0)
