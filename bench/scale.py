"""P6: the same questions of 1,000 and of 1,000,000 captures. ``python -m bench.scale [largest, default 1000000]``.

Status feed, review list, depth of a queue, lease, duplicate search and search by folio run as the service runs them:
the actions themselves, as the API's role behind row-level security (the search as the worker's). Each is asked again
and again, its transaction rolled back; the p99 of the large history is divided by that of the small one.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import UUID

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from bench.history import ENTRIES, World, capture_id, fill, item_id, make_world, name, probes
from evidence.actions.deciding import duplicates, submissions
from evidence.actions.holding import leasing, queues
from evidence.actions.ports import Jobs, Policy, Previews, Secrets, Services
from evidence.actions.store_ports import MediaStore
from evidence.actions.telling import status
from evidence.adapters.chance import SystemClock, SystemEntropy
from evidence.domain.callers import PersonCaller
from evidence.domain.ids import folio
from evidence.domain.roles import Role as Post
from evidence.records.captures import Capture
from evidence.records.database import enter, make_engine, make_sessions
from migrations.apply import upgrade
from standalone.postgres import Postgres, Role
from standalone.supervisor import Supervisor

SMALL = 1000
TIMES = 300
Question = Callable[[Session, int], object]


class _NoJobs:
    def enqueue(self, session: Session, task: str, *, queue: str = "evidence", **ids: object) -> None:
        """Nothing runs what would follow."""


@dataclass(frozen=True)
class Filled:
    """One database with its history."""

    captures: int
    world: World
    api: sessionmaker[Session]
    worker: sessionmaker[Session]


def services() -> Services:
    absent: Any = None
    return Services(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        store=cast(MediaStore, absent),
        jobs=cast(Jobs, _NoJobs()),
        previews=cast(Previews, absent),
        secrets=cast(Secrets, absent),
        policy=Policy(),
    )


def questions(filled: Filled) -> dict[str, tuple[sessionmaker[Session], UUID | None, Question]]:
    """What is asked: as whom, and how. The number is a capture of the history, another one each time."""
    world, parts = filled.world, services()
    agency = world.agencies[0]
    supervisor = _person(agency, Post.SUPERVISOR)
    examiner = _person(world.laboratory, Post.EXAMINER)
    newest = filled.captures * ENTRIES

    def search(session: Session, number: int) -> object:
        return duplicates.find(session, parts, capture_id(number), item_id(number))

    def by_folio(session: Session, number: int) -> object:
        return session.scalars(select(Capture.id).where(Capture.folio == folio(capture_id(number)))).all()

    return {
        "status feed": (
            filled.api,
            agency,
            lambda session, _: status.changes(session, caller=supervisor, after=newest - 2000, limit=100),
        ),
        "review list": (
            filled.api,
            agency,
            lambda session, _: submissions.listed(
                session, caller=supervisor, limit=50, after=None, state="pending_review"
            ),
        ),
        "queue": (
            filled.api,
            world.laboratory,
            lambda session, _: queues.depth(session, parts, caller=examiner, destination="ballistics"),
        ),
        "lease": (
            filled.api,
            world.laboratory,
            lambda session, _: leasing.lease(
                session, parts, caller=examiner, destination="ballistics", limit=1, seconds=600
            ),
        ),
        "duplicate search": (filled.worker, None, search),
        "folio": (filled.api, agency, by_folio),
    }


def _person(organisation: UUID, post: Post) -> PersonCaller:
    who = name("caller", 0)
    return PersonCaller(who, organisation, frozenset({post}), who, who, SystemClock().now())


def ask(filled: Filled) -> dict[str, list[float]]:
    """Milliseconds of each question, ``TIMES`` times, after a few that warm it up."""
    found: dict[str, list[float]] = {}
    for what, (sessions, organisation, question) in questions(filled).items():
        took = []
        for number in probes(filled.captures, TIMES + 20):
            with sessions() as session:
                if organisation is not None:
                    enter(session, organisation, name("caller", 0))
                started = time.perf_counter()
                question(session, number)
                took.append((time.perf_counter() - started) * 1000)
                session.rollback()
        found[what] = took[20:]
    return found


def filled_database(postgres: Postgres, captures: int) -> Filled:
    database = f"history_{captures}"
    postgres.create_database(database)
    upgrade(postgres.url(Role.OWNER, database))
    started = time.perf_counter()
    with psycopg.connect(postgres.url(Role.SUPERUSER, database)) as connection:
        # What is written fits by construction: no trigger, no foreign key is asked.
        connection.execute("SET session_replication_role = replica")
        world = make_world(connection)
        fill(connection, world, captures, lambda done: print(f"  {done:,} captures", end="\r", flush=True))
    urls = postgres.urls(database)
    print(f"{captures:>9,} captures filled in {time.perf_counter() - started:.0f} s", flush=True)
    return Filled(captures, world, make_sessions(make_engine(urls.api)), make_sessions(make_engine(urls.worker)))


def main() -> None:
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with TemporaryDirectory(prefix="casquillo-bench-") as folder_name, Supervisor() as supervisor:
        folder = Path(folder_name)
        folder.chmod(0o711)
        postgres = Postgres(folder / "postgres", supervisor=supervisor)
        postgres.start()
        small, large = (ask(filled_database(postgres, size)) for size in (SMALL, largest))
        print(f"{'':<18}{'median':>9}{'p99':>9}{'median':>12}{'p99':>9}{'ratio of p99':>16}   (ms)")
        for what in small:
            p99 = [quantiles(one[what], n=100)[-1] for one in (small, large)]
            middle = [median(one[what]) for one in (small, large)]
            print(f"{what:<18}{middle[0]:9.2f}{p99[0]:9.2f}{middle[1]:12.2f}{p99[1]:9.2f}{p99[1] / p99[0]:16.2f}")
        postgres.stop()


if __name__ == "__main__":
    main()
