"""A person at the desk: a console of 1366 × 768 pixels, a keyboard, and no mouse."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import pyotp
from playwright.sync_api import Browser, BrowserContext, Error, Page, Response, expect

from tests.browser.looking import axe

LIMIT_MS = 15_000
STEP_S = 30  # of a TOTP code


class DeskPerson:
    """Signed in by keyboard. ``heard`` keeps every answer of the API, for what must never have been sent."""

    def __init__(
        self,
        browser: Browser,
        origin: str,
        secrets: Mapping[str, str],
        *,
        language: str = "es",
        theme: str = "dark",
        cookies: Sequence[Any] = (),
    ) -> None:
        self.language, self.secrets, self.heard = language, secrets, [""]
        self.context: BrowserContext = browser.new_context(
            viewport={"width": 1366, "height": 768}, locale="es-MX", timezone_id="America/Monterrey"
        )
        self.context.add_init_script(
            f"localStorage.setItem('desk.language', '{language}'); localStorage.setItem('desk.theme', '{theme}')"
        )
        self.context.add_cookies(cookies)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(LIMIT_MS)
        self.page.on("response", self._hear)
        self.page.goto(f"{origin}/desk")

    def _hear(self, response: Response) -> None:
        if "/api/" in response.url and "json" in (response.headers.get("content-type") or ""):
            with suppress(Error):  # a page that was left for another takes its answers along
                self.heard.append(response.text())

    def sign_in(self, username: str) -> None:
        """User name, password, code; a code is good once, so another try waits for the next one."""
        for _ in range(3):
            expect(self.page.locator("#username")).to_be_visible()
            self.page.locator("#username").focus()
            for text in (username, self.secrets["password"], pyotp.TOTP(self.secrets["totp_secret"]).now()):
                self.page.keyboard.press("Control+A")
                self.page.keyboard.type(text)
                self.page.keyboard.press("Tab")
            self.page.keyboard.press("Enter")
            refused = self.page.get_by_role("alert")
            expect(refused.or_(self.page.get_by_role("navigation")).first).to_be_visible(timeout=LIMIT_MS)
            if not refused.count():
                return
            time.sleep(STEP_S - time.time() % STEP_S + 0.2)
        raise AssertionError(f"{username} can't sign in")

    def say(self, es: str, en: str) -> str:
        return es if self.language == "es" else en

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def sees(self, es: str, en: str | None = None) -> None:
        expect(self.page.get_by_text(self.say(es, en or es)).first).to_be_visible(timeout=LIMIT_MS)

    def not_there(self, es: str, en: str | None = None) -> None:
        expect(self.page.get_by_text(self.say(es, en or es))).to_have_count(0, timeout=LIMIT_MS)

    def faults(self, screen: str) -> list[str]:
        """What axe finds, and whether the page is wider than its window."""
        self.page.wait_for_timeout(150)
        wide: Any = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found = [f"{screen}: axe {one}" for one in axe(self.context, self.page)]
        return [*found, *([f"{screen}: wide"] if wide else [])]

    def close(self) -> None:
        self.context.close()
