"""A phone's receipt, and the public log as a stranger walks it, on the whole running service with its two witnesses."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import httpx
import pytest

from evidence.domain.canonical import b64url, jcs, sha256_hex
from evidence.domain.log import merkle, note, policy
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.note import Algorithm, Verifier
from evidence.domain.log.proof import verify_proof
from evidence.domain.log.tiles import ENTRIES, Tile, TileReader, parse_bundle, sized
from evidence.domain.schemas import SchemaName, errors
from standalone.phone import Refused, checked, new_id
from standalone.receipts import NotProven, verified
from standalone.recovery import recovery
from tests.e2e.conftest import Running

LIMIT_S = 30


def until(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + LIMIT_S
    while not (seen := look()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return seen


def test_a_phone_deletes_by_a_receipt_that_it_verified_and_by_no_other(running: Running) -> None:
    phone = running.phone()
    signed = recovery(phone, width=400)
    checked(phone.put_manifest(signed), 201)
    assert phone.verified_receipt(signed, wait=0) is None
    assert not phone.settle(signed, wait=0)
    assert len(phone.outbox) == len(signed.files)
    phone.send_files(signed)
    checked(phone.complete(signed), 202)
    document = checked(phone.receipt(signed)).json()
    assert errors(SchemaName.RECEIPT, document) == {}
    for wrong in tampered(document):
        with pytest.raises(NotProven):
            verified(wrong, log_keys=phone.log_keys, manifest_sha256=signed.sha256)
    with pytest.raises(NotProven):
        verified(document, log_keys=[other_key(phone.log_keys[0])], manifest_sha256=signed.sha256)
    assert phone.settle(signed)
    assert phone.outbox == {}


def tampered(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The same receipt with one thing changed each time."""

    def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        copy = deepcopy(document)
        change(copy)
        return copy

    return [
        changed(lambda one: one["details"]["media"][0].update(sha256="0" * 64)),
        changed(lambda one: one["details"]["media"].pop()),
        changed(lambda one: one.update(salt=b64url(bytes(16)))),
        changed(lambda one: one["entry"].update(at="2020-01-01T00:00:00.000000Z")),
        changed(lambda one: one["entry"].update(kind="capture.registered")),
        changed(lambda one: one.update(proof=one["proof"].replace("index ", "index 1"))),
        changed(lambda one: one.update(proof=one["proof"].split("\n\n")[0] + "\n")),
        changed(lambda one: one["details"].update(manifest_sha256="0" * 64)),
    ]


def other_key(vkey: str) -> str:
    return Verifier(Verifier.parse(vkey).name, Algorithm.ED25519, bytes(32)).vkey


def test_a_receipt_is_witnessed_later_at_the_same_address(running: Running) -> None:
    phone = running.phone()
    signed = recovery(phone, width=400)
    phone.send(signed)
    receipt = until(lambda: one if (one := phone.verified_receipt(signed)) and one.witnessed else None)
    trusted = policy.parse(running.http.get("/log/policy").content)
    assert [one.name for one in trusted.witnesses] == ["witness-pem-a", "witness-pem-b"]
    entry = merkle_entry(receipt.document)
    assert set(verify_proof(receipt.document["proof"], entry, trusted).witnesses) & {
        one.verifier.name for one in trusted.witnesses
    }


def merkle_entry(document: dict[str, Any]) -> bytes:
    return bytes.fromhex(sha256_hex(jcs(document["entry"])))


def test_a_receipt_is_its_sender_s_and_the_supervisor_s_and_nobody_else_s(running: Running) -> None:
    phone = running.phone()
    signed = recovery(phone, width=400)
    phone.send(signed)
    assert phone.verified_receipt(signed)
    path = f"/api/v1/captures/{signed.capture_id}/receipt"
    assert running.person("o-101").get(path.removeprefix("/api/v1")).json()["manifest_sha256"] == signed.sha256
    assert running.person("s-201").get(path.removeprefix("/api/v1")).status_code == 200
    for stranger in ("o-102", "s-211", "o-111"):
        with pytest.raises(Refused) as refused:
            running.person(stranger).get(path.removeprefix("/api/v1"))
        assert (refused.value.status, refused.value.code) == (404, "not_found")
    other = running.http.get(path, params={"manifest": "0" * 64}, headers=phone.auth)
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


