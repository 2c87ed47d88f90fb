"""``casquillo``: runs the service on one machine, and the operator's commands."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyotp

from evidence.commands import expunge
from migrations.apply import upgrade
from standalone import commands_admin, commands_log, commands_rescue, commands_verify
from standalone.demo import play
from standalone.errors import StartRefused
from standalone.folder_lock import lock_folder
from standalone.private_files import read_json_object, write_private_json
from standalone.service import PORT, Service
from standalone.supervisor import StopSignals, Supervisor
from standalone.world import is_made, make_world

HANDOVER = "service.json"


def main(*, began: float) -> int:
    """Does what was typed. ``began`` is when this process did, of ``time.monotonic``."""
    parser = argparse.ArgumentParser(prog="casquillo", description="Evidence capture service for recovered firearms.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="start everything on this machine, with invented demo data")
    run.add_argument("--folder", type=Path, default=Path("var"), help="where data, logs and keys are kept")
    run.add_argument("--port", type=int, default=PORT, help="the port at the first start; it then stays")
    run.add_argument("--once", action="store_true", help="end after the demo instead of staying up")
    code = commands.add_parser("demo", help="for the demo accounts").add_subparsers(dest="what", required=True)
    shown = code.add_parser("code", help="the present TOTP code of a demo account")
    shown.add_argument("username")
    shown.add_argument("--folder", type=Path, default=Path("var"))
    commands_admin.add_arguments(commands.add_parser("admin", help="organisations, and their first administrators"))
    commands.add_parser("migrate", help="bring the database of CASQUILLO_OWNER_DATABASE_URL to the newest schema")
    commands_verify.add_arguments(commands.add_parser("verify", help="check a receipt, a custody chain, or everything"))
    commands_log.add_log_arguments(commands.add_parser("log", help="the custody log's key, and its succession"))
    commands_log.add_witness_arguments(commands.add_parser("witness", help="watch other logs, and cosign them"))
    commands_rescue.add_arguments(commands.add_parser("rescue", help="take in a rescue file that a phone wrote"))
    expunge.add_arguments(commands.add_parser("expunge", help="remove details and originals under an order"))
    chosen = parser.parse_args()
    chosen.began = began
    try:
        return COMMANDS[chosen.command](chosen)
    except StartRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1


def _run(chosen: argparse.Namespace) -> int:
    supervisor = Supervisor(_say)
    with StopSignals(supervisor.hurry) as signals, supervisor, folder_of(chosen.folder) as folder:
        service = Service(folder, supervisor, preferred_port=chosen.port)
        service.start()
        if service.postgres.notice:
            _say(service.postgres.notice)
        _say(f"Ready after {time.monotonic() - chosen.began:.1f} s at {service.origin}")
        handover = _handover(service)
        if not handover.get("demo_played"):
            _play_once(service, handover)
        _tell_how_to_sign_in(service, handover)
        if not chosen.once:
            signals.wait()
    _say("Stopped; the data is kept.")
    return 0


@contextmanager
def folder_of(chosen: Path) -> Iterator[Path]:
    """The data folder, ours alone while we run; passable, so that the database's account can reach its part."""
    folder = chosen.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    lock = lock_folder(folder, what="Casquillo")
    try:
        yield folder
    finally:
        lock.close()


def _handover(service: Service) -> dict[str, object]:
    """``service.json``: what a person or a script needs to use this installation; made with the demo's people."""
    file = service.folder / HANDOVER
    known: dict[str, object] = read_json_object(file)
    owned = service.owned()
    if not known and is_made(owned.sessions):
        raise StartRefused(
            f"{file} is missing, but the database has its organisations: their secrets can't be read back. "
            f"Restore the file, or move {service.folder} away to begin anew."
        )
    if not known:
        _say("First start: making invented organisations and people …")
        known = {"base_url": service.origin, **make_world(owned)}
        write_private_json(file, known)
    return known


def _play_once(service: Service, handover: dict[str, object]) -> None:
    """Plays the recovery. One that was broken off is not begun again: its gun would be the second of that number."""
    if handover.get("demo_begun"):
        _say(f"The demo was broken off at its first start and stays so. For a whole one move {service.folder} away.")
        return
    handover["demo_begun"] = True
    write_private_json(service.folder / HANDOVER, handover)
    play(service.origin, handover, _say)
    handover["demo_played"] = True
    write_private_json(service.folder / HANDOVER, handover)


def _tell_how_to_sign_in(service: Service, handover: dict[str, object]) -> None:
    file = service.folder / HANDOVER
    _say(
        f"\nCasquillo is up: {service.origin} is the phone, {service.origin}/desk the console,\n"
        f"{service.origin}/verify checks evidence, {service.origin}/log explains the public log.\n"
        f"The API's document: {service.origin}/api/v1/openapi.json\n"
        f"Invented people, passwords, TOTP secrets and machine tokens: {file}\n"
        f"A present code: casquillo demo code s-201 --folder {service.folder}\n"
        "Ctrl-C ends it; the data stays."
    )


def _demo_code(chosen: argparse.Namespace) -> int:
    people = read_json_object(chosen.folder / HANDOVER).get("people", {})
    if chosen.username not in people:
        sys.stderr.write(f"No demo account {chosen.username!r} in {chosen.folder / HANDOVER}.\n")
        return 1
    _say(pyotp.TOTP(people[chosen.username]["totp_secret"]).now())
    return 0


def _migrate(_chosen: argparse.Namespace) -> int:
    url = os.environ.get("CASQUILLO_OWNER_DATABASE_URL")
    if not url:
        sys.stderr.write("CASQUILLO_OWNER_DATABASE_URL is missing.\n")
        return 2
    upgrade(url)
    return 0


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "demo": _demo_code,
    "migrate": _migrate,
    "admin": commands_admin.run,
    "verify": commands_verify.run,
    "log": commands_log.run_log,
    "witness": commands_log.run_witness,
    "rescue": commands_rescue.run,
    "expunge": lambda chosen: expunge.run(chosen, os.environ),
}
