"""Stories G10 on the screens: a printed gun that nobody traces, and a number that a laboratory brings back to light.

That the code of a privately made firearm is PMG and PMF is refused, ``tests/unit/test_codes.py`` and
``tests/unit/test_problems.py`` show too; how a queue moves from a desk whose route ended,
``tests/actions/test_keeping.py``.
"""

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from standalone.phone import Refused
from tests.browser import story
from tests.browser.cast import Seated, assembled
from tests.browser.conftest import Handset
from tests.browser.officer import Officer, picture
from tests.browser.reviewing import open_warnings
from tests.browser.test_field_app import arrived
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow
LIMIT_S = 60
CRANE = "48213"
TRACE = "T-TEST-1010"
PURCHASED_LATE = "2099-05-01"
STAGES = ("before", "during", "after")


@dataclass(frozen=True)
class Captured:
    """A capture that a phone sent: its id, its folio, its one item's requests by destination."""

    id: str
    folio: str
    requests: dict[str, str]


def until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def begin(me: Officer, thing: str) -> None:
    """From the start screen to the first question about one gun that the officer made safe."""
    me.tap("CAPTURAR")
    me.tap("Con capacidad")
    me.photo(picture("overview"))
    me.at("¿Qué hay?", "", "count")
    if not me.button(thing).count():
        me.tap("Más tipos")
    me.tap(thing)
    me.tap("Siguiente")
    me.tap("La foto general ya")


def made_safe(me: Officer) -> None:
    me.at("Indicio 1: ¿cómo estaba?", "", "found")
    me.tap("Siguiente")
    me.at("¿Quién la asegura?", "", "safe")
    story.made_safe(me)


def status(me: Officer, word: str) -> None:
    me.tap("¿Cómo se ve?")
    me.tap(word)


def packed(me: Officer) -> None:
    """One box with a seal of its own, then the place and the signature."""
    me.at("Bolsas y sellos", "", "packages")
    me.tap("Siguiente")
    digits = str(secrets.randbelow(10**6)).zfill(6)
    for again in (False, True):
        me.at("Escríbelo otra vez" if again else "Sello de", "", "seal")
        me.tap("ABC" if again else "Escribir", exact=True)
        me.tap("Q", exact=True)
        me.tap("Guion")
        me.tap("123", exact=True)
        me.type(digits)
        me.tap("Siguiente")
    me.at("Empaque", "", "packages-photo")
    me.photo(picture("packages"))
    story.the_signature(me)


def sent(running: Running, me: Officer, reader: str) -> Captured:
    """Waits for the receipt, for every file and every preview."""
    row = arrived(me)
    person = running.person(reader)
    path = f"/captures/{row['id']}"

    def ready() -> bool:
        shown = person.get(path).json()
        return shown["state"] == "secured" and all(
            one["preview"] in ("ready", "failed") for one in shown["manifests"][0]["media"]
        )

    until(ready, "every preview")
    shown = person.get(path).json()
    requests = {one["destination"]: one["id"] for one in shown["submissions"]}
    return Captured(row["id"], shown["folio"], requests)


def review(desk: Seated, gun: Captured) -> None:
    desk.go("review", gun.id)
    expect(desk.page.get_by_role("heading", level=1, name=gun.folio)).to_be_visible()


def look_at_everything(desk: Seated, photos: int) -> None:
    opened = desk.page.get_by_text(desk.say("Abierta", "Opened"), exact=True)
    expect(opened.first).to_be_attached()
    for n in range(2, photos + 1):
        desk.press(str(n))
        expect(opened.nth(n - 1)).to_be_attached()
    open_warnings(desk)


def approve(desk: Seated, destination: str) -> None:
    desk.press("a")
    box = desk.page.get_by_role("checkbox", name=destination)
    expect(box).to_be_enabled()
    box.check()
    desk.press("Control+Enter")
    desk.sees("Aprobado", "Approved")


def state_of(running: Running, gun: Captured, reader: str, destination: str) -> str:
    lines = running.person(reader).get(f"/captures/{gun.id}").json()["submissions"]
    return str(next(one["state"] for one in lines if one["destination"] == destination))


def test_a_printed_gun_goes_to_ballistics_alone(running: Running, browser: Browser, handset: Handset) -> None:
    """(a) Never marked: no trace can be asked for, and the screens say so; ballistics goes."""
    me = handset("o-111")
    me.enrol()
    _printed(me)
    gun = sent(running, me, "s-211")
    with assembled(running, browser) as cast:
        desk = cast("s-211")
        review(desk, gun)
        trace = desk.page.get_by_role("listitem").filter(has_text="Rastreo").first
        expect(trace).to_contain_text("No se puede")
        facts = desk.page.get_by_role("table").filter(has_text="Dispositivo de ráfaga")
        expect(facts.get_by_role("row", name="Dispositivo de ráfaga")).to_contain_text("sí")
        expect(facts).to_contain_text("Impresa en 3D")
        expect(facts.get_by_role("row").filter(has_text="Marca")).to_contain_text("PMG")
        expect(facts).not_to_contain_text("PMF")
        assert desk.faults("printed gun") == []
        look_at_everything(desk, 5)
        desk.press("a")
        expect(desk.page.get_by_role("checkbox", name="Rastreo")).to_be_disabled()
        desk.press("Escape")
        approve(desk, "Balística")
        until(lambda: state_of(running, gun, "s-211", "ballistics") == "queued", "the laboratory's queue")
        assert state_of(running, gun, "s-211", "etrace") == "pending_review"
        federal = cast("d-401")  # the route to the desk is not taken
        expect(federal.page.get_by_text(re.compile(r"^\d+ solicitud"))).to_be_visible()
        federal.not_there(gun.folio)
        with pytest.raises(Refused) as refused:
            running.person("d-401").get(f"/submissions/{gun.requests['etrace']}")
        assert refused.value.status == 404


def _printed(me: Officer) -> None:
    begin(me, "Más: Hechizas")
    made_safe(me)
    me.at("¿Qué parece ser?", "", "pmf-type")
    me.tap("Pistola", exact=True)
    me.at("¿Cómo está hecha?", "", "how-made")
    me.tap("Impresa en 3D")
    me.at("¿Dispositivo de ráfaga?", "", "conversion")
    me.tap("Sí", exact=True)
    for view in ("left", "right"):
        me.at("1 · Lado", "", view)
        me.photo(picture(view))
    me.at("1 · Número de serie", "", "serial-photo")
    me.tap("No se puede tomar")
    me.tap("No está a la vista")
    me.at("1 · Detalle", "", "build")
    me.photo(picture("left"))
    me.at("1 · Serie", "", "serial")
    status(me, "Nunca tuvo")
    me.at("1 · ¿Qué calibre?", "", "caliber")
    me.tap("9 mm", exact=True)
    packed(me)
