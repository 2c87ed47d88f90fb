"""A laboratory's day in a real browser: a wrong seal, test fires, surfaces, a lead that becomes a hit (G7, G8, G9)."""

import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from standalone import pictures as photos
from standalone import scans
from standalone.canvas import Shot
from tests.browser.approved import Approved, approved
from tests.browser.conftest import At
from tests.browser.desk_person import DeskPerson
from tests.e2e.conftest import Running

sys.path.insert(0, str(Path(__file__).parents[1] / "adapters"))
import pictures

pytestmark = pytest.mark.slow
SEALS = ("L-004417", "L-004418")  # of this file alone: a scanned seal finds one thing


@pytest.fixture(scope="module")
def gun(running: Running) -> Approved:
    return approved(running, seals=SEALS)


def go(desk: DeskPerson, *path: str) -> None:
    desk.page.evaluate(f"location.hash = '#/{'/'.join(path)}'")


def photo(page: Page, field: str) -> None:
    data = photos.sealed_package(Shot(width=800, height=600, seed=3), seal="L-004471", label="Caja A", items=["1"])
    page.get_by_label(field).set_input_files({"name": "sello.jpg", "mimeType": "image/jpeg", "buffer": data})


def row_of(running: Running, submission_id: str) -> dict[str, Any]:
    """The queue's line, as the laboratory's manager reads it through the API."""
    items = running.person("l-309").get("/queues/ballistics/items", scope="all", limit=200).json()["items"]
    return next(item for item in items if item["submission_id"] == submission_id)


def test_the_seal_is_wrong_and_the_clock_stands(running: Running, at: At, gun: Approved) -> None:
    submission = gun.submissions[("ballistics", "1")]
    desk = at("l-303")
    page = desk.page
    expect(page.get_by_role("grid")).to_be_visible()
    faults = desk.faults("queue")
    # A scanner types and sends Enter: the one request of that box opens where it is received.
    expect(page.get_by_label("Buscar o escanear")).to_be_focused()
    page.keyboard.type(SEALS[0])
    page.keyboard.press("Enter")
    expect(page.get_by_text("Así se cerró el empaque")).to_be_visible()
    assert page.url.endswith(f"#/lab/{submission}/receive")
    faults += desk.faults("receiving")
    page.get_by_label("Sello, como se lee en el empaque").fill("L-004471")
    page.get_by_label("Quién entrega").fill("Oficial O-101, Policía Estatal Modelo A")
    expect(page.get_by_text(f"La captura dice {SEALS[0]}")).to_be_visible()
    keep = page.get_by_role("button", name="Recibir con observación")
    expect(keep).to_be_disabled()
    expect(page.get_by_text("Con una discrepancia hace falta la foto.")).to_be_visible()
    photo(page, "Foto del empaque cerrado")
    expect(keep).to_be_enabled()
    faults += desk.faults("mismatch")
    keep.click()
    expect(page.get_by_text("Discrepancia registrada").first).to_be_visible()
    row = row_of(running, submission)
    assert (row["physical"], row["pause"]["reason"]) == ("received", "mismatch")
    go(desk, "lab", submission, "case")
    expect(page.get_by_text("Número de sello distinto")).to_be_visible()
    assert faults == []


def test_what_nobody_knows_is_received_and_linked_later(running: Running, at: At, gun: Approved) -> None:
    desk = at("l-303", "en", "sun")
    page = desk.page
    expect(page.get_by_role("grid")).to_be_visible()
    page.keyboard.type("B-999999")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“B-999999” is not in Casquillo.")).to_be_visible()
    page.get_by_label("From which agency").fill("Policía Municipal Modelo A")
    page.get_by_label("Who brings it").fill("Oficial de guardia")
    faults = desk.faults("walk-in")
    page.get_by_role("button", name="Receive without a capture").click()
    expect(page.get_by_role("gridcell", name="B-999999")).to_be_visible()
    faults += desk.faults("walk-ins")
    page.get_by_role("button", name="Link to a request").first.click()
    page.get_by_label("Folio of the request").fill("nonsense")
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_text("None of your requests has that folio.")).to_be_visible()
    page.get_by_label("Folio of the request").fill(gun.folio)
    page.get_by_role("button", name="Link", exact=True).click()
    row = page.get_by_role("row").filter(has_text="B-999999")
    expect(row.get_by_role("link", name="Linked")).to_be_visible()
    assert faults == []


