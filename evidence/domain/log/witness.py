"""The witness protocol (C2SP tlog-witness): bodies of ``add-checkpoint`` and the witness's decision.

The decision is pure. Whoever keeps the state must read it, decide and store the new one atomically,
and store before answering.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evidence.domain.log import cosignature, note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.lines import b64, decimal, hash_of
from evidence.domain.log.merkle import EMPTY_ROOT, BadProof, verify_consistency
from evidence.domain.log.note import Algorithm, Signature, Verifier

MAX_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"  # content type of the 409 answer


class Refusal(StrEnum):
    """Why a witness does not sign, with the HTTP status that the protocol gives to it."""

    MALFORMED = "malformed"  # 400
    SIZES_BACKWARDS = "sizes_backwards"  # 400
    SIGNATURE_WRONG = "signature_wrong"  # 403
    UNKNOWN_LOG = "unknown_log"  # 404
    INCONSISTENT = "inconsistent"  # 422


@dataclass(frozen=True, slots=True)
class State:
    """The newest checkpoint of one origin that a witness has cosigned."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Request:
    """A checkpoint (``note``, as signed) and the proof that it continues the tree of ``old_size``."""

    old_size: int
    proof: tuple[bytes, ...]
    note: bytes

    def encode(self) -> bytes:
        """The request body."""
        lines = [f"old {self.old_size}", *(b64(value) for value in self.proof), "", ""]
        return "\n".join(lines).encode() + self.note

    @classmethod
    def parse(cls, body: bytes) -> "Request":
        """Reads a request body; ``BadProof`` when it is not of the form."""
        head, empty_line, signed = body.partition(b"\n\n")
        try:
            first, *proof = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise BadProof("request_malformed") from None
        if not empty_line or not first.startswith("old ") or len(proof) > MAX_PROOF:
            raise BadProof("request_malformed")
        request = cls(decimal(first.removeprefix("old ")), tuple(hash_of(line) for line in proof), signed)
        request.checkpoint()
        return request

    def checkpoint(self) -> Checkpoint:
        """What the note says, not verified: by its origin a witness finds state and keys."""
        return Checkpoint.parse(note.split(self.note)[0])


@dataclass(frozen=True, slots=True)
class Cosign:
    """Sign this, after ``state`` has been stored."""

    checkpoint: Checkpoint

    @property
    def state(self) -> State:
        return State(self.checkpoint.size, self.checkpoint.root)


@dataclass(frozen=True, slots=True)
class Conflict:
    """The witness stands at ``size``: the log may try again from there (HTTP 409).

    Also the answer when the log shows another root at the same size, which is a fork.
    """

    size: int

    def encode(self) -> bytes:
        return f"{self.size}\n".encode()

    @classmethod
    def parse(cls, body: bytes) -> "Conflict":
        text = body.decode("ascii", "replace")
        if not text.endswith("\n"):
            raise BadProof("conflict_malformed")
        return cls(decimal(text[:-1]))


@dataclass(frozen=True, slots=True)
class Refused:
    code: Refusal


def consider(state: State | None, request: Request, *log_keys: Verifier) -> Cosign | Conflict | Refused:
    """What a witness does with a request, in the order of checks that the protocol gives.

    ``state`` is that of the request's origin, ``None`` when it never signed for it; ``log_keys`` are the keys
    trusted for that origin (several while a log changes its key), none when the log is unknown.
    """
    known = state or State()
    try:
        checkpoint = request.checkpoint()
    except BadProof:
        return Refused(Refusal.MALFORMED)
    keys = [key for key in log_keys if key.name == checkpoint.origin and key.algorithm is Algorithm.ED25519]
    if not keys:
        return Refused(Refusal.UNKNOWN_LOG)
    try:
        note.open_note(request.note, keys)
    except BadProof:
        return Refused(Refusal.SIGNATURE_WRONG)
    if request.old_size > checkpoint.size:
        return Refused(Refusal.SIZES_BACKWARDS)
    if request.old_size != known.size or (checkpoint.size == known.size and checkpoint.root != known.root):
        return Conflict(known.size)
    try:
        verify_consistency(known.size, known.root, checkpoint.size, checkpoint.root, request.proof)
    except BadProof:
        return Refused(Refusal.INCONSISTENT)
    return Cosign(checkpoint)


def cosign(
    checkpoint: Checkpoint, *, name: str, public_key: bytes, seconds: int, signer: Callable[[bytes], bytes]
) -> Signature:
    """The witness's signature on a checkpoint at ``seconds`` since 1970."""
    identity = note.key_id(name, Algorithm.COSIGNATURE, public_key)
    return Signature(name, identity, cosignature.sign(checkpoint.body(), seconds, signer))


def encode_response(signatures: Iterable[Signature]) -> bytes:
    """The body of the 200 answer: signature lines only."""
    return "".join(each.line() for each in signatures).encode()


def parse_response(body: bytes, checkpoint: Checkpoint, witnesses: Sequence[Verifier]) -> list[Signature]:
    """The cosignatures by ``witnesses`` in an answer, verified over ``checkpoint``; those of strangers are dropped.

    ``BadProof`` when the answer is malformed, a known key's signature is wrong, or no known key has signed.
    """
    whole = checkpoint.body().encode() + b"\n" + body
    return [each.signature for each in note.open_note(whole, witnesses).by]
