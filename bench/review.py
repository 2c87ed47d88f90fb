"""How soon the review screen shows something useful: the blind field to write in, beside the serial's photo.

The built desk in headless Chromium, 1366 × 768, against a service of its own with one recovery of eleven files; CPU as
it is and slowed four times. ``python -m bench.review [times]``
"""

import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from bench.ingest import wait_for_receipt
from standalone.desk import Person, enrolled_phone
from standalone.recovery import recovery
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world
from tests.browser.chromium import ARGUMENTS, find_chromium
from tests.browser.desk_person import DeskPerson

PORT = 8620
SLOWER = (1, 4)  # a small office machine, and an old one
USEFUL = """() => {
  const field = document.querySelector("#serial input, [aria-labelledby=serial] input, input[placeholder]");
  const photo = [...document.querySelectorAll("main img")].some((one) => one.complete && one.naturalWidth > 200);
  return Boolean(field) && photo;
}"""
WEIGHT = """() => performance.getEntriesByType("resource")
  .filter((one) => /\\.(js|css)$/.test(new URL(one.name).pathname))
  .reduce((sum, one) => sum + one.encodedBodySize, 0)"""


def main() -> int:
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor, sync_playwright() as player:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=PORT)
        service.start()
        world = make_world(service.owned())
        capture_id = _recovered(service, world)
        browser = player.chromium.launch(executable_path=find_chromium(), args=list(ARGUMENTS))
        try:
            _measure(browser, service, world, capture_id, times)
        finally:
            browser.close()
            service.stop()
    return 0


def _recovered(service: Service, world: dict[str, Any]) -> str:
    """A recovery that waits for its review, with its previews."""
    officer = Person(service.origin, world["people"]["o-101"], "o-101")
    officer.sign_in()
    with httpx.Client(base_url=service.origin, timeout=60) as http:
        phone = enrolled_phone(officer, http)
        signed = recovery(phone)
        phone.send(signed)
        wait_for_receipt(phone, signed)
        path = f"/captures/{signed.capture_id}"
        while any(one["preview"] == "due" for one in officer.get(path).json()["manifests"][0]["media"]):
            time.sleep(0.2)
    officer.close()
    return str(signed.capture_id)


def _measure(browser: Browser, service: Service, world: dict[str, Any], capture_id: str, times: int) -> None:
    person = DeskPerson(browser, service.origin, world["people"]["s-201"])
    person.sign_in("s-201")
    person.page.wait_for_load_state("networkidle")
    cookies = person.context.cookies()
    person.context.close()
    address = f"{service.origin}/desk#/review/{capture_id}"
    for slower in SLOWER:
        cold, warm, weight = [], [], 0
        for _ in range(times):
            context = browser.new_context(viewport={"width": 1366, "height": 768})
            context.add_cookies(cookies)
            page = context.new_page()
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
            cold.append(_useful(page, address))
            weight = page.evaluate(WEIGHT)
            page.goto("about:blank")
            warm.append(_useful(page, address))
            context.close()
        print(
            f"Review, CPU / {slower}: useful after {statistics.median(cold):.2f} s from nothing"
            f" (most {max(cold):.2f} s), {statistics.median(warm):.2f} s with the desk's files kept;"
            f" {weight / 1024:.0f} kB of scripts and styles came"
        )


def _useful(page: Page, address: str) -> float:
    """Seconds from typing the address to a field to read into and a photo to read from."""
    began = time.monotonic()
    page.goto(address, wait_until="commit")
    page.wait_for_function(USEFUL, polling="raf")
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
