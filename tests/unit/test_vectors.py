"""The vectors that the phone shares are what the code here says."""

import json
from pathlib import Path

import pytest
from vectors.make import HERE, VECTORS, written


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_the_committed_vectors_are_the_written_ones(name: str) -> None:
    assert (HERE / f"{name}.json").read_text(encoding="utf-8") == written(name)


def test_no_vector_file_is_without_a_maker() -> None:
    assert {path.stem for path in HERE.glob("*.json")} == set(VECTORS)


def test_the_vectors_hold_no_private_key() -> None:
    for path in Path(HERE).glob("*.json"):
        for row in json.loads(path.read_text(encoding="utf-8")).get("documents", []):
            assert "d" not in row["document"].get("key", {})
