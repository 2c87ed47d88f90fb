"""From the shutter to the next screen, with a photo of 12 megapixels, and how soon the app opens without a network.

The built app in headless Chromium, 360 × 740, against a service of its own; CPU slowed as asked. ``python -m
bench.shutter [photos]``
"""

import statistics
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect, sync_playwright

from standalone import pictures
from standalone.canvas import Shot
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.kinds import erase
from tests.browser.officer import Officer

PORT = 8610
SLOWER = (1, 4)  # a small office machine, and about a phone of 150 euros
WIDTH, HEIGHT = 4032, 3024
# In the page itself: from the file's arrival to the change of the title.
CLOCK = """() => addEventListener("change", () => {
  const began = performance.now();
  const title = () => document.querySelector("h1")?.textContent;
  const before = title();
  const seen = new MutationObserver(() => {
    if (title() === undefined || title() === before) return;
    globalThis.took = performance.now() - began;
    seen.disconnect();
  });
  seen.observe(document.body, { childList: true, subtree: true, characterData: true });
}, { capture: true, once: true })"""


def main() -> int:
    photos = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    shot = Shot(width=WIDTH, height=HEIGHT, taken_at=datetime.now(UTC), seed=1)
    photo = pictures.scene_overview(shot, numbers=["1"])
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor, sync_playwright() as player:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=PORT)
        service.start()
        browser = player.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        try:
            _measure(browser, service, photo, photos)
        finally:
            browser.close()
            service.stop()
    return 0


def _measure(browser: Browser, service: Service, photo: bytes, photos: int) -> None:
    people = make_world(service.owned())["people"]
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True)
    me = Officer(context, service.origin, "o-101", people, language="es", theme="dark")
    me.enrol()
    me.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    context.set_offline(True)
    for slower in SLOWER:
        context.new_cdp_session(me.page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        taken = [_shutter(me, photo) for _ in range(photos)]
        print(
            f"Shutter, CPU / {slower}: {statistics.median(taken):.2f} s to the next screen"
            f" (most {max(taken):.2f} s; {len(photo) / 1e6:.1f} MB, {WIDTH * HEIGHT / 1e6:.0f} megapixels)"
        )
        print(f"P10, CPU / {slower}: opens without a network in {_opens(me.page):.2f} s")


def _shutter(me: Officer, photo: bytes) -> float:
    """The untouched overview of a new draft: kept, hashed, written and read back before the next screen shows."""
    me.tap("CAPTURAR")
    me.tap("Con capacidad")
    me.at("Sin tocar: foto general", "Untouched: overview", "overview")
    me.page.evaluate(CLOCK)
    with me.page.expect_file_chooser() as chooser:
        me.tap("Tomar foto")
    chooser.value.set_files({"name": "IMG.jpg", "mimeType": "image/jpeg", "buffer": photo})
    expect(me.page.get_by_role("heading", level=1, name="¿Qué hay?")).to_be_visible(timeout=60_000)
    seconds = me.page.evaluate("globalThis.took") / 1000
    me.page.reload()
    expect(me.button("SEGUIR CAPTURA")).to_be_visible(timeout=60_000)
    erase(me)
    return float(seconds)


def _opens(page: Page) -> float:
    began = time.monotonic()
    page.reload()
    expect(page.get_by_role("button", name="CAPTURAR")).to_be_visible(timeout=60_000)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
