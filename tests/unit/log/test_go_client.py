"""Our log as code that we did not write sees it: Go's sumdb/tlog and sumdb/note.

Its known answers are committed and always checked. Where Go and its ``golang.org/x/mod`` sources are installed
(Debian: golang-go, golang-golang-x-mod-dev) the client itself is built and walks a log that we wrote.
"""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from trees import LOG, LOG_NAME, entry, leaves, root_of

from evidence.domain.log import note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.lines import b64
from evidence.domain.log.merkle import (
    consistency_proof,
    inclusion_proof,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from evidence.domain.log.note import Verifier
from evidence.domain.log.tiles import ENTRIES, RightEdge, Tile, TileReader, encode_bundle, grow, parse_path, sized

HERE = Path(__file__).parent
GO_PATH = Path("/usr/share/gocode")


@pytest.fixture(scope="module")
def go() -> dict[str, Any]:
    answers: dict[str, Any] = json.loads((HERE / "go-vectors.json").read_text(encoding="utf-8"))
    return answers


@pytest.fixture(scope="module")
def tiles() -> dict[Tile, bytes]:
    """Of a tree of 70,000, and the tiles of the smaller trees that Go was asked about."""
    written: dict[Tile, bytes] = {}
    size = 0
    edge: RightEdge = ()
    for new in (*range(1, 34), 255, 256, 257, 512, 513, 768, 769, 1024, 1025, 1280, 1281, 1299, 1300, 65536, 70000):
        growth = grow(size, edge, leaves(70000)[size:new])
        written.update(growth.tiles)
        size, edge = new, growth.edge
    return written


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("go")
    if compiler is None:
        pytest.skip("go is not installed")
    if not (GO_PATH / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("golang.org/x/mod is not in /usr/share/gocode (Debian: golang-golang-x-mod-dev)")
    folder = tmp_path_factory.mktemp("go")
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(GO_PATH), "GOFLAGS": "", "CGO_ENABLED": "0"}
    command = [compiler, "build", "-o", str(folder / "client"), "main.go"]
    subprocess.run(command, cwd=HERE / "goclient", env=environment, check=True, timeout=300)
    return folder / "client"


def test_go_has_the_same_roots(go: dict[str, Any], tiles: dict[Tile, bytes]) -> None:
    assert len(go["roots"]) > 40
    for size, expected in go["roots"].items():
        assert b64(tree_root(int(size), TileReader(tiles.__getitem__, size=int(size)))) == expected


def test_go_has_the_same_inclusion_proofs(go: dict[str, Any], tiles: dict[Tile, bytes]) -> None:
    for vector in go["inclusion"]:
        index, size = vector["index"], vector["size"]
        root = tree_root(size, TileReader(tiles.__getitem__, size=size))
        proof = inclusion_proof(index, size, TileReader(tiles.__getitem__, size=size, root=root))
        assert [b64(value) for value in proof] == vector["path"]
        verify_inclusion(leaves(70000)[index], index, size, proof, root)


def test_go_has_the_same_consistency_proofs(go: dict[str, Any], tiles: dict[Tile, bytes]) -> None:
    for vector in go["consistency"]:
        old, new = vector["index"], vector["size"]
        root = tree_root(new, TileReader(tiles.__getitem__, size=new))
        reader = TileReader(tiles.__getitem__, size=new, root=root)
        proof = consistency_proof(old, new, reader)
        assert [b64(value) for value in proof] == vector["path"]
        verify_consistency(old, tree_root(old, reader), new, root, proof)


def test_go_has_the_same_tiles(go: dict[str, Any], tiles: dict[Tile, bytes]) -> None:
    for path in go["paths"]:
        assert parse_path(path).path() == path
    assert go["tiles"]
    for path, digest in go["tiles"].items():
        assert hashlib.sha256(tiles[parse_path(path)]).hexdigest() == digest


def test_go_signs_the_same_notes(go: dict[str, Any]) -> None:
    for vector in go["notes"]:
        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(vector["seed"]))
        verifier = Verifier.parse(vector["vkey"])
        assert verifier.public_key == key.public_key().public_bytes_raw()
        assert verifier.vkey == vector["vkey"]
        ours = note.sign(vector["text"], name=vector["name"], key_id=verifier.key_id, signer=key.sign)
        assert ours.decode() == vector["note"]
        assert note.open_note(vector["note"].encode(), [verifier]).text == vector["text"]


def test_the_committed_answers_are_gos(go: dict[str, Any], client: Path) -> None:
    answered = subprocess.run([client, "vectors"], check=True, capture_output=True, timeout=60)
    assert json.loads(answered.stdout) == go


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 600])
def test_go_walks_our_log(size: int, client: Path, tmp_path: Path) -> None:
    write_log(tmp_path, size)
    old = size // 2
    walked = walk(client, tmp_path, old)
    roots = [b64(root_of(size))] + ([b64(root_of(old))] if old else [])
    assert walked.stdout.split() == [LOG_NAME, str(size), str(size), *roots]
    assert walked.returncode == 0


@pytest.mark.parametrize("path", ["checkpoint", "tile/0/000", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001"])
def test_go_refuses_our_log_when_a_byte_is_changed(path: str, client: Path, tmp_path: Path) -> None:
    write_log(tmp_path, 600)
    data = bytearray((tmp_path / path).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / path).write_bytes(data)
    walked = walk(client, tmp_path, 300)
    assert walked.returncode == 1
    assert walked.stderr


def walk(client: Path, place: Path, old: int) -> subprocess.CompletedProcess[str]:
    command = [str(client), "walk", str(place), LOG.verifier.vkey, str(old)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def write_log(folder: Path, size: int) -> None:
    """Lays a log of ``size`` entries into a folder, as it is served."""
    files = {tile.path(): data for tile, data in grow(0, (), leaves(size)).tiles}
    for index in range((size + 255) // 256):
        width = sized(0, index, size).width
        bundle = encode_bundle([entry(number) for number in range(index * 256, index * 256 + width)])
        files[Tile(ENTRIES, index, width).path()] = bundle
    head = Checkpoint(LOG_NAME, size, root_of(size)).body()
    files["checkpoint"] = note.sign(head, name=LOG_NAME, key_id=LOG.verifier.key_id, signer=LOG.sign)
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
