"""The short probes at the end of the acceptance stories, each where a person would see it.

Thirty rifles in table mode and a grenade that ends the flow are tapped through in test_field_app.py (`kinds.py`); an
own capture, a stale digest, an unopened view, Enter alone and a batch with an unopened item are refused in
test_review.py; that nothing of a purchaser comes to an officer stands in test_trace_desk.py.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Browser, Locator, expect

from evidence.domain.roles import Role
from standalone import pictures
from standalone.canvas import Shot
from standalone.desk import Person
from standalone.phone import File, Phone, Signed, new_id
from standalone.recovery import case_facts, recovery, recovery_facts
from tests.browser.approved import approved
from tests.browser.cast import Cast, Seated, assembled, letters
from tests.browser.reviewing import Agency, open_warnings
from tests.browser.reviewing import opened as opened_photos
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
LIMIT_S = 60
MOST_TABS = 60
SLANT_PT = 10  # a stroke through an empty place is wide and high; lines of tables are not


def one_case(
    phone: Phone, *, number: str = "1", seal: str | None = None, zone: str | None = None, **facts: Any
) -> Signed:
    """A single case in a bag; ``facts`` are members of the manifest, ``recovery`` of it among them."""
    item, bag = new_id(), new_id()
    shot = Shot(width=640, height=480, taken_at=datetime.now(UTC), seed=9)
    stated = case_facts(item, 1) | {"number": number}
    package: dict[str, Any] = {"id": str(bag), "label": "Bolsa A", "kind": "bag", "seal": seal, "item_ids": [str(item)]}
    files = [
        File("scene_overview", pictures.scene_overview(shot, numbers=[number]), [item]),
        File("headstamp", pictures.case_bases(shot, numbers=[number]), [item]),
    ]
    if seal:
        packed = pictures.sealed_package(shot, seal=seal, label="Bolsa A", items=[number])
        files.append(File("package_sealed", packed, package_id=bag))
    more = {"zone": zone} if zone else {}
    own = {"recovery": recovery_facts(), "items": [stated], "packages": [package], **more, **facts}
    signed = phone.sign(own, files)
    phone.send(signed)
    return signed


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def opened(cast: Cast, desk: Seated, signed: Signed, by: str = "s-201") -> Seated:
    """The capture at this desk, once its previews are drawn."""
    person = cast.running.person(by)
    path = f"/captures/{signed.capture_id}"

    def drawn() -> bool:
        known = person.get(path).json()
        return known["state"] == "secured" and all(
            one["preview"] in ("ready", "failed") for one in known["manifests"][0]["media"]
        )

    until(drawn, "previews")
    desk.review(signed, person.get(path).json()["folio"])
    return desk


def test_one_scene_one_number_and_one_seal_twice(running: Running, browser: Browser) -> None:
    """Two officers use number 7 in one scene, and one seal closes two bags: both are kept, and a person is told."""
    scene, seal = recovery_facts(), f"{letters()}-0077"
    first = one_case(running.phone("o-101"), number="7", seal=seal, recovery=scene)
    second = one_case(running.phone("o-102"), number="7", seal=seal, recovery=scene)
    with assembled(running, browser) as cast:
        desk = opened(cast, cast("s-201"), first)
        expect(desk.page.get_by_text("7 Casquillo").first).to_be_visible()
        expect(desk.page.get_by_role("button", name="lleva el mismo número")).to_contain_text("este es el 7 (A)")
        desk = opened(cast, cast("s-202", "en", theme="sun"), second)
        expect(desk.page.get_by_text("7 Cartridge case").first).to_be_visible()
        expect(desk.page.get_by_role("button", name=f"Seal {seal} was used")).to_be_visible()
        expect(desk.page.get_by_role("button", name="bears the same number")).to_contain_text("this is 7 (B)")
        assert desk.faults("seal and number") == []


def test_paper_typed_next_day_and_a_place_of_four_hours_ago(running: Running, browser: Browser) -> None:
    phone, person = running.phone("o-101"), {"name": "O-102", "institution": "Policía Estatal Modelo A"}
    now = datetime.now(UTC)
    written = {"reason": "phone_dead", "written_by": person, "typed_by": {**person, "name": "O-101"}}
    day_before = (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    paper = one_case(
        phone,
        deferred={**written, "written_at": day_before},
        recovery=recovery_facts() | {"recovered_at": day_before[:19] + "Z"},
    )
    fix = {
        "lat": "25.4232",
        "lon": "-101.0053",
        "accuracy_m": 9,
        "fixed_at": (now - timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    }
    stale = one_case(phone, position=fix)
    with assembled(running, browser) as cast:
        desk = opened(cast, cast("s-201"), paper)
        desk.sees("Captura diferida, de papel")
        assert desk.faults("paper") == []
        opened(cast, desk, stale)
        expect(desk.page.get_by_text("GPS ±9 m, 240 min antes de firmar")).to_be_visible()
        desk.sees("Ubicación de más de 10 minutos")
        assert desk.faults("old fix") == []


@pytest.mark.parametrize(
    ("zone", "entity", "municipality", "hours"),
    [("America/Hermosillo", "26", "26030", -7), ("America/Cancun", "23", "23005", -5)],
)
def test_times_are_local_on_screen_and_paper(
    running: Running, browser: Browser, zone: str, entity: str, municipality: str, hours: int
) -> None:
    """Sonora and Quintana Roo keep one hour all year, whatever the console's own zone is."""
    found = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
    at = {"recovered_at": found.strftime("%Y-%m-%dT%H:%M:%SZ"), "entity": entity, "municipality": municipality}
    signed = one_case(running.phone("o-101"), zone=zone, recovery=recovery_facts() | at)
    local = (found + timedelta(hours=hours)).strftime("%H:%M")
    with assembled(running, browser) as cast:
        desk = opened(cast, cast("s-201"), signed)
        expect(desk.page.locator(".facts").first).to_contain_text(local)
        assert local in "".join(page.get_textpage().get_text_range() for page in registro(desk))


