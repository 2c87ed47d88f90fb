"""The whole service, started once for all end-to-end tests: real processes, real servers, the demo's people."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from evidence.records.people import Account
from standalone.desk import Person, enrolled_phone
from standalone.phone import Phone
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world


@dataclass
class Running:
    """The service under test, its people's secrets, and who has signed in so far."""

    service: Service
    supervisor: Supervisor
    world: dict[str, Any]
    http: httpx.Client
    people: dict[str, Person]

    def person(self, username: str) -> Person:
        """A signed-in person; each signs in once, because a TOTP code is good once."""
        if username not in self.people:
            person = Person(self.service.origin, self.world["people"][username], username)
            person.sign_in()
            self.people[username] = person
        return self.people[username]

    def forget_codes(self) -> None:
        """Lets everybody use the present TOTP code once more: waiting for the next ones would be most of a run."""
        with self.service.owned().sessions() as session, session.begin():
            session.execute(update(Account).values(totp_last_step=0))

    def phone(self, username: str = "o-101") -> Phone:
        """A newly enrolled phone of an officer."""
        return enrolled_phone(self.person(username), self.http)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    with TemporaryDirectory(prefix="casquillo-e2e-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        # Two runs on one machine that begin at the same moment must not choose the same port.
        service = Service(folder, supervisor, preferred_port=8430 + os.getpid() % 500)
        service.start()
        with httpx.Client(base_url=service.origin, timeout=30) as http:
            made = Running(service, supervisor, make_world(service.owned()), http, {})
            yield made
            for person in made.people.values():
                person.close()
        service.stop()
