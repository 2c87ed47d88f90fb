"""An administrator's work in a real browser, in both languages, and the one-time link as its person sees it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from standalone.recovery import recovery
from tests.browser.desk_person import DeskPerson
from tests.browser.looking import axe
from tests.e2e.conftest import Running

PASSWORD = "una frase larga y propia"
LIST = "clave;nombre;usuario;funciones\nI-1;Inventada Uno;i-uno;oficial\nI-2;Inventado Dos;i dos;mago\n"
TABS = ("people", "phones", "routes", "tokens", "keeping", "seals", "identity", "agency", "health")
Desk = Callable[..., DeskPerson]
PICTURES = os.environ.get("CASQUILLO_PICTURES")  # a folder, to look at what the test looks at


@pytest.fixture
def desk(browser: Browser, running: Running) -> Iterator[Desk]:
    opened: list[DeskPerson] = []

    def made(username: str, **more: Any) -> DeskPerson:
        person = DeskPerson(browser, running.service.origin, running.world["people"][username], **more)
        opened.append(person)
        person.sign_in(username)
        return person

    yield made
    for person in opened:
        person.close()


def go(person: DeskPerson, tab: str) -> None:
    person.page.evaluate(f"location.hash = '#/admin/{tab}'")
    expect(person.page.locator("nav a[aria-current=page]").nth(1)).to_be_visible()
    person.page.wait_for_load_state("networkidle")


def picture(person: DeskPerson, name: str) -> None:
    if PICTURES:
        person.page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def press(person: DeskPerson, name: str, *, exact: bool = True) -> None:
    person.page.get_by_role("button", name=name, exact=exact).last.click()


def fill(person: DeskPerson, **values: str) -> None:
    for field, value in values.items():
        person.page.locator(f"#{field.replace('_', '-')}").fill(value)


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_screen_is_clean(desk: Desk, language: str) -> None:
    admin = desk("a-900", language=language, theme="dark" if language == "es" else "sun")
    faults = []
    for tab in TABS:
        go(admin, tab)
        faults += admin.faults(tab)
        picture(admin, f"{tab}-{language}")
    admin.page.evaluate("location.hash = '#/boards'")
    expect(admin.page.get_by_role("img")).to_be_visible()
    faults += admin.faults("boards")
    picture(admin, f"boards-{language}")
    assert faults == []


def test_a_person_is_made_enters_by_the_link_and_is_locked_out(desk: Desk, browser: Browser, running: Running) -> None:
    admin = desk("a-900")
    go(admin, "people")
    press(admin, "Persona nueva")
    fill(admin, new_name="Recién Llegada", new_code="R-1", new_username="r-1", new_unit="Norte")
    admin.page.get_by_label("Supervisión").check()
    picture(admin, "new-person")
    faults = admin.faults("new person")
    press(admin, "Crear y hacer el enlace")
    address = admin.page.get_by_role("textbox", name="Enlace de un solo uso").input_value()
    faults += admin.faults("link")
    picture(admin, "link")
    assert address.startswith(running.service.origin + "/desk#/welcome/")

    context = browser.new_context(locale="es-MX")
    page = context.new_page()
    page.goto(address)
    secret = page.locator("code").inner_text()
    faults += axe(context, page)
    page.locator("#w-password").fill(PASSWORD)
    page.locator("#w-totp").fill(pyotp.TOTP(secret).now())
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "welcome.png"))
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Listo. Ya puedes entrar.")).to_be_visible()
    again = context.new_page()
    again.goto(address)
    expect(again.get_by_text("Este enlace no sirve")).to_be_visible()
    running.forget_codes()  # a code is good once
    page.get_by_role("button", name="Ir a la entrada").click()
    for field, value in (("username", "r-1"), ("password", PASSWORD), ("totp", pyotp.TOTP(secret).now())):
        page.locator(f"#{field}").fill(value)
    page.get_by_role("button", name="Entrar", exact=True).click()
    expect(page.get_by_role("link", name="Revisión")).to_be_visible()

    press(admin, "Cerrar")
    admin.page.get_by_role("row").filter(has_text="Recién Llegada").click()
    faults += admin.faults("person")
    picture(admin, "person")
    press(admin, "Bloquear")
    admin.page.get_by_label("Motivo").fill("en revisión")
    press(admin, "Bloquear")
    expect(admin.page.get_by_role("row").filter(has_text="Recién Llegada")).to_contain_text("Bloqueada")
    assert page.request.get(f"{running.service.origin}/api/v1/session").status == 401
    context.close()
    assert faults == []


def test_a_list_says_what_is_wrong_before_anybody_is_made(desk: Desk) -> None:
    admin = desk("a-911")
    go(admin, "people")
    press(admin, "Importar lista")
    fill(admin, csv_text=LIST)
    press(admin, "Revisar")
    admin.sees("1 línea por corregir. No se creó a nadie.")
    admin.sees("el usuario lleva de 3 a 100 letras minúsculas, números, punto o guion; una función no existe")
    faults = admin.faults("import")
    picture(admin, "import")
    fill(admin, csv_text=LIST.replace("i dos;mago", "i-dos;supervisión"))
    press(admin, "Revisar")
    press(admin, "Crear 2 personas")
    with admin.page.expect_download() as saved:
        press(admin, "Descargar enlaces")
    assert Path(saved.value.path()).read_text(encoding="utf-8").count("/desk#/welcome/") == 2
    assert faults == []


def test_phones_routes_tokens_and_settings(desk: Desk) -> None:
    admin = desk("a-911")
    go(admin, "phones")
    press(admin, "Registrar teléfono")
    admin.page.locator("#e-officer").select_option(index=0)
    press(admin, "Mostrar código")
    expect(admin.page.get_by_role("img", name="Código para registrar un teléfono")).to_be_visible()
    faults = admin.faults("enrol")
    picture(admin, "enrol")
    press(admin, "Cerrar")
    go(admin, "routes")
    press(admin, "Ruta nueva")
    admin.page.locator("#r-organisation").select_option(index=0)
    fill(admin, r_rank="9", r_entity="05, 20")
    faults += admin.faults("new route")
    press(admin, "Ruta nueva")
    admin.sees("entity: 05, 20")
    press(admin, "Terminar: Mesa Federal Modelo de rastreo (inventada)")
    press(admin, "Terminar")
    admin.sees("Terminada")
    go(admin, "tokens")
    press(admin, "Clave nueva")
    fill(admin, t_label="Sistema propio")
    admin.page.get_by_label("status:read").check()
    press(admin, "Crear clave")
    admin.sees("Cópiala ahora")
    assert admin.page.get_by_role("textbox", name="Clave nueva").input_value().startswith("csq_")
    press(admin, "Cerrar")
    admin.sees("Sistema propio")
    go(admin, "agency")
    fill(admin, a_contact="mesa@pem-b.invalid", a_ori="MX0000020")
    admin.page.locator("#a-order").select_option("warn")
    press(admin, "Guardar")
    admin.sees("Listo.")
    admin.page.reload()
    expect(admin.page.locator("#a-ori")).to_have_value("MX0000020")
    assert faults == []


def test_two_persons_seal_a_capture(desk: Desk, running: Running) -> None:
    phone = running.phone("o-101")
    signed = recovery(phone)
    phone.send(signed)
    supervisor, admin = desk("s-202"), desk("a-900")
    folio = running.person("s-201").get(f"/captures/{signed.capture_id}").json()["folio"]
    go(admin, "keeping")
    press(admin, "Orden nueva")
    fill(admin, k_folio=folio, k_reference="Oficio 7", k_reason="amparo")
    faults = admin.faults("hold")
    press(admin, "Orden nueva")
    admin.sees(folio)
    go(admin, "seals")
    press(admin, "Pedir reserva")
    fill(admin, s_folio=folio.lower(), s_reference="Acuerdo 3", s_reason="cara de un menor")
    faults += admin.faults("seal")
    picture(admin, "seal")
    press(admin, "Pedir reserva")
    admin.sees("Espera a otra persona")
    expect(admin.page.get_by_role("button", name="Confirmar reserva")).to_have_count(0)
    go(supervisor, "seals")
    press(supervisor, "Confirmar reserva")
    supervisor.sees("Reservada")
    faults += supervisor.faults("seals")
    picture(supervisor, "seals")
    assert running.person("s-201").http.get(f"/api/v1/captures/{signed.capture_id}").status_code == 404
    press(supervisor, f"Pedir abrir: {folio}")
    supervisor.page.get_by_label("Motivo").fill("resuelto")
    press(supervisor, "Pedir abrir")
    go(admin, "agency")
    go(admin, "seals")
    press(admin, "Abrir")
    admin.sees("Abierta")
    assert running.person("s-201").http.get(f"/api/v1/captures/{signed.capture_id}").status_code == 200
    assert faults == []
