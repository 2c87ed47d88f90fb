"""A supervisor's review by keyboard alone: two people at once, what is refused, what must never have been sent."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, expect

from evidence.actions import organisations, people
from evidence.domain.roles import Role
from standalone.desk import Person, enrolled_phone
from standalone.phone import Phone, Refused, Signed
from standalone.recovery import recovery
from tests.browser.desk_person import DeskPerson
from tests.e2e.conftest import Running

pytestmark = pytest.mark.slow

SETTINGS = {"enrolment": "self", "facts": {"agency.ori": "MX0000001"}}
LIMIT_S = 60.0


@dataclass
class Agency:
    """An agency of the test's own, so that its list holds nothing else."""

    running: Running
    browser: Browser
    code: str
    secrets: dict[str, dict[str, str]] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    desks: list[DeskPerson] = field(default_factory=list)

    def __post_init__(self) -> None:
        owned = self.running.service.owned()
        made = owned.run(
            organisations.create_organisation,
            kind="agency",
            name=f"Policía Modelo {self.code} (inventada)",
            code=self.code,
            jurisdiction="state",
            entity="05",
            settings=SETTINGS,
        )
        self.id = made.id
        for destination, holder in (("ballistics", "LAB-A"), ("etrace", "MESA-F")):
            organisation_id = self.running.world["organisations"][holder]
            owned.run(
                organisations.make_route, agency_id=self.id, destination=destination, organisation_id=organisation_id
            )

    def add(self, username: str, *roles: Role) -> None:
        password = "seis casquillos en la banqueta"
        made = self.running.service.owned().run(
            people.create_person,
            organisation_id=self.id,
            code=username.upper(),
            name=username.upper(),
            username=username,
            password=password,
            roles=roles,
        )
        self.secrets[username] = {"password": password, "totp_secret": made.totp_secret}

    def person(self, username: str) -> Person:
        """Signed in at the API, for what the browser is compared with."""
        if username not in self.people:
            person = Person(self.running.service.origin, self.secrets[username], username)
            person.sign_in()
            self.people[username] = person
        return self.people[username]

    def desk(self, username: str, *, language: str = "es", theme: str = "dark") -> DeskPerson:
        """Signed in at the desk."""
        made = DeskPerson(
            self.browser, self.running.service.origin, self.secrets[username], language=language, theme=theme
        )
        self.desks.append(made)
        made.sign_in(username)
        return made

    def phone(self, username: str) -> Phone:
        return enrolled_phone(self.person(username), self.running.http)

    def send(self, phone: Phone, serial: str, *, reader: str) -> Signed:
        """A capture with every preview drawn."""
        signed = recovery(phone, serial=serial, width=800)
        phone.send(signed)

        def drawn() -> bool:
            (head,) = self.person(reader).get(f"/captures/{signed.capture_id}").json()["manifests"]
            return all(one["preview"] in ("ready", "failed") for one in head["media"])

        until(drawn)
        return signed

    def states(self, signed: Signed, reader: str) -> dict[tuple[str, str], str]:
        """(item number, destination) → state."""
        numbers = {item["id"]: item["number"] for item in signed.payload["items"]}
        lines = self.person(reader).get(f"/captures/{signed.capture_id}").json()["submissions"]
        return {(numbers[one["item_id"]], one["destination"]): one["state"] for one in lines}

    def close(self) -> None:
        for one in (*self.desks, *self.people.values()):
            one.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def agency(running: Running, browser: Browser) -> Iterator[Agency]:
    made = Agency(running, browser, "REV-A")
    for username in ("r-201", "r-202", "r-203"):
        made.add(username, Role.SUPERVISOR)
    made.add("r-101", Role.OFFICER)
    made.add("r-102", Role.OFFICER, Role.SUPERVISOR)
    yield made
    made.close()


@pytest.fixture(scope="module")
def phone(agency: Agency) -> Phone:
    return agency.phone("r-101")


def open_case(me: DeskPerson, folio: str) -> None:
    """From anywhere, by the search of the list."""
    me.page.goto(me.page.url.partition("#")[0] + "#/review")
    expect(me.page.get_by_role("grid")).to_be_visible()
    me.press("/")
    me.page.keyboard.press("Control+A")
    me.page.keyboard.type(folio)
    me.press("Enter")
    expect(me.page.get_by_role("row")).to_have_count(2)
    me.press("Escape", "Tab")
    me.page.locator("tbody tr").first.focus()
    me.press("Enter")
    expect(me.page.get_by_role("heading", level=1, name=folio)).to_be_visible()
    opened(me, 1)


def opened(me: DeskPerson, n: int) -> None:
    """At least ``n`` photos have been opened."""
    words = me.say("Abierta", "Opened")
    expect(me.page.get_by_text(words, exact=True).nth(n - 1)).to_be_attached()


def open_photos(me: DeskPerson) -> None:
    """All eleven, by number and by the key for the next."""
    for n in range(2, 10):
        me.press(str(n))
        opened(me, n)
    me.press("p")
    opened(me, 10)
    me.press("p")
    opened(me, 11)


