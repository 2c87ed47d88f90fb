"""A laboratory's files go the way of a capture's: into the locked store, checked, shown or kept apart."""

import hashlib
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from evidence.domain.content import X3P_TYPE
from evidence.records.organisations import AccessGrant, Organisation
from evidence.records.submissions import Submission
from standalone.desk import machine
from standalone.phone import checked, new_id
from tests.e2e.conftest import Running
from tests.e2e.test_capture import _file, _one_item, wait_for_state
from tests.e2e.test_relay import another_api

sys.path.insert(0, str(Path(__file__).parents[1] / "adapters"))
import pictures

LIMIT_S = 60
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@dataclass
class Sent:
    """One file to attach, and what should become of it."""

    kind: str
    content_type: str
    data: bytes
    state: str
    codes: set[str]
    preview: str = "none"
    chunk_size: int | None = None
    id: str = field(default_factory=lambda: str(new_id()))

    def line(self) -> dict[str, Any]:
        line: dict[str, Any] = {
            "id": self.id,
            "kind": self.kind,
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "size": len(self.data),
            "content_type": self.content_type,
            "filename": f"{self.kind}.bin",
        }
        if self.chunk_size:
            pieces = [self.data[at : at + self.chunk_size] for at in range(0, len(self.data), self.chunk_size)]
            chunks = [{"n": n, "sha256": hashlib.sha256(piece).hexdigest()} for n, piece in enumerate(pieces)]
            line |= {"way": "chunks", "chunk_size": self.chunk_size, "chunks": chunks}
        return line


@pytest.fixture
def submission_id(running: Running) -> UUID:
    """A capture's one submission, with the grant that LAB-A gets when it is queued there."""
    phone = running.phone()
    signed = phone.sign(_one_item(phone), [_file()])
    phone.send(signed)
    found = UUID(wait_for_state(running, signed, "secured")["submissions"][0]["id"])
    owned = running.service.owned()
    with owned.sessions() as session, session.begin():
        row = session.get_one(Submission, found)
        laboratory = session.query(Organisation).filter(Organisation.code == "LAB-A").one()
        whose = {"owner_id": row.agency_id, "grantee_id": laboratory.id, "root_id": row.root_id}
        grant = AccessGrant(id=new_id(), scope="submission", submission_id=row.id, item_id=row.item_id, **whose)
        grant.levels, grant.reason = ["facts", "media", "results", "custody"], "route"
        grant.valid_from = owned.services.clock.now()
        session.add(grant)
    return found


def attach(client: httpx.Client, submission_id: UUID, files: list[Sent]) -> None:
    path = f"/api/v1/submissions/{submission_id}/attachments"
    plan = checked(client.post(path, json={"files": [file.line() for file in files]}), 201).json()
    data = {file.id: file.data for file in files}
    for target in plan["media"]:
        for part in target["parts"]:
            piece = data[target["id"]][part["offset"] : part["offset"] + part["size"]]
            # The relay wants our token; the store, which knows nothing of it, refuses requests that carry one.
            sender = client if part["url"].startswith(str(client.base_url)) else httpx
            checked(sender.request(part["method"], part["url"], content=piece, headers=part["headers"]), 200, 204)
    checked(client.post(f"{path}/complete", json={"media": list(data)}), 202)


