"""The vectors that the phone shares are what the code here says."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from vectors.make import HERE, VECTORS, written

from evidence.domain.canonical import jcs
from evidence.domain.log import policy
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.proof import verify_proof


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_the_committed_vectors_are_the_written_ones(name: str) -> None:
    assert (HERE / f"{name}.json").read_text(encoding="utf-8") == written(name)


def test_no_vector_file_is_without_a_maker() -> None:
    assert {path.stem for path in HERE.glob("*.json")} == set(VECTORS)


def test_the_vectors_hold_no_private_key() -> None:
    for path in Path(HERE).glob("*.json"):
        for row in json.loads(path.read_text(encoding="utf-8")).get("documents", []):
            assert "d" not in row["document"].get("key", {})


RECEIPTS = json.loads((HERE / "receipts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", RECEIPTS["policies"], ids=lambda row: row["why"])
def test_a_receipts_proof_is_believed_exactly_by_the_policies_that_say_so(row: dict[str, Any]) -> None:
    entry_hash = hashlib.sha256(jcs(RECEIPTS["receipt"]["entry"])).digest()
    text = RECEIPTS["receipt"]["proof"]
    if row["code"] is None:
        proven = verify_proof(text, entry_hash, policy.parse(row["policy"].encode()))
        assert (proven.index, proven.size) == (RECEIPTS["proven"]["index"], RECEIPTS["proven"]["size"])
    else:
        with pytest.raises(BadProof) as refused:
            verify_proof(text, entry_hash, policy.parse(row["policy"].encode()))
        assert refused.value.code == row["code"]


PROOF_FAULTS = {
    "root_differs",
    "proof_too_short",
    "proof_too_long",
    "index_outside_tree",
    "signature_wrong",
    "not_signed",
}
PROOF_FAULTS |= {"origin_differs", "proof_malformed", "number_malformed"}


@pytest.mark.parametrize(
    "row", [row for row in RECEIPTS["forged"] if row["code"] in PROOF_FAULTS], ids=lambda row: row["why"]
)
def test_a_forged_proof_is_refused_for_the_same_reason_here(row: dict[str, Any]) -> None:
    entry_hash = hashlib.sha256(jcs(row["receipt"]["entry"])).digest()
    with pytest.raises(BadProof) as refused:
        verify_proof(row["receipt"]["proof"], entry_hash, RECEIPTS["log_key"])
    assert refused.value.code == row["code"]
