"""Ports that stay the same from one start to the next."""

import json
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from standalone.errors import StartRefused
from standalone.ports import Ports, is_free


@contextmanager
def listening(port: int, *, family: socket.AddressFamily = socket.AF_INET) -> Iterator[None]:
    with socket.socket(family) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1" if family is socket.AF_INET else "::1", port))
        server.listen()
        yield


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "var" / "ports.json"


def test_second_start_has_the_same_ports(file: Path) -> None:
    first = Ports(file)
    chosen = {"store": first.internal("store"), "filer": first.internal("filer")}
    assert len(set(chosen.values())) == 2
    second = Ports(file)
    assert {name: second.internal(name) for name in chosen} == chosen
    assert json.loads(file.read_text()) == chosen
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_public_port_is_the_preferred_one_then_the_remembered_one(file: Path) -> None:
    preferred = Ports(file).internal("unused")
    assert Ports(file).public("api", preferred=preferred) == preferred
    assert Ports(file).public("api", preferred=preferred + 1) == preferred


def test_public_port_is_another_when_the_preferred_one_was_never_ours(file: Path) -> None:
    preferred = Ports(file).internal("unused")
    with listening(preferred):
        port = Ports(file).public("api", preferred=preferred)
    assert port != preferred
    assert Ports(file).public("api", preferred=preferred) == port


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_busy_public_port_is_refused_with_a_sentence(file: Path, family: socket.AddressFamily) -> None:
    port = Ports(file).internal("api")
    with listening(port, family=family), pytest.raises(StartRefused, match=rf"Port {port} is taken.*localhost:{port}"):
        Ports(file).public("api", preferred=port)
    assert Ports(file).public("api", preferred=1) == port


def test_busy_internal_port_moves_and_is_remembered(file: Path) -> None:
    port = Ports(file).internal("store")
    with listening(port):
        other = Ports(file).internal("store")
        assert other != port
    assert Ports(file).internal("store") == other


def test_port_is_free_again_right_after_its_connections_ended(file: Path) -> None:
    port = Ports(file).internal("store")
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = server.accept()
            assert not is_free(port)
            accepted.close()  # the server's side closes first and lingers in TIME_WAIT
            assert client.recv(1) == b""
    assert is_free(port)
