"""Asking witnesses to cosign our newest checkpoint (C2SP tlog-witness). Asynchronous: nothing waits for them.

A cosignature says that somebody else saw this log only ever grow. What is asked is read in one transaction, sent
outside any, and what came back is verified before it is kept.
"""

from dataclasses import dataclass

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.log import log_reading
from evidence.actions.log.sealing import fetcher
from evidence.actions.log_ports import Witnesses
from evidence.actions.ports import Policy, Services
from evidence.domain.log import merkle, note
from evidence.domain.log import witness as rules
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.policy import Witness
from evidence.domain.log.tiles import TileReader
from evidence.records import log as records
from evidence.records.log import LogCheckpoint, LogCosignature


class WitnessRefused(Exception):
    """The witness answered, and did not sign. ``code`` is stable; ``log_ahead`` means that it has seen a larger log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True)
class Question:
    """What to send to one witness. ``checkpoint`` is the parsed note of ``request``."""

    witness: Witness
    origin: int
    checkpoint: Checkpoint
    request: rules.Request


def question(session: Session, asked: Witness, *, old_size: int | None = None) -> Question | None:
    """The newest published checkpoint and its proof from the witness's last size; None when it has signed that.

    ``old_size`` is what the witness itself said, where that differs from what we remember.
    """
    origin = records.present_origin(session)
    newest = records.newest_checkpoint(session, origin.number, published=True) if origin else None
    if origin is None or newest is None:
        return None
    known = records.cosigned_size(session, origin.number, asked.verifier.name)
    if known == newest.size:
        return None
    old = known if old_size is None else old_size
    if old > newest.size:
        raise WitnessRefused("log_ahead", f"{asked.name} has seen {old}, we are at {newest.size}")
    reader = TileReader(fetcher(session, origin), size=newest.size)
    path = merkle.consistency_proof(old, newest.size, reader)
    checkpoint = Checkpoint.parse(note.split(newest.note)[0])
    return Question(asked, origin.number, checkpoint, rules.Request(old, tuple(path), newest.note))


def ask(witnesses: Witnesses, one: Question) -> str | rules.Conflict:
    """The witness's verified signature line, or the size at which it stands. ``WitnessRefused`` for anything else."""
    if one.witness.url is None:
        raise WitnessRefused("no_address", one.witness.name)
    answer = witnesses.add_checkpoint(one.witness.url, one.request.encode())
    try:
        if answer.status == 200:
            (signature,) = rules.parse_response(answer.body, one.checkpoint, [one.witness.verifier])
            return signature.line()
        if answer.status == 409:
            return rules.Conflict.parse(answer.body)
    except BadProof as error:
        raise WitnessRefused("answer_malformed", str(error)) from None
    raise WitnessRefused(f"status_{answer.status}", answer.body[:200].decode("utf-8", "replace"))


def keep(session: Session, services: Services, *, one: Question, line: str) -> bool:
    """Keeps a cosignature; whether the checkpoint now has its quorum."""
    size = one.checkpoint.size
    row = {"origin": one.origin, "size": size, "witness": one.witness.verifier.name, "line": line}
    session.execute(insert(LogCosignature).values(row).on_conflict_do_nothing())
    checkpoint = session.get_one(LogCheckpoint, (one.origin, size))
    if checkpoint.witnessed_at is None and _has_quorum(session, services.policy, checkpoint):
        session.execute(
            update(LogCheckpoint)
            .where(LogCheckpoint.origin == one.origin, LogCheckpoint.size == size, LogCheckpoint.witnessed_at.is_(None))
            .values(witnessed_at=services.clock.now())
        )
        return True
    return checkpoint.witnessed_at is not None


def _has_quorum(session: Session, choices: Policy, row: LogCheckpoint) -> bool:
    whole = log_reading.with_cosignatures(session, row)
    known = [one.verifier for one in choices.log_policy.witnesses]
    try:
        return choices.log_policy.satisfied(note.open_note(whole, known).by)
    except BadProof:
        return False
