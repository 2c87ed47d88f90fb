"""Every route of the document × every role: the table of verbs is what the service does."""

import json
import re
from importlib import resources
from typing import Any
from uuid import uuid4

import httpx
import pytest

from evidence.domain.roles import PHONE_VERBS, ROLE_VERBS, Role, Verb, verbs_of_scopes
from standalone.desk import HEADERS, machine
from standalone.world import LAB_SCOPES
from tests.e2e.conftest import Running

DOCUMENT = json.loads(resources.files("openapi").joinpath("openapi.json").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, Verb(operation["x-casquillo-verb"]))
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if "x-casquillo-verb" in operation
]
GUARDED = [one for one in OPERATIONS if one[2] is not Verb.OPEN]

# One person of the demo for each role that it has.
PEOPLE = {
    Role.OFFICER: "o-102",
    Role.SUPERVISOR: "s-202",
    Role.PROSECUTOR: "m-501",
    Role.AUDITOR: "u-801",
    Role.ADMINISTRATOR: "a-900",
    Role.EXAMINER: "l-302",
    Role.RECEIVER: "l-303",
    Role.MANAGER: "l-309",
    Role.TRACE_ANALYST: "d-402",
}


def ask(client: httpx.Client, method: str, path: str, **headers: str) -> httpx.Response:
    """The route with ids that nobody has and an empty body: what matters is who is let through."""
    filled = re.sub(r"\{(\w+)\}", lambda name: "0" if name[1] == "n" else str(uuid4()), path)
    filled = filled.replace("/queues/" + filled.split("/queues/")[-1].split("/")[0], "/queues/ballistics")
    return client.request(method, filled, json={} if method != "GET" else None, headers=headers)


def refused(answer: httpx.Response) -> bool:
    return answer.status_code == 403 and answer.json()["code"] == "not_your_role"


def test_the_document_names_a_verb_for_every_route() -> None:
    unnamed = [
        (method, path)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
        if method in ("get", "put", "post", "delete") and "x-casquillo-verb" not in operation
    ]
    assert unnamed == []
    assert len(GUARDED) > 30


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_a_role_is_let_through_exactly_where_the_table_says(running: Running, role: Role) -> None:
    person = running.person(PEOPLE[role])
    wrong = []
    for method, path, verb in GUARDED:
        if verb is Verb.SESSION_KEEP and method == "DELETE":
            continue  # would end the session under test
        answer = ask(person.http, method, path)
        if refused(answer) == (verb in ROLE_VERBS[role]) or answer.status_code in (401, 500):
            wrong.append((method, path, verb.value, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_a_machine_is_let_through_by_its_scopes_only(running: Running) -> None:
    allowed = verbs_of_scopes(LAB_SCOPES)
    wrong: list[Any] = []
    with machine(running.service.origin, running.world["tokens"]["LAB-A"]) as client:
        for method, path, verb in GUARDED:
            answer = ask(client, method, path)
            if refused(answer) == (verb in allowed) or answer.status_code in (401, 500):
                wrong.append((method, path, verb.value, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_a_phone_may_send_and_see_its_own_state_only(running: Running) -> None:
    phone = running.phone("o-102")
    wrong: list[Any] = []
    for method, path, verb in GUARDED:
        answer = ask(running.http, method, path, **phone.auth)
        if refused(answer) == (verb in PHONE_VERBS) or answer.status_code in (401, 500):
            wrong.append((method, path, verb.value, answer.status_code, answer.text[:200]))
    assert wrong == []


def test_nobody_gets_in_without_credentials_or_across_sites(running: Running) -> None:
    for method, path, _ in GUARDED:
        answer = ask(running.http, method, path)
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    person = running.person("s-202")
    writes = [one for one in GUARDED if one[0] != "GET"]
    for method, path, _ in writes:
        answer = ask(person.http, method, path, **{"sec-fetch-site": "cross-site"})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), (method, path)
    answer = ask(person.http, "GET", "/api/v1/session", authorization="Bearer csq_x")
    assert (answer.status_code, answer.json()["code"]) == (400, "two_credentials")
    assert HEADERS["x-requested-with"] == "casquillo"
