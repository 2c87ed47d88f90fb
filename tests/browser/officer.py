"""An officer with a phone: taps what stands on the screen, counts the taps, and looks at every screen on the way."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyotp
from playwright.sync_api import BrowserContext, Locator, Page, expect

from standalone import pictures
from standalone.canvas import Shot

PIN = "483920"
LIMIT_MS = 15_000
STEP_S = 30  # of a TOTP code
Look = Callable[["Officer", str], None]

_CHOOSE = """async (chosen) => {
  const store = await new Promise((done) => {
    const asked = indexedDB.open("casquillo");
    asked.onsuccess = () => done(asked.result);
  });
  const change = store.transaction("settings", "readwrite");
  change.objectStore("settings").put(chosen, "preferences");
  await new Promise((done) => (change.oncomplete = done));
  store.close();
}"""


class Officer:
    """One person on one handset. ``say(es, en)`` is the word of the phone's language."""

    def __init__(
        self,
        context: BrowserContext,
        origin: str,
        username: str,
        people: Mapping[str, Mapping[str, str]],
        *,
        language: str,
        theme: str,
    ) -> None:
        self.context, self.origin, self.username, self.people = context, origin, username, people
        self.language, self.theme = language, theme
        self.taps = self.photos = 0
        self.look: Look | None = None
        self.page = self._opened()

    def _opened(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(LIMIT_MS)
        page.goto(self.origin)
        return page

    def kill(self) -> None:
        """The phone closes the app, as a full memory does; then the officer opens it again."""
        self.page.close(run_before_unload=False)
        self.page = self._opened()

    def say(self, es: str, en: str) -> str:
        return es if self.language == "es" else en

    def button(self, es: str, en: str | None = None, *, exact: bool = False, nth: int = 0) -> Locator:
        return self.page.get_by_role("button", name=self.say(es, en or es), exact=exact).nth(nth)

    def tap(self, es: str, en: str | None = None, *, exact: bool = False, nth: int = 0) -> None:
        self.button(es, en, exact=exact, nth=nth).click()
        self.taps += 1

    def type(self, keys: str) -> None:
        for key in keys:
            self.tap(key, exact=True)

    def sees(self, es: str, en: str | None = None) -> None:
        expect(self.page.get_by_text(self.say(es, en or es)).first).to_be_visible(timeout=LIMIT_MS)

    def at(self, es: str, en: str, name: str) -> None:
        """Waits for the screen with this title, then looks at it."""
        title = self.page.get_by_role("heading", level=1, name=self.say(es, en))
        expect(title).to_be_visible(timeout=LIMIT_MS)
        if self.look:
            self.look(self, name)

    def photo(self, picture: bytes) -> None:
        """Takes a photo with the phone's own camera app."""
        with self.page.expect_file_chooser() as chooser:
            self.tap("Tomar foto", "Take photo")
        chooser.value.set_files({"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": picture})
        self.photos += 1

    def enrol(self) -> None:
        """Enrols with account, password and code; the language and theme are chosen as in the settings."""
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        capacity = {"capacity": "processing", "entity": "05", "municipality": "05030"}
        self.page.evaluate(_CHOOSE, {"language": self.language, "theme": self.theme, **capacity})
        self.page.reload()
        self.register(self.username)

    def register(self, username: str) -> None:
        """From the first screen of enrolling to the start screen, as this person."""
        self.at("Registrar este teléfono", "Enrol this phone", "enrol")
        self.tap("Entrar con mi cuenta", "Use my account")
        self._sign_in(username, self.people[username])
        self.at("¿Cómo se llama este teléfono?", "What is this phone called?", "enrol-label")
        self.tap("Siguiente", "Next")
        self.at("Elige una clave", "Choose a 6-digit PIN", "enrol-pin")
        self.type(PIN)
        self.at("Escribe la clave otra vez", "Type the PIN again", "enrol-pin-again")
        self.type(PIN)
        self.at("Teléfono registrado", "Phone enrolled", "enrolled")
        self.tap("Empezar", "Start")
        expect(self.button("CAPTURAR", "CAPTURE")).to_be_visible()

    def _sign_in(self, username: str, secrets: Mapping[str, str]) -> None:
        self.at("Entrar con mi cuenta", "Use my account", "enrol-account")
        field = self.page.get_by_label
        field(self.say("Usuario", "User name")).fill(username)
        for _ in range(3):
            field(self.say("Contraseña", "Password")).fill(secrets["password"])
            code = pyotp.TOTP(secrets["totp_secret"]).now()
            field(self.say("Código de 6 números", "6-digit code")).fill(code)
            self.tap("Siguiente", "Next")
            label = self.page.get_by_label(self.say("¿Cómo se llama este teléfono?", "What is this phone called?"))
            expect(label.or_(self.page.get_by_role("alert")).first).to_be_visible(timeout=LIMIT_MS)
            if label.count():
                return
            time.sleep(STEP_S - time.time() % STEP_S + 0.1)  # a code is good once

    def rows(self, name: str) -> Any:
        """What the phone's own database holds under this name."""
        return self.page.evaluate(
            """(name) => new Promise((done) => {
              const asked = indexedDB.open("casquillo");
              asked.onsuccess = () => {
                const all = asked.result.transaction(name).objectStore(name).getAll();
                all.onsuccess = () => { asked.result.close(); done(JSON.parse(JSON.stringify(all.result))); };
              };
            })""",
            name,
        )


def shot(seed: int) -> Shot:
    return Shot(width=1008, height=756, taken_at=datetime.now(UTC), seed=seed)


def picture(view: str) -> bytes:
    """An invented photo of each view of the acceptance story's pistol and cases."""
    made: dict[str, Callable[[], bytes]] = {
        "overview": lambda: pictures.scene_overview(shot(1), numbers=["1", "2", "3", "4", "5", "6"]),
        "left": lambda: pictures.pistol(shot(2), side="left"),
        "right": lambda: pictures.pistol(shot(3), side="right"),
        "serial": lambda: pictures.serial_closeup(shot(4), "QZX0158"),
        "marks": lambda: pictures.pistol(shot(5), side="left", number="1", maker="GLOCK 19"),
        "bases": lambda: pictures.case_bases(shot(6), numbers=["2", "3", "4", "5", "6"]),
        "packages": lambda: pictures.sealed_package(shot(7), seal="A-004417", label="A", items=["1"]),
        "paper": lambda: pictures.sealed_package(shot(8), seal="PAPEL", label="P", items=["1"]),
    }
    return made[view]()
