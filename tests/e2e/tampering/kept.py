"""A service that has lived and was stopped: its databases can be copied and tampered with, its store still runs."""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions import custody
from evidence.actions.log import log_keeping, publishing, sealing
from evidence.actions.ports import Services
from evidence.actions.verification.verifying import Depth, verify_service, verify_snapshot
from evidence.actions.verification.verifying_store import newest_stored
from evidence.adapters.wiring import make_engine_and_sessions, make_services, make_signer
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.domain.verifying import Fault
from evidence.domain.verifying_report import ServiceReport
from evidence.domain.verifying_words import Language, sentence
from evidence.records.database import make_engine
from evidence.records.organisations import service_id
from evidence.settings import Settings, read_settings
from standalone.demo import play
from standalone.postgres import DATABASE, Role
from standalone.private_files import read_json_object
from standalone.service import WORKER_ENVIRONMENT, Service
from standalone.world import make_world
from workers.app import Parts
from workers.sealer import Sealer

LEAVES = 600
"""At least so many entries: more than a tile has hashes, and than one batch of the verifier."""


FOREIGN_KEYS = (
    "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'f'"
    " AND connamespace = 'public'::regnamespace AND NOT starts_with(conname, 'procrastinate')",
    "ALTER TABLE {} DROP CONSTRAINT {}",
)
TRIGGERS = (
    "SELECT DISTINCT tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
    " WHERE NOT tgisinternal AND NOT starts_with(relname, 'procrastinate')",
    "ALTER TABLE {} DISABLE TRIGGER USER",
)


# The chain of the demo's capture: it has a beginning, a middle and an end.
CHAIN = "chain_type = 'capture' AND chain_id = (SELECT root_id FROM capture LIMIT 1)"
LAST = f"(SELECT max(seq) FROM custody_entry WHERE {CHAIN})"
NO_DETAILS = f"DELETE FROM custody_detail USING custody_entry e WHERE e.entry_id = custody_detail.entry_id AND {CHAIN}"


