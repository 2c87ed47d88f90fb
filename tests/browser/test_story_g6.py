"""Stories G6 on phone and desks: a trace comes back, but the gun is gone; the laboratory is asked for the photo.

That a colleague answers as himself while the officer is on leave stands in test_answering.py, on both screens too.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from standalone import pictures
from standalone.canvas import Shot
from tests.browser import story
from tests.browser.cast import Cast, Seated, assembled, picked
from tests.browser.conftest import Handset
from tests.browser.looking import Looking
from tests.browser.officer import PIN, Officer
from tests.browser.test_field_app import arrived
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
CARD_MS = 60_000  # after the phone's next contact
SERIAL, LABS = "QZX0158", "QZX8158"
HOLDER = "M-501, 06:40"
LEFT, RIGHT = 350, 650  # per mille of the photo: where the fourth of seven characters stands
LIMIT_S = 60


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def lines(running: Running, capture_id: str) -> dict[tuple[str, str], dict[str, Any]]:
    """(destination, item number) → the request."""
    known = running.person("s-201").get(f"/captures/{capture_id}/review").json()
    numbers = {item["id"]: item["number"] for item in known["items"]}
    rows = [one["submission"] for one in known["submissions"]]
    return {(row["destination"], numbers[row["item_id"]]): row for row in rows}


def drawn(running: Running, capture_id: str) -> bool:
    known = running.person("s-201").get(f"/captures/{capture_id}").json()
    return known["state"] == "secured" and all(one["preview"] == "ready" for one in known["manifests"][0]["media"])


def test_the_gun_is_gone_and_the_laboratory_takes_the_photo(
    running: Running, handset: Handset, browser: Browser
) -> None:
    me = handset("o-101")
    me.enrol()
    story.capture(me)
    capture_id = arrived(me)["id"]
    me.tap("Listo")
    until(lambda: drawn(running, capture_id), "the previews")
    ballistics = lines(running, capture_id)["ballistics", "1"]
    running.person("s-201").approve(ballistics["id"])
    approved = lines(running, capture_id)["ballistics", "1"]
    with assembled(running, browser) as cast:
        supervisor = cast("s-201")
        _returned(supervisor, capture_id)
        _the_phone(me)
        _what_the_supervisor_does(supervisor, running, capture_id)
        now = lines(running, capture_id)
        assert now["ballistics", "1"]["state"] == "queued"
        assert now["ballistics", "1"]["approved_digest"] == approved["approved_digest"]
        assert now["etrace", "1"]["state"] == "pending_review"
        _the_laboratory(cast, approved["id"])
        _the_old_value(supervisor)
        details = [d for kind, d in _custody(running, capture_id) if kind == "information.asked"]
        assert [one["code"] for one in details] == ["serial_closeup"]


def _custody(running: Running, capture_id: str) -> list[tuple[str, dict[str, Any]]]:
    items = running.person("s-201").get(f"/captures/{capture_id}/custody").json()["items"]
    return [(line["entry"]["kind"], line["details"] or {}) for line in items]


def _returned(desk: Seated, capture_id: str) -> None:
    """With a reason, a note, and a rectangle over the fourth character, drawn by keys."""
    desk.go("review", capture_id)
    expect(desk.page.get_by_text("Falta tu lectura").first).to_be_visible()
    desk.press("1", "s")
    desk.page.keyboard.type(LABS)
    desk.press("Enter")
    desk.sees("Difieren en el carácter 4.")
    desk.press("1", "m")
    desk.press(*["Shift+ArrowLeft"] * 3, *["Shift+ArrowUp"] * 2)
    desk.press("Enter")
    desk.sees("1 marca")
    assert desk.faults("marked") == []
    desk.press("r")
    desk.page.get_by_role("checkbox", name="Rastreo").check()
    picked(desk.page, "Motivo", "El número de serie no coincide")
    desk.page.locator("#note").fill("¿Cero u ocho? Carácter 4")
    assert desk.faults("returning") == []
    desk.press("Control+Enter")
    desk.sees("Devuelto")


def _the_phone(me: Officer) -> None:
    """The red card at the next contact; one tap, a name, an hour, a signature."""
    me.page.reload()
    card = me.button("1 devuelto")
    expect(card).to_be_visible(timeout=CARD_MS)
    card.click()
    me.look = looking = Looking()
    me.at("Devueltos", "Returned", "returned")
    me.tap("Devuelto: el número de serie no coincide.")
    me.at("Devuelto", "Returned", "answer")
    me.tap("Ver la nota y lo marcado")
    me.type(PIN)
    me.sees("¿Cero u ocho? Carácter 4")
    expect(me.page.locator("figure img")).to_be_visible()
    me.page.wait_for_timeout(300)
    photo, box = me.page.locator("figure img").bounding_box(), me.page.locator("figure .photo span").bounding_box()
    assert photo
    assert box
    middle = (box["x"] + box["width"] / 2 - photo["x"]) / photo["width"] * 1000
    assert LEFT < middle < RIGHT
    me.at("Devuelto", "Returned", "answer-open")
    me.tap("Ya no tengo el indicio")
    me.page.get_by_label("¿Quién lo tiene?").fill("M-501")
    day = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%d")
    me.page.get_by_label("¿Desde cuándo?").fill(f"{day}T06:40")
    me.tap("Siguiente")
    me.at("Antes de firmar", "Before signing", "meter")
    me.sees("Ya no tengo el indicio. Lo tiene: M-501")
    me.tap("Firmar", exact=True)
    me.type(PIN)
    arrived(me)
    me.tap("Listo")
    expect(me.button("1 devuelto")).to_have_count(0)
    assert looking.faults == []


def _what_the_supervisor_does(desk: Seated, running: Running, capture_id: str) -> None:
    """The answer stands on the screen; one act makes it the laboratory's."""
    stale = desk.page.get_by_text("Cambió mientras la veías")
    expect(stale.or_(desk.page.locator("#reply")).first).to_be_visible(timeout=30_000)
    if stale.count():
        desk.press("Escape")
    reply = desk.page.locator("#reply")
    expect(reply).to_contain_text(f"Ya no tengo el indicio: {HOLDER}")
    gun = desk.page.get_by_role("listitem").filter(has_text="Balística").filter(has_text="1 Arma")
    desk.act("Pedir una foto al laboratorio", within=gun)
    text = desk.page.locator("#act-text")
    expect(text).to_have_value(f"Serie, cerca. Lo tiene: {HOLDER}")
    assert desk.faults("asking the laboratory") == []
    desk.press("Control+Enter")
    desk.sees("Hecho")
    expect(gun).to_contain_text(f"Serie, cerca. Lo tiene: {HOLDER}")


