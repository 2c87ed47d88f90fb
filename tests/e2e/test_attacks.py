"""Attacks on the way in: fixation, forged requests, guessed passwords, and names, ids and cursors that carry code."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import httpx
import pyotp
import pytest
from sqlalchemy import select

from evidence.domain.canonical import b64url
from evidence.records.people import Account
from standalone.desk import HEADERS
from standalone.phone import JOSE, checked
from tests.e2e.conftest import Running
from tests.e2e.test_roles import DOCUMENT
from tests.e2e.test_sent_statements import capture_of

JSON = {"content-type": "application/json"}
INJECTIONS = (
    "' OR '1'='1",
    "'; DROP TABLE capture; --",
    "%27%20OR%201=1--",
    "1; SELECT pg_sleep(9)",
    "\u0000",
    "x\r\nSet-Cookie: mine=1",
    "../../../etc/passwd",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "\U0001f600" * 3,
    "a" * 5000,
)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def a_client(running: Running, **headers: str) -> httpx.Client:
    origin = running.service.origin
    return httpx.Client(base_url=origin, headers={**HEADERS, "origin": origin, **headers}, timeout=30)


def sign_in(client: httpx.Client, secrets: dict[str, str], username: str, **wrong: str) -> httpx.Response:
    code = pyotp.TOTP(secrets["totp_secret"]).now()
    body = {"username": username, "password": secrets["password"], "totp": code, **wrong}
    return client.post("/api/v1/session", json=body)


@pytest.fixture(scope="module")
def victim(running: Running) -> tuple[str, dict[str, str]]:
    """An officer made for this, so that nobody else is locked out."""
    made = running.person("a-900").post(
        "/people",
        {
            "code": "O-190",
            "name": "Oficial O-190 (inventado)",
            "username": "o-190",
            "password": "una-frase-larga-y-propia-7421",
            "roles": ["officer"],
        },
    )
    return "o-190", {"password": "una-frase-larga-y-propia-7421", **made.json()}


def test_a_session_that_was_planted_is_not_taken_over(running: Running, victim: tuple[str, dict[str, str]]) -> None:
    username, secrets = victim
    name = f"casquillo-{running.service.port}"
    with a_client(running) as client:
        client.cookies.set(name, planted := "p" * 43)
        signed_in = sign_in(client, secrets, username)
        assert signed_in.status_code == 201, signed_in.text
        cookie = signed_in.headers["set-cookie"]
        own = signed_in.cookies[name]
        assert own != planted
        assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/"))
        assert own not in signed_in.text
    with a_client(running) as thief:
        thief.cookies.set(name, planted)
        assert thief.get("/api/v1/session").status_code == 401
        thief.cookies.set(name, own)
        assert thief.get("/api/v1/session").status_code == 200
        assert thief.delete("/api/v1/session").status_code == 204
        thief.cookies.set(name, own)
        assert thief.get("/api/v1/session").status_code == 401, "signed out is signed out everywhere"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.invalid"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"x-requested-with": "XMLHttpRequest"},
    ],
    ids=str,
)
def test_forged_requests_are_refused_also_for_signing_in(
    running: Running, victim: tuple[str, dict[str, str]], headers: dict[str, str]
) -> None:
    username, secrets = victim
    with a_client(running, **headers) as client:
        assert code_of(sign_in(client, secrets, username)) == (403, "cross_site")
    person = running.person("s-201")
    answer = person.http.post(f"/api/v1/captures/{uuid4()}/supplements", json={}, headers=headers)
    assert code_of(answer) == (403, "cross_site")
    without = httpx.Client(base_url=running.service.origin, cookies=person.http.cookies)
    with without:
        assert code_of(without.post("/api/v1/devices/nonce", json={})) == (403, "cross_site")


def test_five_wrong_passwords_lock_the_path_until_an_administrator_opens_it(
    running: Running, victim: tuple[str, dict[str, str]]
) -> None:
    username, secrets = victim
    with a_client(running) as client:
        answers = [sign_in(client, secrets, username, password=f"falsa-{n}") for n in range(6)]
        unknown = sign_in(client, secrets, "nobody-here", password="falsa")
        assert {code_of(answer) for answer in [*answers, unknown]} == {(401, "sign_in_refused")}
        assert len({answer.text for answer in [*answers, unknown]}) == 1, "nothing tells a known name from another"
        assert code_of(sign_in(client, secrets, username)) == (403, "account_locked")
        assert running.person("a-911").http.post(f"/api/v1/people/{secrets['person_id']}/unlock").status_code == 404
        running.person("a-900").post(f"/people/{secrets['person_id']}/unlock")
        with running.service.owned().sessions() as session:
            account = session.scalars(select(Account).where(Account.username == username)).one()
            assert (account.locked_at, account.failures) == (None, 0)
        assert code_of(sign_in(client, secrets, username, totp="000000")) == (401, "sign_in_refused")


@pytest.mark.parametrize("text", INJECTIONS, ids=range(len(INJECTIONS)))
def test_names_that_carry_code_are_just_names(running: Running, text: str) -> None:
    began = datetime.now(UTC)
    with a_client(running) as client:
        answer = client.post("/api/v1/session", json={"username": text, "password": text, "totp": text})
        assert answer.status_code in (401, 422), answer.text
        answer = client.get("/api/v1/session", headers={"authorization": f"Bearer csq_{b64url(text.encode())}"})
        assert answer.status_code == 401
    person = running.person("s-201")
    for params in ({"cursor": text}, {"limit": text}, {"state": text}, {"folio": text}, {"destination": text}):
        answer = person.http.get("/api/v1/submissions", params=params)
        assert answer.status_code in (200, 422), (params, answer.text)
    keys = b64url(f'["{"x" * 3}", "{uuid4()}"]'.encode())
    assert code_of(person.http.get("/api/v1/submissions", params={"cursor": keys}))[0] == 422
    answer = person.http.get("/api/v1/status", params={"after": text})
    assert answer.status_code == 422
    assert (datetime.now(UTC) - began).total_seconds() < 8, "nothing slept"


@pytest.mark.parametrize("text", INJECTIONS[:-1], ids=range(len(INJECTIONS) - 1))
def test_ids_that_carry_code_lead_nowhere(running: Running, text: str) -> None:
    person = running.person("s-201")
    for path in DOCUMENT["paths"]:
        if path.count("{") == 1 and path.startswith("/api/"):
            filled = path[: path.index("{")] + quote(text, safe="") + path[path.index("}") + 1 :]
            answer = person.http.get(filled)
            assert answer.status_code in (400, 403, 404, 405, 422), (filled, answer.text)
            assert "set-cookie" not in answer.headers
    queue = running.person("l-302").http.get(f"/api/v1/queues/{quote(text, safe='')}")
    assert queue.status_code in (403, 404, 422), queue.text


def test_half_a_character_is_no_text(running: Running) -> None:
    with a_client(running) as client:
        half = b'{"username": "\\ud83d", "password": "\\udc00", "totp": "\\ud800"}'
        answer = client.post("/api/v1/session", content=half, headers=JSON)
        assert answer.status_code in (400, 401, 422), answer.text
    person = running.person("a-900")
    body = b'{"reason": "\\ud83d", "how": "closed"}'
    path = f"/api/v1/devices/{running.phone().device_id}/end"
    answer = person.http.post(path, content=body, headers=JSON)
    assert code_of(answer) == (422, "text_unusable")
    zero = person.http.post(path, json={"reason": "a\u0000b", "how": "closed"})
    assert code_of(zero) == (422, "text_unusable")
    whole = person.http.post(path, content=b'{"reason": "\\ud83d\\ude00 \\\\u0000", "how": "closed"}', headers=JSON)
    assert whole.status_code == 200, whole.text
    deep = person.http.post(path, content=b"[" * 300_000, headers=JSON)
    assert deep.status_code == 400, deep.text


def test_headers_that_carry_more_headers_are_refused_or_ignored(running: Running) -> None:
    person = running.person("s-201")
    for name in ("x-request-id", "if-none-match", "if-match", "x-forwarded-host", "range"):
        answer = person.http.get("/api/v1/session", headers={name: "x%0d%0aSet-Cookie: mine=1"})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert answer.headers["x-request-id"] != "x"


def test_text_that_carries_code_comes_back_as_it_was_signed(running: Running) -> None:
    """A place with quotes, markup and line breaks is data from end to end."""
    phone = running.phone()
    place = "Calle 5 'O''Higgins'; DROP TABLE item; -- <script>alert(1)</script> {{7*7}} \u202e\n fin"
    usual = capture_of(phone)
    facts: dict[str, Any] = {key: usual.payload[key] for key in ("recovery", "items")}
    facts["recovery"] = {**facts["recovery"], "place": place}
    signed = phone.sign(facts, [])
    answer = phone.put_manifest(signed)
    assert answer.status_code in (201, 422)
    if answer.status_code == 422:
        facts["recovery"]["place"] = place.replace("\n", " ").replace("\u202e", "")
        signed = phone.sign(facts, [])
        checked(phone.put_manifest(signed), 201)
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}")
    assert capture.headers["content-type"] == "application/json"
    assert capture.headers["x-content-type-options"] == "nosniff"
    submission = capture.json()["submissions"][0]["id"]
    dossier = running.person("s-201").get(f"/submissions/{submission}")
    assert dossier.headers["content-type"] == "application/json"


def test_a_phone_of_another_agency_meets_nothing_at_our_addresses(running: Running) -> None:
    ours, theirs = running.phone(), running.phone("o-111")
    signed = capture_of(ours)
    checked(ours.put_manifest(signed), 201)
    for method, path in (
        ("POST", f"/api/v1/captures/{signed.capture_id}/uploads"),
        ("POST", f"/api/v1/captures/{signed.capture_id}/complete"),
    ):
        body = {"media": [{"id": str(signed.files[0].id)}] if "uploads" in path else [str(signed.files[0].id)]}
        assert running.http.request(method, path, json=body, headers=theirs.auth).status_code == 404, path
    stated = ours.state("closing", {"reason": "replaced", "unsent": 0, "lost": []})
    path = f"/api/v1/devices/{ours.device_id}/statements/{stated.statement_id}"
    answer = running.http.put(path, content=stated.jws, headers={**JOSE, **theirs.auth})
    assert code_of(answer) == (422, "unknown_device")
