"""``casquillo verify service``: everything that the service keeps, against everything else (protocol, section 9).

It reads one snapshot of the database, with cursors, so that a million entries fit into little memory, and then the
store. The first thing that is wrong is raised as a ``Fault``. Nothing is written and no row is locked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cryptography.x509 import Certificate
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.store_ports import MediaStore
from evidence.actions.verification.verifying_chains import check_chains
from evidence.actions.verification.verifying_expunged import check_tombstones
from evidence.actions.verification.verifying_log import check_log
from evidence.actions.verification.verifying_rows import check_unspoken
from evidence.actions.verification.verifying_store import check_checkpoints, check_versions, newest_stored
from evidence.actions.verification.verifying_timestamps import check_timestamps
from evidence.domain.log.policy import Policy
from evidence.domain.verifying_report import Progress, ServiceReport


@dataclass(frozen=True)
class Depth:
    """``sample``: at most so many stored versions are asked for (None: all); ``deep``: each is read and hashed.

    ``tsa_roots``: up to these certificates the signatures of timestamps are checked, which else are only matched.
    """

    sample: int | None = 1000
    deep: bool = False
    tsa_roots: Sequence[Certificate] | None = None


def verify_service(
    sessions: sessionmaker[Session], store: MediaStore, *, policy: Policy, depth: Depth, progress: Progress
) -> ServiceReport:
    """Checks the whole service; ``Fault`` names the first thing that is wrong.

    ``policy`` names the witnesses whose cosignatures are verified.
    """
    stored = newest_stored(store)  # before the snapshot: what is stored then is in it
    with sessions() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        session.execute(text("SET TRANSACTION READ ONLY"))
        session.execute(text("SET LOCAL statement_timeout = 0"))
        return verify_snapshot(session, store, stored=stored, policy=policy, depth=depth, progress=progress)


def verify_snapshot(
    session: Session,
    store: MediaStore,
    *,
    stored: Mapping[str, int],
    policy: Policy,
    depth: Depth,
    progress: Progress,
) -> ServiceReport:
    """The same in a transaction of the caller's that sees one state; ``stored`` is what the store had before it."""
    report = ServiceReport()
    check_chains(session, report, progress)
    check_tombstones(session, report)
    check_unspoken(session, progress)
    check_log(session, report, progress, policy=policy)
    check_timestamps(session, report, tsa_roots=depth.tsa_roots)
    check_checkpoints(session, store, report, progress, before=stored, every=depth.deep)
    check_versions(session, store, report, progress, sample=None if depth.deep else depth.sample, deep=depth.deep)
    return report
