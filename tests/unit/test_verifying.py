"""Receipts and chains checked alone: the known ones, every forgery of them, and the command that says so."""

import argparse
import copy
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from evidence.commands import verify
from evidence.domain.callers import SYSTEM
from evidence.domain.canonical import b64url, hashes_to, jcs, salted_sha256_hex, sha256_hex
from evidence.domain.custody import Chain, Entry
from evidence.domain.log import policy
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.verifying import Fault, check_chain, check_receipt
from evidence.domain.verifying_words import SENTENCES, Language, sentence

HERE = Path(__file__).parent
KNOWN = json.loads((HERE / "vectors" / "receipts.json").read_text(encoding="utf-8"))
RECEIPT = KNOWN["receipt"]
LOG = Verifier.parse(KNOWN["log_key"])
SOURCES = HERE.parents[1] / "evidence"


def test_the_known_receipt_holds() -> None:
    report = check_receipt(RECEIPT, LOG)
    assert (report.proven.index, report.proven.size) == (KNOWN["proven"]["index"], KNOWN["proven"]["size"])
    assert report.manifest_sha256 == RECEIPT["manifest_sha256"]
    assert [line["id"] for line in report.media] == [line["id"] for line in RECEIPT["details"]["media"]]
    assert report.entry_sha256 == sha256_hex(jcs(RECEIPT["entry"]))


@pytest.mark.parametrize("known", KNOWN["policies"], ids=lambda known: known["why"])
def test_the_known_receipt_under_policies(known: dict[str, Any]) -> None:
    if known["code"] is None:
        check_receipt(RECEIPT, policy.parse(known["policy"].encode()))
    else:
        with pytest.raises((Fault, BadProof)):
            check_receipt(RECEIPT, policy.parse(known["policy"].encode()))


@pytest.mark.parametrize("forged", KNOWN["forged"], ids=lambda forged: forged["why"])
def test_every_known_forgery_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(Fault):
        check_receipt(forged["receipt"], LOG)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, member in value.items() for found in paths(member, (*path, key))]
    if isinstance(value, list):
        return [found for key, member in enumerate(value) for found in paths(member, (*path, key))]
    return [path]


# What a receipt says beside its entry and details: told in passing, proven by nothing.
UNPROVEN = (("capture_id",), ("witnessed",))


@pytest.mark.parametrize("path", [path for path in paths(RECEIPT) if path not in UNPROVEN], ids=lambda path: str(path))
def test_every_changed_member_is_refused(path: tuple[Any, ...]) -> None:
    changed = copy.deepcopy(RECEIPT)
    *to, last = path
    place = changed
    for key in to:
        place = place[key]
    value = place[last]
    place[last] = value + 1 if isinstance(value, int) else f"{value}x" if isinstance(value, str) else "x"
    with pytest.raises(Fault):
        check_receipt(changed, LOG)
    del place[last]
    with pytest.raises(Fault):
        check_receipt(changed, LOG)


@pytest.mark.parametrize("wrong", [{"v": 2}, {"entry": None}, {"details": []}, {"salt": 5}, {"proof": None}])
def test_what_is_no_receipt(wrong: dict[str, Any]) -> None:
    for document in ({**RECEIPT, **wrong}, wrong, {}):
        with pytest.raises(Fault, match="receipt_malformed"):
            check_receipt(document, LOG)


def chain(length: int = 6) -> list[dict[str, Any]]:
    """A chain as the API answers it, with salts and details."""
    place, at = Chain("capture", UUID(int=7)), datetime(2026, 5, 1, tzinfo=UTC)
    lines: list[dict[str, Any]] = []
    for seq in range(1, length + 1):
        salt, details = bytes([seq]) * 16, {"number": seq}
        entry = Entry(
            entry_id=UUID(int=1000 + seq),
            agency_id=UUID(int=3),
            chain=place,
            seq=seq,
            prev=lines[-1]["entry_sha256"] if lines else None,
            kind="media.received",
            at=at + timedelta(seconds=seq),
            actor=SYSTEM,
            subject_sha256=salted_sha256_hex(salt, details),
            details_sha256=salted_sha256_hex(salt, details),
            nonce=b64url(bytes([seq]) * 16),
        )
        lines.append(
            {"entry": entry.members(), "entry_sha256": entry.sha256(), "salt": b64url(salt), "details": details}
        )
    return lines


def test_a_chain_holds_with_and_without_details() -> None:
    lines = chain()
    assert check_chain(lines, None).open == 6
    lines[2] |= {"salt": None, "details": None}
    report = check_chain(lines, LOG)
    assert (report.entries, report.open, report.withheld, report.proven) == (6, 5, 1, 0)


