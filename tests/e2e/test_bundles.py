"""A court bundle of a real capture: accepted by three programs alone, and refused by ours once a byte is changed."""

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import bagit
import httpx
import pytest

from evidence.commands import verify
from standalone.phone import Signed, checked
from standalone.recovery import recovery
from tests.e2e.conftest import Running
from tests.e2e.test_capture import wait_for_state
from tests.e2e.test_cosigned import cosign

LIMIT_S = 90


@pytest.fixture(scope="module")
def signed(running: Running) -> Signed:
    phone = running.phone()
    made = recovery(phone)
    phone.send(made)
    colleague = running.phone("o-102")
    checked(colleague.put_statement(cosign(colleague, made, "packing")), 201)
    wait_for_state(running, made, "secured")
    return made


@pytest.fixture(scope="module")
def policy(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("policy") / "policy"
    file.write_bytes(checked(running.http.get("/log/policy")).content)
    return file


def fetched(running: Running, signed: Signed, profile: str, into: Path) -> tuple[dict[str, Any], Path]:
    """Asks for a bundle as the prosecutor does, waits, downloads, compares the hash."""
    running.person("s-201").name_prosecutor(signed.capture_id)
    prosecutor = running.person("m-501")
    wish = {"profile": profile, "reason": "Audiencia inicial", "order": "OF-77/2026"}
    asked = prosecutor.post(f"/captures/{signed.capture_id}/bundle", wish).json()
    deadline = time.monotonic() + LIMIT_S
    while (bundle := prosecutor.get(f"/bundles/{asked['id']}").json())["state"] == "due":
        assert time.monotonic() < deadline, "still due"
        time.sleep(0.2)
    assert bundle["state"] == "ready", bundle["failure"]
    link = prosecutor.post(f"/bundles/{asked['id']}/download").json()
    data = checked(httpx.get(link["url"])).content
    assert hashlib.sha256(data).hexdigest() == link["sha256"] == bundle["sha256"]
    file = into / link["filename"]
    file.write_bytes(data)
    return bundle, file


def run(*arguments: object) -> tuple[int, str]:
    """``casquillo verify``, in a process of its own that knows no service."""
    done = subprocess.run(
        [sys.executable, "-m", "evidence.commands.verify", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={name: value for name, value in os.environ.items() if not name.startswith("CASQUILLO_")},
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_court_accepts_it_three_times(running: Running, signed: Signed, policy: Path, tmp_path: Path) -> None:
    bundle, file = fetched(running, signed, "court", tmp_path)

    code, said = run("--lang", "en", "bundle", file, "--policy", policy)
    assert code == 0, said
    assert said.startswith("The bundle is genuine and whole")
    assert f"{len(signed.files)} originals (0 left out" in said
    assert "signatures of colleagues who took part: 1" in said

    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    assert bagit.Bag(str(folder)).validate()
    assert hashlib.sha256((folder / "tagmanifest-sha256.txt").read_bytes()).hexdigest() == bundle["tag_sha256"]

    judged = subprocess.run(
        [Path(sys.executable).with_name("case_validate"), folder / "data/case.jsonld"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert "Conforms: True" in judged.stdout

    assert run("bundle", folder, "--policy", policy)[0] == 0
    for one in signed.files:
        copies = list((folder / "data/originals").glob(f"{one.sha256}.*"))
        assert [path.read_bytes() for path in copies] == [one.data]


@pytest.mark.parametrize("profile", ["defence", "partner"])
def test_what_is_left_out_keeps_its_hash(
    running: Running, signed: Signed, policy: Path, tmp_path: Path, profile: str
) -> None:
    _, file = fetched(running, signed, profile, tmp_path)

    code, said = run("bundle", file, "--policy", policy)
    assert code == 0, said
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        index = json.loads(archive.read("data/bundle.json"))
        everything = b"".join(archive.read(name) for name in names if not name.startswith("data/originals/"))
    originals = [name for name in names if name.startswith("data/originals/")]
    assert bool(originals) is (profile == "defence")
    assert {line["sha256"] for line in index["originals"]} == {one.sha256 for one in signed.files}
    # A colleague's statement names nobody: the defence can check it too.
    assert len(index["cosignatures"]) == (1 if profile == "defence" else 0)
    assert [line["why"] for line in index["withheld"] if line["what"] == "cosignature"] == (
        [] if profile == "defence" else ["profile"]
    )
    # The scene's manifest names people: it stays out, by its hash.
    assert {"what": "manifest", "which": signed.sha256, "why": "profile"} in index["withheld"]
    assert b"Oficial O-101" not in everything


def test_a_changed_byte_of_an_original_is_named(running: Running, signed: Signed, policy: Path, tmp_path: Path) -> None:
    _, file = fetched(running, signed, "court", tmp_path)
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    photo = next((folder / "data/originals").glob("*.jpg"))
    data = bytearray(photo.read_bytes())
    data[100] ^= 1
    photo.write_bytes(data)

    code, said = run("bundle", folder, "--policy", policy)
    assert code == verify.WRONG
    assert photo.name in said
    assert said.count("\n") == 1


def test_a_changed_byte_of_the_zip_itself_is_named_too(
    running: Running, signed: Signed, policy: Path, tmp_path: Path
) -> None:
    """The zip library would stop at its own checksum, with words of its own."""
    _, file = fetched(running, signed, "court", tmp_path)
    data = bytearray(file.read_bytes())
    name = f"data/originals/{signed.files[0].sha256}.jpg".encode()
    data[data.index(name) + len(name) + 200] ^= 1
    file.write_bytes(data)

    code, said = run("--lang", "en", "bundle", file, "--policy", policy)
    assert (code, said) == (verify.WRONG, f"The file {name.decode()} was changed.\n")
    file.write_bytes(data[:-200])
    code, said = run("--lang", "en", "bundle", file, "--policy", policy)
    assert code == verify.WRONG
    assert said.startswith(f"The bundle {file.name} cannot be opened")


def test_who_asked_and_who_fetched_is_in_the_chain(running: Running, signed: Signed, tmp_path: Path) -> None:
    fetched(running, signed, "court", tmp_path)
    deadline = time.monotonic() + LIMIT_S
    while True:  # a download is noted at once, and appended to the chain within a second
        entries = running.person("s-201").get(f"/captures/{signed.capture_id}/custody").json()["items"]
        kinds = [line["entry"]["kind"] for line in entries]
        if kinds.count("bundle.requested") == kinds.count("bundle.made") == kinds.count("bundle.downloaded") > 0:
            break
        assert time.monotonic() < deadline, kinds
        time.sleep(0.2)
    asked = next(line for line in entries if line["entry"]["kind"] == "bundle.requested")
    assert asked["details"]["order"] == "OF-77/2026"


def test_another_agency_gets_none(running: Running, signed: Signed) -> None:
    stranger = running.person("s-211")
    wish = {"profile": "court", "reason": "curiosidad"}
    answer = stranger.http.post(f"/api/v1/captures/{signed.capture_id}/bundle", json=wish)
    assert answer.status_code == 404
