"""Readiness: the gaps of the acceptance stories, who closes them, and what can't be helped."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from subjects import (
    EXAMINER,
    PACKAGES,
    PISTOL,
    PISTOL_ITEM,
    PISTOL_PHOTOS,
    RECOVERY,
    cases,
    changed,
    photo,
    pistol,
    supplement,
)

from evidence.domain.kinds import ItemKind, SerialStatus
from evidence.domain.readiness import Gap, OrderRule, Outlook, Readiness, Severity, readiness
from evidence.domain.worksheet import Destination, Who

ETRACE, BALLISTICS = Destination.ETRACE, Destination.BALLISTICS


def required(found: Readiness) -> list[tuple[str, Who]]:
    return [(gap.code, gap.who) for gap in found.gaps if gap.severity is Severity.REQUIRED]


def trace(item: dict[str, Any] | None = None, **members: Any) -> Readiness:
    return readiness(ETRACE, pistol(item, **members))


def test_the_two_minute_capture_lacks_importer_and_crime_code_and_is_ready_for_ballistics() -> None:
    found = trace()
    assert found.outlook is Outlook.INCOMPLETE
    assert required(found) == [("importer_missing", Who.OFFICER), ("crime_code_missing", Who.SUPERVISOR)]
    assert found.gaps[0] == Gap("importer_missing", "5h", Who.OFFICER)
    assert not found.done(Who.OFFICER)
    assert found.done(Who.DESK), "project code and ORI are filled in at keying"
    assert readiness(BALLISTICS, pistol()).ready
    assert readiness(BALLISTICS, cases()).ready


def test_a_trace_becomes_ready_when_each_closes_his_gap() -> None:
    item = changed(PISTOL_ITEM, firearm__importer={"text": "Glock Inc.", "code": "GLD"})
    media = (*PISTOL_PHOTOS, photo("importer_country_marking", PISTOL))
    found = trace(item, media=media, supplements=[supplement(1, recovery__crime_code="5299")])
    assert found.ready
    at_keying = [gap.code for gap in found.gaps if gap.severity is Severity.AT_KEYING]
    assert at_keying == ["project_code_missing", "ori_missing"]
    without_photo = trace(item, supplements=[supplement(1, recovery__crime_code="5299")])
    assert required(without_photo) == [("view_missing", Who.OFFICER)]


def test_gaps_come_officer_first() -> None:
    bare = changed(PISTOL_ITEM, firearm={"form": "long_gun"})
    found = trace(bare, media=())
    order = [list(Who).index(gap.who) for gap in found.gaps]
    assert order == sorted(order)
    assert {("make_missing", Who.OFFICER), ("caliber_missing", Who.OFFICER), ("type_missing", Who.SUPERVISOR)} <= set(
        required(found)
    )
    assert {("model_missing", Who.DESK), ("country_missing", Who.DESK)} <= set(required(found))
    views = [gap.field for gap in found.gaps if gap.code == "view_missing" and gap.severity is Severity.REQUIRED]
    assert views == ["left", "right", "serial_closeup", "maker_model_marking"]


def test_what_the_officer_said_is_unknown_goes_to_the_desk() -> None:
    no_information = changed(PISTOL_ITEM, blanks={"firearm.importer": "no_information"})
    assert ("importer_missing", Who.DESK) in required(trace(no_information))
    not_applicable = changed(PISTOL_ITEM, blanks={"firearm.importer": "not_applicable"})
    assert "importer_missing" not in [code for code, _ in required(trace(not_applicable))]


def test_urgent_wants_a_justification() -> None:
    urgent = RECOVERY | {"priority": {"level": "urgent"}}
    assert ("justification_missing", Who.SUPERVISOR) in required(trace(recovery=urgent))
    assert ("justification_missing", Who.SUPERVISOR) in required(readiness(BALLISTICS, cases(recovery=urgent)))
    justified = RECOVERY | {"priority": {"level": "urgent", "justification": "Persona detenida"}}
    assert "justification_missing" not in [code for code, _ in required(trace(recovery=justified))]


def test_an_unknown_maker_is_not_accepted_for_a_recovered_gun() -> None:
    assert ("make_unknown", Who.DESK) in required(trace(changed(PISTOL_ITEM, firearm__make={"code": "ZZZ"})))


@pytest.mark.parametrize(
    ("serial", "gap"),
    [
        ({"status": "not_found"}, Gap("serial_not_found", "5a", Who.OFFICER)),
        ({"status": "not_examined"}, Gap("serial_not_examined", "5a", Who.OFFICER)),
        ({"status": "legible", "text": "48213", "where": "slide"}, Gap("serial_not_frame", "5a", Who.OFFICER)),
        (
            {"status": "legible", "text": "48213", "where": "unknown"},
            Gap("serial_place_unknown", "5a", Who.OFFICER, Severity.RECOMMENDED),
        ),
        (None, Gap("serial_missing", "5a", Who.OFFICER)),
        (
            {"status": "legible", "text": "QZX0158", "readings": [{"text": "QZXO158"}]},
            Gap("readings_differ", "5a", Who.SUPERVISOR),
        ),
    ],
)
def test_a_serial_that_cannot_be_keyed_says_why(serial: dict[str, Any] | None, gap: Gap) -> None:
    assert gap in trace(changed(PISTOL_ITEM, serial=serial)).gaps


def test_readings_made_here_are_compared_with_the_serial_that_counts() -> None:
    assert ("readings_differ", Who.SUPERVISOR) in required(readiness(ETRACE, pistol(), readings=["QZX0153"]))
    assert "readings_differ" not in [gap.code for gap in readiness(ETRACE, pistol(), readings=["qzx-0158"]).gaps]
    relabelled = supplement(2, EXAMINER, serial__status="legible", serial__text="QZX0153")
    item = changed(PISTOL_ITEM, serial__readings=[{"text": "QZX0158"}])
    found = readiness(ETRACE, pistol(item, supplements=[relabelled]), readings=["QZX0153"])
    assert "readings_differ" not in [gap.code for gap in found.gaps]


@pytest.mark.parametrize("status", ["obliterated", "partial"])
def test_a_ground_number_waits_for_the_laboratory(status: str) -> None:
    serial = {"status": status} | ({"text": "K4?7719"} if status == "partial" else {})
    found = trace(changed(PISTOL_ITEM, serial=serial))
    assert found.outlook is Outlook.WAITS_FOR_LABORATORY
    assert found.reason == f"serial_{status}"
    assert (f"serial_{status}", Who.LABORATORY) in required(found)


def test_a_printed_pistol_cannot_be_traced_and_still_goes_to_ballistics() -> None:
    item = changed(
        PISTOL_ITEM,
        kind="privately_made_firearm",
        firearm=None,
        pmf={"type": "pistol", "how_made": "printed", "conversion_device": "yes"},
        serial={"status": "never_marked"},
    )
    assert trace(item) == Readiness(ETRACE, Outlook.IMPOSSIBLE, (), "pmf_no_serial")
    assert readiness(BALLISTICS, pistol(item)).ready


def test_a_marked_privately_made_firearm_can_be_traced_without_model_and_country() -> None:
    item = changed(
        PISTOL_ITEM,
        kind="privately_made_firearm",
        firearm=None,
        pmf={"type": "pistol", "how_made": "kit"},
        serial={"status": "legible", "text": "99123456-77"},
    )
    found = trace(item, supplements=[supplement(1, recovery__crime_code="5299")])
    assert found.ready
    assert "model_missing" in [gap.code for gap in found.gaps]


@pytest.mark.parametrize(
    ("members", "trace_reason", "ballistic_reason"),
    [
        ({"kind": "cartridge_case"}, "kind_not_traceable", None),
        ({"kind": "magazine"}, "kind_not_traceable", "kind_not_accepted"),
        ({"kind": "other"}, "kind_not_traceable", "kind_not_accepted"),
        ({"kind": "explosive"}, "explosive", "explosive"),
        ({"serial": {"status": "never_marked"}}, "no_serial", None),
        ({"kind": "part", "part": {"type": "barrel"}, "serial": None}, "kind_not_traceable", None),
        ({"kind": "part", "part": {"type": "frame_or_receiver"}}, None, None),
        ({"kind": "part", "part": {"type": "suppressor"}}, None, None),
    ],
)
def test_what_a_destination_does_not_take(
    members: dict[str, Any], trace_reason: str | None, ballistic_reason: str | None
) -> None:
    item = changed(PISTOL_ITEM, **members)
    assert trace(item).reason == trace_reason
    assert readiness(BALLISTICS, pistol(item)).reason == ballistic_reason


def test_the_laboratory_takes_the_views_of_a_gun_that_nobody_handled() -> None:
    item = changed(PISTOL_ITEM, make_safe={"state": "not_handled"}, serial={"status": "not_examined"})
    found = trace(item, media=[photo("in_situ", PISTOL)])
    laboratory = {gap.field for gap in found.gaps if gap.who is Who.LABORATORY and gap.severity is Severity.REQUIRED}
    assert laboratory == {"5a", "left", "right", "serial_closeup", "maker_model_marking"}
    assert readiness(BALLISTICS, pistol(item, media=[])).gaps[0] == Gap("view_missing", "package_sealed", Who.OFFICER)


def test_an_item_that_is_gone_turns_the_missing_view_into_a_request() -> None:
    without = [one for one in PISTOL_PHOTOS if one.view != "serial_closeup"]
    gap = next(gap for gap in trace(media=without).gaps if gap.field == "serial_closeup")
    assert gap.who is Who.OFFICER
    found = readiness(ETRACE, pistol(media=without), officer_has_item=False)
    gap = next(gap for gap in found.gaps if gap.field == "serial_closeup")
    assert gap == Gap("view_missing", "serial_closeup", Who.LABORATORY)


def test_a_stated_reason_changes_who_takes_the_view() -> None:
    without = [one for one in PISTOL_PHOTOS if one.view != "left"]
    for reason, who, severity in (
        ("unsafe", Who.LABORATORY, Severity.REQUIRED),
        ("not_visible", Who.LABORATORY, Severity.RECOMMENDED),
        ("no_light", Who.OFFICER, Severity.REQUIRED),
    ):
        item = changed(PISTOL_ITEM, missing_views=[{"view": "left", "reason": reason}])
        assert Gap("view_missing", "left", who, severity) in trace(item, media=without).gaps


def test_ballistics_wants_a_sealed_package() -> None:
    assert Gap("package_missing", "package", Who.OFFICER) in readiness(BALLISTICS, pistol(packages=[])).gaps
    unsealed = [PACKAGES[0] | {"seal": None}]
    assert Gap("seal_missing", "package", Who.OFFICER) in readiness(BALLISTICS, pistol(packages=unsealed)).gaps


def test_a_prosecutors_order_is_the_agencys_rule() -> None:
    assert readiness(BALLISTICS, pistol(), order=OrderRule.OFF).gaps == readiness(BALLISTICS, pistol()).gaps
    warned = readiness(BALLISTICS, pistol(), order=OrderRule.WARN)
    assert warned.ready
    assert Gap("order_missing", "b4", Who.SUPERVISOR, Severity.RECOMMENDED) in warned.gaps
    asked = readiness(BALLISTICS, pistol(), order=OrderRule.REQUIRE)
    assert required(asked) == [("order_missing", Who.SUPERVISOR)]
    ordered = pistol(supplements=[supplement(1, legal__order="OF-12/2026")])
    assert readiness(BALLISTICS, ordered, order=OrderRule.REQUIRE).ready


def test_money_is_not_open_yet() -> None:
    assert readiness(Destination.FINANCIAL, pistol()).reason == "destination_not_open"


@given(
    kind=st.sampled_from(ItemKind),
    status=st.sampled_from([None, *SerialStatus]),
    destination=st.sampled_from(Destination),
    blocks=st.fixed_dictionaries({}, optional={"firearm": st.just({}), "make_safe": st.just({"state": "not_handled"})}),
    media=st.lists(st.sampled_from(PISTOL_PHOTOS), unique=True),
)
def test_readiness_is_told_for_whatever_a_phone_may_sign(
    kind: ItemKind, status: SerialStatus | None, destination: Destination, blocks: dict[str, Any], media: list[Any]
) -> None:
    text = {"text": "QZX0158"} if status in (SerialStatus.LEGIBLE, SerialStatus.PARTIAL) else {}
    serial = {"status": status.value} | text if status else None
    found = readiness(destination, pistol(changed(PISTOL_ITEM, kind=kind.value, serial=serial, **blocks), media=media))
    lacking = [gap for gap in found.gaps if gap.severity is Severity.REQUIRED]
    assert found.ready == (found.outlook is Outlook.READY)
    assert not (found.ready and lacking)
    assert (found.reason is not None) == (found.outlook in (Outlook.IMPOSSIBLE, Outlook.WAITS_FOR_LABORATORY))
    assert not (found.outlook is Outlook.INCOMPLETE and not lacking)
