"""The public pages in a real browser: the verifier with the network off, and the log's page."""

import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from standalone.phone import Signed, checked
from standalone.recovery import recovery
from tests.browser.looking import axe
from tests.e2e.conftest import Running
from tests.e2e.test_bundles import fetched
from tests.e2e.test_capture import wait_for_state

pytestmark = pytest.mark.slow

LIMIT_MS = 20_000
SHOTS = Path(__file__).parents[2] / "var" / "screens"


@dataclass(frozen=True)
class Papers:
    """What a stranger may hold of one capture."""

    signed: Signed
    court: Path
    defence: Path
    receipt: Path
    policy: Path
    photo: Path


@pytest.fixture(scope="module")
def papers(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    phone = running.phone()
    signed = recovery(phone)
    phone.send(signed)
    wait_for_state(running, signed, "secured")
    receipt, policy, photo = folder / "recibo.json", folder / "policy", folder / "IMG_2041.jpg"
    receipt.write_bytes(checked(phone.receipt(signed)).content)
    policy.write_bytes(checked(running.http.get("/log/policy")).content)
    photo.write_bytes(signed.files[0].data)
    court = fetched(running, signed, "court", folder)[1]
    return Papers(signed, court, fetched(running, signed, "defence", folder)[1], receipt, policy, photo)


Opened = Callable[[str, str], Page]


@pytest.fixture
def opened(browser: Browser, running: Running) -> Iterator[Opened]:
    """``opened("es-MX", "dark")``: the verifier, from what the browser kept, its network cut."""
    contexts: list[BrowserContext] = []

    def made(locale: str, scheme: str) -> Page:
        context = browser.new_context(
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": 1000, "height": 900},
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(f"{running.service.origin}/verify")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        context.set_offline(True)
        page.reload()  # it comes from what the browser kept
        expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=LIMIT_MS)
        return page

    yield made
    for context in contexts:
        context.close()


def drop(page: Page, *files: Path) -> None:
    page.locator("input[type=file]").set_input_files(list(files))


def card(page: Page, file: Path) -> str:
    """What the page says of a file, once it has made up its mind."""
    article = page.locator("article", has=page.get_by_role("heading", level=2, name=file.name)).first
    expect(article).to_have_attribute("aria-busy", "false", timeout=LIMIT_MS)
    return article.inner_text()


def keep(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("locale", "scheme"), [("es-MX", "light"), ("en-US", "dark")])
def test_a_stranger_verifies_with_the_network_off(papers: Papers, opened: Opened, locale: str, scheme: str) -> None:
    page = opened(locale, scheme)
    spanish = locale.startswith("es")
    assert axe(page.context, page) == []
    folio = papers.court.name.removeprefix("casquillo-").removesuffix("-court.zip")

    drop(page, papers.court, papers.receipt, papers.photo)
    own = "nadie de fuera responde por la llave" if spanish else "nobody outside vouches for the key"
    assert own in card(page, papers.court)
    assert own in card(page, papers.receipt)

    drop(page, papers.policy, papers.defence)
    good = "Es auténtico y está completo" if spanish else "Genuine and whole"
    expect(page.get_by_text(good)).to_have_count(3, timeout=LIMIT_MS)
    court = card(page, papers.court)
    assert folio in court
    assert all(one.sha256 in court for one in papers.signed.files)
    assert papers.signed.sha256 in court  # who signed
    assert ("Captura a resguardo" if spanish else "Everything secured") in court
    assert "capture.secured" not in court, "kinds are words here"
    said = card(page, papers.defence)
    assert ("por el perfil del paquete" if spanish else "by the bundle's profile") in said
    assert folio in card(page, papers.receipt)
    named = "Este archivo, byte por byte, está nombrado" if spanish else "This file, byte for byte, is named"
    assert card(page, papers.photo).count(named) == 3
    assert axe(page.context, page) == []
    keep(page, f"verify-{locale}-{scheme}")


def test_whatever_was_altered_is_named(papers: Papers, opened: Opened, tmp_path: Path) -> None:
    page = opened("es-MX", "light")
    original = f"data/originals/{papers.signed.files[0].sha256}.jpg"
    bytes_changed = tmp_path / "bytes.zip"
    data = bytearray(papers.court.read_bytes())
    data[data.index(original.encode()) + len(original) + 200] ^= 1
    bytes_changed.write_bytes(data)
    entry_gone = tmp_path / "entry.zip"
    with zipfile.ZipFile(papers.court) as before, zipfile.ZipFile(entry_gone, "w") as after:
        for name in before.namelist():
            if name != "data/custody/capture-000002.json":
                after.writestr(name, before.read(name))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(papers.court.read_bytes()[:-500])
    document = json.loads(papers.receipt.read_bytes())
    document["details"]["media"][0]["sha256"] = "0" * 64
    receipt = tmp_path / "otro-recibo.json"
    receipt.write_text(json.dumps(document))
    edited = tmp_path / "IMG_2041-editada.jpg"
    edited.write_bytes(papers.photo.read_bytes() + b" ")

    drop(page, papers.policy, bytes_changed, entry_gone, cut, receipt, papers.court, edited)

    assert f"El archivo {original} fue cambiado." in card(page, bytes_changed)
    assert "Falta el archivo data/custody/capture-000002.json del paquete." in card(page, entry_gone)
    assert "El paquete cut.zip no se puede abrir" in card(page, cut)
    assert "Los datos del recibo no son los de su entrada de custodia" in card(page, receipt)
    assert "Es auténtico" in card(page, papers.court)
    assert "Ningún recibo o paquete de los soltados nombra este archivo" in card(page, edited)
    assert axe(page.context, page) == []
    keep(page, "verify-altered")


def test_the_browser_itself_lets_nothing_out(browser: Browser, running: Running) -> None:
    """Also with the network there: the page's policy refuses every connection, to our own service too."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{running.service.origin}/verify")
    with pytest.raises(Error, match="Failed to fetch"):
        page.evaluate("fetch('/api/v1/health')")
    context.close()


@pytest.mark.parametrize(("locale", "scheme"), [("es-MX", "dark"), ("en-US", "light")])
def test_the_log_explains_itself(browser: Browser, running: Running, locale: str, scheme: str) -> None:
    context = browser.new_context(locale=locale, color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{running.service.origin}/log")
    spanish = locale.startswith("es")
    valid = "La firma de la bitácora es válida" if spanish else "The log's signature is valid"
    expect(page.get_by_text(valid)).to_be_visible(timeout=LIMIT_MS)
    origin = running.http.get("/log/checkpoint").text.split("\n")[0]
    expect(page.locator("dd", has_text=origin)).to_be_visible()
    expect(page.locator("pre", has_text="quorum")).to_be_visible()
    assert axe(context, page) == []
    keep(page, f"log-{locale}-{scheme}")
    context.close()
