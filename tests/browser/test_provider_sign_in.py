"""Signing in by an organisation's own provider, a real one on this machine: set up, entered, decided with, left."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from evidence.domain.roles import Role
from evidence.records.people import Account, UserSession
from tests.browser.desk_person import DeskPerson
from tests.browser.reviewing import Agency, open_case, open_photos, open_warnings, read_serial, until
from tests.e2e.conftest import Running
from tests.identity_provider import CLIENT_ID, SECRET, IdentityProvider

pytestmark = pytest.mark.slow
PICTURES = os.environ.get("CASQUILLO_PICTURES")  # a folder, to look at what the test looks at
MFA = {"amr": ["pwd", "mfa"]}
NARROW = {"width": 820, "height": 768}
WIDE = {"width": 1366, "height": 768}


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    made = IdentityProvider()
    yield made
    made.close()


@pytest.fixture(scope="module")
def agency(running: Running, browser: Browser) -> Iterator[Agency]:
    made = Agency(running, browser, "OID-A")
    made.add("p-900", Role.ADMINISTRATOR)
    for username in ("p-201", "p-202", "p-203"):
        made.add(username, Role.SUPERVISOR)
    made.add("p-101", Role.OFFICER)
    yield made
    made.close()


def outside(agency: Agency, username: str, **more: Any) -> DeskPerson:
    """In front of the sign-in."""
    made = DeskPerson(agency.browser, agency.running.service.origin, agency.secrets[username], **more)
    agency.desks.append(made)
    return made


def look(me: DeskPerson, name: str) -> list[str]:
    """What is wrong with a screen, on a console and on a narrow one."""
    found: list[str] = []
    for size in (NARROW, WIDE):
        me.page.set_viewport_size(size)
        found += me.faults(f"{name} {size['width']}")
        if PICTURES:
            file = f"oid-{name}-{me.language}-{size['width']}.png".replace(" ", "-")
            me.page.screenshot(path=str(Path(PICTURES) / file))
    return found


def way(me: DeskPerson, agency: Agency) -> None:
    """By the agency's button, or from the list when other tests have set up more."""
    button = me.page.get_by_role("button", name=f"Policía Modelo {agency.code} (inventada)")
    button.focus()
    me.press("Enter")


def inside(me: DeskPerson) -> None:
    expect(me.page.get_by_role("navigation")).to_be_visible()
    assert "?" not in me.page.url, "the code stayed in the address"


def enter_code(me: DeskPerson) -> None:
    me.sees("Falta tu código de Casquillo", "Your Casquillo code is still needed")
    expect(me.page.locator("#totp")).to_be_focused()
    me.page.keyboard.type(pyotp.TOTP(me.secrets["totp_secret"]).now())
    me.press("Enter")
    inside(me)


def set_up(admin: DeskPerson, provider: IdentityProvider) -> list[str]:
    """On the administration's screen: a wrong issuer is told, the right one tried and kept."""
    admin.page.evaluate("location.hash = '#/admin/identity'")
    issuer = admin.page.locator("#i-issuer")
    expect(issuer).to_be_visible()
    issuer.fill(f"{provider.issuer}/nada")
    test = admin.page.get_by_role("button", name=admin.say("Probar", "Test"), exact=True)
    test.click()
    admin.sees("Contestó algo que no es un documento de OpenID Connect.", "not a document of OpenID Connect")
    faults = look(admin, "settings-fault")
    issuer.fill(provider.issuer)
    admin.page.locator("#i-client").fill(CLIENT_ID)
    admin.page.locator("#i-secret").fill(SECRET)
    admin.page.locator("#i-factors").fill("mfa urn:loa:3")
    test.click()
    admin.sees("Contesta como proveedor", "Answers as a provider")
    admin.page.get_by_role("button", name=admin.say("Guardar", "Save"), exact=True).click()
    admin.sees("Encendida; último cambio", "On; last changed")
    expect(admin.page.locator("#i-secret")).to_have_value("")
    assert not [text for text in admin.heard if SECRET in text], "the secret came back"
    return faults + look(admin, "settings")


def make_old(running: Running, agency: Agency) -> None:
    """As if every factor had been shown sixteen minutes ago."""
    with running.service.owned().sessions() as session, session.begin():
        old = datetime.now(UTC) - timedelta(minutes=16)
        session.execute(update(UserSession).where(UserSession.organisation_id == agency.id).values(factor_at=old))


def forget(running: Running, agency: Agency) -> None:
    """As if nobody had come by the provider yet."""
    with running.service.owned().sessions() as session, session.begin():
        session.execute(
            update(Account).where(Account.organisation_id == agency.id).values(provider_subject=None, totp_last_step=0)
        )


