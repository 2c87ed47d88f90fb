"""``casquillo expunge``: removes details and originals under an order, by two administrators and the offline key.

It needs the database owner's rights (CASQUILLO_OWNER_DATABASE_URL), which no process of the service has, beside the
settings of a worker. ``python -m evidence.commands.expunge`` is the same command.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.log import expunging
from evidence.actions.log.expunging import Order
from evidence.actions.ports import Services
from evidence.actions.store_ports import ObjectRef, StoreError, StoreRefused
from evidence.adapters.s3_offline import OfflineStore
from evidence.adapters.wiring import make_engine_and_sessions, make_services
from evidence.domain.callers import PersonCaller
from evidence.domain.errors import EvidenceError
from evidence.records.expunging import Expunging
from evidence.settings import SettingsError, read_settings

OWNER = "CASQUILLO_OWNER_DATABASE_URL"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``expunge``."""
    parser.add_argument("capture", help="the capture's folio or id")
    parser.add_argument("--order", required=True, help="the order's number")
    parser.add_argument("--authority", required=True, help="who ordered it")
    parser.add_argument("--reason", required=True, help="why, in a sentence")
    parser.add_argument("--by", required=True, nargs=2, metavar="USERNAME", help="two administrators of the agency")
    parser.add_argument("--entry", type=int, action="append", default=[], help="an entry's number in the chain")
    parser.add_argument("--original", type=UUID, action="append", default=[], help="a file's id in its manifest")
    parser.add_argument("--offline-key", type=Path, help="file with the key that may remove locked versions")


def run(chosen: argparse.Namespace, environment: Mapping[str, str]) -> int:
    """0, and what was removed; 1 and why not. Cut short after the decision, the next run removes the rest."""
    try:
        settings = read_settings({**environment, "CASQUILLO_DATABASE_URL": environment.get(OWNER, "")})
        if chosen.original and chosen.offline_key is None:
            raise SettingsError(["--offline-key is missing: an original is removed by it only"])
        engine, sessions = make_engine_and_sessions(settings)
        services = make_services(replace(settings, log_keys=None))
        offline = OfflineStore(settings, chosen.offline_key) if chosen.offline_key else None
        try:
            said = carry_out(sessions, services, offline, chosen)
        finally:
            engine.dispose()
            if offline is not None:
                offline.close()
    except (SettingsError, EvidenceError, StoreError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


def carry_out(
    sessions: sessionmaker[Session], services: Services, offline: OfflineStore | None, chosen: argparse.Namespace
) -> str:
    """Both people, then the decision, then the bytes."""
    order = Order(
        number=chosen.order,
        authority=chosen.authority,
        reason=chosen.reason,
        capture=chosen.capture,
        entries=tuple(chosen.entry),
        media=tuple(chosen.original),
    )
    first, second = (_confirmed(sessions, services, username) for username in chosen.by)
    try:
        done = _decided(sessions, services, offline, order, (first, second))
    except (EvidenceError, StoreRefused) as refused:
        with sessions() as session, session.begin():
            expunging.refuse(session, services, order=order, by=(first, second), code=refused.code)
        raise
    files_gone = remove_bytes(sessions, services, offline) if offline is not None else 0
    return f"Order {done.order_number}: details of {len(order.entries)} entries and {files_gone} files are gone."


def _decided(
    sessions: sessionmaker[Session],
    services: Services,
    offline: OfflineStore | None,
    order: Order,
    by: tuple[PersonCaller, PersonCaller],
) -> Expunging:
    """The decision, after the store was asked whether it will let go of every file."""
    if offline is not None:
        with sessions() as session:
            files = expunging.doomed_files(session, order)
        for media in files:
            ref = ObjectRef(media.bucket or "", media.object_key or "", media.version_id or "")
            offline.check(ref, now=services.clock.now())
    with sessions() as session, session.begin():
        return expunging.expunge(session, services, order=order, by=by)


def remove_bytes(sessions: sessionmaker[Session], services: Services, offline: OfflineStore) -> int:
    """Removes every file that is marked: the version, its preview, and the bundles that hold a copy. How many files."""
    with sessions() as session:
        doomed = expunging.doomed(session)
    for one in doomed:
        offline.remove_preview(one.preview_key)
        for bundle in one.bundles:
            offline.remove(bundle)
        offline.remove(one.original)
        with sessions() as session, session.begin():
            expunging.removed(session, services, one.tombstone_id)
    return len(doomed)


def _confirmed(sessions: sessionmaker[Session], services: Services, username: str) -> PersonCaller:
    password, totp = _asked(f"Password of {username}: "), _asked(f"Code of {username}: ")
    with closing(sessions()) as session, session.begin():
        person = expunging.administrator(session, services, username=username, password=password, totp=totp)
    if isinstance(person, EvidenceError):
        raise person
    return person


def _asked(prompt: str) -> str:
    """A secret without an echo; a line of standard input where that is no terminal."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def main() -> int:
    parser = argparse.ArgumentParser(prog="casquillo expunge", description="Removes evidence under an order.")
    add_arguments(parser)
    return run(parser.parse_args(), os.environ)


if __name__ == "__main__":
    sys.exit(main())
