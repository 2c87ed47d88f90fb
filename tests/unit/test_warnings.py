"""A supervisor's warnings: what stands against an approval, and what must be looked at."""

from typing import Any

import pytest
from subjects import (
    CASES_ITEM,
    CASES_PHOTOS,
    OFFICER,
    PISTOL,
    PISTOL_ITEM,
    PISTOL_PHOTOS,
    RECOVERY,
    SUPERVISOR,
    cases,
    changed,
    photo,
    pistol,
    supplement,
)

from evidence.domain.readiness import OrderRule
from evidence.domain.warnings import Level, Review, ReviewWarning, may_approve, warnings
from evidence.domain.worksheet import Destination

CONFIRMED = [{"position": at, "character": "x", "confirmed": True} for at in range(1, 20)]
CHECKED_ITEM = changed(
    PISTOL_ITEM, firearm__importer={"text": "Glock Inc.", "code": "GLD"}, serial__lookalikes=CONFIRMED
)
CHECKED_PHOTOS = (*PISTOL_PHOTOS, photo("importer_country_marking", PISTOL))
OPENED = [one.id for one in (*CHECKED_PHOTOS, *CASES_PHOTOS)]


def trace(item: dict[str, Any] | None = None, **members: Any) -> Review:
    """A trace that nothing is wrong with; members change the review or the subject."""
    subject = {"media": CHECKED_PHOTOS, "supplements": [supplement(1, "desk", recovery__crime_code="5299")]}
    subject |= {name: members.pop(name) for name in ("media", "supplements", "recovery") if name in members}
    known = {"destination": Destination.ETRACE, "approver": SUPERVISOR, "opened": OPENED, "reading": "qzx-0158"}
    return Review(subject=pistol(item or CHECKED_ITEM, **subject), **(known | members))


def codes(review: Review, level: Level | None = None) -> list[tuple[str, str | None]]:
    return [(one.code, one.about) for one in warnings(review) if level in (None, one.level)]


def test_a_complete_trace_has_no_warning() -> None:
    assert warnings(trace()) == ()
    assert may_approve(())


@pytest.mark.parametrize(
    ("members", "code", "about"),
    [
        ({"approver": OFFICER}, "own_capture", None),
        ({"supplement_author": SUPERVISOR}, "own_supplement", None),
        ({"opened": OPENED[1:2]}, "view_not_opened", "left"),
        ({"media": CHECKED_PHOTOS[3:]}, "view_not_arrived", "left"),
        ({"media": [photo("left", PISTOL, state="expected")]}, "view_not_arrived", "left"),
        (
            {"media": [photo("serial_closeup", PISTOL, state="quarantined")]},
            "serial_photo_quarantined",
            "serial_closeup",
        ),
        ({"reading": None}, "reading_missing", "5a"),
        ({"reading": "QZX0153"}, "readings_differ", "5a"),
        ({"readings": ["QZX0153"]}, "readings_differ", "5a"),
        ({"reading": None, "readings": ["QZX0153"]}, "readings_differ", "5a"),
        ({"conflict_open": True}, "conflict_open", None),
        ({"changed_since_seen": True}, "capture_changed", None),
        ({"flags": ["device_compromised"]}, "device_compromised", None),
        ({"order": OrderRule.REQUIRE}, "order_missing", None),
        (
            {"problems": [{"code": "chambered_packed", "path": "/items/0", "blocking": True}]},
            "chambered_packed",
            "/items/0",
        ),
    ],
)
def test_red_stands_against_an_approval(members: dict[str, Any], code: str, about: str | None) -> None:
    found = warnings(trace(**members))
    assert ReviewWarning(Level.RED, code, about) in found
    assert found[0].level is Level.RED, "red comes first"
    assert not may_approve(found)


