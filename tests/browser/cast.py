"""The people of the acceptance stories, each at a desk of their own, all at once.

They sign in once, at the API; their desks wear the same session, for a code is good once in thirty seconds. That the
sign-in form itself works, other tests show.
"""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from standalone.phone import Signed
from tests.browser.desk_person import LIMIT_MS, DeskPerson
from tests.e2e.conftest import Running

WIDE: ViewportSize = {"width": 1366, "height": 768}
TABLET: ViewportSize = {"width": 820, "height": 1180}


class Seated(DeskPerson):
    """A person at a desk. ``sees`` and the like are inherited; here is what the stories do most."""

    username = ""

    def go(self, *path: str) -> None:
        self.page.evaluate(f"location.hash = '#/{'/'.join(path)}'")

    def review(self, signed: Signed, folio: str) -> None:
        self.go("review", str(signed.capture_id))
        expect(self.page.get_by_role("heading", level=1, name=folio)).to_be_visible(timeout=LIMIT_MS)

    def button(self, es: str, en: str | None = None, *, within: Locator | None = None) -> Locator:
        return (within or self.page).get_by_role("button", name=self.say(es, en or es))

    def act(self, es: str, en: str | None = None, *, within: Locator | None = None) -> None:
        self.button(es, en, within=within).first.click()

    def field(self, es: str, en: str | None = None) -> Locator:
        return self.page.get_by_label(self.say(es, en or es), exact=True)

    @property
    def dialog(self) -> Locator:
        return self.page.get_by_role("dialog")

    def heard_nothing_of(self, *texts: str) -> None:
        """No answer of the API held any of these, whatever the screen showed."""
        assert [text for text in texts if any(text in answer for answer in self.heard)] == []


@dataclass
class Cast:
    """``cast("l-301", "en")``: somebody of the world, or of an agency of the test's own, at a desk."""

    running: Running
    browser: Browser
    desks: list[Seated] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __call__(self, username: str, language: str = "es", *, theme: str = "dark", tablet: bool = False) -> Seated:
        origin, person = self.running.service.origin, self.running.person(username)
        cookies: list[Any] = [
            {"name": one.name, "value": one.value or "", "url": origin} for one in person.http.cookies.jar
        ]
        desk = Seated(self.browser, origin, person.secrets, language=language, theme=theme, cookies=cookies)
        desk.username = username
        self.desks.append(desk)
        desk.context.on("weberror", lambda error: self.broken.append(str(error.error)))
        desk.page.set_viewport_size(TABLET if tablet else WIDE)
        expect(desk.page.get_by_role("navigation").first).to_be_visible(timeout=LIMIT_MS)
        return desk

    def custody(self, username: str, signed: Signed) -> list[tuple[str, dict[str, Any]]]:
        """(kind, details) of the capture's chain, oldest first, as this person may read them."""
        path = f"/captures/{signed.capture_id}/custody"
        lines = self.running.person(username).get(path).json()["items"]
        return [(line["entry"]["kind"], line["details"] or {}) for line in lines]

    def kinds(self, username: str, signed: Signed) -> list[str]:
        return [kind for kind, _ in self.custody(username, signed)]

    def pictures(self) -> None:
        """What stood on each screen when a story failed, beside the test's other output."""
        folder = Path(tempfile.mkdtemp(prefix="casquillo-story-"))
        for n, desk in enumerate(self.desks, start=1):
            desk.page.screenshot(path=folder / f"{n}-{desk.username}.png")
        print(f"screens: {folder}")

    def close(self) -> None:
        for desk in self.desks:
            desk.close()


@contextmanager
def assembled(running: Running, browser: Browser) -> Iterator[Cast]:
    """A cast whose desks are closed afterwards, and on none of whose pages an error went uncaught."""
    cast = Cast(running, browser)
    try:
        yield cast
    except BaseException:
        cast.pictures()
        raise
    finally:
        cast.close()
    assert cast.broken == []


def letters() -> str:
    """Three letters that no other story's serial begins with, so that no gun looks like another's."""
    return "".join(secrets.choice("CEFHJKMNPRTVWXY") for _ in range(3))


def picked(page: Page, label: str, option: str) -> None:
    """Chooses in a list by the option's words."""
    page.get_by_label(label, exact=True).select_option(label=option)
