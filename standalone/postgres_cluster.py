"""Makes the files of a PostgreSQL cluster, whole or not at all."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from standalone.errors import StartRefused
from standalone.postgres_home import Home
from standalone.private_files import write_private
from standalone.processes import leashed

SUPERUSER = "postgres"
ENVIRONMENT = {"LC_ALL": "C", "PATH": "/usr/bin:/bin"}  # nothing of ours, least of all PGHOST or PGDATA


def make_cluster(home: Home, data: Path, *, password: str) -> None:
    """Runs ``initdb`` beside the final place ``data``, which must not exist, and renames once.

    ``password`` is that of the superuser. ``StartRefused`` with what ``initdb`` said when it fails.
    """
    draft = data.with_name("data.new")
    password_file = data.with_name("password.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    write_private(password_file, password + "\n")
    try:
        if home.account:
            os.chown(draft, home.account.uid, home.account.gid)
            os.chown(password_file, home.account.uid, home.account.gid)
        _initdb(home, draft, password_file)
    finally:
        password_file.unlink(missing_ok=True)
    draft.rename(data)


def _initdb(home: Home, draft: Path, password_file: Path) -> None:
    """UTF-8 with PostgreSQL's own C.UTF-8, the same order on every system; checksums; SCRAM for all."""
    argv = [
        str(home.binaries / "initdb"),
        f"--pgdata={draft}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth-local=scram-sha-256",
        "--auth-host=reject",
        "--data-checksums",
        "--no-instructions",
    ]
    outcome = subprocess.run(
        leashed(argv, account=home.account, death_signal=signal.SIGTERM),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        text=True,
        cwd=home.place,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    if outcome.returncode != 0:
        raise StartRefused(f"PostgreSQL could not make its files in {draft}:\n{outcome.stderr.strip()}")


def check_version(home: Home, data: Path) -> None:
    """``StartRefused`` when ``data`` were written by another major version than the programs at hand."""
    written_by = (data / "PG_VERSION").read_text(encoding="utf-8").strip()
    if written_by != str(home.major):
        raise StartRefused(
            f"The data in {data} were written by PostgreSQL {written_by}, and the programs here are version"
            f" {home.major}. Install that version, or dump the data with it and load them into a new folder."
        )
