"""The acceptance stories on the phone's side, against the running service: two minutes, three days, a stolen phone."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Request, expect

from tests.browser import story
from tests.browser.conftest import Handset
from tests.browser.officer import PIN, Officer, picture
from tests.browser.proving import BUSY_MS, all_done, documents, stands_whole
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

FAST = timedelta(hours=26, minutes=10)
MOST_TAPS, MOST_PHOTOS = 55, 9  # quality, P11
GOES_ON = 1  # tap, that the kill costs


def taken(me: Officer) -> list[str]:
    """Takes note of every photo: its SHA-256, as the camera made it."""
    made: list[str] = []
    photo = me.photo

    def noted(content: bytes) -> None:
        made.append(hashlib.sha256(content).hexdigest())
        photo(content)

    me.photo = noted  # type: ignore[method-assign]
    return made


def watched(me: Officer) -> list[tuple[str, str]]:
    """Every request of the phone, in order: method and path."""
    asked: list[tuple[str, str]] = []

    def heard(request: Request) -> None:
        asked.append((request.method, request.url.removeprefix(me.origin).split("?")[0]))

    me.context.on("request", heard)
    return asked


def test_two_minutes_offline_with_the_browser_killed_after_the_fourth_photo(running: Running, handset: Handset) -> None:
    """Stories G1: back at the fifth photo, facts before pixels, bytes to the last bit, the receipt verifies."""
    me = handset("o-101", theme="night")
    me.enrol()
    me.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    me.page.wait_for_timeout(1500)  # the later screens have come
    me.context.set_offline(True)
    made = taken(me)
    me.taps = 0
    story.until_photos(me)
    for es, en, view in (
        ("1 · Lado izquierdo", "1 · Left side", "left"),
        ("1 · Lado derecho", "1 · Right side", "right"),
        ("1 · Número de serie", "1 · Serial number", "serial"),
    ):
        me.at(es, en, view)
        me.photo(picture(view))
    me.at("1 · Marca", "1 · Maker", "marks-photo")
    me.kill()
    me.tap("SEGUIR CAPTURA")
    me.at("1 · Marca", "1 · Maker", "marks-photo")
    (draft,) = me.rows("drafts")
    assert [line["sha256"] for line in draft["media"]] == made[:4]
    me.photo(picture("marks"))
    story.the_serial(me)
    story.the_cases(me)
    saved = story.the_packages(me)
    story.the_signature(me)
    print(f"P11: {me.taps - saved - GOES_ON} taps with both seals scanned, {me.taps} typed; {me.photos} photos")
    assert me.taps - saved - GOES_ON <= MOST_TAPS
    assert me.photos == len(made) <= MOST_PHOTOS
    me.sees("GUARDADO EN ESTE TELÉFONO")
    asked = watched(me)
    me.context.set_offline(False)
    rows = all_done(me)
    assert sorted(stands_whole(running, "s-201", me, rows[0])) == sorted(made)
    facts = asked.index(("PUT", f"/api/v1/captures/{rows[0]['id']}"))
    pixels = [at for at, (method, path) in enumerate(asked) if method == "PUT" and "/originals/" in path]
    assert facts < min(pixels)
    assert len(pixels) == len(made)
    assert me.rows("pieces") == []
    (manifest,) = running.person("s-201").get(f"/captures/{rows[0]['id']}").json()["manifests"]
    assert [problem for problem in manifest["problems"] if problem["blocking"]] == []
    expect(me.page.get_by_text("Recibo verificado. Ya está").first).to_be_visible(timeout=BUSY_MS)
    assert {one["media_id"] for one in me.rows("previews")} == {file["media_id"] for file in rows[0]["files"]}


def test_three_days_without_a_signal_and_a_clock_26_hours_fast(running: Running, handset: Handset) -> None:
    """Stories G4: no login to send, facts first and oldest first, the third discarded, the chain whole."""
    me = handset("o-102")
    me.page.clock.set_system_time(datetime.now(UTC) + FAST)
    me.enrol()
    me.page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    me.page.wait_for_timeout(1500)
    me.context.set_offline(True)
    wrong = datetime.now(UTC) + FAST - timedelta(days=3)
    for number in range(1, 5):
        at = wrong + timedelta(days=number - 1)
        me.page.clock.set_system_time(at if number != 2 else at - timedelta(hours=30))  # set back, and forth again
        if number == 2:
            me.context.set_geolocation(None)
        story.one_case(me)
        if number == 3:
            discard(me)
        else:
            me.tap("Listo")
    me.page.clock.set_system_time(datetime.now(UTC) + FAST)
    me.context.clear_cookies()
    asked = watched(me)
    me.context.set_offline(False)
    rows = all_done(me)
    captures = [row for row in rows if row["kind"] == "capture"]
    assert [(row["seq"], row["kind"]) for row in rows] == [
        (1, "capture"),
        (2, "capture"),
        (3, "capture"),
        (4, "statement"),
        (5, "capture"),
    ]
    signed_in = [path for method, path in asked if (method, path) == ("POST", "/api/v1/session")]
    assert signed_in == []
    sends = [path.rsplit("/", 1)[-1] for method, path in asked if method == "PUT" and path.startswith("/api/v1/")]
    assert sends == [row["id"] for row in rows], "facts, oldest first, each once"
    first_pixel = next(at for at, (_, path) in enumerate(asked) if "/originals/" in path)
    last_fact = max(at for at, (method, path) in enumerate(asked) if method == "PUT" and path.startswith("/api/v1/"))
    assert last_fact < first_pixel
    for row in captures:
        stands_whole(running, "s-201", me, row)
    assert {file["state"] for file in captures[2]["files"]} == {"withheld"}
    assert [path for _, path in asked if captures[2]["id"] in path and "/originals/" in path] == []
    supervisor = running.person("s-201")
    known = [supervisor.get(f"/captures/{row['id']}").json() for row in captures]
    assert [one["state"] for one in known] == ["secured", "secured", "discarded", "secured"]
    said = [{problem["code"] for problem in one["manifests"][0]["problems"]} for one in known]
    assert all(any("clock" in code for code in codes) for codes in said), said
    assert [line["state"] for line in known[2]["manifests"][0]["media"]] == ["withheld", "withheld"]
    device = running.person("a-900").get(f"/devices/{rows[0]['device_id']}").json()
    assert device["gaps"] == []
    me.page.reload()
    expect(me.page.get_by_text("26 h 10 min").first).to_be_visible(timeout=BUSY_MS)


def discard(me: Officer) -> None:
    me.tap("Descartar")
    me.tap("Imagen privada")
    me.page.get_by_label("Explica en pocas palabras").fill("foto equivocada")
    me.tap("Descartar con razón")
    me.type(PIN)
    me.at("Descartada con razón", "Discarded with a reason", "discarded")
    me.tap("Listo")


def end_device(running: Running, device_id: str, since: datetime) -> None:
    body = {"how": "compromised", "since": since.isoformat(), "reason": "robado"}
    running.person("a-900").post(f"/devices/{device_id}/end", body)


def test_a_stolen_phone_is_held_and_its_officer_goes_on_with_a_colleagues(running: Running, handset: Handset) -> None:
    """Stories G5, phone side: what it sends is kept and held; a new enrolment begins at one and sees nobody's."""
    stolen = handset("o-101")
    stolen.enrol()
    stolen.context.set_offline(True)
    story.one_case(stolen)
    (row,) = documents(stolen)
    end_device(running, row["device_id"], datetime.now(UTC) - timedelta(hours=6))
    stolen.page.reload()
    stolen.context.set_offline(False)
    (row,) = all_done(stolen)
    held = running.person("s-201").get(f"/captures/{row['id']}").json()
    assert (held["state"], held["submissions"]) == ("held", [])
    stands_whole(running, "s-201", stolen, row)

    shared = handset("o-102")
    shared.enrol()
    shared.context.set_offline(True)
    story.one_case(shared)
    (theirs,) = documents(shared)
    hold: Callable[[str], bool] = lambda url: "/originals/" in url  # noqa: E731
    shared.context.route(hold, lambda route: route.abort())
    shared.context.set_offline(False)
    shared.tap("Listo")
    shared.tap("Oficial O-102")
    shared.tap("Registrar a otro oficial")
    shared.register("o-101")
    shared.sees("de otro usuario")
    shared.tap("Mis capturas")
    shared.sees("Aún no hay capturas.")
    assert shared.page.get_by_text(theirs["folio"]).count() == 0
    shared.tap("Atrás")
    shared.context.unroute(hold)
    story.one_case(shared)
    mine, other = sorted(all_done(shared), key=lambda one: one["id"] == theirs["id"])
    assert (mine["seq"], other["seq"]) == (1, 1)
    assert len({mine["device_id"], other["device_id"], row["device_id"]}) == 3
    for one in (mine, other):
        stands_whole(running, "s-201", shared, one)
    gaps = [running.person("a-900").get(f"/devices/{one['device_id']}").json()["gaps"] for one in (mine, other, row)]
    assert gaps == [[], [], []]
