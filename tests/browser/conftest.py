"""A real browser against the running service: phones of 360 × 740 pixels, with a camera and a place."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, WebError, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.desk_person import DeskPerson
from tests.browser.officer import LIMIT_MS, Officer
from tests.e2e.conftest import Running, running

__all__ = ["running"]

BUILT = Path(__file__).parents[2] / "web" / "dist" / "index.html"
POLICY_WORDS = ("Content Security Policy", "TrustedHTML", "TrustedScript")
Handset = Callable[..., Officer]
At = Callable[..., DeskPerson]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert BUILT.is_file(), "make web builds the app first"
    expect.set_options(timeout=LIMIT_MS)  # a busy machine is no fault of the page
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        yield made
        made.close()


@pytest.fixture(autouse=True)
def codes_forgotten(running: Running) -> None:
    """Every test signs in anew, often as the person of the test before."""
    running.forget_codes()


@pytest.fixture
def handset(browser: Browser, running: Running) -> Iterator[Handset]:
    """Makes phones: ``handset("o-101", language="en", theme="night")`` is one with nothing on it yet.

    On none of them may the page's policy be broken, by script, style or address, nor may an error go uncaught.
    """
    contexts: list[BrowserContext] = []
    broken: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if any(word in message.text for word in POLICY_WORDS):
            broken.append(message.text)

    def failed(error: WebError) -> None:
        broken.append(str(error.error))

    def made(username: str, *, language: str = "es", theme: str = "dark") -> Officer:
        context = browser.new_context(
            viewport={"width": 360, "height": 740},
            device_scale_factor=2,
            is_mobile=True,
            has_touch=True,
            locale="es-MX",
            timezone_id="America/Monterrey",
            geolocation={"latitude": 25.4232, "longitude": -101.0053, "accuracy": 8},
            permissions=["geolocation", "camera"],
        )
        contexts.append(context)
        context.on("console", heard)
        context.on("weberror", failed)
        people = running.world["people"]
        return Officer(context, running.service.origin, username, people, language=language, theme=theme)

    yield made
    for context in contexts:
        context.close()
    assert broken == []


@pytest.fixture
def at(browser: Browser, running: Running) -> Iterator[At]:
    """``at("l-301", "en", "sun")``: somebody signed in at a desk, who may use the clipboard."""
    made: list[DeskPerson] = []

    def signed_in(username: str, language: str = "es", theme: str = "dark") -> DeskPerson:
        secrets = running.world["people"][username]
        desk = DeskPerson(browser, running.service.origin, secrets, language=language, theme=theme)
        desk.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=running.service.origin)
        desk.sign_in(username)
        made.append(desk)
        return desk

    yield signed_in
    for desk in made:
        desk.close()
