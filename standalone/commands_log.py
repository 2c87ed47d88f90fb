"""``casquillo log``, also beside a service that ``casquillo run`` has up; and ``casquillo witness``."""

import argparse
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from evidence.adapters.wiring import make_engine_and_sessions
from evidence.commands import log
from evidence.records.log import keys_of
from evidence.settings import read_settings
from standalone.errors import StartRefused
from standalone.private_files import read_json_object
from standalone.service import WORKER_ENVIRONMENT
from standalone.witnesses import own_key, witness_argv, witness_environment, write_logs


def add_log_arguments(parser: argparse.ArgumentParser) -> None:
    """Those of ``evidence.commands.log``, and the folder of a running service."""
    parser.add_argument("--folder", type=Path, help="the folder of `casquillo run`; else CASQUILLO_* is read")
    log.add_arguments(parser)


def run_log(chosen: argparse.Namespace) -> int:
    """The command; the demo's own witnesses are told of a new key."""
    if chosen.folder is None:
        return log.run(chosen, os.environ)
    environment = {name: str(value) for name, value in read_json_object(chosen.folder / WORKER_ENVIRONMENT).items()}
    if not environment:
        raise StartRefused(f"{chosen.folder} holds no service: start it once with `casquillo run`.")
    done = log.run(chosen, environment)
    _tell_demo_witnesses(environment, chosen.folder)
    return done


def _tell_demo_witnesses(environment: Mapping[str, str], folder: Path) -> None:
    engine, sessions = make_engine_and_sessions(read_settings(environment))
    with sessions() as session:
        vkeys = [key.vkey for key in keys_of(session)]
    engine.dispose()
    for known in (folder / "witnesses").glob("*/logs"):
        write_logs(known, vkeys)


def add_witness_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``witness``."""
    parser.add_argument("--folder", type=Path, required=True, help="where its key and memory are kept")
    parser.add_argument("--name", required=True, help="its key's name, a schema-less address of yours")
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; a proxy in front speaks to the world")
    parser.add_argument("--logs", type=Path, help="tlog-policy file with the logs to know; <folder>/logs by default")


def run_witness(chosen: argparse.Namespace) -> int:
    """Makes its key at the first start, prints the public one, and serves until it is ended."""
    folder: Path = chosen.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    logs: Path = (chosen.logs or folder / "logs").absolute()
    if not logs.exists():
        write_logs(logs, [])
    sys.stdout.write(f"{own_key(folder, chosen.name)}\nKnows the logs of {logs}; read at each request.\n")
    sys.stdout.flush()
    os.chdir(Path(__file__).parents[1])
    argv = witness_argv(chosen.port)
    os.execve(argv[0], argv, witness_environment(folder, logs))  # noqa: S606  # the program is our own interpreter