def _the_laboratory(cast: Cast, submission_id: str) -> None:
    """It is asked in words, and answers by a reading with its photo."""
    examiner = cast("l-301", "en", theme="sun")
    examiner.go("lab", submission_id)
    wanted = examiner.page.locator("p.wanted")
    expect(wanted).to_contain_text("The agency asks for")
    expect(wanted).to_contain_text(HOLDER)
    assert examiner.faults("asked for") == []
    examiner.act("Take")
    examiner.sees("In progress")
    examiner.act("Another or restored serial")
    examiner.field("Serial number as read").fill(LABS)
    examiner.field("How it was read").fill("Oblique light")
    picked(examiner.page, "Second person who read it", "Perito L-302")
    closeup = pictures.serial_closeup(Shot(width=640, height=480, seed=6), LABS)
    photo: Any = {"name": "serie.jpg", "mimeType": "image/jpeg", "buffer": closeup}
    examiner.page.locator("#reading-photos").set_input_files(photo)
    examiner.act("Keep the reading")
    expect(examiner.dialog).to_have_count(0, timeout=20_000)
    examiner.sees(LABS)


def _the_old_value(desk: Seated) -> None:
    """What the officer read stays, struck through beside what the laboratory reads now."""
    stale = desk.page.get_by_text("Cambió mientras la veías")
    old = desk.page.locator("table s", has_text=SERIAL)
    expect(stale.or_(old).first).to_be_visible(timeout=30_000)
    if stale.count():
        desk.press("Escape")
    expect(old).to_be_visible()
    expect(old).to_have_css("text-decoration-line", "line-through")
    expect(desk.page.locator("td", has=desk.page.locator("s", has_text=SERIAL))).to_contain_text(LABS)
    assert desk.faults("old value") == []
