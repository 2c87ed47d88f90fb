"""Stories G3 on the screens: one gun in two agencies, told apart by one character; both are told, nothing is merged.

That `369S257` and `369257`, and `369S257` and `3695257`, are flagged, and that `369A257` and `368A257` with another
maker and caliber are not, the last test sees on the review's card; the rule itself is in tests/unit/test_serials.py.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from standalone import pictures
from standalone.canvas import Shot
from standalone.phone import File, Phone, Signed, new_id
from standalone.recovery import pistol_facts, recovery_facts
from tests.browser.cast import Cast, Seated, assembled, letters, picked
from tests.browser.reviewing import open_warnings
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
LIMIT_S = 60
PLACE = "Camino de terracería"
TAURUS = {
    "make": {"text": "TAURUS", "code": "TAS"},
    "country": {"text": "Made in Brazil", "code": "BR"},
    "model": "G2C",
}


def taurus(phone: Phone, serial: str, *, days_ago: int = 1, began: str = "localizacion", **firearm: Any) -> Signed:
    """A pistol alone, some days ago, as its officer signs it."""
    item, box = new_id(), new_id()
    at = datetime.now(UTC) - timedelta(days=days_ago)
    facts = pistol_facts(item, serial, phone)
    facts["requests"] = ["etrace"]
    facts["firearm"] |= TAURUS | firearm
    package = {"id": str(box), "label": "Caja A", "kind": "box", "seal": f"S-{serial}", "item_ids": [str(item)]}
    files = [
        File("scene_overview", pictures.scene_overview(_shot(1), numbers=["1"]), [item]),
        File("left", pictures.pistol(_shot(2), side="left", serial=serial), [item]),
        File("right", pictures.pistol(_shot(3), side="right", serial=serial), [item]),
        File("serial_closeup", pictures.serial_closeup(_shot(4), serial), [item]),
        File("maker_model_marking", pictures.pistol(_shot(5), side="left", serial=serial), [item]),
        File("importer_country_marking", pictures.pistol(_shot(6), side="right", serial=serial), [item]),
        File(
            "package_sealed",
            pictures.sealed_package(_shot(7), seal=f"S-{serial}", label="Caja A", items=["1"]),
            package_id=box,
        ),
    ]
    when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    recovery = recovery_facts() | {"recovered_at": when, "began": began}
    signed = phone.sign(
        {
            "recovery": recovery,
            "items": [facts],
            "packages": [package],
            "captured_at": at.strftime(f"{when[:-1]}.000Z"),
        },
        files,
    )
    phone.send(signed)
    return signed


def _shot(seed: int) -> Shot:
    return Shot(width=800, height=600, taken_at=datetime.now(UTC), seed=seed)


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def read_and_see(desk: Seated, serial: str) -> Locator:
    """Reads the number without having seen another's; then the card comes. Nothing of it came before."""
    desk.sees("Se muestran después de tu lectura", "Shown after your reading")
    desk.press("s")
    desk.page.keyboard.type(serial)
    desk.press("Enter")
    card = desk.page.locator("#duplicates article")
    expect(card.first).to_be_visible()
    return card


def approve(desk: Seated) -> None:
    for n in range(1, 8):
        desk.press(str(n))
        expect(desk.page.get_by_text(desk.say("Abierta", "Opened"), exact=True).nth(n - 1)).to_be_attached()
    open_warnings(desk)
    desk.press("a")
    box = desk.page.get_by_role("checkbox").first
    expect(box).to_be_enabled()  # a likeness warns and stops nothing
    box.check()
    desk.press("Control+Enter")
    desk.sees("Aprobado", "Approved")


def test_one_character_two_agencies(running: Running, browser: Browser) -> None:
    own = letters()
    serials = {"s-201": f"{own}5S18", "s-221": f"{own}5518"}
    captures = {
        "s-201": taurus(running.phone("o-101"), serials["s-201"], days_ago=5),
        "s-221": taurus(running.phone("o-121"), serials["s-221"], days_ago=3, began="aportacion"),
    }
    for username, signed in captures.items():
        until(lambda u=username, s=signed: _ready(running, u, s), "the duplicate and its previews")  # type: ignore[misc]
    with assembled(running, browser) as cast:
        supervisors = {"s-201": cast("s-201"), "s-221": cast("s-221", "en", theme="sun")}
        for username, desk in supervisors.items():
            _the_card(cast, running, desk, username, captures, serials)
        _the_desk(cast, running, captures, serials)


def _ready(running: Running, username: str, signed: Signed) -> bool:
    person = running.person(username)
    known = person.get(f"/captures/{signed.capture_id}").json()
    drawn = all(line["preview"] == "ready" for line in known["manifests"][0]["media"])
    lines = person.get(f"/captures/{signed.capture_id}/custody").json()["items"]
    return drawn and known["state"] == "secured" and "duplicate.found" in [one["entry"]["kind"] for one in lines]


def _other(username: str) -> str:
    return "s-221" if username == "s-201" else "s-201"


