"""P7: ``casquillo verify service`` over a large log. ``python -m bench.verifying [largest size, default 1000000]``.

For logs of 10,000, 100,000 and 1,000,000 entries in chains of fifteen, each entry with details of its own: seconds by
the clock, CPU seconds of the verifier, and the most memory that it ever had. Entries are written as ``append`` would
leave them; they speak of persons, so that no states are compared.
"""

import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from evidence.adapters.wiring import make_signer
from evidence.domain.callers import SYSTEM
from evidence.domain.canonical import b64url, salted_sha256_hex
from evidence.domain.custody import Chain, Entry
from standalone.postgres import Role
from standalone.private_files import read_json_object
from standalone.service import WORKER_ENVIRONMENT, Service
from standalone.supervisor import Supervisor
from workers.app import Parts
from workers.sealer import Sealer

STEPS = (10_000, 100_000, 1_000_000)
AT_ONCE = 30_000
LENGTH = 15
START = datetime(2026, 5, 1, tzinfo=UTC)
TABLES = {
    "custody_chain": "chain_type, chain_id, agency_id, seq, head_sha256, at",
    "custody_entry": "entry_id, v, agency_id, chain_type, chain_id, seq, prev, kind, at, actor_type, actor_id,"
    " actor_role, subject_sha256, details_sha256, nonce, entry_sha256",
    "custody_detail": "entry_id, agency_id, salt, details",
    "log_pending": "entry_id, entry_sha256",
}


def made(numbers: range) -> Iterator[tuple[Entry, str, bytes, dict[str, Any]]]:
    """Entries in chains, with hash, salt and details."""
    prev: str | None = None
    for number in numbers:
        seed = hashlib.sha256(f"entry {number}".encode()).digest()
        seq, salt = number % LENGTH + 1, seed[:16]
        details = {"person_id": str(UUID(bytes=seed[:16])), "changed": ["settings", "name"], "reason": seed.hex()}
        committed = salted_sha256_hex(salt, details)
        entry = Entry(
            entry_id=UUID(int=(1 << 100) + number),
            agency_id=UUID(int=1),
            chain=Chain("person", UUID(int=(1 << 99) + number // LENGTH)),
            seq=seq,
            prev=prev if seq > 1 else None,
            kind="person.changed",
            at=START + timedelta(milliseconds=number),
            actor=SYSTEM,
            subject_sha256=committed,
            details_sha256=committed,
            nonce=b64url(salt),
        )
        prev = entry.sha256()
        yield entry, prev, salt, details


def rows(numbers: range) -> dict[str, list[tuple[Any, ...]]]:
    """What ``append`` would leave in each table."""
    filled: dict[str, list[tuple[Any, ...]]] = {table: [] for table in TABLES}
    for entry, sha256, salt, details in made(numbers):
        chain, actor = entry.chain, entry.actor
        if entry.seq == LENGTH or entry.entry_id.int - (1 << 100) == numbers[-1]:
            head = (chain.type, chain.id, entry.agency_id, entry.seq, sha256, entry.at)
            filled["custody_chain"].append(head)
        members = (
            entry.entry_id,
            1,
            entry.agency_id,
            chain.type,
            chain.id,
            entry.seq,
            entry.prev,
            entry.kind,
            entry.at,
        )
        by = (actor.type, actor.id, actor.role, entry.subject_sha256, entry.details_sha256, entry.nonce, sha256)
        filled["custody_entry"].append((*members, *by))
        filled["custody_detail"].append((entry.entry_id, entry.agency_id, salt, Jsonb(details)))
        filled["log_pending"].append((entry.entry_id, sha256))
    return filled


def fill(url: str, numbers: range) -> None:
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, values in rows(numbers).items():
            with cursor.copy(f"COPY {table} ({TABLES[table]}) FROM STDIN") as copy:
                for value in values:
                    copy.write_row(value)


def verify(service: Service) -> str:
    """Runs the command in a process of its own and says what it cost."""
    environment = {
        **os.environ,
        **{k: str(v) for k, v in read_json_object(service.folder / WORKER_ENVIRONMENT).items()},
    }
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    line = ["/usr/bin/env", "time", "-f", "%M", sys.executable, "-m", "evidence.commands.verify", "service"]
    ended = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"{ended.stdout}{ended.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    memory = int(ended.stderr.split()[-1]) / 1024
    return f"{time.perf_counter() - started:.1f} s, {cpu:.1f} s of CPU, {memory:.0f} MB. {ended.stdout.strip()}"


def run(service: Service, largest: int) -> None:
    owned, settings = service.owned(), service.settings()
    sealer = Sealer(Parts(settings, owned.services, owned.sessions), make_signer(settings))
    sealer.begin()
    size = 0
    for step in (*(one for one in STEPS if one < largest), largest):
        while (count := min(AT_ONCE, step - size) // LENGTH * LENGTH) > 0:
            end = size + count
            fill(service.postgres.url(Role.OWNER), range(size, end))
            while sealer.round():
                pass
            size = end
        print(f"{size:>9,} entries: {verify(service)}", flush=True)


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS[-1]
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8473)
        service.start()
        supervisor.stop("worker")  # this process is the sealer now
        try:
            run(service, largest)
        finally:
            service.stop()


if __name__ == "__main__":
    main()
