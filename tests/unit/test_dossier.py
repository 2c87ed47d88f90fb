"""The digest: known answers, the fixed member set, and what does and does not move it."""

import hashlib
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from subjects import BOX, CASES, CASES_ITEM, EXAMINER, OFFICER, PACKAGES, PISTOL, PISTOL_ITEM, RECOVERY, supplement

from evidence.domain import dossier as ds
from evidence.domain.dossier import Dossier, DossierMedia, SupplementStamp
from evidence.domain.facts import SupplementFacts, subject_of
from evidence.domain.worksheet import FORMS, Destination, worksheet

SUBMISSION = UUID("01900000-0000-7000-8000-00000000c0de")
ROOT = UUID("01900000-0000-7000-8000-00000000ca97")


def line(media_id: str, view: str, *item_ids: str, package: str | None = None) -> dict[str, Any]:
    return {
        "id": media_id,
        "view": view,
        "item_ids": list(item_ids),
        "package_id": package,
        "sha256": hashlib.sha256(media_id.encode()).hexdigest(),
        "size": 1234,
        "content_type": "image/jpeg",
    }


PAYLOAD: dict[str, Any] = {
    "officer_id": OFFICER,
    "recovery": RECOVERY,
    "packages": PACKAGES,
    "items": [PISTOL_ITEM, CASES_ITEM],
    "media": [
        line("m4", "serial_closeup", PISTOL),
        line("m1", "scene_overview"),
        line("m2", "headstamp", CASES),
        line("m3", "package_sealed", package=BOX),
    ],
}


def dossier_of(
    destination: Destination, *supplements: SupplementFacts, item_id: str = PISTOL, manifest: str = "a" * 64
) -> Dossier:
    sheet = worksheet(destination, subject_of(PAYLOAD, item_id, supplements=supplements))
    return ds.dossier(
        sheet,
        submission_id=SUBMISSION,
        payload=PAYLOAD,
        item_id=UUID(item_id),
        root_capture_id=ROOT,
        manifest_sha256=manifest,
        supplements=supplements,
    )


def plain(**members: Any) -> Dossier:
    known: dict[str, Any] = {
        "submission_id": SUBMISSION,
        "destination": Destination.ETRACE,
        "item_id": UUID(PISTOL),
        "root_capture_id": ROOT,
        "manifest_sha256": "a" * 64,
        "supplement": SupplementStamp(),
        "media": (DossierMedia("m2", "c" * 64, 2, "image/png"), DossierMedia("m1", "b" * 64, 1, "image/jpeg")),
        "form": "ATF F 3312.1",
        "edition": "2018",
        "values": {"5a": "QZX0158", "5c": {"text": "Glock", "code": "GLC"}},
        "code_list_version": "test-1",
    }
    return Dossier(**(known | members))


KNOWN = (
    '{"code_list_version":"test-1","destination":"etrace","item_id":"01900000-0000-7000-8000-000000000001",'
    '"manifest_sha256":"' + "a" * 64 + '","media":[{"content_type":"image/jpeg","id":"m1","sha256":"' + "b" * 64 + '",'
    '"size":1},{"content_type":"image/png","id":"m2","sha256":"' + "c" * 64 + '","size":2}],'
    '"root_capture_id":"01900000-0000-7000-8000-00000000ca97",'
    '"submission_id":"01900000-0000-7000-8000-00000000c0de","supplement":{"sha256":null,"version":0},"v":1,'
    '"worksheet":{"edition":"2018","form":"ATF F 3312.1",'
    '"values":{"5a":"QZX0158","5c":{"code":"GLC","text":"Glock"}}}}'
)


def test_the_digest_of_a_known_dossier() -> None:
    """The canonical text is written out by hand: another implementation must get the same bytes."""
    assert plain().digest == hashlib.sha256(KNOWN.encode()).hexdigest()
    assert plain().digest == "34bd8db430ba78f9dedc3fe5e88eb2b0a0df4adc463b76ec1ceb14e31476b88d"
    assert plain().document() == json.loads(KNOWN)


def test_the_member_set_is_exactly_the_protocols() -> None:
    document = dossier_of(Destination.ETRACE).document()
    assert set(document) == {
        *("v", "submission_id", "destination", "item_id", "root_capture_id", "manifest_sha256", "supplement"),
        *("media", "worksheet", "code_list_version"),
    }
    assert set(document["supplement"]) == {"version", "sha256"}
    assert set(document["worksheet"]) == {"form", "edition", "values"}
    assert all(set(one) == {"id", "sha256", "size", "content_type"} for one in document["media"])


