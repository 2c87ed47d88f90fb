"""``casquillo log``: change the log's key with an overlap, or follow a log by a new one after a restore.

``python -m evidence.commands.log`` is the same command, for an image that holds no demo and no embedded servers.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.log import log_keeping, publishing
from evidence.actions.log.sealing import SealingRefused
from evidence.actions.log_ports import LogSigner
from evidence.actions.ports import Services
from evidence.actions.store_ports import StoreError
from evidence.adapters.wiring import make_engine_and_sessions, make_services, make_signer
from evidence.domain.errors import EvidenceError
from evidence.settings import SettingsError, read_settings

MOST_SUCCESSIONS = 100


@dataclass(frozen=True)
class Operator:
    """What an operator's command works with: the worker's rights, and the log's keys."""

    sessions: sessionmaker[Session]
    services: Services
    signer: LogSigner


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``log``."""
    what = parser.add_subparsers(dest="what", required=True)
    rotate = what.add_parser("rotate-key", help="a new key signs from now on, the present ones beside it for a time")
    rotate.add_argument("--overlap-days", type=int, default=log_keeping.OVERLAP.days)
    what.add_parser("succeed", help="after a restore: a new log that names the one that the store knows more of")


def run(chosen: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0, and a sentence about what was done; else 1 and why not."""
    try:
        with _operator(environment) as operator:
            if chosen.what == "rotate-key":
                sentence = rotate(operator, timedelta(days=chosen.overlap_days))
            else:
                sentence = succeed(operator)
    except (SettingsError, EvidenceError, SealingRefused, StoreError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"{sentence}\n")
    return 0


def rotate(operator: Operator, overlap: timedelta) -> str:
    """A new key beside the present ones."""
    with operator.sessions() as session, session.begin():
        vkey = log_keeping.rotate_key(session, operator.services, signer=operator.signer, overlap=overlap)
    return f"New key: {vkey}\nTell it to your witnesses before the former one ends."


def succeed(operator: Operator) -> str:
    """New logs until the store knows nothing that the database does not."""
    opened = None
    for _ in range(MOST_SUCCESSIONS):
        with operator.sessions() as session:
            present = publishing.needed_origin(session)
        stored = publishing.newest_stored(operator.services.store, present.name)
        overtaken = publishing.newest_stored(operator.services.store, publishing.successor_of(present)) is not None
        if stored is None:
            break
        try:
            with operator.sessions() as session, session.begin():
                opened = log_keeping.succeed(
                    session, operator.services, signer=operator.signer, stored=stored, overtaken=overtaken
                )
        except EvidenceError:
            if opened is None:
                raise
            break
    if opened is None:
        return "The store keeps no checkpoint of the present log: nothing to succeed."
    return f"The log is now {opened.name}. Tell its key to your witnesses and readers."


@contextmanager
def _operator(environment: Mapping[str, str]) -> Iterator[Operator]:
    settings = read_settings(environment)
    engine, sessions = make_engine_and_sessions(settings)
    try:
        yield Operator(sessions, make_services(settings), make_signer(settings))
    finally:
        engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m evidence.commands.log", description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args(), os.environ)


if __name__ == "__main__":
    sys.exit(main())