def test_both_versions_of_a_conflict_have_receipts(running: Running) -> None:
    phone = running.phone()
    first = recovery(phone, width=400)
    phone.send(first)
    again = phone.sign(
        {name: first.payload[name] for name in ("recovery", "items", "packages")},
        first.files[:1],
        capture_id=first.capture_id,
    )
    assert phone.put_manifest(again).status_code == 409
    phone.send_files(again)
    checked(phone.complete(again), 202)
    for one in (first, again):
        receipt = phone.verified_receipt(one)
        assert receipt is not None
        assert receipt.kept == {str(file.id): file.sha256 for file in one.files}


def test_what_waits_for_its_base_has_a_receipt_from_the_phone_s_chain_and_keeps_it(running: Running) -> None:
    phone = running.phone()
    base = recovery(phone, width=400)
    facts = {name: base.payload[name] for name in ("recovery", "items", "packages")}
    amends = {"capture_id": str(base.capture_id), "sha256": base.sha256}
    early = phone.sign({**facts, "amends": amends}, [replace(base.files[0], id=new_id())])
    phone.send(early)
    receipt = phone.verified_receipt(early)
    assert receipt is not None
    assert receipt.document["entry"]["chain"] == {"type": "device", "id": str(phone.device_id)}
    phone.send(base)
    assert phone.settle(base)
    again = phone.verified_receipt(early)
    assert again is not None
    assert again.document["entry"] == receipt.document["entry"]


def test_a_stranger_walks_the_public_log_from_any_origin(running: Running) -> None:
    head, reader = until(lambda: public_log(running.http))
    assert merkle.tree_root(head.size, reader) == head.root
    last = sized(0, (head.size - 1) >> 8, head.size)
    bundle = parse_bundle(fetch(running.http, Tile(ENTRIES, last.index, last.width)))
    assert [merkle.leaf_hash(one) for one in bundle] == [
        reader.read(0, (last.index << 8) + place) for place in range(last.width)
    ]
    answer = running.http.get(f"/log/{last.path()}", headers={"origin": "https://elsewhere.invalid"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "immutable" in answer.headers["cache-control"]
    checkpoint = running.http.get("/log/checkpoint")
    assert checkpoint.headers["content-type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["cache-control"] == "public, max-age=2"
    for absent in (
        "tile/0/999",
        f"tile/0/{last.index:03d}.p/0",
        "tile/entries/x1/000",
        "tile/64/000",
        "tile/0/000.p/256",
    ):
        assert running.http.get(f"/log/{absent}").status_code == 404, absent


def public_log(http: httpx.Client) -> tuple[Checkpoint, TileReader] | None:
    answer = http.get("/log/checkpoint")
    if answer.status_code != 200:
        return None
    keys = policy.parse(http.get("/log/policy").content).logs
    head = Checkpoint.parse(note.open_note(answer.content, [one.verifier for one in keys]).text)
    return head, TileReader(lambda tile: fetch(http, tile), size=head.size, root=head.root)


def fetch(http: httpx.Client, tile: Tile) -> bytes:
    return checked(http.get(f"/log/{tile.path()}")).content


def test_every_entry_of_a_custody_chain_proves_itself(running: Running) -> None:
    phone = running.phone()
    signed = recovery(phone, width=400)
    phone.send(signed)
    assert phone.verified_receipt(signed)

    def proven() -> list[dict[str, Any]] | None:
        lines = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
        return lines if all(line["proof"] for line in lines) else None

    lines = until(proven)
    assert len(lines) > 10
    for line in lines:
        verify_proof(line["proof"], bytes.fromhex(line["entry_sha256"]), phone.log_keys[0])
        assert line["salt"]


def test_a_look_at_a_dossier_stands_in_the_chain_once(running: Running) -> None:
    phone = running.phone()
    signed = recovery(phone, width=400)
    phone.send(signed)
    supervisor = running.person("s-201")
    submission = supervisor.get(f"/captures/{signed.capture_id}").json()["submissions"][0]
    for _ in range(3):
        supervisor.get(f"/submissions/{submission['id']}")

    def looks() -> list[dict[str, Any]]:
        lines = supervisor.get(f"/captures/{signed.capture_id}/custody").json()["items"]
        return [line["details"] for line in lines if line["entry"]["kind"] == "view.opened"]

    until(looks)
    time.sleep(2)  # a second one would have come by now
    (look,) = looks()
    assert (look["what"], look["submission_id"]) == ("dossier", submission["id"])


def test_ready_says_how_far_the_log_is_behind(running: Running) -> None:
    ready = until(lambda: one if (one := running.http.get("/api/v1/health/ready").json())["log_lag_s"] < 5 else None)
    assert ready["status"] == "ready"
    assert ready["log_lags"] is False