def test_the_gun_is_fired_entered_and_its_surfaces_are_looked_at(running: Running, at: At, gun: Approved) -> None:
    submission = gun.submissions[("ballistics", "1")]
    desk = at("l-301")
    page = desk.page
    go(desk, "lab", submission)
    page.get_by_role("button", name="Tomar").click()
    expect(page.get_by_text("En trabajo").first).to_be_visible()
    faults = desk.faults("dossier")
    page.get_by_role("button", name="Seguir").click()
    expect(page.get_by_role("button", name="Pausar reloj")).to_be_visible()
    assert row_of(running, submission)["pause"] is None
    page.get_by_role("link", name="Disparos e ingreso").click()
    page.get_by_role("button", name="Registrar disparos").click()
    page.get_by_label("Quién acompaña").select_option(label="Perito L-302")
    faults += desk.faults("test fires")
    page.get_by_role("button", name="Guardar disparos").click()
    expect(page.get_by_text("Quedaron como 1-T1, 1-T2.")).to_be_visible()
    page.get_by_role("button", name="Registrar ingreso").click()
    page.get_by_label("De qué", exact=True).select_option("1-T1")
    page.get_by_label("Plano de cierre").first.select_option("parallel")
    faults += desk.faults("entry")
    page.get_by_role("button", name="Guardar ingreso").click()
    expect(page.get_by_text("El ingreso quedó registrado.")).to_be_visible()
    _scans(desk, faults)
    assert faults == []


def _scans(desk: DeskPerson, faults: list[str]) -> None:
    page = desk.page
    page.get_by_role("link", name="Superficies").click()
    scan = scans.breech_face()
    wrong = pictures.archive({**pictures.members_of(pictures.scan()), "md5checksum.hex": b"0" * 32 + b" *main.xml\n"})
    files = {"buena.x3p": scan, "suma.x3p": wrong, "cortada.x3p": scan[: len(scan) // 2]}
    page.get_by_label("Subir un archivo X3P").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files.items()]
    )
    good = page.locator("article", has_text="buena.x3p")
    expect(good.get_by_text("asegurado")).to_be_visible(timeout=60_000)
    expect(page.locator("article", has_text="suma.x3p").get_by_text("ya venía así")).to_be_visible(timeout=60_000)
    cut = page.locator("article", has_text="cortada.x3p")
    expect(cut.get_by_text("Incompleto: súbelo otra vez")).to_be_visible(timeout=60_000)
    expect(cut.get_by_role("button", name="Ver la superficie")).to_have_count(0)
    good.get_by_role("button", name="Ver la superficie").click()
    canvas = page.locator("canvas")
    expect(canvas).to_be_visible()
    page.wait_for_timeout(500)
    faults += desk.faults("surface")
    before = _greys(page)
    assert len(set(before)) > 20, "a relief has many shades"
    page.get_by_role("slider", name="Dirección de la luz").fill("90")
    page.wait_for_timeout(200)
    assert _greys(page) != before, "the light moved"


def _greys(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        """() => { const canvas = document.querySelector("canvas");
        const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        return Array.from(data).filter((_, at) => at % 404 === 0); }"""
    )
    return found


def test_a_lead_becomes_a_hit_by_two_examiners(running: Running, at: At, gun: Approved) -> None:
    submission = gun.submissions[("ballistics", "1")]
    desk = at("l-301", "en")
    page = desk.page
    go(desk, "lab", submission, "answer")
    page.get_by_role("button", name="Lead (unconfirmed)").click()
    expect(page.get_by_text("Unconfirmed lead. Not an expert report.")).to_be_visible()
    page.locator("#own-agency").fill("PEM-A")
    page.locator("#own-case").fill("CI-DEMO-0041")
    page.locator("#other-agency").fill("PEM-B")
    page.locator("#other-case").fill("CI-DEMO-0088")
    page.get_by_label("Reviewed by").fill("L-301")
    faults = desk.faults("lead")
    page.get_by_role("button", name="Record the lead").click()
    expect(page.locator("article.lead")).to_be_visible()
    page.get_by_role("button", name="Confirmed hit").click()
    page.get_by_label("Confirms this lead").select_option(index=1)
    expect(page.locator("#other-case")).to_have_value("CI-DEMO-0088")
    page.get_by_label("Opinion").fill("Identification under the comparison microscope")
    faults += desk.faults("hit")
    page.get_by_role("button", name="Record the confirmed hit").click()
    expect(page.locator("article.hit")).to_have_count(0)  # without a second examiner the form does not go
    page.locator("#hit-second").select_option(label="Perito L-302")
    page.get_by_role("button", name="Record the confirmed hit").click()
    expect(page.locator("article.hit")).to_be_visible()
    expect(page.locator("article.lead").get_by_text("Confirmed", exact=True)).to_be_visible()
    faults += desk.faults("answers")
    told = running.person("m-501").get("/notices").json()["items"]
    assert {notice["about"] for notice in told} >= {"lead", "hit"}
    assert faults == []


