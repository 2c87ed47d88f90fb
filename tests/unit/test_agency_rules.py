"""What an agency demands of a capture: closed forms, a version, a gap that never bars, a number that only warns."""

from dataclasses import replace
from typing import Any

import pytest
from signed_documents import CONTEXT, manifest_document, payload_of
from subjects import PISTOL, PISTOL_ITEM, PISTOL_PHOTOS, changed, photo, pistol

from evidence.domain.agency_rules import DEMANDABLE, fits, is_pattern, rules_of
from evidence.domain.agency_settings import check_settings
from evidence.domain.errors import EvidenceError
from evidence.domain.kinds import View
from evidence.domain.manifest import parse
from evidence.domain.problems import problems
from evidence.domain.readiness import Gap, Severity, readiness
from evidence.domain.warnings import Level, Review, warnings
from evidence.domain.worksheet import Destination, Who

OBLIQUE = {"handgun": ["serial_oblique"]}
CARD = {"es": "No la muevas.\nPide apoyo.", "en": "Do not move it.\nCall for help."}


@pytest.mark.parametrize(
    ("settings", "right"),
    [
        ({"camera_mode": "page"}, True),
        ({"camera_mode": "gallery"}, False),
        ({"required_views": OBLIQUE}, True),
        ({"required_views": {"bullet": ["side", "base"], "magazine": []}}, True),
        ({"required_views": {"handgun": ["left"]}}, False),  # asked for in any case
        ({"required_views": {"handgun": ["headstamp"]}}, False),
        ({"required_views": {"handgun": ["serial_oblique", "serial_oblique"]}}, False),
        ({"required_views": {"handgun": [{"view": "serial_oblique"}]}}, False),
        ({"required_views": {"tank": ["left"]}}, False),
        ({"numbering_pattern": {"iph": "PEM-####/2026", "seal": "@ ***"}}, True),
        ({"numbering_pattern": {"iph": "PEM"}}, False),
        ({"numbering_pattern": {"iph": "[0-9]+#"}}, False),
        ({"numbering_pattern": {"carpeta": "####"}}, False),
        ({"make_safe_texts": {"revolver": CARD}}, True),
        ({"make_safe_texts": {"revolver": {"es": "No la muevas."}}}, False),
        ({"make_safe_texts": {"revolver": {**CARD, "es": " "}}}, False),
        ({"make_safe_texts": {"revolver": {**CARD, "es": "a" * 481}}}, False),
        ({"make_safe_texts": {"revolver": {**CARD, "es": "a\n" * 7}}}, False),
        ({"make_safe_texts": {"revolver": {**CARD, "es": "a\x1bb"}}}, False),
        ({"make_safe_texts": {"cannon": CARD}}, False),
    ],
)
def test_the_forms_are_closed(settings: dict[str, Any], right: bool) -> None:
    if right:
        check_settings(settings)
        return
    with pytest.raises(EvidenceError) as refused:
        check_settings(settings)
    assert (refused.value.code, list(refused.value.errors)) == ("setting_form", list(settings))


def test_only_what_the_table_recommends_can_be_demanded() -> None:
    assert DEMANDABLE["handgun"] == {
        View.AS_FOUND_STATE,
        View.SERIAL_OBLIQUE,
        View.OTHER_NUMBER,
        View.PROOF_OR_PROPERTY_MARK,
    }
    assert DEMANDABLE["cartridge_case"] == {View.PRIMER_FACE}
    assert DEMANDABLE["cartridge"] == frozenset()


@pytest.mark.parametrize(
    ("pattern", "number", "right"),
    [
        ("PEM-####/2026", "PEM-0042/2026", True),
        ("PEM-####/2026", " pem-0042/2026 ", True),
        ("PEM-####/2026", "PEM-42/2026", False),
        ("PEM-####/2026", "PEM-0042/20266", False),
        ("@-**", "Q-7K", True),
        ("@-**", "7-7K", False),
        ("#.#", "1x2", False),
        ("##", "\u0661\u0662", False),
    ],
)
def test_a_number_is_of_its_pattern_or_not(pattern: str, number: str, right: bool) -> None:
    assert is_pattern(pattern)
    assert fits(pattern, number) is right


def test_equal_rules_have_one_version_and_others_another() -> None:
    nothing = rules_of({})
    assert nothing == rules_of({"gallery_allowed": False, "required_views": {"magazine": []}})
    assert nothing["camera_mode"] == "either"
    assert rules_of({"required_views": OBLIQUE})["version"] != nothing["version"]
    one, other = (rules_of({"required_views": {"bullet": views}}) for views in (["side", "base"], ["base", "side"]))
    assert one == other


@pytest.mark.parametrize("destination", [Destination.ETRACE, Destination.BALLISTICS])
def test_a_missing_view_of_the_agency_is_the_officers_gap_and_no_bar(destination: Destination) -> None:
    before, after = readiness(destination, pistol()), readiness(destination, pistol(), demanded=OBLIQUE)
    assert after.outlook is before.outlook
    gap = Gap("agency_view_missing", "serial_oblique", Who.OFFICER, Severity.RECOMMENDED)
    assert set(after.gaps) - set(before.gaps) == {gap}
    assert [one for one in after.gaps if one.field == "serial_oblique"] == [gap], "one gap, not two, for one photo"
    taken = pistol(media=(*PISTOL_PHOTOS, photo("serial_oblique", PISTOL)))
    assert gap not in readiness(destination, taken, demanded=OBLIQUE).gaps
    assert readiness(destination, pistol(), demanded={"bullet": ["side"]}).gaps == before.gaps


def test_who_takes_it_where_nobody_handles_the_gun() -> None:
    left_alone = pistol(changed(PISTOL_ITEM, make_safe={"state": "not_handled"}))
    (gap,) = (
        one
        for one in readiness(Destination.BALLISTICS, left_alone, demanded=OBLIQUE).gaps
        if one.code == "agency_view_missing"
    )
    assert gap.who is Who.LABORATORY


def test_the_review_shows_it_in_amber() -> None:
    review = Review(destination=Destination.BALLISTICS, subject=pistol(), approver="s", demanded=OBLIQUE)
    found = [(one.level, one.about) for one in warnings(review) if one.code == "agency_view_missing"]
    assert found == [(Level.AMBER, "serial_oblique")]


def test_a_number_against_the_pattern_is_a_problem_that_blocks_nothing() -> None:
    document = manifest_document()
    seals = [package["seal"] for package in document["packages"]]
    document["recovery"] |= {"iph": "PEM-42", "folio_911": "77"}
    document["agency_rules"] = rules_of({})["version"]
    manifest = parse(payload_of(document))
    asked = replace(CONTEXT, patterns={"iph": "PEM-####", "folio": "##", "seal": "ZZ-####"})
    found = problems(manifest, asked)
    assert [(one.code.value, one.path) for one in found] == [
        ("number_against_pattern", "/recovery/iph"),
        *(("number_against_pattern", f"/packages/{n}/seal") for n in range(len(seals))),
    ]
    assert not any(one.blocking for one in found)
    assert problems(manifest, CONTEXT) == []
