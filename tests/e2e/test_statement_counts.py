"""What a capture asks of the database, by request: a number that grows is a capture that got dearer.

The API runs in this process, over the database and the store of the running service, so that its statements can be
counted. Rows come and go in one statement each, so the counts do not depend on how many photos there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from sqlalchemy import event

from api.app import create_app
from api.boundary import Wiring
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.settings import read_settings
from standalone.phone import Phone, checked
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_sent_statements import capture_of

MOST = {"PUT": 10, "complete": 9, "receipt": 9}
"""Statements of a request, the phone's recognition among them."""


@dataclass
class Counter:
    """The statements since the last look."""

    statements: list[str] = field(default_factory=list)

    def taken(self) -> int:
        count = len(self.statements)
        self.statements.clear()
        return count


@pytest.fixture
def counted(running: Running) -> Iterator[tuple[Phone, Counter]]:
    """A phone whose API is in this process."""
    settings = read_settings(running.service.environment(running.service.postgres.urls().api))
    engine, sessions = make_engine_and_sessions(settings)
    counter = Counter()

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        counter.statements.append(statement)

    transport = httpx.WSGITransport(app=create_app(Wiring(settings, make_services(settings), sessions)))
    phone = running.phone()
    origin = running.service.origin  # only the API is in here; files go to the store over the network
    with httpx.Client(mounts={origin: transport}, base_url=origin) as inside:
        phone.http = inside
        yield phone, counter
    engine.dispose()


@pytest.mark.parametrize("files", [1, 5])
def test_a_capture_asks_no_more_of_the_database_than_it_did(
    running: Running, counted: tuple[Phone, Counter], files: int
) -> None:
    phone, counter = counted
    phone.connect()
    for _ in range(2):  # the first one fills the caches
        signed = capture_of(phone, files=files)
        counter.taken()
        checked(phone.put_manifest(signed), 201)
        asked = {"PUT": counter.taken()}
        phone.send_files(signed)
        counter.taken()
        checked(phone.complete(signed), 202)
        asked["complete"] = counter.taken()
        wait_for_state(running, signed, "secured")
        counter.taken()
        assert phone.verified_receipt(signed) is not None
        asked["receipt"] = counter.taken()
    assert all(asked[request] <= MOST[request] for request in MOST), asked
