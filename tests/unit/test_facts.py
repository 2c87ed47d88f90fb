"""Facts: the newest statement counts, nothing is overwritten, and supplements state only what is listed."""

from typing import Any

import pytest
from subjects import CASES, EXAMINER, OFFICER, PISTOL, PISTOL_ITEM, RECOVERY, SUPERVISOR, changed, pistol, supplement

from evidence.domain import facts, kinds
from evidence.domain.facts import MediaView, Origin, Stated


def test_signed_facts_are_named_like_the_manifests_blocks() -> None:
    known = facts.facts_of(pistol(agency={"agency.ori": "MX0500100", "officer.badge": None}))
    assert known["firearm.model"] == Stated("19", Origin.MANIFEST, OFFICER)
    assert known["recovery.carpeta"].value == "CI-DEMO-0042"
    assert known["item.quantity"].value == {"n": 1, "exact": True}
    assert known["as_found.chambered"].value == "no"
    assert known["agency.ori"] == Stated("MX0500100", Origin.AGENCY)
    assert "recovery.place" not in known
    assert "officer.badge" not in known


def test_a_supplement_counts_and_the_former_statements_stand_beside_it() -> None:
    known = facts.facts_of(
        pistol(supplements=[supplement(9, firearm__model="19 Gen5"), supplement(4, EXAMINER, firearm__model="19X")])
    )
    model = known["firearm.model"]
    assert (model.value, model.origin, model.by) == ("19 Gen5", Origin.SUPPLEMENT, SUPERVISOR)
    assert model.beside == (
        Stated("19X", Origin.SUPPLEMENT, EXAMINER),
        Stated("19", Origin.MANIFEST, OFFICER),
    )


def test_a_laboratorys_reading_replaces_the_serial_as_a_whole() -> None:
    reading = supplement(3, EXAMINER, serial__status="legible", serial__text="QZX0153")
    known = facts.facts_of(pistol(supplements=[reading]))
    assert known["serial.text"].value == "QZX0153"
    assert known["serial.text"].beside[0].value == "QZX0158"
    assert known["serial.where"].value is None
    ground = facts.facts_of(pistol(supplements=[supplement(3, EXAMINER, serial__status="obliterated")]))
    assert ground["serial.text"].value is None
    assert facts.value_of(ground, "serial.text") is None
    assert ground["serial.text"].beside[0].value == "QZX0158"


def test_a_subject_is_cut_out_of_a_manifests_payload() -> None:
    payload = {
        "officer_id": OFFICER,
        "recovery": RECOVERY,
        "packages": [],
        "items": [PISTOL_ITEM],
        "media": [
            {"id": "m1", "view": "left", "item_ids": [PISTOL], "package_id": None},
            {"id": "m2", "view": "headstamp", "item_ids": [CASES], "package_id": None},
        ],
    }
    subject = facts.subject_of(payload, PISTOL, media_states={"m1": "secured"})
    assert subject.item is PISTOL_ITEM
    assert subject.media == (
        MediaView(id="m1", view="left", item_ids=frozenset({PISTOL}), state="secured"),
        MediaView(id="m2", view="headstamp", item_ids=frozenset({CASES}), state="expected"),
    )
    with pytest.raises(KeyError):
        facts.subject_of(payload, CASES)


@pytest.mark.parametrize(
    ("scope", "values"),
    [
        ("capture", {"recovery.crime_code": "5299", "recovery.priority": {"level": "urgent", "justification": "x"}}),
        ("item", {"firearm.make": {"code": "TAS"}, "firearm.importer": {"text": "Taurus USA"}}),
        ("item", {"serial.status": "partial", "serial.text": "K4?7719", "serial.examiners": ["L-301", "L-302"]}),
        ("item", {"serial.status": "never_marked"}),
        ("submission", {"acquisition.regions": ["breech_face", "ejector_mark"], "legal.fuero": "comun"}),
        ("capture", {"recovery.recovered_at": "2026-05-03T05:30:00Z", "recovery.entity": "05"}),
        ("item", {"review.counted": 5, "review.sensitive": "yes"}),
    ],
)
def test_supplements_state_listed_facts(scope: str, values: dict[str, Any]) -> None:
    assert facts.check_supplement(scope, values) == {}


@pytest.mark.parametrize(
    ("scope", "values", "errors"),
    [
        ("capture", {}, {"values": "empty"}),
        ("item", {"firearm.owner": "x"}, {"firearm.owner": "unknown_fact"}),
        ("capture", {"firearm.model": "19"}, {"firearm.model": "wrong_scope"}),
        ("item", {"firearm.make": {"name": "Taurus"}}, {"firearm.make": "wrong_value"}),
        ("item", {"firearm.make": {}}, {"firearm.make": "wrong_value"}),
        ("item", {"firearm.model": " "}, {"firearm.model": "wrong_value"}),
        ("item", {"firearm.model": "19\nX"}, {"firearm.model": "wrong_value"}),
        ("item", {"firearm.model": "x" * 201}, {"firearm.model": "wrong_value"}),
        ("capture", {"recovery.priority": {"level": "now"}}, {"recovery.priority": "wrong_value"}),
        ("capture", {"recovery.entity": "33"}, {"recovery.entity": "wrong_value"}),
        ("capture", {"recovery.recovered_at": "2026-05-03"}, {"recovery.recovered_at": "wrong_value"}),
        ("submission", {"acquisition.regions": ["nose", "ejector_mark"]}, {"acquisition.regions": "wrong_value"}),
        ("submission", {"acquisition.regions": []}, {"acquisition.regions": "wrong_value"}),
        ("submission", {"acquisition.cast": ["no"]}, {"acquisition.cast": "wrong_value"}),
        ("item", {"review.counted": True}, {"review.counted": "wrong_value"}),
        ("item", {"review.counted": -1}, {"review.counted": "wrong_value"}),
        ("capture", {"review.counted": 5}, {"review.counted": "wrong_scope"}),
        ("item", {"serial.text": "QZX0153"}, {"serial.text": "text_without_status"}),
        ("item", {"serial.status": "obliterated", "serial.text": "Q"}, {"serial.text": "text_without_status"}),
        ("item", {"serial.status": "legible"}, {"serial.status": "status_without_text"}),
    ],
)
def test_a_supplement_is_checked_fact_by_fact(scope: str, values: dict[str, Any], errors: dict[str, str]) -> None:
    assert facts.check_supplement(scope, values) == errors


def test_the_listed_choices_are_the_closed_lists_of_the_manifest() -> None:
    assert set(facts.FACT_RULES["serial.status"].choices) == set(kinds.SerialStatus)
    assert set(facts.FACT_RULES["serial.where"].choices) == set(kinds.SerialWhere)


def test_every_rule_has_a_type_that_is_checked() -> None:
    checked = set(facts._TYPES) | {"choice", "choices"}
    assert {rule.type for rule in facts.FACT_RULES.values()} <= checked
    assert all(rule.choices for rule in facts.FACT_RULES.values() if rule.type.startswith("choice"))


def test_the_builder_of_these_tests_leaves_its_base_alone() -> None:
    assert changed(PISTOL_ITEM, firearm__model=None)["firearm"] == {
        key: value for key, value in PISTOL_ITEM["firearm"].items() if key != "model"
    }
    assert PISTOL_ITEM["firearm"]["model"] == "19"