def test_a_dossier_holds_the_files_of_its_item_and_package_only() -> None:
    assert [one["id"] for one in dossier_of(Destination.ETRACE).document()["media"]] == ["m3", "m4"]
    cases = dossier_of(Destination.BALLISTICS, item_id=CASES)
    assert [one["id"] for one in cases.document()["media"]] == ["m2"]
    both = PAYLOAD | {"media": [line("m5", "package_sealed"), line("m6", "in_situ")]}
    assert [one.id for one in ds.media_of_item(both, CASES)] == ["m5"], "one photo of all closed packages"
    with pytest.raises(ValueError, match="once"):
        plain(media=[plain().media[0], replace(plain().media[0], size=9)])


def test_media_are_hashed_by_id_in_whatever_order_they_come() -> None:
    assert plain(media=tuple(reversed(plain().media))).digest == plain().digest
    assert plain(media=plain().media[:1]).digest != plain().digest


@pytest.mark.parametrize(
    ("destination", "stated", "moves"),
    [
        (Destination.ETRACE, {"recovery__crime_code": "5299"}, True),
        (Destination.ETRACE, {"serial__status": "legible", "serial__text": "QZX0153"}, True),
        (Destination.ETRACE, {"firearm__importer": {"text": "Inventada"}}, True),
        (Destination.ETRACE, {"acquisition__breech_face": "arched"}, False),
        (Destination.ETRACE, {"agency__contact": "55 0000 0000", "officer__badge": "77"}, False),
        (Destination.ETRACE, {"possessor__name": "Persona Inventada"}, False),
        (Destination.ETRACE, {"legal__order": "OF-12/2026"}, False),
        (Destination.BALLISTICS, {"legal__order": "OF-12/2026"}, True),
        (Destination.BALLISTICS, {"acquisition__breech_face": "arched"}, False),
        (Destination.BALLISTICS, {"serial__status": "legible", "serial__text": "QZX0153"}, False),
        (Destination.BALLISTICS, {"request__project_code": "P1"}, False),
    ],
)
def test_a_supplement_moves_the_digest_of_the_destinations_that_use_it(
    destination: Destination, stated: dict[str, Any], moves: bool
) -> None:
    before, after = dossier_of(destination), dossier_of(destination, supplement(3, EXAMINER, **stated))
    assert (before.digest != after.digest) is moves
    assert after.supplement.version == (3 if moves else 0)
    assert bool(ds.changed_content(before.document(), after.document())) is moves


def test_the_stamp_counts_the_newest_relevant_supplement_and_hashes_what_counts() -> None:
    form = FORMS[Destination.ETRACE]
    first, second = supplement(2, firearm__model="19"), supplement(5, firearm__model="19X")
    other = supplement(7, acquisition__cast="no")
    stamp = ds.supplement_stamp(form, [other, second, first])
    assert stamp == SupplementStamp(5, hashlib.sha256(b'{"firearm.model":"19X"}').hexdigest())
    assert ds.supplement_stamp(form, [other]) == SupplementStamp(0, None)


def test_an_amendment_elsewhere_moves_the_digest_and_gives_nothing_new_to_approve() -> None:
    before, after = dossier_of(Destination.BALLISTICS), dossier_of(Destination.BALLISTICS, manifest="d" * 64)
    assert before.digest != after.digest
    assert ds.changed_content(before.document(), after.document()) == frozenset()
    assert ds.changed_content(before.document(), replace(before, values={}).document()) == {"worksheet"}
    newer_codes = replace(before, code_list_version="test-2")
    assert newer_codes.digest != before.digest
    assert ds.changed_content(before.document(), newer_codes.document()) == frozenset()


@given(
    st.dictionaries(st.sampled_from(["5a", "5c", "1b"]), st.text(max_size=8)),
    st.dictionaries(st.sampled_from(["5a", "5c", "1b"]), st.text(max_size=8)),
)
def test_equal_digests_mean_equal_values(one: dict[str, str], other: dict[str, str]) -> None:
    assert (plain(values=one).digest == plain(values=other).digest) == (one == other)
