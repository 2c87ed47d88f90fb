"""Agreements, a partner's approval, the prosecutor's and the auditor's screens, and webhooks, in a real browser."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from evidence.domain.roles import Role
from tests.browser.approved import approved
from tests.browser.desk_person import DeskPerson
from tests.browser.reviewing import Agency, open_case, open_photos, open_warnings, read_serial, until
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

SERIAL = "KTM8810"
PICTURES = os.environ.get("CASQUILLO_PICTURES")


@pytest.fixture(scope="module")
def pair(running: Running, browser: Browser) -> Iterator[tuple[Agency, Agency]]:
    small, partner = Agency(running, browser, "MUN-A"), Agency(running, browser, "FGE-A")
    for username, roles in (
        ("mu-101", (Role.OFFICER, Role.SUPERVISOR)),
        ("mu-900", (Role.ADMINISTRATOR,)),
        ("mu-201", (Role.SUPERVISOR,)),
    ):
        small.add(username, *roles)
    for username, role in (("fg-201", Role.SUPERVISOR), ("fg-202", Role.SUPERVISOR), ("fg-900", Role.ADMINISTRATOR)):
        partner.add(username, role)
    yield small, partner
    small.close()
    partner.close()


def go(me: DeskPerson, where: str) -> None:
    me.page.evaluate(f"location.hash = '#/{where}'")
    me.page.wait_for_load_state("networkidle")


def picture(me: DeskPerson, name: str) -> None:
    if PICTURES:
        me.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def press(me: DeskPerson, es: str, en: str | None = None, *, exact: bool = True) -> None:
    me.page.get_by_role("button", name=me.say(es, en or es), exact=exact).last.click()


def test_a_partner_approves_by_agreement_until_it_is_revoked(pair: tuple[Agency, Agency]) -> None:
    small, partner = pair
    signed = small.send(small.phone("mu-101"), SERIAL, reader="mu-201")
    folio = small.person("mu-201").get(f"/captures/{signed.capture_id}").json()["folio"]
    giver, taker = small.desk("mu-900"), partner.desk("fg-900", language="en", theme="sun")
    go(giver, "admin/agreements")
    press(giver, "Convenio nuevo")
    giver.page.locator("#g-partner").select_option(value=str(partner.id))
    giver.page.locator("#g-reference").fill("CONV-7")
    giver.page.get_by_label("Conteos por mes, sin números pequeños").check()
    giver.page.get_by_label("Sus supervisores nombrados aprueban o devuelven capturas nuestras").check()
    for day in ("lun", "mar", "mié", "jue", "vie", "sáb", "dom"):
        giver.page.get_by_label(day, exact=True).check()
    giver.page.locator("#g-begins").fill("00:00")
    giver.page.locator("#g-ends").fill("23:59")
    faults = giver.faults("offer")
    picture(giver, "offer-es")
    press(giver, "Ofrecer")
    giver.sees("Ofrecido")
    go(taker, "admin/agreements")
    taker.sees("Ofrecido", "Offered")
    press(taker, "Aceptar", "Accept")
    taker.page.get_by_label("FG-201 (FG-201)").check()
    faults += taker.faults("accept")
    picture(taker, "accept-en")
    press(taker, "Aceptar", "Accept")
    taker.sees("Aceptado: falta dejar entrar", "Accepted: to be let in")
    go(giver, "boards")
    go(giver, "admin/agreements")
    press(giver, "Dejar entrar", exact=False)
    giver.sees("Vigente")
    faults += giver.faults("agreements")
    picture(giver, "agreements-es")

    me = partner.desk("fg-201", language="en")
    me.page.locator("#host").select_option(value=str(small.id))
    me.sees("Por el convenio CONV-7", "Under agreement CONV-7")
    open_case(me, folio)
    faults += me.faults("as a guest")
    picture(me, "guest-en")
    assert not [text for text in me.heard if "MU-101" in text], "a partner hears the role, not who it was"
    open_photos(me)
    read_serial(me, SERIAL)
    open_warnings(me)
    me.press("a")
    for box in me.page.locator(".choices input:enabled").all():
        box.check()
    me.press("Control+Enter")
    until(lambda: bool(set(small.states(signed, "mu-201").values()) & {"queued", "awaiting_evidence"}))

    unnamed = partner.desk("fg-202")
    unnamed.page.wait_for_load_state("networkidle")
    assert unnamed.page.locator("#host").count() == 0
    answer = partner.person("fg-202").http.get("/api/v1/review", headers={"X-Casquillo-For": str(small.id)})
    assert answer.status_code == 404

    go(taker, "boards")
    go(taker, "admin/agreements")
    press(taker, "Ver lo compartido", "See what is shared", exact=False)
    taker.sees("1–4")
    faults += taker.faults("shared")
    picture(taker, "shared-en")
    taker.press("Escape")
    press(giver, "Terminar", exact=False)
    giver.page.get_by_label("Motivo").fill("ya hay turno de noche")
    press(giver, "Terminar")
    giver.sees("Terminado")
    gone: httpx.Response = partner.person("fg-201").http.get(
        f"/api/v1/captures/{signed.capture_id}/review", headers={"X-Casquillo-For": str(small.id)}
    )
    assert gone.status_code == 404
    assert faults == []


@pytest.fixture(scope="module")
def case(running: Running) -> Any:
    return approved(running, serial="QZX8811", seals=("A-884417", "A-884418"))


@pytest.mark.parametrize(("language", "theme"), [("es", "dark"), ("en", "sun")])
def test_a_prosecutor_reads_orders_and_asks_for_a_bundle(
    running: Running, browser: Browser, case: Any, tmp_path: Path, language: str, theme: str
) -> None:
    secrets = running.world["people"]["m-501"]
    me = DeskPerson(browser, running.service.origin, secrets, language=language, theme=theme)
    me.sign_in("m-501")
    go(me, "cases")
    press(me, "Enviados", "Sent")
    me.sees(case.folio)
    faults = me.faults("cases")
    picture(me, f"cases-{language}")
    me.page.locator("tbody tr").filter(has_text=case.folio).first.focus()
    me.press("Enter")
    expect(me.page.get_by_role("heading", level=1)).to_contain_text(case.folio)
    me.page.wait_for_load_state("networkidle")
    faults += me.faults("dossier")
    picture(me, f"dossier-{language}")
    press(me, "Agregar oficio: ", "Add an order: ", exact=False)
    me.page.locator("#o-number").fill(f"FGE/{language}/11")
    me.page.locator("#o-date").fill("2026-11-20")
    paper = tmp_path / "oficio.pdf"
    paper.write_bytes(b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n")
    me.page.locator("#o-file").set_input_files(paper)
    faults += me.faults("order")
    press(me, "Agregar oficio", "Add the order")
    me.sees("Oficio agregado.", "The order was added.")
    me.sees(f"FGE/{language}/11")
    me.sees("oficio.pdf")
    press(me, "Juzgado", "Court")
    me.page.get_by_label(me.say("Motivo", "Reason")).fill("audiencia")
    press(me, "Pedir paquete", "Ask for a bundle")
    expect(me.page.get_by_role("button", name=me.say("Descargar", "Download"), exact=True).first).to_be_visible(
        timeout=60_000
    )
    assert faults == []
    me.close()


@pytest.mark.parametrize(("language", "theme"), [("es", "sun"), ("en", "dark")])
def test_an_auditor_sees_who_looked_and_nothing_of_the_case(
    running: Running, browser: Browser, case: Any, language: str, theme: str
) -> None:
    me = DeskPerson(browser, running.service.origin, running.world["people"]["u-801"], language=language, theme=theme)
    me.sign_in("u-801")
    go(me, "audit")
    press(me, "Quién miró", "Who looked")
    me.page.get_by_label("Folio").fill(case.folio)
    me.press("Enter")
    me.sees("S-201")
    faults = me.faults("audit")
    picture(me, f"audit-{language}")
    with me.page.expect_download() as saved:
        me.page.get_by_role("button", name=me.say("Descargar: ", "Download: "), exact=False).first.click()
    chain = Path(saved.value.path()).read_text(encoding="utf-8")
    assert '"entry_sha256"' in chain
    assert "QZX8811" not in chain
    said = [text for text in me.heard if "/audit/" in text or '"told"' in text]
    assert said
    assert not [text for text in said if "QZX8811" in text or "Oficial" in text or "Supervisora" in text]
    assert faults == []
    me.close()


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_administrator_keeps_webhooks(pair: tuple[Agency, Agency], language: str) -> None:
    me = pair[0].desk("mu-900", language=language)
    go(me, "admin/webhooks")
    press(me, "Dirección nueva", "New address")
    me.page.locator("#h-label").fill(f"LIMS {language}")
    me.page.locator("#h-url").fill("https://lims.invalid/hooks")
    me.page.locator("#h-kinds").fill("result.recorded")
    faults = me.faults("new webhook")
    press(me, "Agregar", "Add")
    assert me.page.get_by_label(me.say("Secreto", "Secret")).input_value().startswith("whsec_")
    press(me, "Cerrar", "Close")
    with me.page.expect_response("**/test") as sent:
        press(me, f"Probar: LIMS {language}", f"Test: LIMS {language}")
    assert sent.value.status == 202, sent.value.text()
    expect(me.page.get_by_role("dialog").get_by_text(me.say("Prueba", "Test"), exact=True)).to_be_visible()
    faults += me.faults("deliveries")
    picture(me, f"webhooks-{language}")
    me.press("Escape")
    press(me, f"Apagar: LIMS {language}", f"Disable: LIMS {language}")
    press(me, "Apagar", "Disable")
    me.sees("Apagada el", "Disabled ")
    faults += me.faults("webhooks")
    assert faults == []