def read_serial(me: DeskPerson, text: str) -> None:
    me.press("1", "s")
    me.page.keyboard.type(text)
    me.press("Enter")
    me.sees("Leer otra vez", "Read again")


def open_warnings(me: DeskPerson) -> None:
    for _ in range(12):
        me.press("w")
    me.not_there("ábrelo", "open it")


def folio(agency: Agency, signed: Signed) -> str:
    return str(agency.person("r-203").get(f"/captures/{signed.capture_id}").json()["folio"])


@pytest.mark.parametrize(("language", "theme"), [("es", "dark")])
def test_a_whole_review_by_keyboard(agency: Agency, phone: Phone, language: str, theme: str) -> None:
    first, second = (
        agency.send(phone, serial, reader="r-203")
        for serial in (("KTM4471", "KTM4499") if language == "es" else ("WHP6031", "WHP6099"))
    )
    me = agency.desk("r-201", language=language, theme=theme)
    faults = me.faults("list")
    open_case(me, folio(agency, first))
    serial = first.payload["items"][0]["serial"]["text"]
    faults += me.faults("blind")
    me.sees("Falta tu lectura", "Your reading of the serial is missing")
    assert not [text for text in me.heard if serial in text], "the other reading was sent before the own one"

    me.press("a")
    me.sees("Ninguna se puede aprobar", "None can be approved")
    me.press("Control+Enter", "Escape")
    open_photos(me)
    read_serial(me, serial)
    me.sees("Las lecturas coinciden", "The readings agree")
    assert [text for text in me.heard if serial in text]
    open_warnings(me)
    me.press("?")
    faults += me.faults("help")
    me.press("Escape", "e")
    faults += me.faults("supplement")
    me.press("Escape", "h")
    me.sees("Lectura de serie", "Serial read")
    faults += me.faults("history")
    me.press("Escape", "a")
    faults += me.faults("approve")

    boxes = me.page.get_by_role("checkbox")
    expect(boxes).to_have_count(3)
    for n in range(3):
        expect(boxes.nth(n)).not_to_be_checked()
    me.press("Space", "Tab", "Space", "Tab", "Space", "Enter")
    me.page.wait_for_timeout(500)
    assert set(agency.states(first, "r-203").values()) == {"pending_review"}, "Enter alone decided"
    me.press("Control+Enter")
    me.sees("Aprobado", "Approved")
    until(lambda: set(agency.states(first, "r-203").values()) == {"queued"})
    assert faults == []

    # The other capture comes next when both are in the list; nothing of it is chosen.
    open_case(me, folio(agency, second))
    expect(me.page.get_by_role("checkbox")).to_have_count(0)
    me.press("a")
    me.sees("Ninguna se puede aprobar", "None can be approved")
    me.press("Escape")


def test_nobody_decides_over_an_own_capture(agency: Agency) -> None:
    signed = agency.send(agency.phone("r-102"), "GVD9910", reader="r-203")
    me = agency.desk("r-102")
    open_case(me, folio(agency, signed))
    me.sees("La capturaste tú: decide otra persona")
    expect(me.page.get_by_role("button", name="Aprobar")).to_be_disabled()
    me.press("a")
    expect(me.page.get_by_role("checkbox")).to_have_count(0)
    line = agency.person("r-102").get(f"/captures/{signed.capture_id}").json()["submissions"][0]
    shown = agency.person("r-102").get(f"/submissions/{line['id']}")
    body = {
        "decision": "reject",
        "digest": shown.json()["submission"]["digest"],
        "findings_seen": 0,
        "reason": "propia",
    }
    with pytest.raises(Refused) as refused:
        agency.person("r-102").post(f"/submissions/{line['id']}/decision", body, etag=shown.headers["etag"])
    assert refused.value.code == "own_capture"


def test_readings_that_differ_block(agency: Agency, phone: Phone) -> None:
    signed = agency.send(phone, "XAR3345", reader="r-203")
    me = agency.desk("r-202", language="en")
    open_case(me, folio(agency, signed))
    open_photos(me)
    read_serial(me, "XAR3346")
    me.sees("They differ at character 7.")
    open_warnings(me)
    me.press("a")
    expect(me.page.get_by_role("checkbox").first).to_be_disabled()
    me.press("Escape")


def test_an_ended_session_keeps_what_was_typed(agency: Agency, phone: Phone) -> None:
    signed = agency.send(phone, "HGE6610", reader="r-203")
    me = agency.desk("r-202")
    open_case(me, folio(agency, signed))
    cookies = {one["name"]: one["value"] for one in me.context.cookies()}
    origin = agency.running.service.origin
    with httpx.Client(base_url=origin, cookies=cookies, headers={"origin": origin}) as http:
        assert http.delete("/api/v1/session", headers={"x-requested-with": "casquillo"}).status_code == 204
    me.press("s")
    me.page.keyboard.type("HGE66")
    me.sees("La sesión terminó")
    assert me.faults("ended") == []
    me.sign_in("r-202")
    expect(me.page.get_by_label("Como lo lees")).to_have_value("HGE66")
