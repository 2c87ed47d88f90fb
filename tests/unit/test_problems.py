"""What is wrong or odd with a rightly signed manifest is named, and the manifest is taken in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from signed_documents import CONTEXT, item_document, made_hash, made_id, manifest_document, payload_of

from evidence.domain.amendments import Line, amendment_problems
from evidence.domain.kinds import ItemKind
from evidence.domain.manifest import Manifest, parse
from evidence.domain.problem import BLOCKING, Context, Problem, ProblemCode
from evidence.domain.problems import MAX_PROBLEMS, problems

Change = Callable[[dict[str, Any]], Any]
NOBODY = str(made_id("nobody"))
PISTOL, FIRST_CASE, SECOND_CASE = (str(made_id(f"item {n}")) for n in (1, 2, 3))
BASE = {"capture_id": str(made_id("base")), "sha256": made_hash("base")}


def manifest_with(change: Change) -> Manifest:
    document = manifest_document()
    change(document)
    return parse(payload_of(document))


def found(change: Change, context: Context = CONTEXT) -> list[tuple[str, str]]:
    return [(problem.code.value, problem.path) for problem in problems(manifest_with(change), context)]


def add_item(kind: ItemKind, **facts: Any) -> Change:
    return lambda d: d["items"].append(item_document(kind, **facts))


def both(*changes: Change) -> Change:
    return lambda d: [change(d) for change in changes]


def serial(**facts: Any) -> Change:
    return lambda d: d["items"][0].update(serial=facts)


def make_safe(**facts: Any) -> Change:
    return lambda d: d["items"][0].update(make_safe=facts)


def first_photo(**facts: Any) -> Change:
    return lambda d: d["media"][0].update(facts)


def explosive(**facts: Any) -> Change:
    return add_item(ItemKind.EXPLOSIVE, explosive={"type": "grenade"}, **facts)


def photo_of_the_explosive(view: str) -> Change:
    its_id = str(made_id(f"item of kind {ItemKind.EXPLOSIVE}"))
    return both(explosive(), lambda d: d["media"][1].update(view=view, item_ids=[its_id]))


DEFERRED = {"reason": "no_phone", "written_by": {"name": "O-101"}, "written_at": None, "typed_by": {"name": "A-900"}}
PMF = {"type": "pistol", "how_made": "printed"}
NEVER = {"status": "never_marked"}
SAFE = {"state": "not_handled"}

# Each case has exactly this one problem.
CASES: list[tuple[str, str, Change]] = [
    ("media_unknown_item", "/media/1/item_ids/1", lambda d: d["media"][1]["item_ids"].append(NOBODY)),
    ("media_unknown_package", "/media/0/package_id", first_photo(package_id=NOBODY)),
    ("media_same_bytes", "/media/1/sha256", lambda d: d["media"][1].update(sha256=d["media"][0]["sha256"])),
    ("package_unknown_item", "/packages/1/item_ids/5", lambda d: d["packages"][1]["item_ids"].append(NOBODY)),
    ("item_in_two_packages", "/packages/1/item_ids/5", lambda d: d["packages"][1]["item_ids"].append(PISTOL)),
    ("found_in_unknown", "/items/1/found_in", lambda d: d["items"][1].update(found_in=NOBODY)),
    ("found_in_cycle", "/items/0/found_in", lambda d: d["items"][0].update(found_in=PISTOL)),
    ("seal_twice", "/packages/1/seal", lambda d: d["packages"][1].update(seal="A-004417")),
    ("media_too_large", "/media/0/size", first_photo(size=50_000_001)),
    ("media_empty", "/media/0/size", first_photo(size=0)),
    ("content_type_unsupported", "/media/0/content_type", first_photo(content_type="image/svg+xml")),
    ("source_weak", "/media/0/source", first_photo(source="canvas")),
    ("source_weak", "/media/0/source", first_photo(source="gallery")),
    ("paper_not_deferred", "/media/0/source", first_photo(source="paper")),
    ("deferred_without_paper", "/deferred", lambda d: d.update(deferred=DEFERRED, position=None)),
    ("facts_of_other_kind", "/items/1/firearm", lambda d: d["items"][1].update(firearm={"model": "19"})),
    ("facts_of_other_kind", "/items/0/pmf", lambda d: d["items"][0].update(pmf=PMF)),
    ("serial_missing", "/items/0", lambda d: d["items"][0].pop("serial")),
    ("serial_missing", "/items/6", add_item(ItemKind.PMF, pmf=PMF, make_safe=SAFE)),
    ("serial_text_forbidden", "/items/0/serial/text", serial(status="obliterated", text="QZX0158")),
    ("serial_text_forbidden", "/items/0/serial/text", serial(status="not_examined", text="QZX0158")),
    ("serial_text_missing", "/items/0/serial", serial(status="legible")),
    ("serial_text_missing", "/items/0/serial", serial(status="partial")),
    ("serial_unreadable_part", "/items/0/serial/text", serial(status="legible", text="QZX?158")),
    ("serial_not_frame", "/items/0/serial/where", serial(status="legible", text="48213", where="cylinder_or_crane")),
    ("make_safe_missing", "/items/0", lambda d: d["items"][0].pop("make_safe")),
    ("make_safe_without_who", "/items/0/make_safe", make_safe(state="by_other")),
    ("chambered_packed", "/items/0", make_safe(state="by_signer", condition="loaded")),
    (
        "chambered_packed",
        "/items/0",
        both(make_safe(state="not_handled"), lambda d: d["items"][0]["as_found"].update(chambered="yes")),
    ),
    (
        "explosive_requested",
        "/items/6/requests",
        both(explosive(), lambda d: d["items"][6].update(requests=["etrace"])),
    ),
    ("explosive_guided_photos", "/media/1/view", photo_of_the_explosive("left")),
    ("gun_quantity", "/items/0/quantity", lambda d: d["items"][0]["quantity"].update(n=30)),
    (
        "pmf_make_code",
        "/items/6/firearm/make/code",
        add_item(ItemKind.PMF, pmf=PMF, serial=NEVER, make_safe=SAFE, firearm={"make": {"code": "PMF"}}),
    ),
    ("unknown_code", "/items/0/firearm/type/code", lambda d: d["items"][0]["firearm"].update(type={"code": "QQ"})),
    (
        "unknown_code",
        "/items/0/firearm/country/code",
        lambda d: d["items"][0]["firearm"].update(country={"code": "QQ"}),
    ),
    (
        "unknown_code",
        "/items/1/cartridge_case/caliber/code",
        lambda d: d["items"][1]["cartridge_case"].update(caliber={"code": "9x99"}),
    ),
    ("unknown_code", "/items/0/requests/1", lambda d: d["items"][0].update(requests=["etrace", "astrology"])),
    ("unknown_code", "/recovery/municipality", lambda d: d["recovery"].update(municipality="33001", entity=None)),
    ("hidden_characters", "/items/0/serial/text", serial(status="legible", text="QZX\u202e0158")),
    ("hidden_characters", "/recovery/place", lambda d: d["recovery"].update(place="aquí\u200b")),
    ("municipality_not_in_entity", "/recovery/municipality", lambda d: d["recovery"].update(municipality="20067")),
    ("urgent_unjustified", "/recovery/priority", lambda d: d["recovery"].update(priority={"level": "urgent"})),
    ("unknown_zone", "/zone", lambda d: d.update(zone="America/Nowhere")),
    ("no_position", "/position", lambda d: d.update(position=None)),
    ("position_out_of_range", "/position", lambda d: d["position"].update(lat="90.5")),
    ("position_out_of_range", "/position", lambda d: d["position"].update(lon="-180.00000001")),
    ("position_coarse", "/position/accuracy_m", lambda d: d["position"].update(accuracy_m=201)),
    ("position_old", "/position/fixed_at", lambda d: d["position"].update(fixed_at="2026-05-03T01:41:07Z")),
    ("position_after_signing", "/position/fixed_at", lambda d: d["position"].update(fixed_at="2026-05-03T05:55:00Z")),
    ("clock_unknown", "/clock/server_offset_ms", lambda d: d["clock"].update(server_offset_ms=None)),
    ("clock_unknown", "/clock/server_offset_ms", lambda d: d["clock"].update(server_offset_ms=2**53 - 1)),
    ("clock_off", "/clock/server_offset_ms", lambda d: d["clock"].update(server_offset_ms=-301_000)),
    (
        "captured_after_received",
        "/captured_at",
        lambda d: d.update(captured_at="2026-05-03T06:08:00Z", position=PLACED),
    ),
    ("recovered_after_captured", "/recovery/recovered_at", lambda d: recovered(d, "2026-05-03T05:48:00Z")),
    ("media_after_signing", "/media/0/captured_at", first_photo(captured_at="2026-05-03T05:43:00Z")),
    (
        "media_before_recovery",
        "/media/0/captured_at",
        lambda d: d["recovery"].update(recovered_at="2026-05-03T05:36:30Z"),
    ),
    ("media_spread", "/media", lambda d: spread(d)),
    ("reply_without_amends", "/reply", lambda d: d.update(reply={"answer": "corrected"})),
    ("reply_without_holder", "/reply", lambda d: d.update(amends=BASE, reply={"answer": "item_gone"})),
    (
        "reply_unknown_item",
        "/reply/item_id",
        lambda d: d.update(amends=BASE, reply={"answer": "disagree", "item_id": NOBODY}),
    ),
]
PLACED = {"lat": "19.4", "lon": "-99.1", "accuracy_m": 8, "fixed_at": "2026-05-03T06:07:00Z"}


def recovered(document: dict[str, Any], at: str) -> None:
    """Later than the signing; the photos, which would be before it, say nothing of their time."""
    document["recovery"]["recovered_at"] = at
    for line in document["media"]:
        line["captured_at"] = None


def spread(document: dict[str, Any]) -> None:
    """The last photo half an hour after the first, and the signing after it."""
    document["media"][8]["captured_at"] = "2026-05-03T06:01:13Z"
    document.update(captured_at="2026-05-03T06:01:20Z", position={**PLACED, "fixed_at": "2026-05-03T06:01:00Z"})


def test_a_good_manifest_has_none() -> None:
    assert found(lambda d: d) == []


@pytest.mark.parametrize(("code", "path", "change"), CASES, ids=[f"{code} {path}" for code, path, _ in CASES])
def test_each_problem_is_named_once_at_its_place(code: str, path: str, change: Change) -> None:
    assert found(change) == [(code, path)]


def test_nothing_photographed_needs_a_reason() -> None:
    assert found(lambda d: d.update(media=[])) == [("no_media_no_reason", "/media")]
    assert found(lambda d: d.update(media=[], no_media={"reason": "unsafe"})) == []


def test_a_capture_of_nothing() -> None:
    empty = found(lambda d: d.update(items=[], packages=[], media=[], no_media={"reason": "unsafe"}))
    assert empty == [("no_items", "/items")]


def test_a_number_twice_is_told_of_both() -> None:
    twice = found(lambda d: d["items"][2].update(number="2"))
    assert twice == [("duplicate_number", "/items/1/number"), ("duplicate_number", "/items/2/number")]


def test_a_circle_of_items_is_told_of_those_in_it() -> None:
    def circle(document: dict[str, Any]) -> None:
        document["items"][1]["found_in"] = SECOND_CASE
        document["items"][2]["found_in"] = FIRST_CASE
        document["items"][3]["found_in"] = FIRST_CASE  # leads into the circle, is not in it

    assert found(circle) == [("found_in_cycle", "/items/1/found_in"), ("found_in_cycle", "/items/2/found_in")]


def test_a_gallery_is_an_agencys_choice() -> None:
    strict = replace(CONTEXT, gallery_allowed=False)
    assert found(first_photo(source="gallery"), strict) == [("gallery_forbidden", "/media/0/source")]
    assert found(first_photo(source="page"), strict) == []


def test_a_zone_is_left_alone_where_none_are_known() -> None:
    assert found(lambda d: d.update(zone="America/Nowhere"), replace(CONTEXT, zones=None)) == []


def test_an_explosive_may_be_seen_from_afar() -> None:
    assert found(photo_of_the_explosive("in_situ")) == []


def test_a_crane_number_without_a_frame_number_is_no_serial() -> None:
    assert found(serial(status="not_found")) == []


def test_a_gun_found_loaded_and_emptied_may_be_packed() -> None:
    chambered: Change = lambda d: d["items"][0]["as_found"].update(chambered="yes")  # noqa: E731
    assert found(chambered) == []  # its chamber was looked into
    emptied = both(chambered, make_safe(state="by_other", who={"name": "O-102"}, condition="unloaded"))
    assert found(emptied) == []
    unpacked = both(make_safe(state="not_handled"), chambered, lambda d: d["packages"].pop(0))
    assert found(both(unpacked, lambda d: d["media"].pop())) == []


def test_paper_first_shows_the_paper_and_no_position() -> None:
    paper = both(
        lambda d: d.update(deferred=DEFERRED), first_photo(source="paper", view="paper_form", captured_at=None)
    )
    assert found(both(paper, lambda d: d.update(position=None))) == []
    assert found(paper) == [("deferred_with_position", "/position")]


def test_a_form_photographed_at_the_scene_is_no_deferred_capture() -> None:
    assert found(first_photo(source="paper", view="paper_form")) == []


def test_a_phone_a_day_fast_is_told_and_nothing_more() -> None:
    """Its own times agree with each other; the offset puts them right."""
    day = timedelta(hours=26, minutes=10)

    def fast(document: dict[str, Any]) -> None:
        document["clock"]["server_offset_ms"] = -int(day.total_seconds() * 1000)
        document["captured_at"] = "2026-05-04T07:51:07Z"
        document["position"]["fixed_at"] = "2026-05-04T07:50:47Z"
        document["recovery"]["recovered_at"] = "2026-05-04T07:40:00Z"
        for n, line in enumerate(document["media"]):
            line["captured_at"] = f"2026-05-04T07:4{n}:12Z"

    assert found(fast) == [("clock_off", "/clock/server_offset_ms")]


def test_a_slow_phone_does_not_make_the_officer_wrong() -> None:
    """The officer's own watch said 05:30; the phone, two hours slow, signed at 03:41 of its own time."""

    def slow(document: dict[str, Any]) -> None:
        document["clock"]["server_offset_ms"] = 2 * 3600 * 1000
        document["captured_at"] = "2026-05-03T03:41:07Z"
        document["position"]["fixed_at"] = "2026-05-03T03:40:47Z"
        for line in document["media"]:
            line["captured_at"] = None

    assert found(slow) == [("clock_off", "/clock/server_offset_ms")]