def test_a_request_goes_back_and_an_item_is_handed_over_by_two_different_buttons(
    running: Running, at: At, gun: Approved
) -> None:
    submission = gun.submissions[("ballistics", "2")]
    examiner, manager = at("l-302"), at("l-309")
    for desk in (examiner, manager):
        go(desk, "lab", submission)
        expect(desk.page.get_by_role("heading", name=gun.folio)).to_be_visible()
    examiner.page.get_by_role("button", name="Tomar").click()
    expect(examiner.page.get_by_text("En trabajo").first).to_be_visible()
    page = manager.page
    page.get_by_role("button", name="Reasignar").click(timeout=30_000)
    page.get_by_label("A quién").select_option(label="Perita L-301")
    page.get_by_label("Motivo").fill("Enfermo hasta el martes")
    faults = manager.faults("reassign")
    page.get_by_role("dialog").get_by_role("button", name="Reasignar").click()
    expect(page.get_by_text("Perita L-301").first).to_be_visible()
    page.get_by_role("button", name="Entregar indicio").click()
    page.get_by_label("A quién: agencia").fill("PEM-A, bodega")
    page.get_by_label("Firmas de los dos").fill("En papel")
    faults += manager.faults("hand over")
    page.get_by_role("dialog").get_by_role("button", name="Entregar indicio").click()
    expect(page.get_by_text("Indicio entregado").first).to_be_visible()
    row = row_of(running, submission)
    assert (row["physical"], row["state"]) == ("handed_back", "in_progress"), "the thing left, the request stays"
    page.get_by_role("button", name="Devolver solicitud").click()
    page.get_by_label("Motivo").fill("No es un casquillo")
    page.get_by_role("dialog").get_by_role("button", name="Devolver solicitud").click()
    expect(page.get_by_text("En cola").first).to_be_visible()
    assert row_of(running, submission)["state"] == "queued"
    assert faults == []


def test_what_was_opened_is_sealed_again_labelled_and_its_place_stays_known(running: Running, at: At) -> None:
    again = approved(running, serial="QZX0888", seals=("R-004417", "R-004418"))
    submission = again.submissions[("ballistics", "1")]
    desk = at("l-303")
    page = desk.page
    go(desk, "lab", submission, "receive")
    page.get_by_label("Sello, como se lee en el empaque").fill("R-004417")
    page.get_by_label("Quién entrega").fill("Oficial O-101")
    page.get_by_role("button", name="Recibir", exact=True).click()
    expect(page.get_by_text("Ya está recibido.")).to_be_visible()
    page.get_by_label("Sello nuevo").fill("LAB-0099")
    faults = desk.faults("sealing again")
    page.get_by_role("button", name="Sellar otra vez").click()
    expect(page.get_by_text("Quedó sellado otra vez.")).to_be_visible()
    page.get_by_label("Bodega y anaquel").fill("Bodega 2, anaquel 14")
    page.get_by_role("button", name="Guardar", exact=True).click()
    expect(page.get_by_text("Guardado.")).to_be_visible()
    go(desk, "lab", submission, "case")
    expect(page.get_by_text("Último lugar conocido: Bodega 2, anaquel 14")).to_be_visible()
    expect(page.get_by_text("Sello: LAB-0099.")).to_be_visible()
    with page.expect_download() as begun:
        page.get_by_role("button", name="Etiqueta (PDF)").click()
    assert begun.value.path().read_bytes().startswith(b"%PDF")
    page.get_by_role("button", name="Entregar indicio").click()
    page.get_by_label("A quién").fill("Bodega de la SEDENA (inventada)")
    page.get_by_label("Firmas de los dos").fill("En papel")
    page.get_by_label("Aviso a SEDENA: oficio").fill("OF-77/2026")
    page.get_by_label("Aviso a SEDENA: fecha").fill("2026-11-20")
    faults += desk.faults("handing over")
    page.get_by_role("dialog").get_by_role("button", name="Entregar indicio").click()
    expect(page.get_by_text("Aviso a SEDENA: OF-77/2026, 2026-11-20.")).to_be_visible()
    expect(page.get_by_text("Último lugar conocido: Bodega de la SEDENA (inventada)")).to_be_visible()
    assert faults == []
