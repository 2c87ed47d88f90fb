"""Hostile and broken files through the real worker: kept to the bit, named, never shown, given out as a file only."""

import io
import time
from typing import Any
from uuid import UUID

import httpx
import pillow_heif
import pytest
from sqlalchemy import select

from evidence.records.media import Finding, Media
from evidence.records.submissions import Submission
from standalone.phone import File, Phone, Signed, new_id
from standalone.recovery import case_facts, recovery_facts
from tests.adapters import pictures
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state

LIMIT_S = 60
X3P = "application/x-x3p"


def broken_jpeg() -> bytes:
    """Sound in its structure, with a code table that no decoder can use."""
    jpeg = pictures.photo()
    counts = jpeg.index(b"\xff\xc4") + 5
    return jpeg[:counts] + b"\xff" * 16 + jpeg[counts + 16 :]


def wrong_sum() -> bytes:
    return pictures.archive({**pictures.members_of(pictures.scan()), "md5checksum.hex": b"0" * 32 + b" *main.xml\n"})


def heic() -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(pictures.image()).save(out, quality=80)
    return out.getvalue()


SCAN = pictures.scan()
# name -> bytes, declared type, the finding, and whether the stream or only the decoder can tell
BAD: dict[str, tuple[bytes, str, str, str]] = {
    "jpeg with a zip": (pictures.photo() + pictures.archive({"a.txt": b"x"}), "image/jpeg", "polyglot", "stream"),
    "jpeg with a program": (pictures.photo() + pictures.ELF, "image/jpeg", "polyglot", "stream"),
    "jpeg with a page": (pictures.photo() + pictures.HTML, "image/jpeg", "polyglot", "stream"),
    "a page as a photo": (pictures.HTML, "image/jpeg", "mislabelled", "stream"),
    "a program as a photo": (pictures.PE, "image/jpeg", "mislabelled", "stream"),
    "a zip as a photo": (pictures.archive({"a": b"x"}), "image/png", "mislabelled", "stream"),
    "noise": (bytes(range(256)) * 8, "image/jpeg", "unrecognised", "stream"),
    "half a photo": (pictures.photo()[:9000], "image/jpeg", "truncated", "stream"),
    "half a heic": (heic()[:-400], "image/heic", "truncated", "stream"),
    "a bomb's header": (pictures.png_of(30_000, 30_000, depth=1, colour=0), "image/png", "pixel_limit", "stream"),
    "undecodable": (broken_jpeg(), "image/jpeg", "undecodable", "decoder"),
    "half a scan": (SCAN[: len(SCAN) // 2], X3P, "x3p_incomplete", "stream"),
    "a scan with a wrong sum": (wrong_sum(), X3P, "x3p_inner_checksum", "decoder"),
    "a scan that is a bomb": (pictures.claiming_archive("main.xml", 1 << 29), X3P, "x3p_bomb", "decoder"),
    "a zip as a scan": (pictures.archive({"a.txt": b"text"}), X3P, "x3p_invalid", "stream"),
}
GOOD: dict[str, tuple[bytes, str]] = {
    "a photo": (pictures.photo(), "image/jpeg"),
    "a motion photo": (pictures.photo() + pictures.film(), "image/jpeg"),
    "a photo under another picture's name": (pictures.photo(), "image/png"),
    "a heic": (heic(), "image/heic"),
    "a scan": (SCAN, X3P),
}


@pytest.fixture(scope="module")
def sent(running: Running) -> tuple[Phone, Signed, dict[str, File], UUID]:
    """One capture with all of them, settled; and the submission through which they are read."""
    phone = running.phone()
    case = new_id()
    files = {
        name: File("topography" if kind == X3P else "headstamp", data, [case], content_type=kind)
        for name, (data, kind, *_) in {**BAD, **GOOD}.items()
    }
    facts = {"recovery": recovery_facts(), "items": [case_facts(case, 1)]}
    signed = phone.sign(facts, list(files.values()))
    phone.send(signed)
    wait_for_state(running, signed, "secured")
    deadline = time.monotonic() + LIMIT_S
    while _undrawn(running, signed):
        assert time.monotonic() < deadline, "previews are not drawn"
        time.sleep(0.2)
    with running.service.owned().sessions() as session:
        submission = session.scalars(select(Submission.id).where(Submission.root_id == signed.capture_id)).one()
    return phone, signed, files, submission


def _undrawn(running: Running, signed: Signed) -> bool:
    with running.service.owned().sessions() as session:
        rows = session.scalars(select(Media).where(Media.capture_id == signed.capture_id)).all()
        return any(row.preview == "due" and row.state == "secured" for row in rows)


def row_of(running: Running, file: File) -> tuple[Media, list[Finding]]:
    with running.service.owned().sessions() as session:
        media = session.scalars(select(Media).where(Media.media_id == file.id)).one()
        return media, list(session.scalars(select(Finding).where(Finding.media_row_id == media.id)))


def kinds(running: Running, signed: Signed, file: File) -> list[tuple[str, Any]]:
    items = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    mine = [one for one in items if one["details"].get("media_id") == str(file.id)]
    return [(one["entry"]["kind"], one["details"].get("reason")) for one in mine]


Sent = tuple[Phone, Signed, dict[str, File], UUID]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_kept_and_never_shown(running: Running, sent: Sent, name: str) -> None:
    _, signed, files, submission = sent
    file, (data, _, code, told_by) = files[name], BAD[name]
    media, findings = row_of(running, file)
    assert media.state == "quarantined"
    assert [finding.code for finding in findings if finding.blocking] == [code]
    moves = kinds(running, signed, file)
    assert ("media.quarantined", code) in moves
    assert (("media.verified", None) in moves) == (told_by == "decoder"), (
        "secured first only where the stream could not tell"
    )

    supervisor = running.person("s-201")
    path = f"/api/v1/submissions/{submission}/media/{file.id}"
    shown = supervisor.http.get(f"{path}/preview")
    assert (shown.status_code, shown.json()["code"]) == (409, "not_inline")
    given = supervisor.http.post(f"{path}/download", json={})
    assert given.status_code == 200
    fetched = httpx.get(given.json()["url"])
    assert fetched.content == data
    assert fetched.headers["content-disposition"].startswith("attachment")
    assert fetched.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("name", GOOD)
def test_a_sound_file_beside_them_is_shown_as_our_own_picture(running: Running, sent: Sent, name: str) -> None:
    _, _, files, submission = sent
    media, findings = row_of(running, files[name])
    assert (media.state, media.preview) == ("secured", "ready")
    assert [finding.code for finding in findings if finding.blocking] == []
    shown = running.person("s-201").http.get(f"/api/v1/submissions/{submission}/media/{files[name].id}/preview")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.content.startswith(b"\xff\xd8")
    assert shown.content not in files[name].data, "re-encoded, not cut out"
    assert b"Exif" not in shown.content


def test_only_the_right_people_get_the_bytes(running: Running, sent: Sent) -> None:
    _, _, files, submission = sent
    path = f"/api/v1/submissions/{submission}/media/{files['half a photo'].id}"
    for username in ("s-211", "l-302", "d-402"):
        assert running.person(username).http.post(f"{path}/download", json={}).status_code == 404, username
        assert running.person(username).http.get(f"{path}/preview").status_code == 404, username
    assert running.http.post(f"{path}/download", json={}).status_code == 401


def test_the_capture_is_secured_all_the_same(running: Running, sent: Sent) -> None:
    """Quarantined bytes are right bytes: the phone may delete its copy (protocol, section 5)."""
    _, signed, files, _ = sent
    capture = running.person("s-201").get(f"/captures/{signed.capture_id}").json()
    states = {line["id"]: line["state"] for line in capture["manifests"][0]["media"]}
    assert capture["state"] == "secured"
    assert {name: states[str(file.id)] for name, file in files.items()} == {
        **dict.fromkeys(BAD, "quarantined"),
        **dict.fromkeys(GOOD, "secured"),
    }
    assert sum(line["entry"]["kind"] == "capture.secured" for line in custody(running, signed)) == 1


def custody(running: Running, signed: Signed) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
    return items
