"""``casquillo rescue``: takes in a rescue file that someone brought from a phone.

``python -m evidence.commands.rescue`` is the same command. It runs with the worker's rights: only they open the key.
"""

import argparse
import io
import os
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.capturing import rescue_keys, rescuing
from evidence.actions.ports import Services
from evidence.actions.store_ports import StoreDuplicate, StoreError
from evidence.actions.storing import arrivals
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.domain.jws import thumbprint
from evidence.domain.rescue import BadRescue, Header, Record, read_header, read_records
from evidence.records.rescue import RescueKey
from evidence.settings import SettingsError, read_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``rescue``."""
    parser.add_argument("file", type=Path, help="the file that the phone wrote")
    parser.add_argument("--by", required=True, metavar="USERNAME", help="the officer or supervisor who brings it")


def run(chosen: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0, and what was in it; 1 and why not. What came before a fault in the file is kept."""
    try:
        settings = read_settings(environment)
        engine, sessions = make_engine_and_sessions(settings)
        try:
            counts = take(chosen.file, by=chosen.by, sessions=sessions, services=make_services(settings))
        finally:
            engine.dispose()
    except (SettingsError, EvidenceError, BadRescue, StoreError, OSError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    for what, count in sorted(counts.items()):
        sys.stdout.write(f"{what}: {count}\n")
    return 0


def take(file: Path, *, by: str, sessions: sessionmaker[Session], services: Services) -> Counter[str]:
    """Takes in every record, each in a transaction of its own; how many of each outcome."""
    counts: Counter[str] = Counter()
    with file.open("rb") as source:
        header = read_header(source)
        with sessions() as session:
            key = _key_for(session, services, header)
            caller = rescuing.bringer(session, by, now=services.clock.now())
        for record in read_records(source, header, key):
            try:
                outcome = _take_one(sessions, services, caller, record)
            except EvidenceError as refused:  # what is wrong with one record keeps no other from being taken
                outcome = refused.code
            counts[f"{record.kind} {outcome}"] += 1
    return counts


def _key_for(session: Session, services: Services, header: Header) -> ec.EllipticCurvePrivateKey:
    for key_id, public in session.execute(select(RescueKey.id, RescueKey.public_jwk)):
        if thumbprint(public) == header.key:
            return rescue_keys.private_key(session, services, key_id)
    raise BadRescue("other_key", "sealed to a key that this service does not have")


def _take_one(sessions: sessionmaker[Session], services: Services, caller: PersonCaller, record: Record) -> str:
    if record.kind != "file":
        with sessions() as session, session.begin():
            return rescuing.take_document(session, services, caller=caller, record=record)
    with sessions() as session, session.begin():
        missing = rescuing.place_of_file(session, services, caller=caller, record=record)
    if missing is None:
        return "known"
    with suppress(StoreDuplicate):
        services.store.send(missing.part.put, io.BytesIO(record.body), len(record.body))
    with sessions() as session:
        places = rescuing.sought(session, caller=caller, record=record)
    sights = arrivals.look(services.store, places)
    with sessions() as session, session.begin():
        rescuing.confirm(session, services, caller=caller, sights=sights)
    return "new"


def main() -> int:
    parser = argparse.ArgumentParser(prog="casquillo rescue", description="Takes in a phone's rescue file.")
    add_arguments(parser)
    return run(parser.parse_args(), os.environ)


if __name__ == "__main__":
    sys.exit(main())
