"""The embedded PostgreSQL: a real server for one machine, on a Unix socket that only its own account can reach.

A socket and no port: other accounts of the machine can't even knock, no port has to be kept, and several
data folders never get into each other's way. Passwords (SCRAM) are asked for all the same.

In the data folder: ``lock``, ``passwords.json`` (0600), and, there or where ``standalone.postgres_home``
had to put them, ``data`` and ``socket``.
"""

import os
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg
from psycopg import sql

from standalone.errors import StartRefused
from standalone.folder_lock import lock_folder
from standalone.postgres_cluster import ENVIRONMENT, SUPERUSER, check_version, make_cluster
from standalone.postgres_home import REFUGE, Home, find_home, make_open
from standalone.postgres_remains import clear_remains
from standalone.private_files import read_json_object, write_private_json
from standalone.processes import Command, Stage
from standalone.supervisor import Supervisor

DATABASE = "casquillo"
LONGEST_SOCKET_PATH = 100  # sun_path holds 104 bytes on some systems, 108 on Linux
SOCKET_FILE = ".s.PGSQL.5432"
_SCRAM = b"scram-sha-256"
START_LIMIT_S = 60.0  # as long as a crash recovery on a slow disk may take


class Role(StrEnum):
    """The database roles. The service uses the last three; ``postgres`` is the launcher's own."""

    SUPERUSER = SUPERUSER
    OWNER = "casquillo_owner"  # owns the database and all in it; migrations only
    API = "casquillo_api"  # owns nothing
    WORKER = "casquillo_worker"  # owns nothing


@dataclass(frozen=True)
class DatabaseUrls:
    """libpq URLs of one database (SQLAlchemy and psycopg read them alike), one for each role of the service."""

    owner: str
    api: str
    worker: str