def registro(desk: Seated) -> pypdfium2.PdfDocument:
    desk.press("h")
    with desk.page.expect_download() as printed:
        desk.act("Registro de Cadena de Custodia")
    return pypdfium2.PdfDocument(printed.value.path())


def test_the_registro_of_a_pistol_and_five_cases_strikes_what_is_blank(running: Running, browser: Browser) -> None:
    """Nobody may write into an empty line later: there are strokes where the words are not."""
    own = letters()
    phone = running.phone("o-101")
    signed = recovery(phone, serial=f"{own}7719", width=640, seals=(f"{own}-1", f"{own}-2"))
    phone.send(signed)
    with assembled(running, browser) as cast:
        desk = opened(cast, cast("s-202"), signed)
        desk.press("s")
        desk.page.keyboard.type(f"{own}7719")
        desk.press("Enter")
        desk.sees("Las lecturas coinciden")
        pages = registro(desk)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    assert "2 a 6" in text
    assert "Espacio restante anulado" in text
    assert sum(strokes(page) for page in pages) >= 1


def strokes(page: pypdfium2.PdfPage) -> int:
    """Lines from corner to corner over what is left of a page: nothing can be written there any more."""
    found = 0
    for one in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = one.get_bounds()
        found += pypdfium2.raw.FPDFPath_CountSegments(one.raw) == 2 and right - left > SLANT_PT < top - bottom
    return found


