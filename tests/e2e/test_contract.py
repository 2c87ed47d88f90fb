"""Requests made up from the OpenAPI document: whatever is sent, no 500, and every answer is as the document says."""

import re
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from evidence.domain.roles import PHONE_VERBS, Verb
from standalone.desk import HEADERS
from standalone.recovery import recovery
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_roles import DOCUMENT

load_all_checks()
schemathesis.serializer.alias("application/jose", "text/plain")
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {operation.ok().label: operation.ok() for operation in SCHEMA.get_all_operations()}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 3
# What any route may answer before it looks at the request: a body that is no JSON or of another type, two
# credentials, a method or path that the made-up parameters turned into another, a body beyond the limit.
ANYWHERE = {400, 404, 405, 413, 415, 422}
ENDS_THE_SESSION = "DELETE /api/v1/session"


def verb_of(label: str) -> Verb:
    method, path = label.split(" ", 1)
    return Verb(DOCUMENT["paths"][path][method.lower()]["x-casquillo-verb"])


@pytest.fixture(scope="module")
def known(running: Running) -> dict[str, str]:
    """Ids that lead somewhere, for the paths that ask for one."""
    phone = running.phone()
    signed = recovery(phone, width=640)
    phone.send(signed)
    capture = wait_for_state(running, signed, "secured")
    submission = next(one for one in capture["submissions"] if one["destination"] == "etrace")
    return {
        "capture_id": str(signed.capture_id),
        "device_id": str(phone.device_id),
        "submission_id": submission["id"],
        "item_id": submission["item_id"],
        "media_id": str(signed.files[1].id),
        "destination": "etrace",
        "n": "0",
    }


@pytest.fixture(scope="module")
def callers(running: Running) -> Iterator[dict[str, dict[str, str]]]:
    """A supervisor's cookie and a phone's bearer, as headers."""
    person = running.person("s-202")
    cookie = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
    phone = running.phone("o-102")
    yield {
        "supervisor": {**HEADERS, "Origin": running.service.origin, "Cookie": cookie},
        "phone": dict(phone.auth),
    }
    assert person.http.get("/api/v1/session").status_code == 200, "nothing sent has ended the session"


def answers_as_documented(running: Running, headers: dict[str, str], case: Case) -> None:
    case.headers.update(headers)
    case.cookies.clear()
    if isinstance(case.query.get("wait"), int):
        case.query["wait"] = 0  # an answer that is held back says nothing new
    response = case.call(base_url=running.service.origin, timeout=20)
    checks = CHECKS
    if response.status_code in ANYWHERE:
        checks = [not_a_server_error]
        assert response.headers["content-type"] == ["application/problem+json"], response.text
        assert {"type", "title", "status", "code", "retry"} <= set(response.json())
    try:
        case.validate_response(response, checks=checks)
    except FailureGroup as failures:
        sent = f"{case.method} {case.formatted_path} {case.query} {case.body!r}"
        raise AssertionError(f"{sent}\n{response.status_code} {response.text[:600]}\n{failures.exceptions}") from None


def try_out(running: Running, label: str, headers: dict[str, str], mode: GenerationMode, ids: dict[str, str]) -> None:
    """A few made-up requests; with ids that lead somewhere where all that the path asks for are known."""
    operation = OPERATIONS[label]
    named = set(re.findall(r"\{(\w+)\}", label))
    chosen = {"path_parameters": {name: ids[name] for name in named}} if named and named <= set(ids) else {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **chosen))
    def run(case: Case) -> None:
        answers_as_documented(running, headers, case)

    try:
        run()
    except Unsatisfiable:  # a route that takes nothing can be sent nothing wrong
        assert mode is GenerationMode.NEGATIVE


@pytest.mark.slow
@pytest.mark.parametrize("label", sorted(set(OPERATIONS) - {ENDS_THE_SESSION}))
def test_a_supervisor_gets_documented_answers(
    running: Running, callers: dict[str, dict[str, str]], known: dict[str, str], label: str
) -> None:
    try_out(running, label, callers["supervisor"], GenerationMode.POSITIVE, known)
    try_out(running, label, callers["supervisor"], GenerationMode.NEGATIVE, {})


@pytest.mark.slow
@pytest.mark.parametrize("label", sorted(label for label in OPERATIONS if verb_of(label) in PHONE_VERBS))
def test_a_phone_gets_documented_answers(
    running: Running, callers: dict[str, dict[str, str]], known: dict[str, str], label: str
) -> None:
    try_out(running, label, callers["phone"], GenerationMode.POSITIVE, known)
    try_out(running, label, callers["phone"], GenerationMode.NEGATIVE, {})
