"""A proof that carries itself (C2SP tlog-proof): index, inclusion path and signed checkpoint in one text.

Whoever holds the log's key, or a policy with the keys of log and witnesses, verifies it without any network.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from evidence.domain.log import note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.lines import b64, b64_decode, decimal, hash_of
from evidence.domain.log.merkle import BadProof, leaf_hash, verify_inclusion
from evidence.domain.log.note import Opened, Verifier
from evidence.domain.log.policy import Policy

HEADER = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63


@dataclass(frozen=True, slots=True)
class Proof:
    """The parts of a proof, nothing verified. ``note`` is the checkpoint as the log signed it, byte for byte."""

    index: int
    path: tuple[bytes, ...]
    note: bytes
    extra: bytes | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof showed: the entry stands at ``index`` of the tree of ``checkpoint``.

    ``witnesses`` are the names of those whose cosignature was verified, ``seen_at`` the latest of their times
    in seconds since 1970, or ``None`` without witnesses.
    """

    index: int
    size: int
    witnesses: tuple[str, ...]
    checkpoint: Checkpoint
    seen_at: int | None


def make(*, index: int, path: Sequence[bytes], note: bytes, extra: bytes | None = None) -> str:
    """The text of a proof."""
    lines = [HEADER]
    if extra is not None:
        lines.append(f"extra {b64(extra)}")
    lines += [f"index {index}", *(b64(value) for value in path), "", note.decode()]
    return "\n".join(lines)


def parse(text: str) -> Proof:
    """Takes a proof's text apart; ``BadProof`` when it is not of the form."""
    head, _, signed = text.partition("\n\n")
    lines = head.split("\n")
    if lines.pop(0) != HEADER or not signed:
        raise BadProof("proof_malformed")
    extra = None
    if lines and lines[0].startswith("extra "):
        extra = b64_decode(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise BadProof("proof_malformed", "no index")
    index = decimal(lines.pop(0).removeprefix("index "))
    if len(lines) > MAX_PATH:
        raise BadProof("proof_too_long")
    return Proof(index, tuple(hash_of(line) for line in lines), signed.encode(), extra)


def verify_proof(proof: str | Proof, entry_hash: bytes, trusted: Policy | Verifier | str) -> Proven:
    """Verifies offline that the 32-byte ``entry_hash`` is in the log.

    ``trusted`` is the log's key (a ``Verifier`` or its vkey), whose signature then suffices, or a policy,
    whose quorum must have cosigned as well. ``BadProof`` names what fails.
    """
    given = parse(proof) if isinstance(proof, str) else proof
    known = Verifier.parse(trusted) if isinstance(trusted, str) else trusted
    opened = known.open(given.note) if isinstance(known, Policy) else note.open_note(given.note, [known])
    checkpoint = Checkpoint.parse(opened.text)
    if not _signed_by_its_log(opened, checkpoint):
        raise BadProof("origin_differs", checkpoint.origin)
    verify_inclusion(leaf_hash(entry_hash), given.index, checkpoint.size, given.path, checkpoint.root)
    cosigned = [each for each in opened.by if each.seconds is not None]
    return Proven(
        index=given.index,
        size=checkpoint.size,
        witnesses=tuple(each.verifier.name for each in cosigned),
        checkpoint=checkpoint,
        seen_at=max((each.seconds for each in cosigned if each.seconds is not None), default=None),
    )


def _signed_by_its_log(opened: Opened, checkpoint: Checkpoint) -> bool:
    """The log's key name must be the origin, so that one log's key cannot speak for another log."""
    return any(each.seconds is None and each.verifier.name == checkpoint.origin for each in opened.by)
