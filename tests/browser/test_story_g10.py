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
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, expect

from evidence.actions.accounts import organisations, people
from evidence.domain.roles import Role
from standalone import pictures
from standalone.canvas import Shot
from standalone.phone import File, Phone, Refused, Signed, new_id
from standalone.recovery import pistol_facts, recovery_facts
from tests.browser import story
from tests.browser.cast import Cast, Seated, assembled, letters, picked
from tests.browser.conftest import Handset
from tests.browser.officer import Officer, picture
from tests.browser.reviewing import Agency, open_warnings
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


@dataclass(frozen=True)
class Invented:
    """An agency of the story's own, so that the end of its route moves nobody else's queue; and its two desks."""

    agency: Agency
    fallback: str
    analyst: str

    def name(self, kind: str) -> str:
        return f"{kind}-{self.agency.code.lower()}"


def invented(running: Running, browser: Browser) -> Invented:
    agency = Agency(running, browser, f"PB-{letters()}")
    made = Invented(agency, f"Mesa Suplente {agency.code}", f"d-{agency.code.lower()}")
    roles = {"o": Role.OFFICER, "s1": Role.SUPERVISOR, "s2": Role.SUPERVISOR, "a": Role.ADMINISTRATOR}
    for kind, role in roles.items():
        agency.add(made.name(kind), role)
    owned = running.service.owned()
    desk = owned.run(
        organisations.create_organisation,
        kind="desk",
        name=made.fallback,
        code=f"M-{agency.code}",
        jurisdiction="federal",
        entity=None,
        settings={},
    )
    owned.run(
        organisations.make_route, agency_id=agency.id, destination="etrace", organisation_id=desk.id, rank=2
    )  # the fallback
    password = secrets.token_urlsafe(12)
    analyst = owned.run(
        people.create_person,
        organisation_id=desk.id,
        code=made.analyst.upper(),
        name=made.analyst.upper(),
        username=made.analyst,
        password=password,
        roles=(Role.TRACE_ANALYST,),
    )
    running.world["people"] |= agency.secrets
    running.world["people"][made.analyst] = {"password": password, "totp_secret": analyst.totp_secret}
    return made


