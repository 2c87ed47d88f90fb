"""Whoever alters a bundle is named, also one who recomputes every BagIt sum afterwards."""

import hashlib
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from small_bag import (
    COSIGNATURE,
    DEVICE,
    MANIFEST,
    PAYLOAD,
    PHONE,
    PHOTOS,
    SUBMISSION,
    TOOK_PART,
    Bag,
    bag,
    entries,
    made,
    path_of,
    policy,
    proofs,
    took_part,
)

from evidence.domain.bundle import contents
from evidence.domain.bundle.check import check_bundle
from evidence.domain.canonical import b64url, sha256_hex
from evidence.domain.jws import Typ, public_jwk, sign
from evidence.domain.verifying import Fault
from evidence.domain.verifying_words import SENTENCES, Language, sentence

FIRST_PHOTO = contents.original_path(sha256_hex(PHOTOS["a"]), "image/jpeg")
REGISTERED = contents.entry_path("capture", 1)
SECURED = contents.entry_path("capture", 2)
DECIDED = contents.entry_path("capture", 3)


def test_a_whole_bundle_holds() -> None:
    report = check_bundle(bag(), policy())

    assert (report.entries, report.originals, report.manifests) == (5, 2, 1)
    assert report.cosignatures == 1
    assert (report.log_size, report.witnesses, report.own_policy) == (7, (), False)
    assert report.folio == "K7QD-39MX-WHT"


def test_without_a_policy_from_outside_the_report_says_so() -> None:
    assert check_bundle(bag()).own_policy


def test_withheld_details_still_verify_and_are_counted() -> None:
    withheld = bag()
    document = withheld.document(DECIDED)
    withheld.put(DECIDED, {**document, "salt": None, "details": None})

    assert check_bundle(withheld.seal(), policy()).details_withheld == 1


def test_a_withheld_statement_of_a_colleague_is_named_in_the_index_and_holds() -> None:
    withheld = bag()
    leave_out_a_colleague(withheld)
    index = withheld.document(contents.INDEX)
    index["withheld"].append({"what": "cosignature", "which": COSIGNATURE, "why": "profile"})
    withheld.put(contents.INDEX, index)

    assert check_bundle(withheld.seal(), policy()).cosignatures == 0


def change_photo(given: Bag) -> None:
    given.put(FIRST_PHOTO, b"\xff\xd8another photo")


def swap_photos(given: Bag) -> None:
    second = contents.original_path(sha256_hex(PHOTOS["b"]), "image/jpeg")
    given.put(FIRST_PHOTO, PHOTOS["b"])
    given.put(second, PHOTOS["a"])


def replace_photo_and_its_line(given: Bag) -> None:
    data = b"\xff\xd8another photo"
    index = given.document(contents.INDEX)
    path = contents.original_path(sha256_hex(data), "image/jpeg")
    index["originals"][0] |= {"sha256": sha256_hex(data), "path": path}
    del given.files[f"data/{FIRST_PHOTO}"]
    given.put(path, data)
    given.put(contents.INDEX, index)


def leave_out_a_line(given: Bag) -> None:
    index = given.document(contents.INDEX)
    index["originals"] = index["originals"][1:]
    del given.files[f"data/{FIRST_PHOTO}"]
    given.put(contents.INDEX, index)


def change_details(given: Bag) -> None:
    document = given.document(DECIDED)
    document["details"]["decision"] = "reject"
    given.put(DECIDED, document)


def change_entry(given: Bag) -> None:
    document = given.document(DECIDED)
    document["entry"]["at"] = "2026-05-03T05:40:07.000000Z"
    given.put(DECIDED, document)


def remove_entry(given: Bag) -> None:
    del given.files[f"data/{DECIDED}"]


def remove_first_entry(given: Bag) -> None:
    del given.files[f"data/{REGISTERED}"]


def swap_proofs(given: Bag) -> None:
    one, other = given.document(REGISTERED), given.document(DECIDED)
    given.put(REGISTERED, {**one, "proof": other["proof"]})