class Postgres:
    """One data folder and, between ``start`` and ``stop``, the server over it.

    With a ``supervisor`` of the caller's the server is revived and stopped with its other children; without,
    it has one of its own. ``notice`` is a sentence to print when data or programs had to be put elsewhere.
    """

    def __init__(
        self,
        folder: Path,
        *,
        supervisor: Supervisor | None = None,
        logs: Path | None = None,
        max_connections: int = 100,
        refuge: Path = REFUGE,
        wheel: Path | None = None,
        synced: bool = True,
    ) -> None:
        self.folder = folder.resolve()
        self.log = (logs or self.folder).absolute() / "postgres.log"
        self.notice: str | None = None
        self._own_supervisor = supervisor is None
        self._supervisor = supervisor or Supervisor()
        self._max_connections = max_connections
        self._refuge = refuge
        self._wheel = wheel
        self._synced = synced
        self._lock: IO[str] | None = None
        self._passwords: dict[str, str] = {}
        self._socket = self.folder / "socket"
        self._temporary: Path | None = None
        self._running = False

    @property
    def pid(self) -> int | None:
        """The postmaster, None while it is dead or stopped."""
        return self._supervisor.pid("postgres")

    def start(self) -> None:
        """Makes the cluster if there is none, starts the server, and answers when roles and database are there.

        ``StartRefused`` when another launcher has the folder, or the server can't run.
        """
        try:
            make_open(self.folder)
            self._lock = lock_folder(self.folder, what="The database")
            home = find_home(self.folder, refuge=self._refuge, wheel=self._wheel)
            self.notice = home.notice
            data = home.place / "data"
            self._passwords = self._read_passwords(new=not data.exists())
            if not data.exists():
                make_cluster(home, data, password=self._passwords[Role.SUPERUSER])
            check_version(home, data)
            self._make_socket_folder(home)
            self._supervisor.start(self._command(home, data))
            self._running = True
            self.wait_ready()
            self._make_roles()
            self.create_database(DATABASE)
        except BaseException as error:
            self.stop()
            if isinstance(error, OSError):
                raise StartRefused(f"The database could not be started: {error}") from error
            raise

    def stop(self) -> None:
        """Ends the server (clients are disconnected, what was committed is kept) and frees the folder."""
        if self._running:  # not whatever else the caller's supervisor has under this name
            self._supervisor.stop("postgres")
            self._running = False
        if self._own_supervisor:
            self._supervisor.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
            self._temporary = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def wait_ready(self, limit_s: float = START_LIMIT_S) -> None:
        """Returns when a real SELECT was answered; ``StartRefused`` with the log's end when it never is."""
        self._supervisor.wait_until("postgres", self._answers, limit_s=limit_s)

    def url(self, role: Role, database: str = DATABASE) -> str:
        """The libpq URL of ``database`` for ``role``, with its password."""
        password = self._passwords[role]
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self._socket), safe='')}"

    def urls(self, database: str = DATABASE) -> DatabaseUrls:
        """``url`` for each role of the service."""
        return DatabaseUrls(
            owner=self.url(Role.OWNER, database),
            api=self.url(Role.API, database),
            worker=self.url(Role.WORKER, database),
        )

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Makes a database of the owner's, if there is none of that name, which only the three roles may enter.

        It is a copy of ``template``, to which nobody may be connected meanwhile. Making it can't share a
        transaction with the grants, so each step may have been done already.
        """
        database, owner = sql.Identifier(name), sql.Identifier(Role.OWNER)
        roles = sql.SQL(", ").join(map(sql.Identifier, (Role.API, Role.WORKER)))
        with self._connect() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(database, owner, sql.Identifier(template))
                )
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
            connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, roles))

    def drop_database(self, name: str) -> None:
        """Removes a database, disconnecting whoever uses it."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url(Role.SUPERUSER, "postgres"), autocommit=True, connect_timeout=5)

    def _answers(self) -> bool:
        if not (self._socket / SOCKET_FILE).exists():
            return False
        try:
            with self._connect() as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise StartRefused(
                    f"The passwords in {self.folder / 'passwords.json'} are not the database's."
                ) from None
            return False

    def _read_passwords(self, *, new: bool) -> dict[str, str]:
        file = self.folder / "passwords.json"
        passwords = {role: str(password) for role, password in read_json_object(file).items()}
        if new and not passwords:
            passwords = {role: secrets.token_urlsafe(24) for role in Role}
            write_private_json(file, passwords)
        if not passwords.keys() >= set(Role):
            raise StartRefused(f"{file} is missing or incomplete, and without it the data can't be opened.")
        return passwords

    def _command(self, home: Home, data: Path) -> Command:
        """Settings are given at every start, so a newer version of ours governs older data.

        ``synced=False`` is for databases that a test throws away: nothing waits for the disk then.
        """
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._socket),
            "unix_socket_permissions": "0700",
            "max_connections": str(self._max_connections),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._synced:
            settings |= {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        argv = [str(home.binaries / "postgres"), "-D", str(data)]
        for name, value in settings.items():
            argv += ["-c", f"{name}={value}"]
        return Command(
            name="postgres",
            argv=tuple(argv),
            log=self.log,
            stage=Stage.DATABASE,
            env=ENVIRONMENT,
            cwd=home.place,
            account=home.account,
            stop_signal=signal.SIGINT,  # "fast": does not wait for clients to leave, loses nothing committed
            stop_limit_s=30.0,  # the last checkpoint may have much to write
            before_start=lambda: clear_remains(data, self._socket),
        )

    def _make_socket_folder(self, home: Home) -> None:
        """A folder of mode 0700 for the socket: beside the data, or temporary when that path is too long.

        The kernel limits a socket's path. A ``kill -9`` of the launcher leaves an empty temporary folder.
        """
        self._socket = home.place / "socket"
        if len(os.fsencode(self._socket / SOCKET_FILE)) > LONGEST_SOCKET_PATH:
            self._socket = self._temporary = Path(tempfile.mkdtemp(prefix="casquillo-"))
        self._socket.mkdir(mode=0o700, exist_ok=True)
        if home.account:
            os.chown(self._socket, home.account.uid, home.account.gid)

    def _make_roles(self) -> None:
        """Roles that can sign in and nothing else; what is there already stays as it is.

        The server is sent what it would store, not the password, so no log of statements can hold one.
        """
        with self._connect() as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (Role.OWNER, Role.API, Role.WORKER):
                if role in known:
                    continue
                secret = connection.pgconn.encrypt_password(self._passwords[role].encode(), role.encode(), _SCRAM)
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}"
                    ).format(sql.Identifier(role), sql.Literal(secret.decode()))
                )
            connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
