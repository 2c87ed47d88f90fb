"""Manifests: what is read, what is refused for form, limits and identity."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signed_documents import (
    CONTEXT,
    JWK,
    KEY,
    SERVICE_ID,
    SIGNER,
    item_document,
    made_hash,
    made_id,
    manifest_document,
    payload_of,
)
from vectors.make import HERE

from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.errors import EvidenceError, Retry
from evidence.domain.items import Coded
from evidence.domain.jws import MAX_PAYLOAD, Typ, read, sign
from evidence.domain.kinds import ItemKind, MakeSafeState, SerialStatus, SerialWhere, Source, View
from evidence.domain.manifest import Amends, Manifest, parse
from evidence.domain.problems import problems
from evidence.domain.refusal import Refusal
from evidence.domain.signed import Signer, check_identity

DOCUMENTS = json.loads((HERE / "documents.json").read_text(encoding="utf-8"))["documents"]
Change = Callable[[dict[str, Any]], Any]


def changed(change: Change) -> bytes:
    document = manifest_document()
    change(document)
    return payload_of(document)


def refusal_of(payload: bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        parse(payload)
    return caught.value


def test_the_facts_come_out_typed() -> None:
    payload = payload_of(manifest_document())
    manifest = parse(payload)
    assert manifest.sha256 == sha256_hex(payload) == DOCUMENTS[0]["sha256"]
    assert manifest.signer == SIGNER
    assert (manifest.heading.seq, manifest.heading.prev) == (17, made_hash("sixteen"))
    assert manifest.captured_at == datetime(2026, 5, 3, 5, 41, 7, tzinfo=UTC)
    assert manifest.recovery.scene_id == made_id("scene")
    assert (manifest.recovery.entity, manifest.recovery.municipality) == ("05", "05030")
    assert manifest.position is not None
    assert manifest.position.lat == "19.432608"
    assert [item.number for item in manifest.items] == ["1", "2", "3", "4", "5", "6"]
    assert [package.seal for package in manifest.packages] == ["A-004417", "A-004418"]
    assert jcs(manifest.raw) == payload


def test_an_item_gives_its_facts_by_name() -> None:
    pistol, case = parse(payload_of(manifest_document())).items[:2]
    assert pistol.serial is not None
    assert (pistol.serial.status, pistol.serial.text) == (SerialStatus.LEGIBLE, "QZX0158")
    assert pistol.serial.where is SerialWhere.FRAME
    assert [reading["how"] for reading in pistol.serial.readings] == ["scene"]
    assert pistol.make_safe is MakeSafeState.BY_SIGNER
    assert pistol.coded("make") == Coded("GLOCK", "GLC")
    assert pistol.coded("model") == Coded("19", None)
    assert pistol.coded("importer") is None
    assert case.coded("caliber") == Coded("9 mm", "9x19")
    assert (case.serial, case.make_safe) == (None, None)
    assert case.block("firearm") == {}


def test_a_media_line_is_the_signers_unless_it_says_otherwise() -> None:
    other = made_id("O-102")
    manifest = parse(changed(lambda d: d["media"][1].update(captured_by=str(other), scale=True)))
    first, second = manifest.media[:2]
    assert (first.view, first.source, first.captured_by) == (View.SCENE_OVERVIEW, Source.CAMERA, SIGNER.officer_id)
    assert second.captured_by == other
    assert second.facts["scale"] is True
    assert manifest.media[8].package_id == made_id("box")


def test_an_amendment_names_its_base_and_answers() -> None:
    base = {"capture_id": str(made_id("base")), "sha256": made_hash("base")}
    reply = {"answer": "item_gone", "holder": {"who": {"name": "M-501"}}, "item_id": str(made_id("item 1"))}
    manifest = parse(changed(lambda d: d.update(amends=base, reply=reply)))
    assert manifest.amends == Amends(made_id("base"), made_hash("base"))
    assert manifest.reply is not None
    assert (manifest.reply.answer, manifest.reply.item_id) == ("item_gone", made_id("item 1"))


FULL_ITEMS: list[dict[str, Any]] = [
    item_document(
        ItemKind.PMF,
        serial={"status": "never_marked"},
        pmf={"type": "pistol", "how_made": "printed", "material": "polímero", "conversion_device": "yes"},
        firearm={"make": {"code": "PMG"}, "colour": "gris"},
    ),
    item_document(ItemKind.PART, part={"type": "conversion_device", "markings": [{"text": "X"}]}),
    item_document(ItemKind.CARTRIDGE, cartridge={"primer_struck": "yes", "ignition": "centerfire", "lacquered": "no"}),
    item_document(ItemKind.BULLET, bullet={"condition": "deformed", "jacket": "latón"}),
    item_document(ItemKind.MAGAZINE, magazine={"capacity": 15, "rounds": {"n": 7, "exact": True}}),
    item_document(ItemKind.EXPLOSIVE, explosive={"type": "grenade", "distance_m": 30, "specialists_called": "yes"}),
    item_document(ItemKind.OTHER, description="Funda", collection={"how": "manual", "by": {"name": "O-102"}}),
    item_document(
        ItemKind.FIREARM,
        serial={"status": "partial", "text": "K4?77", "where": "cylinder_or_crane"},
        firearm={"form": "revolver"},
        as_found={"cylinder": ["fired", "live", "empty"], "hammer": "cocked"},
        other_numbers=[{"text": "48213", "where": "cylinder_or_crane"}],
        missing_views=[{"view": "left", "reason": "not_handled"}],
        exams_first=["dna"],
    ),
]


@pytest.mark.parametrize("item", FULL_ITEMS, ids=lambda item: item["kind"])
def test_every_kind_of_item_can_be_told(item: dict[str, Any]) -> None:
    manifest = parse(changed(lambda d: d["items"].append(item)))
    assert manifest.items[-1].kind == item["kind"]
    assert manifest.items[-1].facts == item


def test_paper_first_can_be_told() -> None:
    paper = {"reason": "phone_dead", "written_by": {"name": "O-101"}, "written_at": None, "typed_by": {"name": "A-900"}}
    manifest = parse(changed(lambda d: d.update(deferred=paper, position=None)))
    assert manifest.deferred == paper


def test_the_scene_can_be_told_in_full() -> None:
    recovery = {
        "recovered_precision": "hour",
        "exact_spot": "bajo el asiento",
        "vehicle": "camioneta blanca",
        "no_position": "no_signal",
        "iph": "IPH-1",
        "rnd": "RND-1",
        "carpeta": "CI-DEMO-0088",
        "case_number": "77",
        "crime_code": "5212",
        "priority": {"level": "urgent", "justification": "detenido"},
        "first_response": {"mode": "prioritised", "reason": "rain"},
        "detainee": "yes",
        "recovering_officer": {"name": "O-102"},
        "participants": [{"person": {"name": "O-103", "post": "perito"}, "stages": ["packing"], "signature": "paper"}],
        "documentation": ["written", "photographic"],
        "blanks": {"place": "not_applicable"},
    }
    assert parse(changed(lambda d: d["recovery"].update(recovery))).recovery.facts["participants"][0]["stages"]


FORM: list[tuple[str, str, Change]] = [
    ("a member more", "", lambda d: d.update(extra=1)),
    ("a member less", "", lambda d: d.pop("zone")),
    ("an older version", "/v", lambda d: d.update(v=0)),
    ("a version that is true", "/v", lambda d: d.update(v=True)),
    ("a version in words", "/v", lambda d: d.update(v="2")),
    ("an addressee without an id", "/aud", lambda d: d.update(aud="casquillo")),
    ("an id in capitals", "/capture_id", lambda d: d.update(capture_id=str(made_id("x")).upper())),
    ("an id in braces", "/capture_id", lambda d: d.update(capture_id="{" + str(made_id("x")) + "}")),
    ("an id of another version", "/capture_id", lambda d: d.update(capture_id=str(UUID(int=4 << 76 | 8 << 60)))),
    ("a hash in capitals", "/media/0/sha256", lambda d: d["media"][0].update(sha256=made_hash("x").upper())),
    ("a hash cut short", "/media/0/sha256", lambda d: d["media"][0].update(sha256=made_hash("x")[:-1])),
    ("a hash and a line end", "/media/0/sha256", lambda d: d["media"][0].update(sha256=made_hash("x") + "\n")),
    ("a time without Z", "/captured_at", lambda d: d.update(captured_at="2026-05-03T05:41:07")),
    ("a time in another zone", "/captured_at", lambda d: d.update(captured_at="2026-05-03T05:41:07+00:00")),
    ("a month 13", "/captured_at", lambda d: d.update(captured_at="2026-13-03T05:41:07Z")),
    ("a 30 February", "/captured_at", lambda d: d.update(captured_at="2026-02-30T05:41:07Z")),
    ("a second 60", "/captured_at", lambda d: d.update(captured_at="2016-12-31T23:59:60Z")),
    (
        "a second 60 of a photo",
        "/media/3/captured_at",
        lambda d: d["media"][3].update(captured_at="2016-12-31T23:59:60Z"),
    ),
    ("the year 0", "/position/fixed_at", lambda d: d["position"].update(fixed_at="0000-01-01T00:00:00Z")),
    ("a number at 0", "/seq", lambda d: d.update(seq=0)),
    ("a number below 0", "/seq", lambda d: d.update(seq=-1)),
    ("a number in words", "/seq", lambda d: d.update(seq="17")),
    ("no predecessor beyond 1", "/prev", lambda d: d.update(prev=None)),
    ("a predecessor at 1", "/prev", lambda d: d.update(seq=1)),
    ("a kind that is none", "/items/0/kind", lambda d: d["items"][0].update(kind="pistol")),
    ("a view that is none", "/media/0/view", lambda d: d["media"][0].update(view="selfie")),
    ("a source that is none", "/media/0/source", lambda d: d["media"][0].update(source="chat")),
    ("a status that is none", "/items/0/serial/status", lambda d: d["items"][0]["serial"].update(status="N/A")),
    ("an empty text", "/recovery/place", lambda d: d["recovery"].update(place="")),
    ("a text without end", "/recovery/place", lambda d: d["recovery"].update(place="x" * 4001)),
    ("a position as numbers", "/position/lat", lambda d: d["position"].update(lat=19)),
    ("a position with an exponent", "/position/lat", lambda d: d["position"].update(lat="1e1")),
    ("a position with a leading zero", "/position/lon", lambda d: d["position"].update(lon="-099.1")),
    ("an entity 33", "/recovery/entity", lambda d: d["recovery"].update(entity="33")),
    ("a size below 0", "/media/0/size", lambda d: d["media"][0].update(size=-1)),
    ("a type with parameters", "/media/0/content_type", lambda d: d["media"][0].update(content_type="image/jpeg; x=1")),
    (
        "an item twice in a photo",
        "/media/1/item_ids",
        lambda d: d["media"][1]["item_ids"].append(str(made_id("item 1"))),
    ),
    ("an item without an answer", "/items/0", lambda d: d["items"][0].pop("found_in")),
    ("a person who is nobody", "/items/0/make_safe/who", lambda d: d["items"][0]["make_safe"].update(who={})),
    ("a possessor", "/recovery", lambda d: d["recovery"].update(possessor="x")),
    ("a clock without a session", "/clock", lambda d: d["clock"].pop("session")),
    ("a nested member more", "/items/0/firearm", lambda d: d["items"][0]["firearm"].update(calibre="9")),
    ("items as a map", "/items", lambda d: d.update(items={})),
]


@pytest.mark.parametrize(("pointer", "change"), [row[1:] for row in FORM], ids=[row[0] for row in FORM])
def test_form_is_refused_with_the_place(pointer: str, change: Change) -> None:
    refusal = refusal_of(changed(change))
    assert refusal.code == "form"
    assert list(refusal.errors) == [pointer]


def _more(name: str, most: int) -> bytes:
    document = manifest_document()
    first = document[name][0]
    document[name] = [{**first, "id": str(made_id(f"{name} {n}"))} for n in range(most)]
    return payload_of(document)


def test_limits_have_codes_of_their_own() -> None:
    assert len(parse(_more("items", 50)).items) == 50
    assert len(parse(_more("media", 100)).media) == 100
    assert refusal_of(_more("items", 51)).code == "too_many_items"
    assert refusal_of(_more("media", 101)).code == "too_many_media"
    assert refusal_of(b'{"a":"' + b"x" * MAX_PAYLOAD[Typ.CAPTURE] + b'"}').code == "payload_too_large"


@pytest.mark.parametrize("name", ["items", "packages", "media"])
def test_an_id_names_one_thing(name: str) -> None:
    refusal = refusal_of(changed(lambda d: d[name][1].update(id=d[name][0]["id"])))
    assert (refusal.code, list(refusal.errors)) == ("duplicate_id", [f"/{name}"])


def test_nothing_amends_itself() -> None:
    itself = {"capture_id": str(made_id("capture")), "sha256": made_hash("x")}
    assert refusal_of(changed(lambda d: d.update(amends=itself))).code == "amends_itself"


def test_a_newer_version_is_kept_for_later_and_not_refused() -> None:
    """Whatever else it holds: other limits, other members."""
    for change in (lambda d: d.update(v=2), lambda d: d.update(v=2, media=[{}] * 200, brand_new=True)):
        with pytest.raises(EvidenceError) as caught:
            parse(changed(change))
        assert (caught.value.code, caught.value.retry) == ("version_not_yet", Retry.LATER)


def identity(manifest: Manifest, **other: Any) -> str | None:
    """The code of the refusal, or None."""
    known = Signer(
        other.get("device_id", SIGNER.device_id),
        other.get("officer_id", SIGNER.officer_id),
        other.get("agency_id", SIGNER.agency_id),
    )
    try:
        check_identity(
            manifest.heading,
            kid=other.get("kid", SIGNER.device_id),
            known=known,
            service_id=other.get("service_id", SERVICE_ID),
        )
    except Refusal as refusal:
        return refusal.code
    return None


def test_a_key_speaks_for_one_officer_of_one_agency_to_one_service() -> None:
    manifest, other = parse(payload_of(manifest_document())), made_id("other")
    assert identity(manifest) is None
    assert identity(manifest, service_id=other) == "other_service"
    assert identity(manifest, kid=other) == "other_kid"
    assert identity(manifest, kid=other, device_id=other) == "other_kid"
    assert identity(manifest, device_id=other) == "other_device"
    assert identity(manifest, officer_id=other) == "other_officer"
    assert identity(manifest, agency_id=other) == "other_agency"


SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text("aZ0-ñ?\u200b", max_size=70)


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    """A manifest with a few members replaced by anything."""
    document = manifest_document()
    for _ in range(draw(st.integers(1, 3))):
        node: Any = document
        while True:
            key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
            if not isinstance(node[key], dict | list) or not node[key] or draw(st.booleans()):
                node[key] = draw(SCALARS | st.just([]) | st.just({}) | st.just(node[key]))
                break
            node = node[key]
    return document


@settings(max_examples=300)
@given(mangled())
def test_any_document_is_taken_in_or_refused_and_judged_without_a_crash(document: dict[str, Any]) -> None:
    try:
        manifest = parse(payload_of(document))
    except (Refusal, EvidenceError):
        return
    assert manifest.raw == document
    for problem in problems(manifest, CONTEXT):
        assert problem.path == "" or problem.path.startswith("/")


def test_a_manifest_costs_little() -> None:
    """Quality P3 gives a whole capture 25 ms of CPU; its manifest may take a small part of that."""
    token = sign(KEY, typ=Typ.CAPTURE, kid=SIGNER.device_id, payload=payload_of(manifest_document()))
    best = min(_cost(token) for _ in range(10))
    assert best < 0.015  # five times what it should take, so that a busy machine fails nobody


def _cost(token: bytes) -> float:
    started = time.process_time()
    verified = read(token, typ=Typ.CAPTURE).verify(JWK)
    manifest = parse(verified.payload)
    check_identity(manifest.heading, kid=verified.kid, known=SIGNER, service_id=SERVICE_ID)
    assert problems(manifest, CONTEXT) == []
    return time.process_time() - started