def sign_with_another_log_key(given: Bag) -> None:
    """A whole second log with the same entries, as the operator could make one."""
    stranger = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"stranger").digest())
    written = entries()
    for (entry, _, _), text in zip(written, proofs([one[0] for one in written], stranger), strict=True):
        given.put(path_of(entry), {**given.document(path_of(entry)), "proof": text})
    given.put(contents.POLICY, policy(stranger))


def sign_manifest_with_another_phone(given: Bag) -> None:
    stranger = ec.derive_private_key(12345, ec.SECP256R1())
    given.put(
        contents.manifest_path(MANIFEST),
        sign(stranger, typ=Typ.CAPTURE, kid=DEVICE, payload=PAYLOAD, deterministic=True),
    )


def sign_and_swap_the_key(given: Bag) -> None:
    stranger = ec.derive_private_key(12345, ec.SECP256R1())
    sign_manifest_with_another_phone(given)
    given.put(f"keys/{DEVICE}.jwk.json", dict(public_jwk(stranger.public_key())))


def another_manifest(given: Bag) -> None:
    payload = PAYLOAD.replace(b'"v":1', b'"v":2')
    index = given.document(contents.INDEX)
    index["manifests"] = [sha256_hex(payload)]
    given.put(contents.INDEX, index)
    del given.files[f"data/{contents.manifest_path(MANIFEST)}"]
    signed = sign(PHONE, typ=Typ.CAPTURE, kid=DEVICE, payload=payload, deterministic=True)
    given.put(contents.manifest_path(sha256_hex(payload)), signed)


def change_worksheet(given: Bag) -> None:
    path = next(name for name in given.files if name.startswith("data/worksheets/"))
    given.files[path] = given.files[path].replace(b"QZX0158", b"QZX0153")


def add_worksheet(given: Bag) -> None:
    data = b'{"v":1,"worksheet":{"5a":"QZX0153"}}'
    given.put(contents.worksheet_path(SUBMISSION, sha256_hex(data)), data)


def another_capture(given: Bag) -> None:
    index = given.document(contents.INDEX)
    given.put(contents.INDEX, {**index, "capture_id": str(made("another"))})


def salt_of_another(given: Bag) -> None:
    document = given.document(SECURED)
    given.put(SECURED, {**document, "salt": b64url(b"0" * 16)})


def not_json(given: Bag) -> None:
    given.put(SECURED, b"{")


def no_entry(given: Bag) -> None:
    document = given.document(SECURED)
    del document["entry"]["prev"]
    given.put(SECURED, document)


def cut_the_end(given: Bag) -> None:
    del given.files[f"data/{contents.entry_path('capture', 5)}"]


def request_of_another_bundle(given: Bag) -> None:
    index = given.document(contents.INDEX)
    given.put(contents.INDEX, {**index, "bundle_id": str(made("another"))})


def add_an_original(given: Bag) -> None:
    """With a line of its own in the index, as if it had come later."""
    data = b"\xff\xd8a photo of something else"
    index = given.document(contents.INDEX)
    path = contents.original_path(sha256_hex(data), "image/jpeg")
    line = {"media_id": str(made("c")), "of": MANIFEST, "sha256": sha256_hex(data), "path": path}
    given.put(path, data)
    given.put(contents.INDEX, {**index, "originals": [*index["originals"], line]})


def add_a_file_without_a_line(given: Bag) -> None:
    given.put("originals/unlisted.jpg", b"\xff\xd8a photo of something else")


def add_a_manifest(given: Bag) -> None:
    given.put(contents.manifest_path("0" * 64), b"e30.e30.AA")


def sign_for_a_colleague(given: Bag) -> None:
    stranger = ec.derive_private_key(12345, ec.SECP256R1())
    given.put(contents.cosignature_path(COSIGNATURE), took_part(stranger))


