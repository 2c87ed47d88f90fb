"""An agency of a test's own, and what its supervisors do at the review by keyboard."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, expect

from evidence.actions.accounts import organisations, people
from evidence.domain.roles import Role
from standalone.desk import Person, enrolled_phone
from standalone.phone import Phone, Signed
from standalone.recovery import recovery
from tests.browser.desk_person import LIMIT_MS, DeskPerson
from tests.e2e.conftest import Running

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


def open_case(me: DeskPerson, folio: str) -> None:
    """From anywhere, by the search of the list."""
    me.page.goto(me.page.url.partition("#")[0] + "#/review")
    expect(me.page.get_by_role("grid")).to_be_visible()
    me.press("/")
    me.page.keyboard.press("Control+A")
    me.page.keyboard.type(folio)
    me.press("Enter")
    rows = me.page.locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(folio)  # one row alone may still be the former list's
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
    left = me.page.get_by_text(me.say("ábrelo", "open it"))
    deadline = time.monotonic() + LIMIT_MS / 1000
    while left.count() and time.monotonic() < deadline:  # others come with what has just been read
        me.page.wait_for_timeout(100)
        me.press("w")
    me.not_there("ábrelo", "open it")


def folio(agency: Agency, signed: Signed) -> str:
    return str(agency.person("r-203").get(f"/captures/{signed.capture_id}").json()["folio"])
