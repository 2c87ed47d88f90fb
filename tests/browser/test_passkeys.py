"""Passkeys in a real Chromium with its virtual authenticator: made, used to enter and to decide, taken away."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import update

from evidence.domain.roles import Role
from evidence.records.people import UserSession
from tests.browser.desk_person import LIMIT_MS, DeskPerson
from tests.browser.reviewing import Agency, open_case, open_photos, until
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
PICTURES = os.environ.get("CASQUILLO_PICTURES")  # a folder, to look at what the test looks at


class Key:
    """Chromium's virtual authenticator: a platform one that verifies its person."""

    def __init__(self, me: DeskPerson) -> None:
        self.me = me
        self.plug_in()

    def plug_in(self) -> None:
        self.cdp = self.me.context.new_cdp_session(self.me.page)
        self.cdp.send("WebAuthn.enable")
        able = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
        kind = {"protocol": "ctap2", "transport": "internal", "automaticPresenceSimulation": True}
        made = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**kind, **able}})
        self.at = {"authenticatorId": made["authenticatorId"]}

    def credentials(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.cdp.send("WebAuthn.getCredentials", self.at)["credentials"]
        return found

    def verifies(self, value: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {**self.at, "isUserVerified": value})

    def faults(self, screen: str) -> list[str]:
        """What axe finds. Its own debugging session ends the authenticator, so its credentials are put into another."""
        kept = self.credentials()
        found = self.me.faults(screen)
        self.cdp.detach()
        self.plug_in()
        for one in kept:
            self.cdp.send("WebAuthn.addCredential", {**self.at, "credential": one})
        return found


@pytest.fixture(scope="module")
def agency(running: Running, browser: Browser) -> Iterator[Agency]:
    made = Agency(running, browser, "LLAVE-A")
    for username in ("k-201", "k-202", "k-203"):
        made.add(username, Role.SUPERVISOR)
    made.add("k-101", Role.OFFICER)
    made.add("k-900", Role.ADMINISTRATOR)
    yield made
    made.close()


def picture(me: DeskPerson, name: str) -> None:
    if PICTURES:
        me.page.wait_for_timeout(200)
        me.page.screenshot(path=str(Path(PICTURES) / f"{name}-{me.language}.png"))


def account(me: DeskPerson) -> None:
    me.page.evaluate("location.hash = '#/account'")
    expect(me.page.get_by_role("heading", level=1, name=me.say("Tu cuenta", "Your account"))).to_be_visible()


def add(me: DeskPerson, name: str) -> None:
    """By keyboard, from the account's page."""
    account(me)
    me.page.get_by_role("button", name=me.say("Agregar llave", "Add a passkey")).focus()
    me.press("Enter")
    expect(me.page.locator("#k-name")).to_be_focused()
    me.page.keyboard.type(name)
    picture(me, "passkey-add")
    me.press("Enter")
    me.sees(f"Llave «{name}» agregada", f"Passkey “{name}” added")


def enter(me: DeskPerson) -> None:
    button = me.page.get_by_role("button", name=me.say("Entrar con llave de acceso", "Sign in with a passkey"))
    button.focus()
    me.press("Enter")


def leave(me: DeskPerson) -> None:
    me.page.get_by_role("button", name=me.say("Salir", "Sign out")).click()
    expect(me.page.locator("#username")).to_be_visible()


def inside(me: DeskPerson) -> None:
    expect(me.page.get_by_role("navigation").first).to_be_visible(timeout=LIMIT_MS)


def make_old(running: Running, person_id: str) -> None:
    """As if the factor had been shown sixteen minutes ago."""
    with running.service.owned().sessions() as session, session.begin():
        old = datetime.now(UTC) - timedelta(minutes=16)
        session.execute(update(UserSession).where(UserSession.person_id == person_id).values(factor_at=old))


@pytest.mark.parametrize(("language", "theme", "username"), [("es", "dark", "k-201"), ("en", "sun", "k-202")])
def test_made_then_used_to_enter_and_to_decide(
    agency: Agency, running: Running, language: str, theme: str, username: str
) -> None:
    broken: list[str] = []
    signed = agency.send(agency.phone("k-101"), "KEY2201" if language == "es" else "KEY2202", reader="k-203")
    me = agency.desk(username, language=language, theme=theme)
    me.page.on("console", lambda said: broken.append(said.text) if "Content Security Policy" in said.text else None)
    key = Key(me)
    account(me)
    faults = key.faults("account, empty")
    add(me, "Llave de prueba")
    assert len(key.credentials()) == 1
    faults += key.faults("account")
    picture(me, "account")

    leave(me)
    faults += key.faults("sign-in")
    picture(me, "sign-in")
    enter(me)
    inside(me)
    me.sees("Se agregó la llave «Llave de prueba»", "The passkey “Llave de prueba” was added")
    faults += key.faults("told")
    picture(me, "told")
    me.page.get_by_role("button", name=me.say("Enterado", "Understood")).click()
    me.not_there("Se agregó la llave", "was added")

    open_case(me, agency.person("k-203").get(f"/captures/{signed.capture_id}").json()["folio"])
    open_photos(me)
    me.press("r", "Space")
    me.page.locator("main select").last.select_option("serie_no_coincide")
    who = me.page.evaluate("fetch('/api/v1/session').then((one) => one.json())")
    assert who["means"] == "passkey"
    make_old(running, who["person_id"])
    me.press("Control+Enter")
    button = me.page.get_by_role("button", name=me.say("Confirmar con la llave de acceso", "Confirm with a passkey"))
    expect(button).to_be_visible()
    faults += key.faults("factor")
    picture(me, "factor")
    assert agency.states(signed, "k-203")["1", "etrace"] == "pending_review", "nothing is decided without it"
    button.focus()
    me.press("Enter")
    me.sees("Devuelt", "Returned")
    until(lambda: "returned" in agency.states(signed, "k-203").values())
    kinds = [
        one["entry"]["kind"]
        for one in agency.person("k-203").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    ]
    assert "decision.made" in kinds
    assert (faults, broken) == ([], [])


def test_no_verification_no_entry_and_what_an_administrator_takes_away(agency: Agency) -> None:
    me, admin = agency.desk("k-203"), agency.desk("k-900")
    key = Key(me)
    add(me, "Computadora de guardia")
    leave(me)
    key.verifies(False)
    enter(me)
    me.sees("No se usó ninguna llave")
    key.verifies(True)

    admin.page.evaluate("location.hash = '#/admin/people'")
    admin.page.get_by_role("row", name="K-203").first.focus()
    admin.press("Enter")
    admin.sees("Computadora de guardia")
    faults = admin.faults("a person's passkeys")
    admin.page.get_by_role("button", name="Quitar: Computadora de guardia").scroll_into_view_if_needed()
    picture(admin, "person-passkeys")
    admin.page.get_by_role("button", name="Quitar: Computadora de guardia").click()
    admin.page.get_by_role("dialog").get_by_role("textbox", name="Motivo").fill("se perdió la computadora")
    admin.page.get_by_role("dialog").get_by_role("button", name="Quitar", exact=True).last.click()
    admin.sees("quitada por otra persona")

    enter(me)
    me.sees("Esa llave de acceso no es de aquí, o fue quitada.")
    me.sign_in("k-203")
    me.sees("Otra persona quitó la llave «Computadora de guardia».")
    me.page.get_by_role("button", name="Ver mis llaves").click()
    me.sees("quitada por otra persona")
    faults += me.faults("account, removed")
    assert faults == []
