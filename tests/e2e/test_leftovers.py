"""A refusal that is known before its request's body was read leaves the connection whole, or says that it ends."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from api.leftovers import LARGEST
from tests.e2e.conftest import Running

PATH = "/api/v1/captures/01900000-0000-7000-8000-000000000001"
JOSE = {"content-type": "application/jose"}


def refused(connection: HTTPConnection, size: int) -> str | None:
    """Sends a body that nobody is signed in for; what the answer says of the connection."""
    connection.request("PUT", PATH, body=b"x" * size, headers=JOSE)
    answer = connection.getresponse()
    assert answer.status == 401
    assert answer.read()
    return answer.headers.get("connection")


@pytest.mark.parametrize("size", [0, 1, 100_000, LARGEST])
def test_a_small_body_is_read_up_and_the_next_request_goes_the_same_way(running: Running, size: int) -> None:
    place = urlsplit(running.service.origin)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=10)
    for _ in range(20):
        assert refused(connection, size) != "close"
    connection.request("GET", "/api/v1/health")
    assert connection.getresponse().status == 200
    connection.close()


def test_a_large_body_is_not_waited_for(running: Running) -> None:
    """Announced and not yet sent: the answer comes all the same, and says that the connection ends."""
    place = urlsplit(running.service.origin)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=10)
    connection.putrequest("PUT", PATH)
    for name, value in {**JOSE, "content-length": str(LARGEST + 1)}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.headers.get("connection")) == (401, "close")
    connection.close()
