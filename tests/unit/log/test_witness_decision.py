"""A witness signs a log that only grows, and says why it does not sign another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import LOG, LOG_NAME, NORTH, SOUTH, Key, Rows, cosigned, leaves, root_of

from evidence.domain.log import note, witness
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import EMPTY_ROOT, BadProof, consistency_proof
from evidence.domain.log.note import Verifier
from evidence.domain.log.witness import Conflict, Cosign, Refusal, Refused, Request, State, consider

TREE = Rows(leaves(600))
OTHER = "otra.example/log"


def request(old: int, new: int, *, root: bytes | None = None, key: Key = LOG, origin: str = LOG_NAME) -> Request:
    head = Checkpoint(origin, new, root or root_of(new))
    signed = note.sign(head.body(), name=key.verifier.name, key_id=key.verifier.key_id, signer=key.sign)
    return Request(old, tuple(consistency_proof(old, new, TREE)) if old <= new else (), signed)


def state(size: int) -> State:
    return State(size, root_of(size))


@given(old=st.integers(0, 600), data=st.data())
def test_a_log_that_grew_is_signed(old: int, data: st.DataObject) -> None:
    new = data.draw(st.integers(old, 600))
    given_request = Request.parse(request(old, new).encode())
    assert given_request == request(old, new)
    assert given_request.checkpoint().origin == LOG_NAME
    decided = consider(state(old), given_request, LOG.verifier)
    assert decided == Cosign(Checkpoint(LOG_NAME, new, root_of(new)))
    assert decided.state == state(new)


def test_the_first_time_begins_at_nothing() -> None:
    assert isinstance(consider(None, request(0, 5), LOG.verifier), Cosign)
    assert isinstance(consider(None, request(0, 0), LOG.verifier), Cosign)
    assert consider(None, request(3, 5), LOG.verifier) == Conflict(0)
    assert consider(None, request(0, 0, root=root_of(1)), LOG.verifier) == Conflict(0)


def test_a_witness_elsewhere_says_where_it_is() -> None:
    for size in (0, 4, 6, 9):
        assert consider(state(size), request(5, 8), LOG.verifier) == Conflict(size)
    assert Conflict.parse(Conflict(20852014).encode()) == Conflict(20852014)
    assert Conflict(7).encode() == b"7\n"
    for body in (b"", b"7", b"07\n", b"-1\n", b"7\n\n", b"\xff\n"):
        with pytest.raises(BadProof):
            Conflict.parse(body)


def test_a_fork_is_not_signed() -> None:
    """Another root at the same size; another history at a larger size; and the smaller tree once more."""
    fork = root_of(9)
    assert consider(state(5), request(5, 5, root=fork), LOG.verifier) == Conflict(5)
    assert consider(state(5), request(5, 8, root=fork), LOG.verifier) == Refused(Refusal.INCONSISTENT)
    assert consider(State(5, fork), request(5, 8), LOG.verifier) == Refused(Refusal.INCONSISTENT)
    assert consider(state(8), request(5, 5), LOG.verifier) == Conflict(8)
    assert consider(state(8), request(8, 5), LOG.verifier) == Refused(Refusal.SIZES_BACKWARDS)


def test_a_proof_that_does_not_prove_is_refused() -> None:
    good = request(5, 8)
    for proof in ((), good.proof[:-1], (*good.proof, EMPTY_ROOT), good.proof[::-1]):
        assert consider(state(5), Request(5, proof, good.note), LOG.verifier) == Refused(Refusal.INCONSISTENT)
    from_nothing = Request(0, (root_of(5),), request(0, 5).note)
    assert consider(None, from_nothing, LOG.verifier) == Refused(Refusal.INCONSISTENT)


def test_strangers_are_refused() -> None:
    assert consider(None, request(0, 5)) == Refused(Refusal.UNKNOWN_LOG)
    assert consider(None, request(0, 5, origin=OTHER), LOG.verifier) == Refused(Refusal.UNKNOWN_LOG)
    impostor = Key("impostor", LOG_NAME)
    assert consider(None, request(0, 5, key=impostor), LOG.verifier) == Refused(Refusal.SIGNATURE_WRONG)
    cosigner = Verifier(LOG_NAME, NORTH.verifier.algorithm, LOG.verifier.public_key)
    assert consider(None, request(0, 5), cosigner) == Refused(Refusal.UNKNOWN_LOG)


def test_a_log_may_change_its_key() -> None:
    newer = Key("newer", LOG_NAME)
    for key in (LOG, newer):
        assert isinstance(consider(state(5), request(5, 8, key=key), LOG.verifier, newer.verifier), Cosign)


def test_a_note_that_is_no_checkpoint_is_malformed() -> None:
    signed = note.sign("a\nb\n", name=LOG_NAME, key_id=LOG.verifier.key_id, signer=LOG.sign)
    assert consider(None, Request(0, (), signed), LOG.verifier) == Refused(Refusal.MALFORMED)


def test_what_is_not_a_request() -> None:
    body = request(5, 8).encode()
    assert body.startswith(b"old 5\n")
    first, rest = body.split(b"\n", 1)
    for broken in (
        b"",
        b"\n\n",
        rest,
        b"old 05\n" + rest,
        b"old -1\n" + rest,
        b"old\n" + rest,
        b"size 5\n" + rest,
        first + b"\nAAAA\n" + rest,
        first + b"\n" + (b"A" * 43 + b"=\n") * 64 + rest,
        first + b"\n\xff\n" + rest,
        first + b"\n\n" + rest,
        body[:-1],
        body.replace(b"\n\n", b"\n"),
    ):
        with pytest.raises(BadProof):
            Request.parse(broken)


def test_the_answer_is_checked_by_the_log() -> None:
    head = Checkpoint(LOG_NAME, 8, root_of(8))
    lines = [cosigned(head, key) for key in (NORTH, SOUTH)]
    body = witness.encode_response(lines)
    assert body.decode().startswith("— norte.example/w1 ")
    assert witness.parse_response(body, head, [NORTH.verifier, SOUTH.verifier]) == lines
    assert witness.parse_response(body, head, [SOUTH.verifier]) == lines[1:]
    for wrong in (body[:-1], b"", body.replace(b"norte", b"oeste")):
        with pytest.raises(BadProof):
            witness.parse_response(wrong, head, [NORTH.verifier])
    with pytest.raises(BadProof, match="signature_wrong"):
        witness.parse_response(body, Checkpoint(LOG_NAME, 9, root_of(9)), [NORTH.verifier])
