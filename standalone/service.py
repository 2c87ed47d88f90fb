"""The whole service on one machine: database, store, witnesses, API and worker as children of one supervisor."""

import secrets
import sys
from pathlib import Path

import httpx
from sqlalchemy import Engine

from evidence.actions.capturing import rescue_keys
from evidence.actions.log.log_keeping import open_log
from evidence.adapters.wiring import make_engine_and_sessions, make_services, make_signer
from evidence.records.log import keys_of
from evidence.settings import Settings, read_settings
from migrations.apply import upgrade
from standalone.object_store import ObjectStore
from standalone.ports import Ports
from standalone.postgres import Postgres
from standalone.private_files import read_json_object, write_private_json
from standalone.processes import Command, Stage
from standalone.supervisor import Supervisor
from standalone.witnesses import Witnesses
from standalone.world import Owned

PORT = 8420
WORKER_ENVIRONMENT = "worker.json"
THREADS = 32
READY_LIMIT_S = 30.0


class Service:
    """The parts over one data folder. ``start`` answers when a real request was ready; ``stop`` keeps the data."""

    def __init__(
        self, folder: Path, supervisor: Supervisor, *, preferred_port: int = PORT, relay: bool = False
    ) -> None:
        self.folder = folder.absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.logs = self.folder / "log"
        self.logs.mkdir(exist_ok=True)
        self.supervisor = supervisor
        self.relay = relay
        self._owned: Owned | None = None
        self._engine: Engine | None = None
        ports = Ports(self.folder / "ports.json")
        self.port = ports.public("api", preferred=preferred_port)
        self.origin = f"http://localhost:{self.port}"
        self.postgres = Postgres(self.folder / "postgres", supervisor=supervisor, logs=self.logs)
        self.witnesses = Witnesses(self.folder / "witnesses", ports)
        self.store = ObjectStore(
            self.folder / "store", web_origin=self.origin, supervisor=supervisor, ports=ports, logs=self.logs
        )

    def start(self) -> None:
        """Database, migrations, the log, store, then all processes. ``StartRefused`` says what stands in the way.

        The API reads itself in while the store starts, and waits for it: a second and a half of each start.
        """
        self.postgres.start()
        self.store.claim()
        upgrade(self.postgres.urls().owner)
        self._open_log()
        self.supervisor.start(self._command("api", self.environment(self.postgres.urls().api)))
        self.store.start()
        for witness in self.witnesses.all:
            self.supervisor.start(witness.command(self.logs))
        self.supervisor.start(self._command("worker", self._worker_environment()))
        self.supervisor.wait_until("api", self._answers, limit_s=READY_LIMIT_S)

    def stop(self) -> None:
        """Services first, then the store, then the database."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = self._owned = None
        for name in ("api", "worker", *(witness.name for witness in self.witnesses.all)):
            self.supervisor.stop(name)
        self.store.stop()
        self.postgres.stop()

    def environment(self, database_url: str) -> dict[str, str]:
        """The settings of one process, as an operator would give them."""
        return {
            "PATH": "/usr/bin:/bin",
            "PYTHONUNBUFFERED": "1",
            "CASQUILLO_DATABASE_URL": database_url,
            "CASQUILLO_SECRET_KEY": self._secret_key(),
            "CASQUILLO_ORIGIN": self.origin,
            "CASQUILLO_OIDC_LOOPBACK": "true",
            "CASQUILLO_S3_ENDPOINT": self.store.endpoint,
            "CASQUILLO_S3_REGION": self.store.region,
            "CASQUILLO_S3_ACCESS_KEY": self.store.access_key,
            "CASQUILLO_S3_SECRET_KEY": self.store.secret_key,
            "CASQUILLO_BUCKET_ORIGINALS": self.store.originals,
            "CASQUILLO_BUCKET_STAGING": self.store.staging,
            "CASQUILLO_BUCKET_PREVIEWS": self.store.previews,
            "CASQUILLO_RELAY": str(self.relay).lower(),
            "CASQUILLO_LOG_POLICY": str(self.witnesses.policy),
        }

    def _worker_environment(self) -> dict[str, str]:
        """Only the worker has the log's keys. Also in a file, for commands beside a running service."""
        environment = self.environment(self.postgres.urls().worker)
        environment["CASQUILLO_LOG_KEYS"] = str(self.folder / "log-keys")
        write_private_json(self.folder / WORKER_ENVIRONMENT, environment)
        return environment

    def _open_log(self) -> None:
        """Makes the log's first key at the first start, so that witnesses know whose log to watch."""
        owned, signer = self.owned(), make_signer(self.settings())
        with owned.sessions() as session, session.begin():
            open_log(session, owned.services, signer=signer)
            rescue_keys.ensure(session, owned.services)
        with owned.sessions() as session:
            self.witnesses.know([key.vkey for key in keys_of(session)])

    def settings(self) -> Settings:
        """The worker's settings, for what this process does itself: the demo's people, operator commands."""
        return read_settings(self._worker_environment())

    def owned(self) -> Owned:
        """A way to run actions as the service itself, until ``stop``."""
        if self._owned is None:
            settings = self.settings()
            self._engine, sessions = make_engine_and_sessions(settings)
            self._owned = Owned(sessions, make_services(settings))
        return self._owned

    def _secret_key(self) -> str:
        file = self.folder / "secrets.json"
        known = read_json_object(file)
        if "secret_key" not in known:
            known["secret_key"] = secrets.token_urlsafe(48)
            write_private_json(file, known)
        return str(known["secret_key"])

    def _command(self, name: str, environment: dict[str, str]) -> Command:
        programs = {
            "worker": (sys.executable, "-m", "workers"),
            "api": (
                *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "api.wsgi:make"),
                *("--host", "127.0.0.1", "--port", str(self.port), "--workers", "1"),
                *("--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning"),
            ),
        }
        return Command(
            name=name,
            argv=programs[name],
            log=self.logs / f"{name}.log",
            stage=Stage.SERVICE,
            env=environment,
            cwd=Path(__file__).parents[1],
        )

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/api/v1/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False