def test_an_amendment_brings_photos_of_another_day() -> None:
    def retaken(document: dict[str, Any]) -> None:
        spread(document)
        document.update(amends=BASE, reply={"answer": "retaken"})

    assert found(retaken) == []


@pytest.mark.parametrize("year", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
@pytest.mark.parametrize("offset", [-(2**53) + 1, 0, 2**53 - 1])
def test_times_at_the_ends_of_time_do_not_break_it(year: str, offset: int) -> None:
    def strange(document: dict[str, Any]) -> None:
        document["clock"]["server_offset_ms"] = offset
        document["captured_at"] = document["position"]["fixed_at"] = document["recovery"]["recovered_at"] = year
        document["media"][0]["captured_at"] = year

    assert found(strange)


def line_of(**other: Any) -> Line:
    """What the line of the sample manifest has named."""
    manifest = manifest_with(lambda d: d)
    facts = {
        "scene_id": manifest.recovery.scene_id,
        "media": {line.id: (line.sha256, line.size) for line in manifest.media},
        "numbers": {item.id: item.number for item in manifest.items},
    }
    return Line(**{**facts, **other})


def amended(change: Change, elsewhere: frozenset[Any] = frozenset(), **line: Any) -> list[tuple[str, str]]:
    manifest = manifest_with(both(lambda d: d.update(amends=BASE), change))
    return [(one.code.value, one.path) for one in amendment_problems(manifest, line_of(**line), elsewhere=elsewhere)]


def test_an_amendment_may_name_its_lines_media_and_new_ones() -> None:
    new: Change = lambda d: d["media"].append({**d["media"][0], "id": NOBODY, "sha256": made_hash("new")})  # noqa: E731
    assert amended(new) == []
    assert amended(new, frozenset({made_id("nobody")})) == [("media_of_other_line", "/media/9/id")]
    assert amended(new, frozenset({made_id("media 1")})) == []  # its own line's file, also named elsewhere


@pytest.mark.parametrize("other", [{"sha256": made_hash("other")}, {"size": 7}])
def test_an_amendment_never_changes_a_file_under_its_id(other: dict[str, Any]) -> None:
    assert amended(first_photo(**other)) == [("media_changed", "/media/0/sha256")]


def test_an_amendment_that_renumbers_drops_or_moves_is_told() -> None:
    assert amended(lambda d: d["items"][1].update(number="7")) == [("item_renumbered", "/items/1/number")]
    assert amended(lambda d: d["items"].pop()) == [("item_dropped", "/items")]
    assert amended(lambda d: d, scene_id=made_id("other scene")) == [("scene_changed", "/recovery/scene_id")]


def test_every_code_is_tried_here() -> None:
    tried = {code for code, _, _ in CASES} | {
        "no_items",
        "no_media_no_reason",
        "duplicate_number",
        "gallery_forbidden",
        "deferred_with_position",
        "number_against_pattern",  # test_agency_rules
        "media_changed",
        "media_of_other_line",
        "item_renumbered",
        "item_dropped",
        "scene_changed",
    }
    assert tried == {code.value for code in ProblemCode}


def test_a_problem_says_whether_it_blocks() -> None:
    assert Problem(ProblemCode.SERIAL_MISSING, "/items/0").members() == {
        "code": "serial_missing",
        "path": "/items/0",
        "blocking": True,
    }
    assert not Problem(ProblemCode.CLOCK_OFF, "/clock/server_offset_ms").blocking
    assert frozenset(ProblemCode) > BLOCKING


def test_a_flood_is_cut_off_behind_the_blocking_ones() -> None:
    strangers = [str(made_id(f"stranger {n}")) for n in range(50)]

    def flood(document: dict[str, Any]) -> None:
        for line in document["media"]:
            line.update(item_ids=strangers, source="canvas", note="\u200b")

    found_here = problems(manifest_with(flood), CONTEXT)
    assert len(found_here) == MAX_PROBLEMS
    assert all(problem.blocking for problem in found_here)


def test_the_moment_of_receipt_is_the_services_own() -> None:
    early = replace(CONTEXT, received_at=datetime(2026, 5, 3, 5, 30, tzinfo=UTC))
    assert found(lambda d: d, early) == [("captured_after_received", "/captured_at")]