@pytest.mark.parametrize(("language", "theme", "username"), [("es", "dark", "p-201"), ("en", "sun", "p-202")])
def test_set_up_entered_decided_with_and_left(
    agency: Agency, provider: IdentityProvider, running: Running, language: str, theme: str, username: str
) -> None:
    serial = "OID2201" if language == "es" else "OID2202"
    signed = agency.send(agency.phone("p-101"), serial, reader="p-203")
    faults = set_up(agency.desk("p-900", language=language, theme=theme), provider)
    provider.person = {"preferred_username": username, **MFA}

    me = outside(agency, username, language=language, theme=theme)
    me.sees("Con la cuenta de tu institución", "With your organisation's account")
    faults += look(me, "sign-in")
    way(me, agency)
    me.sees("Falta tu código de Casquillo", "Your Casquillo code is still needed")
    faults += look(me, "code")
    enter_code(me)
    me.page.get_by_role("button", name=me.say("Salir", "Sign out"), exact=True).click()
    expect(me.page.get_by_role("heading", name="Sesion terminada")).to_be_visible()
    me.page.goto(f"{running.service.origin}/desk")
    way(me, agency)  # known by now: the provider's second factor is enough
    inside(me)

    folio = agency.person("p-203").get(f"/captures/{signed.capture_id}").json()["folio"]
    open_case(me, folio)
    open_photos(me)
    read_serial(me, serial)
    me.sees("Las lecturas coinciden", "The readings agree")
    open_warnings(me)
    make_old(running, agency)
    running.forget_codes()
    me.page.reload()  # the desk asks anew how old the factor is
    open_case(me, folio)
    open_warnings(me)
    me.press("a", "Space", "Control+Enter")
    there = me.page.get_by_role(
        "button", name=me.say("Confirmar en la entrada de tu", "Confirm with your organisation")
    )
    expect(there).to_be_visible()
    faults += look(me, "factor")
    there.focus()
    me.press("Enter")
    me.sees("Todavía no se ha decidido nada", "Nothing is decided yet")
    expect(me.page.get_by_role("heading", level=1, name=folio)).to_be_visible()
    me.sees("Las lecturas coinciden", "The readings agree")
    faults += look(me, "confirmed")
    inside(me)
    assert set(agency.states(signed, "p-203").values()) == {"pending_review"}, "something was decided on the way"
    me.press("a", "Space", "Control+Enter")
    me.sees("Aprobado", "Approved")
    until(lambda: "queued" in agency.states(signed, "p-203").values())
    assert faults == []


@pytest.mark.parametrize(("language", "theme"), [("es", "sun"), ("en", "dark")])
def test_what_fails_gets_a_sentence(
    agency: Agency,
    provider: IdentityProvider,
    running: Running,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    theme: str,
) -> None:
    forget(running, agency)
    set_up(agency.desk("p-900", language=language, theme=theme), provider)
    me = outside(agency, "p-203", language=language, theme=theme)
    provider.person = {"preferred_username": "p-203", **MFA}
    honest = provider.authorize
    with monkeypatch.context() as changed:
        changed.setattr(provider, "authorize", lambda asked: honest({**asked, "state": asked["state"][::-1]}))
        way(me, agency)
        me.sees("no sirve: tardó, ya se usó o cambió en el camino", "too slow, used before, or changed on the way")
    faults = look(me, "refused")
    assert "?" not in me.page.url

    provider.person = {"preferred_username": "nadie", **MFA}
    way(me, agency)
    me.sees("aquí no hay una cuenta con ese nombre", "there is no account of that name here")
    with monkeypatch.context() as changed:
        back = f"{running.service.origin}/desk?error=access_denied&state=x"
        changed.setattr(provider, "authorize", lambda _asked: back)
        way(me, agency)
        me.sees("dijo que no, o se canceló", "said no, or it was cancelled")
    assert me.page.request.get(f"{running.service.origin}/api/v1/session").status == 401

    provider.person = {"preferred_username": "p-203", **MFA}
    way(me, agency)
    enter_code(me)
    me.page.evaluate("location.hash = '#/account'")
    make_old(running, agency)
    running.forget_codes()
    me.page.reload()
    provider.person = {"preferred_username": "p-203", **MFA, "auth_time": None}
    there = me.page.get_by_role(
        "button", name=me.say("Confirmar en la entrada de tu", "Confirm with your organisation")
    )
    _ask_to_add(me)
    there.click()
    me.sees("no mostró que te preguntó ahora", "did not show that it asked you just now")
    faults += look(me, "unproven")
    me.page.get_by_role("button", name=me.say("Enterado", "Understood")).click()
    _ask_to_add(me)
    expect(me.page.locator("#fresh-totp")).to_be_visible()
    expect(there).to_have_count(0)
    faults += look(me, "unproven-factor")
    assert faults == []


def _ask_to_add(me: DeskPerson) -> None:
    """Begins what needs a fresh factor."""
    me.page.get_by_role("button", name=me.say("Agregar llave", "Add a passkey")).click()
    me.page.locator("#k-name").fill("Llave")
    me.press("Enter")
