"""What every screen must stand: axe, targets of 64 pixels, nothing cut off, the way on always in view."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.browser.officer import Officer

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TARGET = 64  # CSS pixels
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_MEASURE = """(least) => {
  const seen = (one) => one.getClientRects().length > 0 && !one.closest(".hidden");
  const name = (one) => (one.getAttribute("aria-label") || one.innerText || one.name || one.tagName).slice(0, 40);
  const targets = [...document.querySelectorAll("button, input:not([type=file]), textarea, a")].filter(seen);
  const small = targets.filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return Math.round(width) < least || Math.round(height) < least;
  });
  const ways = [...document.querySelectorAll("footer button")].filter(seen);
  const hidden = ways.filter((one) => one.getBoundingClientRect().bottom > innerHeight);
  const cut = [...document.querySelectorAll("button span, h1, p")].filter(
    (one) => seen(one) && one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline");
  return {
    small: small.map(name),
    hidden: hidden.map(name),
    cut: cut.map(name),
    wide: document.documentElement.scrollWidth > innerWidth,
    tall: document.documentElement.scrollHeight > innerHeight,
  };
}"""


class Looking:
    """Collects what is wrong on the screens that an officer passes; each screen is named."""

    def __init__(self) -> None:
        self.screens: list[str] = []
        self.faults: list[str] = []

    def __call__(self, me: Officer, name: str) -> None:
        me.page.wait_for_timeout(120)  # fonts and pictures settle
        self.screens.append(name)
        found: dict[str, Any] = me.page.evaluate(_MEASURE, TARGET)
        self.faults += [f"{name}: {what} {value}" for what, value in found.items() if value]
        self.faults += [f"{name}: axe {one}" for one in axe(me.context, me.page)]


def axe(context: BrowserContext, page: Page) -> list[str]:
    """Axe's findings. By the debugger, for the page's policy lets no foreign script in."""
    session = context.new_cdp_session(page)
    try:
        session.send("Runtime.evaluate", {"expression": AXE.read_text(encoding="utf-8")})
        asked = {"runOnly": RULES}
        expression = f"""axe.run(document, {json.dumps(asked)}).then((found) => JSON.stringify(
            found.violations.map((one) => `${{one.id}}: ${{one.nodes.map((node) => node.target).join(", ")}}`)))"""
        answer = session.send(
            "Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True}
        )
        findings: list[str] = json.loads(answer["result"]["value"])
        return findings
    finally:
        session.detach()