def another_statement_of_a_colleague(given: Bag) -> None:
    payload = TOOK_PART.replace(b"packing", b"transport")
    index = given.document(contents.INDEX)
    given.put(contents.INDEX, {**index, "cosignatures": [COSIGNATURE, sha256_hex(payload)]})
    given.put(contents.cosignature_path(sha256_hex(payload)), took_part(payload=payload))


def leave_out_a_colleague(given: Bag) -> None:
    del given.files[f"data/{contents.cosignature_path(COSIGNATURE)}"]
    given.put(contents.INDEX, {**given.document(contents.INDEX), "cosignatures": []})


TAMPERING: list[tuple[Callable[[Bag], None], str]] = [
    (change_photo, "original_differs"),
    (swap_photos, "original_differs"),
    (replace_photo_and_its_line, "original_missing"),
    (leave_out_a_line, "original_missing"),
    (change_details, "details_changed"),
    (change_entry, "proof_fails"),
    (remove_entry, "chain_seq"),
    (remove_first_entry, "chain_seq"),
    (swap_proofs, "proof_fails"),
    (sign_with_another_log_key, "proof_fails"),
    (sign_manifest_with_another_phone, "signature_fails"),
    (sign_and_swap_the_key, "device_key_differs"),
    (another_manifest, "manifest_unknown"),
    (change_worksheet, "worksheet_changed"),
    (add_worksheet, "worksheet_undecided"),
    (another_capture, "chain_of_another"),
    (salt_of_another, "details_changed"),
    (not_json, "json_malformed"),
    (no_entry, "bundle_entry_malformed"),
    (cut_the_end, "chain_end"),
    (request_of_another_bundle, "chain_end"),
    (add_an_original, "original_unspoken"),
    (add_a_file_without_a_line, "original_unspoken"),
    (add_a_manifest, "manifest_unknown"),
    (sign_for_a_colleague, "signature_fails"),
    (another_statement_of_a_colleague, "manifest_unknown"),
    (leave_out_a_colleague, "cosignature_missing"),
]


@pytest.mark.parametrize(("tamper", "code"), TAMPERING, ids=lambda one: getattr(one, "__name__", one))
def test_what_was_altered_is_named(tamper: Callable[[Bag], None], code: str) -> None:
    given = bag()
    tamper(given)

    with pytest.raises(Fault) as fault:
        check_bundle(given.seal(), policy())

    assert fault.value.code == code
    assert code in SENTENCES
    assert "{" not in sentence(fault.value, Language.ES) + sentence(fault.value, Language.EN)


def test_a_changed_byte_is_named_by_its_file_when_the_sums_were_left_alone() -> None:
    given = bag()
    change_photo(given)

    with pytest.raises(Fault) as fault:
        check_bundle(given, policy())

    assert (fault.value.code, fault.value.facts) == ("file_changed", {"file": f"data/{FIRST_PHOTO}"})


@pytest.mark.parametrize("name", ["data/bundle.json", "manifest-sha256.txt", "bagit.txt"])
def test_a_missing_file_is_named(name: str) -> None:
    given = bag()
    del given.files[name]

    with pytest.raises(Fault) as fault:
        check_bundle(given, policy())

    assert fault.value.code in ("file_missing", "not_a_bag")


def test_a_file_beside_the_listed_ones_is_named() -> None:
    given = bag()
    given.files["data/originals/extra.jpg"] = b"?"

    with pytest.raises(Fault) as fault:
        check_bundle(given, policy())

    assert fault.value.code == "file_extra"


def test_entries_are_read_back_exactly() -> None:
    """A member more or less, or another spelling of a time, is not the entry that was published."""
    given = bag()
    document = given.document(SECURED)
    for change in ({"at": "2026-05-03T05:43:07Z"}, {"more": 1}, {"seq": "2"}):
        given.put(SECURED, json.loads(json.dumps({**document, "entry": document["entry"] | change})))
        with pytest.raises(Fault) as fault:
            check_bundle(given.seal(), policy())
        assert fault.value.code == "bundle_entry_malformed"