def test_from_capture_to_capture_and_to_a_decision_by_keys_alone(running: Running, browser: Browser) -> None:
    """J and K between captures, digits for photos, A, the space bar, Control and Enter; no pointer at any step.

    Reading a serial by S stands in test_review.py with the whole of a pistol.
    """
    agency = Agency(running, browser, "PRB-A")
    agency.add("pb-101", Role.OFFICER)
    agency.add("pb-201", Role.SUPERVISOR)
    agency.add("pb-203", Role.SUPERVISOR)
    try:
        phone = agency.phone("pb-101")
        both = [one_case(phone, seal=f"{letters()}-{n}") for n in (1, 2)]
        reader = agency.person("pb-203")
        folios = [reader.get(f"/captures/{one.capture_id}").json()["folio"] for one in both]
        for one in both:
            until(lambda o=one: _drawn(reader, o), "previews")  # type: ignore[misc]
        me = agency.desk("pb-201", language="en")
        expect(me.page.locator("tbody tr")).to_have_count(2)
        me.page.locator("tbody tr").first.focus()
        me.press("Enter")
        title = me.page.get_by_role("heading", level=1)
        expect(title).to_contain_text(folios[0])
        me.press("j")
        expect(title).to_contain_text(folios[1])
        me.press("k")
        expect(title).to_contain_text(folios[0])
        for n in (1, 2, 3):
            me.press(str(n))
            opened_photos(me, n)
        open_warnings(me)
        me.press("a")
        expect(me.page.get_by_role("checkbox")).to_have_count(1)
        expect(me.page.get_by_role("checkbox")).not_to_be_checked()
        me.press("Space", "Enter")
        me.page.wait_for_timeout(400)
        assert set(agency.states(both[0], "pb-203").values()) == {"pending_review"}, "Enter alone decided"
        me.press("Control+Enter")
        until(lambda: set(agency.states(both[0], "pb-203").values()) == {"queued"}, "approved")
        expect(title).to_contain_text(folios[1])  # the next one comes, with nothing chosen
        expect(me.page.get_by_role("checkbox")).to_have_count(0)
    finally:
        agency.close()


def _drawn(person: Person, signed: Signed) -> bool:
    known = person.get(f"/captures/{signed.capture_id}").json()
    return known["state"] == "secured" and all(one["preview"] == "ready" for one in known["manifests"][0]["media"])


def test_a_scanner_alone_receives_a_bag(running: Running, browser: Browser) -> None:
    """A scanner types and sends Enter; the keyboard does the rest, and the queue is ready for the next scan."""
    own = letters()
    gun = approved(running, serial=f"{own}4410", seals=(f"{own}-4410", f"{own}-4411"))
    with assembled(running, browser) as cast:
        desk = cast("l-303")
        expect(desk.page.get_by_label("Buscar o escanear")).to_be_focused()
        desk.page.keyboard.type(f"{own}-4410")
        desk.press("Enter")
        desk.sees("Así se cerró el empaque")
        seal = desk.field("Sello, como se lee en el empaque")
        tab_to(desk, seal)
        desk.page.keyboard.type(f"{own}-4410")
        tab_to(desk, desk.field("Quién entrega: nombre, institución, credencial"))
        desk.page.keyboard.type("Oficial O-101")
        tab_to(desk, desk.button("Recibir").first)
        desk.press("Enter")
        desk.sees("Ya está recibido.")
        assert desk.faults("scanned") == []
        rows = running.person("l-309").get("/queues/ballistics/items", scope="all", limit=200).json()["items"]
        mine = next(row for row in rows if row["submission_id"] == gun.submissions["ballistics", "1"])
        assert mine["physical"] == "received"


def tab_to(desk: Seated, target: Locator) -> None:
    """Goes on by the Tab key until the target has the focus."""
    for _ in range(MOST_TABS):
        if target.evaluate("(one) => one === document.activeElement"):
            return
        desk.press("Tab")
    raise AssertionError("not to be reached by Tab")


def test_another_agency_finds_nothing(running: Running, browser: Browser) -> None:
    """Whoever has the address of a capture of another agency is told that there is none, and hears nothing of it."""
    signed = one_case(running.phone("o-101"))
    folio = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["folio"]
    with assembled(running, browser) as cast:
        desk = cast("s-211", "en", theme="sun")
        desk.go("review", str(signed.capture_id))
        desk.sees("No existe, o no es tuyo para verlo.", "It does not exist, or is not yours to see.")
        desk.heard_nothing_of(folio)
        assert desk.faults("foreign") == []
