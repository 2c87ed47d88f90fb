"""Timestamps against the checkpoints that they are over, and against the authorities that the operator trusts."""

import hashlib
from collections.abc import Sequence

from cryptography.x509 import Certificate
from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.verification.verifying_cursor import streamed
from evidence.domain.log import timestamp, timestamp_trust
from evidence.domain.log.merkle import BadProof
from evidence.domain.verifying import Fault
from evidence.domain.verifying_report import ServiceReport
from evidence.records.log import LogCheckpoint, LogOrigin
from evidence.records.timestamps import LogTimestamp

PAGE = 500


def check_timestamps(session: Session, report: ServiceReport, *, tsa_roots: Sequence[Certificate] | None) -> None:
    """Each token is over its checkpoint's note, at the time that its row says; ``Fault`` for the first that is not."""
    wanted = (
        select(LogTimestamp.token, LogTimestamp.stamped_at, LogCheckpoint.note, LogOrigin.name, LogCheckpoint.size)
        .join(LogCheckpoint, (LogCheckpoint.origin == LogTimestamp.origin) & (LogCheckpoint.size == LogTimestamp.size))
        .join(LogOrigin, LogOrigin.number == LogTimestamp.origin)
        .order_by(LogTimestamp.origin, LogTimestamp.size)
    )
    with streamed(session, wanted, page=PAGE) as rows:
        for token, stamped_at, note, origin, size in rows:
            try:
                stamp = timestamp.read(token)
                if stamp.sha256 != hashlib.sha256(note).digest() or stamp.at != stamped_at:
                    raise BadProof("timestamp_other_bytes")
                if tsa_roots is not None:
                    timestamp_trust.verify(token, tsa_roots)
            except BadProof as bad:
                code = bad.code if bad.code in timestamp_trust.CODES else "timestamp_fails"
                raise Fault(code, file=f"{origin} {size}", reason=str(bad)) from None
            report.timestamps += 1