@pytest.mark.parametrize(
    ("members", "code", "about"),
    [
        ({"duplicates": [("fold", True)]}, "duplicate_own", "fold"),
        ({"duplicates": [("drop", False)]}, "duplicate_other", "drop"),
        ({"seals_used_before": ["A-004417"]}, "seal_used_before", "A-004417"),
        ({"number_twice": "7 (B)|K7QD-39MX-WHT"}, "number_twice", "7 (B)|K7QD-39MX-WHT"),
        ({"counted": 2}, "count_mismatch", None),
        ({"sensitive": True}, "sensitive", None),
        ({"flags": ["sequence_gap"]}, "sequence_gap", None),
        ({"order": OrderRule.WARN}, "order_missing", None),
        ({"serial_templates": ["AAA999"]}, "serial_unusual_for_maker", "5a"),
        ({"supplements": []}, "crime_code_missing", "2a"),
        (
            {"problems": [{"code": "clock_off", "path": "/clock/server_offset_ms", "blocking": False}]},
            "clock_off",
            "/clock/server_offset_ms",
        ),
    ],
)
def test_amber_must_be_opened_and_does_not_block(members: dict[str, Any], code: str, about: str | None) -> None:
    found = warnings(trace(**members))
    assert found == (ReviewWarning(Level.AMBER, code, about),)
    assert may_approve(found)


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"firearm__importer": None}, "importer_missing"),
        ({"firearm__importer": {"code": "GLC"}}, "maker_may_be_importer"),
        ({"firearm__make": {"code": "CAI"}}, "maker_may_be_importer"),
        ({"firearm__make": {"text": "Inventada"}, "firearm__importer": {"text": "INVENTADA"}}, "maker_may_be_importer"),
        ({"firearm__caliber": {"text": "12 GA"}}, "caliber_contradicts_type"),
        ({"quantity": {"n": 1, "exact": False}}, "quantity_estimated"),
        ({"serial": {"status": "legible", "text": "QZX0158", "lookalikes": CONFIRMED[:6]}}, "lookalike_unconfirmed"),
    ],
)
def test_amber_of_the_description(members: dict[str, Any], code: str) -> None:
    found = codes(trace(changed(CHECKED_ITEM, **members)))
    assert [one for one, _ in found] == [code]


def test_an_official_mark_is_told_and_its_photo_asked_for() -> None:
    found = codes(trace(changed(CHECKED_ITEM, firearm__official_mark="yes")))
    assert ("official_mark", "5i") in found
    assert ("view_not_arrived", "proof_or_property_mark") in found


def test_look_alikes_are_counted_as_the_phone_counts_them() -> None:
    item = changed(CHECKED_ITEM, serial={"status": "legible", "text": "QZX-0158"})
    assert [about for code, about in codes(trace(item)) if code == "lookalike_unconfirmed"] == ["2", "5", "6", "7", "8"]
    restated = supplement(9, "lab", serial__status="legible", serial__text="QZX-0158", recovery__crime_code="1")
    assert codes(trace(item, supplements=[restated])) == []


def test_a_ground_number_and_a_printed_gun_cannot_be_approved_for_a_trace() -> None:
    ground = changed(CHECKED_ITEM, serial={"status": "obliterated"})
    assert ("serial_obliterated", None) in codes(trace(ground), Level.RED)
    printed = changed(
        CHECKED_ITEM, kind="privately_made_firearm", pmf={"type": "pistol"}, serial={"status": "never_marked"}
    )
    assert ("pmf_no_serial", None) in codes(trace(printed), Level.RED)


def test_a_lost_photo_is_released_by_name_and_only_then() -> None:
    media = [photo("left", PISTOL, state="lost"), *(one for one in CHECKED_PHOTOS if one.view != "left")]
    assert codes(trace(media=media)) == [("view_not_arrived", "left")]
    released = warnings(trace(media=media, without=["photo-left"]))
    assert released == (ReviewWarning(Level.AMBER, "view_released", "left"),)


def test_cases_go_to_ballistics_without_a_reading_of_any_serial() -> None:
    review = Review(destination=Destination.BALLISTICS, subject=cases(), approver=SUPERVISOR, opened=OPENED)
    assert warnings(review) == ()
    unopened = Review(destination=Destination.BALLISTICS, subject=cases(), approver=SUPERVISOR)
    assert codes(unopened) == [("view_not_opened", "headstamp"), ("view_not_opened", "package_sealed")]
    counted = Review(
        destination=Destination.BALLISTICS,
        subject=cases(changed(CASES_ITEM, quantity={"n": 6, "exact": True})),
        approver=SUPERVISOR,
        opened=OPENED,
        counted=5,
    )
    assert codes(counted) == [("count_mismatch", None)]


def test_an_untouched_gun_may_go_to_the_laboratory_with_the_views_it_takes_itself() -> None:
    item = changed(PISTOL_ITEM, make_safe={"state": "not_handled"}, serial={"status": "not_examined"})
    review = Review(
        destination=Destination.BALLISTICS,
        subject=pistol(item, media=[photo("in_situ", PISTOL), photo("package_sealed")]),
        approver=SUPERVISOR,
        opened=OPENED,
    )
    assert may_approve(warnings(review))


def test_the_same_warning_is_told_once() -> None:
    found = warnings(trace(seals_used_before=["A", "A"], flags=["sequence_gap"], duplicates=[("fold", True)] * 2))
    assert len(found) == len(set(found)) == 3


def test_a_position_in_another_entity_is_opened_before_a_decision() -> None:
    far = {"lat": "20.967778", "lon": "-89.621667"}
    stated = {**RECOVERY, "entity": "05"}
    assert ReviewWarning(Level.AMBER, "position_outside_entity") in warnings(trace(recovery=stated, position=far))
    near = {"lat": "25.423200", "lon": "-101.005300"}
    assert "position_outside_entity" not in {one.code for one in warnings(trace(recovery=stated, position=near))}
