"""Stories G7 on the screens: the wrong seal, then the wrong serial; who is told, and that nothing is overwritten."""

import pytest
from playwright.sync_api import Browser, expect

from standalone import pictures
from standalone.canvas import Shot
from tests.browser.approved import Approved, approved
from tests.browser.cast import Cast, Seated, assembled, letters, picked
from tests.browser.reviewing import open_warnings
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
OFFICERS = letters() + "0158"
LABS = OFFICERS[:-1] + "3"
SEALS = (f"{OFFICERS[:3]}-4417", f"{OFFICERS[:3]}-4418")
WRONG_SEAL = f"{OFFICERS[:3]}-4471"


def jpeg(name: str, data: bytes) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def sent(desk: Seated, number: str) -> None:
    """Typed twice, from eTrace's own screen."""
    desk.field("Número que dio eTrace", "Number that eTrace gave").fill(number)
    desk.field("Otra vez, tecleado", "Once more, typed").fill(number)
    desk.act("Enviada", "Sent")
    expect(desk.page.get_by_text(number).first).to_be_visible()


def take(desk: Seated) -> None:
    desk.act("Tomar", "Take")
    desk.sees("En trabajo", "In progress")


def test_a_wrong_seal_then_a_wrong_serial(running: Running, browser: Browser) -> None:
    gun = approved(running, serial=OFFICERS, seals=SEALS)
    trace, ballistics = gun.submissions["etrace", "1"], gun.submissions["ballistics", "1"]
    with assembled(running, browser) as cast:
        desk = cast("d-401")
        desk.go("trace", trace)
        take(desk)
        desk.go("trace", trace, "send")
        sent(desk, "T-TEST-7007")
        _the_seal(cast, gun, ballistics)
        _the_serial(cast, gun, ballistics, desk)
        _the_correction(cast, gun, desk)
        _what_remains(cast, running, gun)


def _the_seal(cast: Cast, gun: Approved, ballistics: str) -> None:
    """The reception scans what is on the list and reads another seal: told at once, and the clock stands."""
    supervisor, prosecutor = cast("s-201"), cast("m-501", "en", theme="sun")
    for one in (supervisor, prosecutor):
        one.go("notices")
    reception = cast("l-303")
    reception.go("lab", ballistics, "receive")
    reception.field("Sello, como se lee en el empaque").fill(WRONG_SEAL)
    reception.field("Quién entrega: nombre, institución, credencial").fill("Oficial O-101")
    package = pictures.sealed_package(Shot(width=640, height=480, seed=5), seal=WRONG_SEAL, label="Caja A", items=["1"])
    reception.page.locator("#photo").set_input_files(jpeg("sello.jpg", package))
    reception.act("Recibir con observación")
    reception.sees("Discrepancia registrada")
    for one in (supervisor, prosecutor):
        row = one.page.get_by_role("row").filter(has_text=gun.folio)
        expect(row).to_contain_text(one.say("Número de sello distinto", "Other seal number"), timeout=20_000)
        expect(row).to_contain_text(WRONG_SEAL)
        assert one.faults("notices") == []
    reception.go("lab", ballistics)
    reception.sees("En pausa: discrepancia")


def _the_serial(cast: Cast, gun: Approved, ballistics: str, desk: Seated) -> None:
    """Two examiners read another number; a photo goes with it; the reading stands beside the officer's."""
    examiner = cast("l-301")
    examiner.go("lab", ballistics)
    take(examiner)
    examiner.act("Serie distinta")
    examiner.field("Número de serie leído").fill(LABS)
    examiner.field("Cómo se leyó").fill("Luz rasante")
    assert examiner.faults("another serial") == []
    examiner.act("Guardar la lectura")
    expect(examiner.dialog).to_be_visible()  # neither the photo nor the second person may be missing
    picked(examiner.page, "Segunda persona que lo leyó", "Perito L-302")
    closeup = pictures.serial_closeup(Shot(width=640, height=480, seed=6), LABS)
    examiner.page.locator("#reading-photos").set_input_files(jpeg("serie.jpg", closeup))
    examiner.act("Guardar la lectura")
    examiner.sees("Serie distinta")
    expect(examiner.dialog).to_have_count(0, timeout=20_000)
    facts = examiner.page.locator("body")
    expect(facts).to_contain_text(OFFICERS)
    expect(facts).to_contain_text(LABS)
    # The desk hears of it while it looks on.
    expect(desk.page.get_by_role("heading", name="Aviso de corrección")).to_be_visible(timeout=30_000)


def _the_correction(cast: Cast, gun: Approved, desk: Seated) -> None:
    """A supervisor reads anew and approves; the desk takes note, accepts, and sends a request that replaces."""
    supervisor = cast.desks[1]
    supervisor.review(gun.signed, gun.folio)
    supervisor.sees("Número de sello distinto")
    expect(supervisor.page.locator("#since figure img, #since img").first).to_be_visible(timeout=20_000)
    expect(supervisor.page.locator("table").filter(has_text=LABS)).to_contain_text(OFFICERS)
    supervisor.press("s")
    supervisor.page.keyboard.type(LABS)
    supervisor.press("Enter")
    supervisor.sees("Las lecturas coinciden")
    open_warnings(supervisor)
    supervisor.press("a")
    box = supervisor.page.get_by_role("checkbox", name="Rastreo")
    expect(box).to_be_enabled()
    box.check()
    supervisor.press("Control+Enter")
    supervisor.sees("Aprobado")
    assert desk.faults("notice") == []
    desk.act("Enterado")
    desk.act("Aceptar la versión nueva")
    sent(desk, "T-TEST-7008")
    old = desk.page.locator("article", has_text="T-TEST-7007")
    expect(old).to_contain_text("SUSTITUIDA")
    expect(desk.page.locator("article", has_text="T-TEST-7008")).not_to_contain_text("SUSTITUIDA")
    assert desk.faults("replaced") == []


def _what_remains(cast: Cast, running: Running, gun: Approved) -> None:
    """The officer is told in one sentence; the chain has every step."""
    officer, after, about = running.person("o-101"), -1, []
    while page := officer.get("/status", after=after, limit=200).json():
        about += [one for one in page["items"] if one["capture_id"] == str(gun.signed.capture_id)]
        if not page["items"]:
            break
        after = page["next_after"]
    assert ["serial_differs"] in [one["mismatches"] for one in about]
    kinds = cast.kinds("s-201", gun.signed)
    wanted = [
        "trace.sent",
        "physical.event",
        "reading.made",
        "trace.corrected",
        "trace.notice_acknowledged",
        "trace.sent",
    ]
    steps = iter(kinds)
    assert all(kind in steps for kind in wanted), kinds
