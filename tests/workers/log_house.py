"""One service's log on a real database and a real store, without API or jobs: what the sealer's tests need."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions import custody
from evidence.actions.log import log_reading
from evidence.adapters.key_files import KeyFiles
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain, Entry
from evidence.domain.log import note
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.note import Verifier
from evidence.domain.log.tiles import TileReader
from evidence.records.database import make_engine, make_sessions
from evidence.records.log import keys_of
from evidence.settings import read_settings
from standalone.object_store import ObjectStore
from standalone.postgres import DatabaseUrls
from workers.app import Parts
from workers.sealer import Sealer


def environment_of(urls: DatabaseUrls, store: ObjectStore, folder: Path) -> dict[str, str]:
    """A worker's settings."""
    return {
        "CASQUILLO_DATABASE_URL": urls.worker,
        "CASQUILLO_SECRET_KEY": "a secret key of a test, long enough for it",
        "CASQUILLO_ORIGIN": "http://localhost:1",
        "CASQUILLO_S3_ENDPOINT": store.endpoint,
        "CASQUILLO_S3_ACCESS_KEY": store.access_key,
        "CASQUILLO_S3_SECRET_KEY": store.secret_key,
        "CASQUILLO_BUCKET_ORIGINALS": store.originals,
        "CASQUILLO_BUCKET_STAGING": store.staging,
        "CASQUILLO_BUCKET_PREVIEWS": store.previews,
        "CASQUILLO_LOG_KEYS": str(folder / "keys"),
    }


@dataclass
class House:
    """A worker's parts, and the API's way to read."""

    environment: Mapping[str, str]
    parts: Parts
    keys: KeyFiles
    engines: list[Engine]
    api: sessionmaker[Session]
    reading: list[Session] = field(default_factory=list)

    def sealer(self) -> Sealer:
        return Sealer(self.parts, self.keys)

    @contextmanager
    def worker(self) -> Iterator[Session]:
        """A committed transaction of the worker's role."""
        with self.parts.sessions() as session, session.begin():
            yield session

    def say(self, count: int) -> list[Entry]:
        """Appends entries, each on a chain of its own, and commits."""
        services = self.parts.services
        agency_id: UUID = services.entropy.uuid7()
        acts = [
            custody.Act("person.changed", Chain("person", services.entropy.uuid7()), agency_id, SYSTEM, {"reason": "x"})
            for _ in range(count)
        ]
        with self.worker() as session:
            return custody.append(session, services, acts)

    def verifiers(self) -> list[Verifier]:
        with self.api() as session:
            return [Verifier.parse(key.vkey) for key in keys_of(session)]

    def served(self) -> Checkpoint:
        """The checkpoint that the public gets, its signature verified."""
        with self.api() as session:
            signed = log_reading.checkpoint(session)
        return Checkpoint.parse(note.open_note(signed, self.verifiers()).text)

    def walk(self, head: Checkpoint) -> TileReader:
        """The public tiles as a stranger reads them: every one is authenticated against the checkpoint's root."""
        session = self.api()
        self.reading.append(session)
        return TileReader(lambda tile: log_reading.tile(session, tile), size=head.size, root=head.root)

    def close(self) -> None:
        for session in self.reading:
            session.close()
        self.reading.clear()
        for engine in self.engines:
            engine.dispose()


def new_service(urls: DatabaseUrls) -> None:
    """Gives a database that was copied a service id of its own, and so a log of its own name in the shared store."""
    engine = make_engine(urls.owner)
    with engine.begin() as connection:
        connection.execute(text("UPDATE service SET id = gen_random_uuid()"))
    engine.dispose()


def make_house(urls: DatabaseUrls, store: ObjectStore, folder: Path) -> House:
    environment = environment_of(urls, store, folder)
    settings = read_settings(environment)
    engine, sessions = make_engine_and_sessions(settings)
    reading = make_engine(urls.api, pool_size=4)
    parts = Parts(settings, make_services(settings), sessions)
    return House(environment, parts, KeyFiles(folder / "keys"), [engine, reading], make_sessions(reading))