def _change(number: int, **members: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda lines: lines[number]["entry"].update(members)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: lines.clear(), "chain_empty"),
        (lambda lines: lines.pop(0), "chain_seq"),
        (lambda lines: lines.pop(3), "chain_seq"),
        (lambda lines: lines.insert(3, lines[3]), "chain_seq"),
        (lambda lines: lines.reverse(), "chain_seq"),
        (_change(3, kind="media.verified"), "chain_hash"),
        (_change(3, prev=None), "chain_prev"),
        (_change(3, at="2026-05-01"), "entry_malformed"),
        (_change(3, extra=1), "entry_malformed"),
        (lambda lines: lines[3].update(details={"number": 5}), "details_changed"),
        (lambda lines: lines[3].update(salt=lines[2]["salt"]), "details_changed"),
        (lambda lines: lines[3].update(salt="="), "entry_malformed"),
        (lambda lines: lines[3].update(proof="c2sp.org/tlog-proof@v1\n"), "proof_fails"),
    ],
)
def test_the_first_thing_wrong_with_a_chain_is_named(change: Callable[[Any], object], code: str) -> None:
    lines = chain()
    change(lines)
    with pytest.raises(Fault) as raised:
        check_chain(lines, LOG)
    assert raised.value.code == code
    assert raised.value.facts.get("seq", 4) in (1, 4, 5)


def test_a_chain_rewritten_from_some_entry_on_is_seen_by_its_proofs_only() -> None:
    """Folding shows that a chain is whole, not that it is the one that was logged."""
    lines = chain()
    check_chain(lines[:4], LOG)
    lines[0]["proof"] = RECEIPT["proof"]
    with pytest.raises(Fault, match="proof_fails"):
        check_chain(lines, LOG)


def test_every_fault_has_its_sentences() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCES.rglob("verif*.py"))
    raised = set(re.findall(r'Fault\(\s*f?"([a-z_]+)"', code))
    raised |= {f"chain_{reason}" for reason in ("seq", "prev", "hash", "clock", "chain")}
    assert len(raised) > 40
    assert raised - {"chain_"} <= set(SENTENCES)
    for spanish, english in SENTENCES.values():
        assert set(re.findall(r"{(\w+)}", spanish)) == set(re.findall(r"{(\w+)}", english))
        assert spanish != english


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"b": 1, "a": [None, True, "ñ", {"z": '\u2028\x7f"\\\n'}]},
        {"half": 0.5, "one": 1.0, "big": 1e21},
        {"😀": 1, "\ufb33": 2},
    ],
)
def test_a_hash_is_recognised_by_either_way_of_writing(value: dict[str, Any]) -> None:
    salt = b"s" * 16
    assert hashes_to(salted_sha256_hex(salt, value), value, salt=salt)
    assert not hashes_to(salted_sha256_hex(salt, {**value, "more": 1}), value, salt=salt)
    assert not hashes_to(sha256_hex(b""), {"no": float("nan")})
    assert not hashes_to(sha256_hex(b""), {"no": "\ud800"})


def said(capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str]:
    parser = argparse.ArgumentParser()
    verify.add_arguments(parser)
    code = verify.run(parser.parse_args(line), {})
    out = capsys.readouterr()
    return code, out.out + out.err


def test_the_command_on_files(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    receipt, lines, broken = tmp_path / "receipt.json", tmp_path / "chain.json", tmp_path / "broken.json"
    known = tmp_path / "policy"
    receipt.write_text(json.dumps(RECEIPT))
    lines.write_text(json.dumps({"items": chain()}))
    broken.write_text(json.dumps({"items": chain()[1:]}))
    known.write_text(KNOWN["policies"][1]["policy"])
    key = KNOWN["log_key"]

    code, text = said(capsys, "receipt", str(receipt), "--key", key)
    assert code == 0
    assert text.startswith("El acuse es auténtico: ")
    code, text = said(capsys, "--lang", "en", "receipt", str(receipt), "--policy", str(known))
    assert (code, "norte.example" in text) == (0, True)
    assert said(capsys, "chain", str(lines))[0] == 0
    assert said(capsys, "chain", str(broken)) == (1, sentence_of("chain_seq", Language.ES))
    assert said(capsys, "--lang", "en", "chain", str(broken)) == (1, sentence_of("chain_seq", Language.EN))
    assert said(capsys, "receipt", str(lines), "--key", key)[0] == 1
    assert said(capsys, "receipt", str(tmp_path / "none"), "--key", key)[0] == 1
    assert said(capsys, "receipt", str(receipt), "--key", "nonsense") == (2, "vkey_malformed\n")
    assert said(capsys, "service")[0] == 2


def sentence_of(code: str, language: Language) -> str:
    return sentence(Fault(code, chain=f"capture/{UUID(int=7)}", seq=1), language) + "\n"
