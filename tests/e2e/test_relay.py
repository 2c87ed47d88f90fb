"""Uploads the other ways: through the relay, with a URL that has run out, and with anything but what was signed."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from standalone.phone import Phone, Signed, checked
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_outages import to_the_bit
from tests.e2e.test_sent_statements import capture_of

CHUNK = 32 * 1024


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def another_api(running: Running, name: str, **settings: str) -> str:
    """One more API process over the same database and store, with other settings; its origin."""
    service, port = running.service, free_port()
    origin = f"http://localhost:{port}"
    environment = {**service.environment(service.postgres.urls().api), "CASQUILLO_ORIGIN": origin, **settings}
    usual = service._command("api", environment)
    argv = tuple(str(port) if part == str(service.port) else part for part in usual.argv)
    running.supervisor.start(replace(usual, name=name, argv=argv, log=service.logs / f"{name}.log"))

    def answers() -> bool:
        try:
            return httpx.get(f"{origin}/api/v1/health/ready").status_code == 200
        except httpx.HTTPError:
            return False

    running.supervisor.wait_until(name, answers, limit_s=30)
    return origin


@pytest.fixture(scope="module")
def relay(running: Running) -> Iterator[httpx.Client]:
    """A client of an API that passes files through, one at a time."""
    origin = another_api(running, "relay", CASQUILLO_RELAY="true", CASQUILLO_RELAY_SLOTS="1")
    with httpx.Client(base_url=origin, timeout=30) as client:
        yield client
    running.supervisor.stop("relay")


def relayed(running: Running, relay: httpx.Client, username: str = "o-101") -> Phone:
    """A phone that reaches nothing but the relay."""
    phone = running.phone(username)
    phone.http = relay
    return phone


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("chunk_size", [None, CHUNK], ids=["whole", "chunks"])
def test_files_pass_through_to_the_bit(running: Running, relay: httpx.Client, chunk_size: int | None) -> None:
    phone = relayed(running, relay)
    signed = capture_of(phone, files=2)
    checked(phone.put_manifest(signed), 201)
    targets = phone.targets(signed, chunk_size=chunk_size)["media"]
    assert {urlsplit(part["url"]).netloc for target in targets for part in target["parts"]} == {
        relay.base_url.netloc.decode()
    }
    phone.send_files(signed, chunk_size=chunk_size)
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)
    kinds = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    ways = {line["details"]["way"] for line in kinds if line["entry"]["kind"] == "media.received"}
    assert ways == {"chunks" if chunk_size else "relay"}


def test_the_relay_refuses_what_the_store_refuses(running: Running, relay: httpx.Client) -> None:
    phone = relayed(running, relay)
    signed = capture_of(phone)
    data = signed.files[0].data
    checked(phone.put_manifest(signed), 201)
    part = phone.targets(signed)["media"][0]["parts"][0]
    assert code_of(phone.send_part(part, data[:-1] + bytes([data[-1] ^ 1]))) == (422, "bytes_refused")
    assert code_of(phone.send_part({**part, "size": part["size"] - 1}, data)) == (422, "wrong_length")
    assert code_of(phone.send_part({**part, "size": part["size"] + 1}, data + b"x")) == (422, "wrong_length")
    beyond = {**part, "url": part["url"].replace("/parts/0", "/parts/1")}
    assert phone.send_part(beyond, data).status_code == 404
    stranger = relayed(running, relay, "o-111")
    assert stranger.send_part(part, data).status_code == 404
    colleague = relayed(running, relay, "o-102")
    assert colleague.send_part(part, data).status_code == 404
    assert relay.put(part["url"], content=data).status_code == 401
    assert code_of(phone.complete(signed)) == (409, "not_arrived")
    assert phone.send_part(part, data).status_code == 204
    assert code_of(phone.send_part(part, data)) == (409, "already_received")
    checked(phone.complete(signed), 202)
    assert code_of(phone.send_part(part, data)) == (409, "already_received")
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


def slow_put(phone: Phone, url: str, data: bytes) -> socket.socket:
    """A PUT that says how long it is, sends half, and waits."""
    parts = urlsplit(url)
    wire = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20)
    head = (
        f"PUT {parts.path}?{parts.query} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {phone.bearer}\r\n"
        f"Content-Type: application/octet-stream\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    )
    wire.sendall(head.encode() + data[: len(data) // 2])
    return wire


def test_more_than_its_slots_are_asked_to_come_back(running: Running, relay: httpx.Client) -> None:
    phone = relayed(running, relay)
    signed = capture_of(phone, files=2)
    checked(phone.put_manifest(signed), 201)
    first, second = (target["parts"][0] for target in phone.targets(signed)["media"])
    data = signed.files[0].data
    with closing(slow_put(phone, first["url"], data)) as wire:
        time.sleep(0.5)
        answer = phone.send_part(second, data)
        assert code_of(answer) == (503, "relay_full")
        assert (answer.json()["retry"], answer.headers["retry-after"]) == ("later", "5")
        assert relay.get("/api/v1/health/ready").status_code == 200, "slow phones take nothing but slots"
        wire.sendall(data[len(data) // 2 :])
        assert wire.recv(64).startswith(b"HTTP/1.1 204")
    assert phone.send_part(second, data).status_code == 204
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")


def test_a_send_that_dies_leaves_nothing_and_frees_its_slot(running: Running, relay: httpx.Client) -> None:
    phone = relayed(running, relay)
    signed = capture_of(phone)
    checked(phone.put_manifest(signed), 201)
    part = phone.targets(signed)["media"][0]["parts"][0]
    slow_put(phone, part["url"], signed.files[0].data).close()
    deadline = time.monotonic() + 10
    while (answer := phone.send_part(part, signed.files[0].data)).status_code == 503 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert answer.status_code == 204
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


def test_a_url_that_has_run_out_is_replaced_by_a_new_plan(running: Running) -> None:
    origin = another_api(running, "brief", CASQUILLO_UPLOAD_SECONDS="1")
    phone = running.phone()
    signed = capture_of(phone)
    checked(phone.put_manifest(signed), 201)
    with httpx.Client(base_url=origin) as brief:
        usual, phone.http = phone.http, brief
        whole = phone.targets(signed)
        chunks = phone.targets(signed, chunk_size=CHUNK)
        phone.http = usual
    running.supervisor.stop("brief")
    time.sleep(2.2)
    for plan in (whole, chunks):
        assert phone.send_part(plan["media"][0]["parts"][0], signed.files[0].data).status_code == 403
    assert code_of(phone.complete(signed)) == (409, "not_arrived")
    phone.send_files(signed)
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


def test_a_presigned_put_is_good_once_and_only_as_signed(running: Running) -> None:
    phone = running.phone()
    signed = capture_of(phone)
    data = signed.files[0].data
    checked(phone.put_manifest(signed), 201)
    part = phone.targets(signed)["media"][0]["parts"][0]
    bound = {"content-type", "if-none-match", "x-amz-checksum-sha256"}
    bound |= {"x-amz-object-lock-mode", "x-amz-object-lock-retain-until-date"}
    assert bound <= set(part["headers"])
    for name in sorted(bound):
        less = {**part, "headers": {key: value for key, value in part["headers"].items() if key != name}}
        assert phone.send_part(less, data).status_code in (400, 403), f"without {name}"
    earlier = {**part["headers"], "x-amz-object-lock-retain-until-date": "2026-11-25T00:00:00Z"}
    assert phone.send_part({**part, "headers": earlier}, data).status_code in (400, 403)
    assert phone.send_part({**part, "size": part["size"] + 1}, data + b"x").status_code in (400, 403)
    assert code_of(phone.complete(signed)) == (409, "not_arrived")
    assert phone.send_part(part, data).status_code == 200
    assert phone.send_part(part, data).status_code == 412
    assert httpx.get(part["url"]).status_code == 403, "the URL writes; it does not read"
    checked(phone.complete(signed), 202)
    wait_for_state(running, signed, "secured")
    to_the_bit(running, phone, signed)


def test_two_phones_of_one_officer_finish_one_capture_and_nobody_else_does(running: Running) -> None:
    first, second, colleague = running.phone(), running.phone(), running.phone("o-102")
    signed = capture_of(first, files=2)
    checked(first.put_manifest(signed), 201)
    halves = [Signed(signed.capture_id, signed.payload, signed.jws, [file]) for file in signed.files]
    with pytest.raises(Exception, match="404"):
        colleague.targets(signed)
    assert colleague.complete(signed).status_code == 404
    assert code_of(second.put_manifest(signed)) == (422, "other_device")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: pair[0].send_files(pair[1]), zip((first, second), halves, strict=True)))
        answers = list(pool.map(lambda phone: phone.complete(signed).status_code, (first, second, first, second)))
    assert set(answers) == {202}
    wait_for_state(running, signed, "secured")
    to_the_bit(running, first, signed)


def test_status_waits_for_the_first_change_and_no_longer(running: Running) -> None:
    phone = running.phone()

    def news(after: int, wait: int) -> tuple[list[str], int, float]:
        began = time.monotonic()
        answer = running.http.get("/api/v1/status", params={"after": after, "wait": wait}, headers=phone.auth)
        body = checked(answer).json()
        return [item["kind"] for item in body["items"]], body["next_after"], time.monotonic() - began

    time.sleep(1)  # the enrolment's own entries get their place
    _, after, _ = news(10**12, 0)
    after = int(running.http.get("/api/v1/status", headers=phone.auth).headers["etag"].strip('"')) - 1
    kinds, _, took = news(after, 1)
    assert (kinds, took >= 1) == ([], True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(news, after, 20)
        time.sleep(0.3)
        checked(phone.put_manifest(capture_of(phone)), 201)
        kinds, _, took = waiting.result()
    assert "capture.registered" in kinds
    assert took < 10
    with ThreadPoolExecutor(8) as pool:
        later = news(0, 0)[1] + 1000
        took_each = [one[2] for one in pool.map(lambda _: news(later, 2), range(8))]
    assert sorted(took_each)[0] < 1.5, "whoever finds no place to wait is answered at once"