def until(client: httpx.Client, submission_id: UUID, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The attachments by id, once all of them are done."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        items = checked(client.get(f"/api/v1/submissions/{submission_id}/attachments")).json()["items"]
        if all(done(item) for item in items):
            return {item["id"]: item for item in items}
        assert time.monotonic() < deadline, items
        time.sleep(0.2)


def settled(item: dict[str, Any]) -> bool:
    return item["state"] in ("secured", "quarantined") and item["preview"] != "due"


def test_scans_reports_and_vendors_files_each_find_their_place(running: Running, submission_id: UUID) -> None:
    scan = pictures.scan()
    members = pictures.members_of(scan)
    wrong_sum = pictures.archive({**members, "md5checksum.hex": b"0" * 32 + b" *main.xml\n"})
    photo = _file().data
    files = [
        Sent("scan", X3P_TYPE, scan, "secured", set(), "ready"),
        Sent("scan", X3P_TYPE, wrong_sum, "quarantined", {"x3p_inner_checksum", "came_that_way"}, "failed"),
        Sent("scan", X3P_TYPE, scan[: len(scan) // 2], "quarantined", {"x3p_incomplete"}),
        Sent("scan", X3P_TYPE, pictures.claiming_archive("bindata/data.bin", 40 << 30), "quarantined", {"x3p_invalid"}),
        Sent("receiving_photo", "image/jpeg", photo, "secured", set(), "ready", chunk_size=32 * 1024),
        Sent("report", "application/pdf", PDF, "secured", {"preview_unavailable"}, "failed"),
        Sent("vendor", "application/octet-stream", b"\x93IBX\x00" + bytes(range(256)) * 9, "secured", {"sealed"}),
        Sent("vendor", "application/octet-stream", b"MZ" + bytes(600), "quarantined", {"mislabelled"}),
    ]
    with machine(running.service.origin, running.world["tokens"]["LAB-A"]) as laboratory:
        attach(laboratory, submission_id, files)
        found = until(laboratory, submission_id, settled)
        for sent in files:
            seen = found[sent.id]
            assert (seen["state"], seen["preview"]) == (sent.state, sent.preview), (sent.kind, seen)
            assert {finding["code"] for finding in seen["findings"]} == sent.codes
            path = f"/api/v1/submissions/{submission_id}/media/{sent.id}"
            url = checked(laboratory.post(f"{path}/download", json={})).json()["url"]
            got = checked(httpx.get(url))
            assert got.content == sent.data
            assert "attachment" in got.headers["content-disposition"]
            assert laboratory.get(f"{path}/preview").status_code == (200 if sent.preview == "ready" else 409)
        _check_store(running, submission_id, files[0])
        _check_repeats(laboratory, submission_id, files[0])
    _check_readers(running, submission_id, files)


def test_where_the_store_is_out_of_reach_the_relay_passes_them_on(running: Running, submission_id: UUID) -> None:
    origin = another_api(running, "attachments", CASQUILLO_RELAY="true")
    files = [
        Sent("photo", "image/jpeg", _file().data, "secured", set(), "ready", chunk_size=32 * 1024),
        Sent("scan", X3P_TYPE, pictures.scan(), "secured", set(), "ready"),
    ]
    try:
        with machine(origin, running.world["tokens"]["LAB-A"]) as laboratory:
            attach(laboratory, submission_id, files)
            found = until(laboratory, submission_id, settled)
            url = f"/api/v1/submissions/{submission_id}/attachments/{files[0].id}/parts/0"
            late = laboratory.put(url, content=b"x")
    finally:
        running.supervisor.stop("attachments")
    assert {item["state"] for item in found.values()} == {"secured"}
    assert (late.status_code, late.json()["code"]) == (409, "already_received")


def _check_store(running: Running, submission_id: UUID, sent: Sent) -> None:
    """One locked version, under the submission's own key; nobody reads it without a grant."""
    client, bucket = running.service.store.client(admin=False), running.service.store.originals
    with running.service.owned().sessions() as session:
        agency_id = session.get_one(Submission, submission_id).agency_id
    key = f"originals/{agency_id}/{submission_id}/{sent.id}/{hashlib.sha256(sent.data).hexdigest()}"
    (version,) = client.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert client.head_object(Bucket=bucket, Key=key, VersionId=version["VersionId"])["ObjectLockMode"] == "GOVERNANCE"


def _check_repeats(laboratory: httpx.Client, submission_id: UUID, sent: Sent) -> None:
    path = f"/api/v1/submissions/{submission_id}/attachments"
    again = checked(laboratory.post(path, json={"files": [sent.line()]}), 201).json()
    assert again["media"] == [{"id": sent.id, "parts": []}]
    other = laboratory.post(path, json={"files": [{**sent.line(), "size": 5}]})
    assert (other.status_code, other.json()["code"]) == (409, "attachment_conflict")
    foreign = laboratory.post(path, json={"files": [{**sent.line(), "id": str(new_id()), "item": str(new_id())}]})
    assert (foreign.status_code, foreign.json()["code"]) == (422, "other_item")


def _check_readers(running: Running, submission_id: UUID, files: list[Sent]) -> None:
    """The agency's supervisor sees all of them, its officer no report, a desk without a grant nothing."""
    path = f"/api/v1/submissions/{submission_id}/attachments"
    supervisor, officer = running.person("s-201"), running.person("o-101")
    assert {item["id"] for item in supervisor.get(path.removeprefix("/api/v1")).json()["items"]} == {
        sent.id for sent in files
    }
    shown = officer.get(path.removeprefix("/api/v1")).json()["items"]
    assert [item["kind"] for item in shown] == ["receiving_photo"]
    report = next(sent for sent in files if sent.kind == "report")
    refused = officer.http.post(f"/api/v1/submissions/{submission_id}/media/{report.id}/download", json={})
    assert refused.status_code == 404
    with machine(running.service.origin, running.world["tokens"]["MESA-F"]) as desk:
        assert desk.get(path).status_code == 404
    first = supervisor.get(path.removeprefix("/api/v1"), limit=2).json()
    rest = supervisor.get(path.removeprefix("/api/v1"), cursor=first["next_cursor"]).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [sent.id for sent in files]
