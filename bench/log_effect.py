"""What the log costs P1 to P5: the same work with the sealer as it is, and with sealing held back, in one run.

``python -m bench.log_effect [rounds, default 4] [captures per phone and round, default 6]``. Rounds change in the order
as it is, held, held, as it is, so that whatever else the machine does, or the growing tables, weigh on both alike.
Sealing is held as another sealer would hold it: by the lock on the log's head. What can't be taken away by design stays
in both: each act writes its entry, in its own transaction. Both are measured to ``secured``, for without sealing there
is no receipt. Prints medians over the rounds, and what the log takes (below 1.10: by less than a tenth).
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from os import getloadavg
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psycopg

from bench import usage
from bench.approval import approved_to_leased, wait_for_previews
from bench.ingest import FILES, MB, PHONES, photos, sign
from standalone.desk import Person, enrolled_phone, machine
from standalone.phone import Phone, Signed, checked
from standalone.recovery import recovery
from standalone.service import Service
from standalone.supervisor import Supervisor
from standalone.world import make_world

LIMIT_S = 300
LOOK_EVERY_S = 0.01
ALONE = 8  # captures sent one after the other in a round, for P3 and P4
FIGURES = {
    "P1 seconds a MB": "s/MB",
    "P2 seconds a capture": "s",
    "P3 API CPU a capture": "s",
    "P4 last byte to secured": "s",
    "P5 approval to lease": "s",
}
"""Each so that more is worse."""


@dataclass(frozen=True)
class Desks:
    """Who works: phones, a supervisor, a laboratory's machine; ``database`` looks at rows, beside the API."""

    service: Service
    phones: list[Phone]
    supervisor: Person
    laboratory: httpx.Client
    database: psycopg.Connection
    data: list[bytes]


@contextmanager
def held(service: Service) -> Iterator[None]:
    """No sealer gets the log's head meanwhile."""
    with psycopg.connect(service.postgres.urls().owner) as connection:
        connection.execute("SELECT 1 FROM log_head FOR UPDATE")
        yield
        connection.rollback()


def wait(database: psycopg.Connection, question: str, *values: object) -> None:
    """Until the question is answered by a true row."""
    deadline = time.monotonic() + LIMIT_S
    while not _answer(database, question, *values):
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {LIMIT_S} s: {question}")
        time.sleep(LOOK_EVERY_S)


def _answer(database: psycopg.Connection, question: str, *values: object) -> Any:
    row = database.execute(question.encode(), values).fetchone()
    return row and row[0]


def wait_secured(database: psycopg.Connection, captures: list[Signed]) -> None:
    ids = [one.capture_id for one in captures]
    wait(database, "SELECT count(*) = %s FROM capture WHERE id = ANY(%s) AND state = 'secured'", len(ids), ids)


def drain(database: psycopg.Connection) -> None:
    """Until nothing waits to be sealed, and the worker has no job left."""
    wait(database, "SELECT NOT EXISTS (SELECT 1 FROM log_pending)")
    wait(
        database,
        "SELECT NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND"
        " (scheduled_at IS NULL OR scheduled_at <= now()))",
    )


def ingest(desks: Desks, each: int) -> dict[str, float]:
    """P1 and P2: four phones at once."""
    work = [(phone, [sign(phone, desks.data) for _ in range(each)]) for phone in desks.phones]

    def send(one: tuple[Phone, list[Signed]]) -> None:
        for signed in one[1]:
            one[0].send(signed)

    started = time.monotonic()
    with ThreadPoolExecutor(PHONES) as pool:
        list(pool.map(send, work))
    wait_secured(desks.database, [signed for _, captures in work for signed in captures])
    took = time.monotonic() - started
    count = PHONES * each
    return {
        "P1 seconds a MB": took / (count * sum(map(len, desks.data)) / MB),
        "P2 seconds a capture": took / count,
    }


def alone(desks: Desks) -> dict[str, float]:
    """P3 and P4: one phone, one capture after the other."""
    phone, seconds = desks.phones[0], []
    before = usage.used(desks.service)
    for _ in range(ALONE):
        phone.connect()
        signed = sign(phone, desks.data)
        checked(phone.put_manifest(signed), 201)
        phone.send_files(signed)
        started = time.monotonic()
        checked(phone.complete(signed), 202)
        wait_secured(desks.database, [signed])
        seconds.append(time.monotonic() - started)
    spent = usage.used(desks.service).since(before)
    return {"P3 API CPU a capture": spent["api"] / ALONE, "P4 last byte to secured": median(seconds)}


def approvals(desks: Desks) -> dict[str, float]:
    """P5: the ballistic submissions of one capture."""
    signed = recovery(desks.phones[0], width=800)
    desks.phones[0].send(signed)
    lines = [one for one in wait_for_previews(desks.supervisor, signed) if one["destination"] == "ballistics"]
    took = [approved_to_leased(desks.supervisor, desks.laboratory, line["id"]) for line in lines]
    return {"P5 approval to lease": median(took)}


def measured(desks: Desks, each: int) -> dict[str, float]:
    """One round."""
    return ingest(desks, each) | alone(desks) | approvals(desks)


def run(desks: Desks, rounds: int, each: int) -> None:
    ways: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    ingest(desks, 1)  # caches, connections
    for number in range(rounds):
        sealing = number % 4 in (0, 3)
        drain(desks.database)
        if sealing:
            ways[True].append(measured(desks, each))
        else:
            with held(desks.service):
                ways[False].append(measured(desks, each))
        print(f"round {number + 1} of {rounds}, {'as it is' if sealing else 'sealing held'}", flush=True)
    print(f"load average {getloadavg()[0]:.1f}; {rounds} rounds of {PHONES * each} captures of {FILES} files")
    for name, unit in FIGURES.items():
        with_log, without = (median(one[name] for one in ways[way]) for way in (True, False))
        print(f"{name:<24} {with_log:.4f} {unit}, held {without:.4f} {unit}: {with_log / without:.2f} times")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    each = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    with TemporaryDirectory(prefix="casquillo-bench-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8445)
        service.start()
        world = make_world(service.owned())
        people = [Person(service.origin, world["people"][who], who) for who in ("o-101", "s-201")]
        for one in people:
            one.sign_in()
        limits = httpx.Limits(max_connections=32)
        with (
            httpx.Client(base_url=service.origin, timeout=60, limits=limits) as http,
            machine(service.origin, world["tokens"]["LAB-A"]) as laboratory,
            psycopg.connect(service.postgres.urls().owner, autocommit=True) as database,
        ):
            phones = [enrolled_phone(people[0], http) for _ in range(PHONES)]
            run(Desks(service, phones, people[1], laboratory, database, photos(FILES)), rounds, each)
        for one in people:
            one.close()
        service.stop()


if __name__ == "__main__":
    main()