def quiet(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def act(session: Session, services: Services, count: int = 1) -> None:
    """Something happens: entries on the log's own chain."""
    service = service_id(session)
    details = {"origin": "casquillo/x", "vkey": "x", "retiring": [], "retire_at": "2026-11-24T00:00:00.000000Z"}
    one = custody.Act("log.key_added", Chain("log", service), service, SYSTEM, details)
    custody.append(session, services, [one] * count)


def seal(session: Session, services: Services, settings: Settings) -> None:
    """Seals without a look at the store, and publishes nothing."""
    assert sealing.seal(session, services, signer=make_signer(settings), stored=None)


@dataclass
class Copy:
    """One database of the service, alone for a test."""

    name: str
    owner_url: str
    settings: Settings
    services: Services
    sessions: sessionmaker[Session]

    def verify(self, *, deep: bool = False) -> ServiceReport:
        policy = self.services.policy.log_policy
        return verify_service(self.sessions, self.services.store, policy=policy, depth=Depth(deep=deep), progress=quiet)

    def one(self, query: str) -> tuple[Any, ...]:
        with psycopg.connect(self.owner_url) as connection:
            row = connection.execute(query).fetchone()
        assert row is not None
        return tuple(row)

    def go_on(self, size: int) -> None:
        """Things happen, and are sealed with the log's own key without a look at the store, up to ``size`` leaves."""
        while self.one("SELECT size FROM log_head")[0] < size:
            with self.sessions() as session, session.begin():
                act(session, self.services, 20)
            with self.sessions() as session, session.begin():
                seal(session, self.services, self.settings)

    def succeed(self) -> None:
        """The operator opens a new log behind the restored database's, and it is sealed."""
        with self.sessions() as session:
            origin = publishing.needed_origin(session)
        stored = publishing.newest_stored(self.services.store, origin.name)
        assert stored is not None
        signer = make_signer(self.settings)
        with self.sessions() as session, session.begin():
            log_keeping.succeed(session, self.services, signer=signer, stored=stored, overtaken=False)
        with self.sessions() as session, session.begin():
            seal(session, self.services, self.settings)

    def close(self) -> None:
        self.sessions.kw["bind"].dispose()
        self.services.store.close()  # type: ignore[attr-defined]


class Tampering:
    """A database as its owner sees it: triggers and foreign keys are no wall. What is done is undone in the end."""

    def __init__(self, copy: Copy) -> None:
        self._copy = copy
        self._engine = make_engine(copy.owner_url)
        with self._engine.begin() as connection:
            for query, change in (FOREIGN_KEYS, TRIGGERS):
                for names in connection.exec_driver_sql(query).all():
                    connection.exec_driver_sql(change.format(*names))

    def __enter__(self) -> Self:
        self._connection = self._engine.connect()
        self._transaction = self._connection.begin()
        return self

    def __exit__(self, *_: object) -> None:
        if self._transaction.is_active:
            self._transaction.rollback()
        self._connection.close()

    def keep(self) -> None:
        """Commits after all, for a command that looks for itself."""
        self._transaction.commit()

    def close(self) -> None:
        self._engine.dispose()

    def change(self, *statements: str) -> None:
        for statement in statements:
            changed = self._connection.exec_driver_sql(statement.replace("%", "%%"))
            assert changed.rowcount != 0, f"changed nothing: {statement}"

    def one(self, query: str) -> tuple[Any, ...]:
        return tuple(self._connection.exec_driver_sql(query).one())

    def act(self) -> None:
        with self.session() as session, session.begin():
            act(session, self._copy.services)

    def seal(self) -> None:
        with self.session() as session, session.begin():
            seal(session, self._copy.services, self._copy.settings)

    def session(self) -> Session:
        return Session(self._connection, join_transaction_mode="create_savepoint")

    def verify(self, *, deep: bool = False) -> ServiceReport:
        services = self._copy.services
        with self.session() as session:
            return verify_snapshot(
                session,
                services.store,
                stored=newest_stored(services.store),
                policy=services.policy.log_policy,
                depth=Depth(deep=deep),
                progress=quiet,
            )


class Kept:
    """A played demo and then some; ``earlier`` is the database as it was before the last checkpoints."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._environment = {
            name: str(value) for name, value in read_json_object(service.folder / WORKER_ENVIRONMENT).items()
        }
        self.service.postgres.create_database("earlier", template=DATABASE)
        with self.copy_of("earlier") as work:
            self._go_on(work)
            work.sessions.kw["bind"].dispose()
            self.service.postgres.create_database("whole", template=work.name)

    def _go_on(self, work: Copy) -> None:
        sealer = Sealer(Parts(work.settings, work.services, work.sessions), make_signer(work.settings))
        sealer.begin()
        while work.one("SELECT size FROM log_head")[0] < LEAVES:
            with work.sessions() as session, session.begin():
                act(session, work.services, 20)
            sealer.round()

    @contextmanager
    def copy_of(self, name: str) -> Iterator[Copy]:
        """A database of the test's own."""
        postgres = self.service.postgres
        copied = f"t_{uuid4().hex}"
        postgres.create_database(copied, template=name)
        settings = read_settings(self._environment)
        settings = dataclasses.replace(settings, database_url=postgres.url(Role.WORKER, copied))
        _, sessions = make_engine_and_sessions(settings)
        copy = Copy(copied, postgres.url(Role.OWNER, copied), settings, make_services(settings), sessions)
        try:
            yield copy
        finally:
            copy.close()
            postgres.drop_database(copied)

    def environment(self, copy: Copy) -> dict[str, str]:
        """The settings of a command over a copy."""
        return {**self._environment, "CASQUILLO_DATABASE_URL": copy.settings.database_url}


def fault_of(kept: Copy | Tampering, code: str, **facts: Any) -> Fault:
    """Verifies, and expects this fault; its sentences can be said in both languages."""
    with pytest.raises(Fault) as raised:
        kept.verify()
    fault = raised.value
    said = [sentence(fault, language) for language in Language]
    assert fault.code == code, said[1]
    assert facts.items() <= {name: str(value) for name, value in fault.facts.items()}.items(), said[1]
    assert all(text.endswith(".") and "{" not in text for text in said)
    return fault


def live_and_stop(service: Service) -> Kept:
    """Plays the demo on a started service, then stops API and worker; database and store stay up."""
    owned = service.owned()
    play(service.origin, {"base_url": service.origin, **make_world(owned)}, lambda _sentence: None)
    for name in ("api", "worker", *(witness.name for witness in service.witnesses.all)):
        service.supervisor.stop(name)
    owned.sessions.kw["bind"].dispose()
    return Kept(service)
