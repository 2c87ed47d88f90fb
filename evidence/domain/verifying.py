"""What can be checked of the custody log with nothing but a file and a key: receipts and chains (protocol, section 9).

Every check ends in a report or in a ``Fault``, which names the first thing that is wrong.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.domain.bundle.members import Malformed, entry_of_members
from evidence.domain.canonical import b64url_decode, jcs, sha256_hex
from evidence.domain.custody import Chain, Entry, details_match, link_fault
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.log.policy import Policy
from evidence.domain.log.proof import Proven, verify_proof

RECEIPT_KINDS = frozenset({"capture.secured", "capture.secured_partial"})
RECEIPT_VERSION = 1


class Fault(Exception):
    """The first thing that is wrong: a stable ``code``, and the facts that its sentence names."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code} {facts}" if facts else code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True)
class ReceiptReport:
    """A receipt that holds. ``media`` are the lines of its details: id, sha256, size, state, version, lock."""

    entry: Entry
    entry_sha256: str
    manifest_sha256: str
    media: tuple[Mapping[str, Any], ...]
    proven: Proven


@dataclass(frozen=True)
class ChainReport:
    """A chain that holds from its first entry to its ``entries``-th.

    ``open`` entries came with details and salt; ``withheld`` without: left out or expunged. ``proven`` entries
    came with a proof that was verified.
    """

    chain: Chain
    entries: int
    open: int
    withheld: int
    proven: int


def check_receipt(document: Mapping[str, Any], trusted: Policy | Verifier) -> ReceiptReport:
    """Verifies a receipt (``urn:casquillo:schema:receipt-1``) against the log's key or a policy."""
    try:
        entry = entry_of_members(document["entry"])
        salt, details, text = b64url_decode(document["salt"]), document["details"], document["proof"]
        manifest_sha256, media = details["manifest_sha256"], tuple(details["media"])
        if document["v"] != RECEIPT_VERSION or not isinstance(text, str) or entry.kind not in RECEIPT_KINDS:
            raise Fault("receipt_malformed")
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        raise Fault("receipt_malformed") from None
    if document.get("manifest_sha256") != manifest_sha256:
        raise Fault("receipt_other_manifest")
    if not details_match(salt, details, entry.details_sha256):
        raise Fault("receipt_details_changed")
    sha256 = sha256_hex(jcs(entry.members()))
    return ReceiptReport(entry, sha256, manifest_sha256, media, _proven(text, sha256, trusted, at=entry))


def check_chain(lines: Sequence[Mapping[str, Any]], trusted: Policy | Verifier | None) -> ChainReport:
    """Folds a chain as ``GET /captures/{id}/custody`` answers it: entries with what is open of their details.

    Proofs are verified when ``trusted`` is given; then an entry without one is only not counted as proven.
    """
    previous: tuple[Entry, str] | None = None
    opened = proven = 0
    for number, line in enumerate(lines, start=1):
        entry, salt, details, text = _line(line, number)
        sha256 = sha256_hex(jcs(entry.members()))
        fault = link_fault(entry, line.get("entry_sha256", sha256), previous)
        if fault is not None:
            raise Fault(f"chain_{fault.reason}", chain=name_of(entry.chain), seq=fault.seq)
        if details is not None and salt is not None:
            if not details_match(salt, details, entry.details_sha256):
                raise Fault("details_changed", chain=name_of(entry.chain), seq=entry.seq)
            opened += 1
        if text is not None and trusted is not None:
            _proven(text, sha256, trusted, at=entry)
            proven += 1
        previous = (entry, sha256)
    if previous is None:
        raise Fault("chain_empty")
    count = previous[0].seq
    return ChainReport(previous[0].chain, count, opened, count - opened, proven)


def name_of(chain: Chain) -> str:
    """``capture/0198…``: how sentences name a chain."""
    return f"{chain.type}/{chain.id}"


def _line(line: Mapping[str, Any], number: int) -> tuple[Entry, bytes | None, Mapping[str, Any] | None, str | None]:
    try:
        salt = line.get("salt")
        return (
            entry_of_members(line["entry"]),
            b64url_decode(salt) if salt is not None else None,
            line.get("details"),
            line.get("proof"),
        )
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        raise Fault("entry_malformed", seq=number) from None


def _proven(text: str, entry_sha256: str, trusted: Policy | Verifier, *, at: Entry) -> Proven:
    try:
        return verify_proof(text, bytes.fromhex(entry_sha256), trusted)
    except BadProof as bad:
        raise Fault("proof_fails", chain=name_of(at.chain), seq=at.seq, reason=str(bad)) from None