def revolver_of_2024(running: Running, serial: str) -> Signed:
    """What GFM captured in 2024, with the number that nobody else could read yet."""
    phone: Phone = running.phone("o-121")
    item = new_id()
    facts = pistol_facts(item, serial, phone)
    facts["firearm"] |= {"form": "revolver", "type": {"code": "PR"}, "caliber": {"text": ".38", "code": ".38"}}
    at = datetime(2024, 5, 3, 16, 0, tzinfo=UTC)
    shot = Shot(width=640, height=480, taken_at=at, seed=4)
    when = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    signed = phone.sign(
        {
            "recovery": recovery_facts() | {"recovered_at": when},
            "items": [facts],
            "packages": [],
            "captured_at": (at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        },
        [File("serial_closeup", pictures.serial_closeup(shot, serial), [item])],
    )
    phone.send(signed)
    return signed


def test_a_number_comes_back_to_light(running: Running, browser: Browser, handset: Handset) -> None:
    """(b) Ground off, restored in part, then legible and approved; its desk changes; a purchase later than the gun."""
    world = invented(running, browser)
    full = f"{letters()}17719"
    partial = f"{full[:3]}?7719"
    other = revolver_of_2024(running, full)
    me = handset(world.name("o"))
    me.enrol()
    _ground_off(me)
    gun = sent(running, me, world.name("s1"))
    with assembled(running, browser) as cast:
        first = cast(world.name("s1"), "en", theme="sun")
        _held(first, gun)
        examiner = cast("l-301")
        _restored(examiner, gun, partial)
        second = cast(world.name("s2"))
        _in_part(second, gun, partial)
        _legible(examiner, gun, full)
        _approved(cast, running, second, gun, full, other)
        _another_desk(cast, second, gun, world)
        _answered(cast, running, gun, world, full)
        _the_officers_phone(me, gun, full)


def _ground_off(me: Officer) -> None:
    begin(me, "Más: Revólveres")
    me.at("1 · Como se encontró", "", "as-found")
    me.photo(picture("left"))
    made_safe(me)
    for view in ("left", "right"):
        me.at("1 · Lado", "", view)
        me.photo(picture(view))
    me.at("1 · Número de serie", "", "serial-photo")
    me.photo(picture("serial"))
    me.at("1 · Marca", "", "marks-photo")
    me.photo(picture("marks"))
    me.at("1 · Serie", "", "serial")
    me.tap("Armazón")
    me.tap("Cilindro o grúa")
    me.tap("123", exact=True)
    me.type(CRANE)
    me.sees("Ese número no es el del armazón.")
    me.tap("Siguiente")
    me.at("1 · Serie", "", "serial-still-asked")  # it is kept, and counts for nothing
    me.sees("Ese número no es el del armazón.")
    status(me, "Borrado")
    me.at("1 · Serie, con otra luz", "", "oblique")
    me.photo(picture("serial"))
    me.at("Indicio 1: ¿qué marca?", "", "make")
    me.tap("Otra marca")
    me.page.get_by_role("searchbox").fill("Ruger")
    me.tap("Ruger")
    me.at("1 · ¿Qué calibre?", "", "caliber")
    me.tap("Otro", exact=True)
    me.tap(".38", exact=True)
    packed(me)


def trace_line(desk: Seated) -> Locator:
    return desk.page.get_by_role("listitem").filter(has_text=desk.say("Rastreo", "Trace")).first


def _held(desk: Seated, gun: Captured) -> None:
    """The trace waits for a laboratory and can't be approved; ballistics goes."""
    review(desk, gun)
    expect(trace_line(desk)).to_contain_text("Waits for the laboratory")
    look_at_everything(desk, 8)
    desk.press("a")
    expect(desk.page.get_by_role("checkbox", name="Trace")).to_be_disabled()
    desk.press("Escape")
    assert desk.faults("held") == []
    approve(desk, "Ballistics")


def reading(examiner: Seated, text: str, state: str) -> None:
    """By two examiners, with the method, and a photo of every stage."""
    examiner.act("Serie distinta o revelada")
    picked(examiner.page, "Estado", state)
    examiner.field("Número de serie leído").fill(text)
    examiner.field("Cómo se leyó").fill("Revenido con Fry")
    picked(examiner.page, "Segunda persona que lo leyó", "Perito L-302")
    examiner.page.get_by_label("Estaba borrado o limado y se reveló").check()
    for n, stage in enumerate(STAGES):
        data = pictures.serial_closeup(Shot(width=640, height=480, seed=20 + n), text)
        photo = {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": data}
        examiner.page.locator(f"#stage-{stage}").set_input_files(photo)  # type: ignore[arg-type]
    assert examiner.faults("restored") == []
    examiner.act("Guardar la lectura")
    expect(examiner.dialog).to_have_count(0, timeout=30_000)


def _restored(examiner: Seated, gun: Captured, partial: str) -> None:
    examiner.go("lab", gun.requests["ballistics"])
    examiner.act("Tomar")
    examiner.sees("En trabajo")
    reading(examiner, partial, "Parcial")
    examiner.sees(partial)


def _in_part(desk: Seated, gun: Captured, partial: str) -> None:
    """Both states stand in the facts; a number in part is still no number to trace."""
    review(desk, gun)
    expect(trace_line(desk)).to_contain_text("Espera al laboratorio")


def _legible(examiner: Seated, gun: Captured, full: str) -> None:
    examiner.go("lab", gun.requests["ballistics"])
    reading(examiner, full, "Legible")
    examiner.sees(full)


def _approved(cast: Cast, running: Running, desk: Seated, gun: Captured, full: str, other: Signed) -> None:
    """The supervisor reads the restored number; GFM's card comes; the trace is approved for the first time."""
    desk.page.reload()
    review(desk, gun)
    photos = desk.page.locator("#since img")
    expect(photos).to_have_count(2 * len(STAGES), timeout=30_000)
    desk.press("s")
    desk.page.keyboard.type(full)
    desk.press("Enter")
    card = desk.page.locator("#duplicates article")
    for _ in range(6):  # the search is a job: on a busy machine it may end after this look
        desk.page.wait_for_timeout(1500)
        if card.count():
            break
        desk.page.reload()
    expect(card).to_have_count(1, timeout=30_000)
    expect(card).to_contain_text("Guardia Federal Modelo")
    expect(card).to_contain_text(full)
    expect(card).to_contain_text("2024")
    desk.act("Es la misma", within=card)
    look_at_everything(desk, 8)
    assert desk.faults("restored number") == []
    approve(desk, "Rastreo")
    until(
        lambda: state_of(running, gun, desk.username, "etrace") == "queued",
        "the desk's queue",
    )


def _another_desk(cast: Cast, desk: Seated, gun: Captured, world: Invented) -> None:
    """The federal desk loses its accreditation: what waits there goes to the fallback; the agency sees who has it."""
    expect(desk.page.get_by_role("heading", level=1, name="Revisión")).to_be_visible()  # nothing else to review
    review(desk, gun)
    expect(trace_line(desk)).to_contain_text("Mesa Federal Modelo")
    administrator = cast(world.name("a"))
    administrator.go("admin", "routes")
    row = administrator.page.get_by_role("row").filter(has_text="Mesa Federal Modelo")
    administrator.act("Terminar", within=row)
    administrator.act("Terminar", within=administrator.dialog)
    expect(administrator.dialog).to_have_count(0)
    expect(trace_line(desk)).to_contain_text(world.fallback, timeout=30_000)
    desk.press("h")
    desk.sees("Solicitud con otro destino")
    desk.sees("terminó la ruta")
    assert desk.faults("rerouted") == []


def _answered(cast: Cast, running: Running, gun: Captured, world: Invented, full: str) -> None:
    """The fallback answers the card, keys, sends, and says twice that the purchase is later than the recovery."""
    desk = cast(world.analyst)
    desk.go("trace", gun.requests["etrace"])
    desk.act("Es la misma")
    desk.act("Tomar")
    desk.sees("En trabajo")
    row = desk.page.get_by_role("row").filter(has_text="5b")
    expect(row).to_contain_text("Sí")
    expect(desk.page.get_by_role("row").filter(has_text="5a")).to_contain_text(full)
    desk.go("trace", gun.requests["etrace"], "send")
    desk.field("Número que dio eTrace").fill(TRACE)
    desk.field("Otra vez, tecleado").fill(TRACE)
    desk.act("Enviada")
    desk.sees(TRACE)
    desk.go("trace", gun.requests["etrace"], "answer")
    desk.act("Registrar respuesta")
    picked(desk.page, "Resultado", "Comprador identificado")
    desk.field("Fecha de compra").fill(PURCHASED_LATE)
    desk.sees("La compra es POSTERIOR a la recuperación.")
    keep = desk.button("Guardar respuesta")
    expect(keep).to_be_disabled()
    assert desk.faults("late purchase") == []
    desk.page.get_by_label("Lo revisé: así dice la respuesta").check()
    keep.click()
    desk.sees("Comprador identificado")
    expect(desk.page.locator("article .warn")).to_contain_text("POSTERIOR")  # and stays amber once confirmed
    assert desk.faults("answered") == []


def _the_officers_phone(me: Officer, gun: Captured, full: str) -> None:
    """The phone says that there is an answer, and not one word of it."""
    me.page.reload()
    me.tap("Mis capturas")
    me.tap(gun.folio)
    after = me.button("¿Qué pasó después?")
    expect(after).to_contain_text("Ya hay respuesta. Pregunta a tu MP.", timeout=LIMIT_S * 1000)
    after.click()
    me.sees("El laboratorio leyó otro número.")
    shown = me.page.locator("body")
    for hidden in (TRACE, PURCHASED_LATE, "Comprador", full):
        expect(shown).not_to_contain_text(hidden)