def _the_card(
    cast: Cast,
    running: Running,
    desk: Seated,
    username: str,
    captures: dict[str, Signed],
    serials: dict[str, str],
) -> None:
    """Agency, date, serial there and state; no photo, no place, no name. Seen: so the other's chain says."""
    signed, theirs = captures[username], captures[_other(username)]
    desk.review(signed, _folio(running, username, signed))
    desk.heard_nothing_of(serials[_other(username)])
    card = read_and_see(desk, serials[username])
    expect(card).to_have_count(1)
    expect(card).to_contain_text({"s-201": "Guardia Federal Modelo", "s-221": "Policía Estatal Modelo A"}[username])
    expect(card).to_contain_text(serials[_other(username)])
    expect(card).to_contain_text("Taurus")
    expect(card).to_contain_text(_day(theirs))
    expect(card.get_by_text(desk.say("En revisión", "In review")).or_(card.get_by_text("En cola"))).to_be_visible()
    expect(card.locator("img")).to_have_count(0)
    for hidden in (PLACE, "O-101", "O-121", "Oficial"):
        expect(card).not_to_contain_text(hidden)
    answers = [text for text in desk.heard if '"match_id"' in text]
    assert answers
    assert [text for text in answers if PLACE in text or "Oficial" in text] == []
    assert desk.faults("card") == []
    desk.act("Es la misma", "It is the same", within=card)
    expect(card).to_contain_text(desk.say("Contestaste: Es la misma", "You answered: It is the same"))
    until(lambda: "duplicate.viewed" in cast.kinds(_other(username), theirs), "the other's list of custody")
    approve(desk)


def _day(signed: Signed) -> str:
    return datetime.fromisoformat(signed.payload["captured_at"]).strftime("%d/%m/%Y")


def _folio(running: Running, username: str, signed: Signed) -> str:
    return str(running.person(username).get(f"/captures/{signed.capture_id}").json()["folio"])


def _trace(running: Running, username: str, signed: Signed) -> str:
    lines = running.person(username).get(f"/captures/{signed.capture_id}").json()["submissions"]
    return str(next(line["id"] for line in lines if line["destination"] == "etrace"))


def _the_desk(cast: Cast, running: Running, captures: dict[str, Signed], serials: dict[str, str]) -> None:
    """The desk answers before it takes and keys; then one trace goes on and the other ends as its duplicate."""
    goes_on, ends = (_trace(running, one, captures[one]) for one in ("s-201", "s-221"))
    desk = cast("d-401")
    desk.go("trace", goes_on)
    taking = desk.button("Tomar")
    expect(taking).to_be_disabled()
    desk.sees("Antes contesta 1 tarjeta")
    expect(desk.page.locator("td.code")).to_have_count(0)  # nothing to key from yet
    card = desk.page.locator("article", has_text=serials["s-221"])
    assert desk.faults("before keying") == []
    desk.act("Es la misma", within=card)
    expect(taking).to_be_enabled()
    taking.click()
    desk.sees("En trabajo")
    expect(desk.page.locator("td.code").first).to_be_visible()
    assert desk.faults("keying") == []
    desk.go("trace", ends)  # the desk holds both sides: its one answer stands on either
    desk.act("Tomar")
    desk.sees("En trabajo")
    desk.go("trace", ends, "answer")
    desk.act("Registrar respuesta")
    picked(desk.page, "Resultado", "Duplicada")
    match = desk.page.locator("#match")
    match.select_option(index=0)
    expect(match).to_contain_text(serials["s-201"])
    expect(desk.page.get_by_label("Número de rastreo")).to_have_count(0)  # eTrace has said nothing of this one
    assert desk.faults("duplicate") == []
    desk.act("Guardar respuesta")
    desk.sees("Duplicada")
    states = {
        one: running.person(u).get(f"/submissions/{one}").json()["submission"]["state"]
        for u, one in (("s-201", goes_on), ("s-221", ends))
    }
    assert states == {goes_on: "in_progress", ends: "answered"}
    (result,) = running.person("s-221").get(f"/submissions/{ends}/results").json()["items"]
    (told,) = running.person("s-201").get(f"/captures/{captures['s-201'].capture_id}/duplicates").json()["items"]
    assert (result["code"], result["facts"]["match_id"]) == ("duplicate", told["match_id"])
    supervisor = cast.desks[1]
    supervisor.page.reload()
    supervisor.review(captures["s-221"], _folio(running, "s-221", captures["s-221"]))
    expect(supervisor.page.locator("#since")).to_contain_text("Duplicate")
    expect(supervisor.page.locator("#duplicates article")).to_contain_text("The other agency said: It is the same")


def test_what_is_alike_is_flagged_and_what_is_not_is_not(running: Running, browser: Browser) -> None:
    """Inside one agency: an embedded letter, a look-alike; a neighbour of another maker and caliber is another gun."""
    phone, own = running.phone("o-101"), f"{time.time_ns() % 900 + 100}"
    other = {"make": {"text": "COLT", "code": "CLT"}, "caliber": {"text": ".45", "code": "45acp"}}
    letter, dropped, folded = (taurus(phone, text) for text in (f"{own}S257", f"{own}257", f"{own}5257"))
    last = str((int(own[-1]) + 1) % 10)
    apart = taurus(phone, f"{own}A257")
    unlike = taurus(phone, f"{own[:-1]}{last}A257", **other)
    with assembled(running, browser) as cast:
        desk = cast("s-202")
        until(lambda: _cards(running, letter) >= 2, "the likenesses")
        desk.review(letter, _folio(running, "s-202", letter))
        card = read_and_see(desk, f"{own}S257")
        expect(card.filter(has_text=f"{own}257")).to_contain_text("letras entre cifras")
        expect(card.filter(has_text=f"{own}5257")).to_contain_text("caracteres que se confunden")
        desk.review(unlike, _folio(running, "s-202", unlike))
        until(lambda: _ready_alone(running, unlike), "all photos")
        desk.press("s")
        desk.page.keyboard.type(f"{own[:-1]}{last}A257")
        desk.press("Enter")
        desk.sees("Sin parecidos.")
        assert desk.faults("nothing alike") == []
    assert dropped.capture_id != folded.capture_id != apart.capture_id


def _cards(running: Running, signed: Signed) -> int:
    return len(running.person("s-202").get(f"/captures/{signed.capture_id}/duplicates").json()["items"])


def _ready_alone(running: Running, signed: Signed) -> bool:
    return bool(running.person("s-202").get(f"/captures/{signed.capture_id}").json()["state"] == "secured")
