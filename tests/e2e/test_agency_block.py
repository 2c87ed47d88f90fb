"""What the agency demands, over HTTP: told at enrolment and in each session, signed by version, never a refusal."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from evidence.domain.agency_rules import rules_of
from evidence.records.custody import CustodyEntry
from standalone.desk import Person
from standalone.recovery import recovery
from tests.e2e.conftest import Running

OWN = {"required_views": {"handgun": ["serial_oblique"]}, "numbering_pattern": {"seal": "ZZ-####"}}


@pytest.fixture
def admin(running: Running) -> Iterator[Person]:
    """The administrator of PEM-B, whose settings are afterwards what they were."""
    person = running.person("a-911")
    before = person.get("/agency").json()
    yield person
    put(person, before["settings"])


def put(admin: Person, settings: dict[str, Any]) -> Any:
    return admin.http.put("/api/v1/agency", json={"contact": "", "settings": settings})


def test_a_phone_hears_of_new_rules_at_its_next_contact_and_signs_them(running: Running, admin: Person) -> None:
    settings = admin.get("/agency").json()["settings"]
    phone = running.phone("o-111")
    assert phone.rules == rules_of(settings)
    assert put(admin, {**settings, **OWN}).status_code == 200
    heard_at_enrolment = phone.rules
    phone.connect()
    assert phone.rules == rules_of({**settings, **OWN}) != heard_at_enrolment

    signed = recovery(phone)
    assert signed.payload["agency_rules"] == phone.rules["version"]
    phone.send(signed)  # nothing of it is refused
    supervisor = running.person("s-211")
    capture = supervisor.get(f"/captures/{signed.capture_id}").json()
    problems = [one for one in capture["manifests"][0]["problems"] if one["code"] == "number_against_pattern"]
    assert [(one["path"], one["blocking"]) for one in problems] == [
        ("/packages/0/seal", False),
        ("/packages/1/seal", False),
    ]
    gun = next(one for one in capture["submissions"] if one["destination"] == "etrace")
    shown = supervisor.get(f"/submissions/{gun['id']}").json()["agency"]
    gap = {"code": "agency_view_missing", "field": "serial_oblique", "who": "officer", "severity": "recommended"}
    assert gap in shown["readiness"]["gaps"]
    assert {"level": "amber", "code": "agency_view_missing", "about": "serial_oblique"} in shown["warnings"]
    with running.service.owned().sessions() as session:
        changes = (
            session.query(CustodyEntry).filter_by(kind="organisation.changed", chain_id=agency_of(running)).count()
        )
    assert changes, "a change of settings is in the agency's chain"


def agency_of(running: Running) -> UUID:
    return UUID(running.world["organisations"]["PEM-B"])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("camera_mode", "gallery"),
        ("required_views", {"handgun": ["left"]}),
        ("numbering_pattern", {"iph": "(a+)+#"}),
        ("make_safe_texts", {"pistol": {"es": "Sólo en español."}}),
        ("prosecutors_see", "everything"),
    ],
)
def test_what_is_not_of_the_form_is_refused_by_name(admin: Person, name: str, value: Any) -> None:
    refused = put(admin, {name: value})
    assert (refused.status_code, refused.json()["code"]) == (422, "setting_form")
    assert list(refused.json()["errors"]) == [name]


def test_a_prosecutor_finds_nothing_of_a_case_that_is_anothers(running: Running) -> None:
    """PEM-B has the default: m-511 is named by nobody until the supervisor does."""
    phone, supervisor, prosecutor = running.phone("o-111"), running.person("s-211"), running.person("m-511")
    signed = recovery(phone)
    phone.send(signed)
    lines = supervisor.get(f"/captures/{signed.capture_id}").json()["submissions"]
    reads = [f"/captures/{signed.capture_id}{tail}" for tail in ("", "/review", "/custody", "/events", "/bundles")]
    reads += [f"/submissions/{one['id']}{tail}" for one in lines for tail in ("", "/results", "/attachments")]
    assert {path: prosecutor.http.get(f"/api/v1{path}").status_code for path in reads} == dict.fromkeys(reads, 404)
    folios = [one["id"] for one in prosecutor.get("/review", show="review", limit=50).json()["items"]]
    assert str(signed.capture_id) not in folios
    supervisor.name_prosecutor(signed.capture_id, "Lic. Ministerio Público M-511")
    assert {path: prosecutor.http.get(f"/api/v1{path}").status_code for path in reads} == dict.fromkeys(reads, 200)
