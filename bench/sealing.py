"""P7: the sealer on a real database and store. ``python bench/sealing.py [largest size, default 1000000]``.

For logs of 10,000, 100,000 and 1,000,000 entries: entries sealed a second (in full batches, each published), the
time of one small batch, the time and CPU of one inclusion proof, and what the log's tables weigh. Entries are
made by SQL, without details, with one row of audience each.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from os import getloadavg
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from sqlalchemy import event, text
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.log import log_reading
from evidence.adapters.wiring import make_signer
from evidence.domain.log import merkle
from evidence.domain.log.proof import parse
from evidence.records.log import leaf_entries, newest_checkpoint
from standalone.service import Service
from standalone.supervisor import Supervisor
from workers.app import Parts
from workers.sealer import Sealer

STEPS = (10_000, 100_000, 1_000_000)
AT_ONCE = 50_000

# What an append leaves behind, made by the server itself: an entry, one line of audience, one waiting row.
FILL = """
WITH made AS (
    INSERT INTO custody_entry (entry_id, v, agency_id, chain_type, chain_id, seq, prev, kind, at, actor_type, actor_id,
                               subject_sha256, details_sha256, nonce, entry_sha256)
    SELECT gen_random_uuid(), 1, :agency, 'person', gen_random_uuid(), 1, NULL, 'person.changed', now(), 'system',
           :agency, h, h, 'nonce', encode(sha256(convert_to(h || n, 'UTF8')), 'hex')
    FROM (SELECT n, encode(sha256(convert_to(gen_random_uuid()::text, 'UTF8')), 'hex') AS h
          FROM generate_series(1, :count) AS n) AS numbers
    RETURNING entry_id, entry_sha256
), told AS (
    INSERT INTO custody_audience (entry_id, organisation_id) SELECT entry_id, :agency FROM made
)
INSERT INTO log_pending (entry_id, entry_sha256) SELECT entry_id, entry_sha256 FROM made
"""
WEIGHT = """
SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class c
WHERE c.relname IN ('log_leaf', 'log_tile', 'log_checkpoint') ORDER BY 1
"""


def fill(sessions: sessionmaker[Session], count: int, agency: str) -> None:
    with sessions() as session, session.begin():
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(FILL), {"agency": agency, "count": count})


def seal_all(sealer: Sealer) -> float:
    started = time.perf_counter()
    while sealer.round():
        pass
    return time.perf_counter() - started


@contextmanager
def counting(session: Session) -> Iterator[list[str]]:
    """The statements that the session sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def prove(sessions: sessionmaker[Session], size: int, tries: int = 400) -> tuple[list[float], float, float]:
    """Seconds for one proof each, of random entries, CPU seconds of this process and SQL statements for one.

    Every proof is verified.

    What a process keeps between proofs is kept here too: the upper tiles, hardly ever a leaf's.
    """
    random, took, cpu, questions = Random(7), [], 0.0, 0
    for _ in range(tries):
        index = random.randrange(size)
        started, spent = time.perf_counter(), time.process_time()
        with sessions() as session, counting(session) as asked:
            (prover,) = log_reading.newest_provers(session)
            made = prover.proof(index)
        took.append(time.perf_counter() - started)
        cpu += time.process_time() - spent
        questions += len(asked)
        with sessions() as session:
            head = newest_checkpoint(session, 1, published=True)
            (entry,) = leaf_entries(session, index, index + 1)
        assert head is not None
        merkle.verify_inclusion(merkle.leaf_hash(entry), index, head.size, parse(made).path, head.root)
    return took, cpu / tries, questions / tries


def run(service: Service, largest: int) -> None:
    owned = service.owned()
    parts = Parts(service.settings(), owned.services, owned.sessions)
    sealer = Sealer(parts, make_signer(parts.settings))
    sealer.begin()
    seal_all(sealer)
    size, agency = 1, str(owned.services.entropy.uuid7())
    for step in (one for one in STEPS if one <= largest):
        rates = []
        while size < step:
            count = min(AT_ONCE, step - size)
            fill(parts.sessions, count, agency)
            rates.append(count / seal_all(sealer))
            size += count
        small = []
        for _ in range(20):
            fill(parts.sessions, 15, agency)
            small.append(seal_all(sealer))
            size += 15
        proofs, cpu, questions = prove(parts.sessions, size)
        print(f"{step:>9,} entries: {median(rates):,.0f} sealed/s, at the end {rates[-1]:,.0f};", end=" ")
        print(f"15 entries sealed and published in {median(small) * 1000:.1f} ms;", end=" ")
        print(f"proof {median(proofs) * 1000:.2f} ms, p95 {quantiles(proofs, n=20)[-1] * 1000:.2f} ms,", end=" ")
        print(f"{cpu * 1000:.2f} ms of CPU, {questions:.1f} SQL statements; load average {getloadavg()[0]:.1f}")
        with parts.sessions() as session:
            weights = ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in session.execute(text(WEIGHT)))
        print(f"          {weights}", flush=True)


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS[-1]
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8471)
        service.start()
        supervisor.stop("worker")  # this process is the sealer now
        try:
            run(service, largest)
        finally:
            service.stop()


if __name__ == "__main__":
    main()
