"""Timestamps on checkpoints by an outside authority (RFC 3161), an option: that the log stood so at that time.

What is asked is read in one transaction, sent outside any, and what came back is checked before it is kept.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.log_ports import Timestamps
from evidence.actions.ports import Services
from evidence.domain.errors import not_found
from evidence.domain.log import timestamp
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.timestamp import Stamp
from evidence.records import log as records
from evidence.records.timestamps import LogTimestamp, newest_timestamp, unstamped_checkpoint


@dataclass(frozen=True)
class Question:
    """The checkpoint whose note is to be stamped, and the nonce that the answer must repeat."""

    origin: int
    size: int
    note: bytes
    nonce: bytes


@dataclass(frozen=True)
class Stamped:
    """A token, and the very bytes that it is over: the note as the log signed it, without cosignatures."""

    token: bytes
    note: bytes


def question(session: Session, services: Services) -> Question | None:
    """The newest published checkpoint, witnessed where the policy has witnesses; None when it has its token."""
    origin = records.present_origin(session)
    witnessed = bool(services.policy.log_policy.witnesses)
    row = unstamped_checkpoint(session, origin.number, witnessed=witnessed) if origin else None
    if row is None:
        return None
    return Question(row.origin, row.size, row.note, services.entropy.token(timestamp.NONCE_BYTES))


def ask(authority: Timestamps, one: Question) -> tuple[bytes, Stamp]:
    """The response and what it says. ``BadProof`` when it is over other bytes, or answers somebody else."""
    sha256 = hashlib.sha256(one.note).digest()
    response = authority.ask(timestamp.request(sha256, nonce=one.nonce))
    stamp = timestamp.read(response)
    if stamp.sha256 != sha256:
        raise BadProof("timestamp_other_bytes")
    if stamp.nonce != int.from_bytes(one.nonce):
        raise BadProof("timestamp_other_question")
    return response, stamp


def keep(session: Session, services: Services, *, one: Question, token: bytes, stamp: Stamp) -> None:
    """Keeps a token; without effect when the checkpoint has one."""
    row = {"origin": one.origin, "size": one.size, "token": token, "stamped_at": stamp.at}
    kept = insert(LogTimestamp).values(**row, kept_at=services.clock.now())
    session.execute(kept.on_conflict_do_nothing())


def newest(session: Session) -> Stamped:
    """For the public log: the newest token of the present log; 404 before the first."""
    origin = records.present_origin(session)
    found = newest_timestamp(session, origin.number) if origin else None
    if found is None:
        raise not_found()
    row, checkpoint = found
    return Stamped(row.token, checkpoint.note)
