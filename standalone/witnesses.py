"""The demo's witnesses: two of the invented agencies watch the log grow, each with its own process, key and memory."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evidence.adapters.key_files import KeyFiles
from evidence.domain.log.note import Algorithm, Verifier
from evidence.domain.log.policy import NONE, Group, Log, Policy, Witness
from standalone.ports import Ports
from standalone.processes import Command, Stage

WATCHING = ("PEM-A", "PEM-B")
QUORUM = "agencies"


@dataclass(frozen=True)
class DemoWitness:
    """One witness: its folder, its port on 127.0.0.1, its public key."""

    name: str
    folder: Path
    port: int
    vkey: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, logs: Path) -> Command:
        """How its process is run."""
        return witness_command(self.name, folder=self.folder, port=self.port, log=logs / f"{self.name}.log")


class Witnesses:
    """The files below ``folder``: one folder a witness, ``logs`` (whom they know) and ``policy`` (who counts)."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self._folder = folder
        self.policy = folder / "policy"
        self.all = [self._witness(code, ports) for code in WATCHING]
        quorum = Group(QUORUM, 1, tuple(one.name for one in self.all))
        known = tuple(Witness(one.name, Verifier.parse(one.vkey), one.url) for one in self.all)
        self.policy.write_text(Policy(logs=(), witnesses=known, groups=(quorum,), quorum=QUORUM).text())

    def know(self, log_vkeys: Sequence[str]) -> None:
        """Tells every witness which keys the log signs with. They read it at each request."""
        for one in self.all:
            write_logs(one.folder / "logs", log_vkeys)

    def _witness(self, code: str, ports: Ports) -> DemoWitness:
        name = f"witness-{code.lower()}"
        folder = self._folder / name
        vkey = own_key(folder, f"casquillo-demo/{name}")
        return DemoWitness(name, folder, ports.internal(name), vkey)


def own_key(folder: Path, name: str) -> str:
    """The vkey of the witness in ``folder``; its key is made at the first call."""
    keys = KeyFiles(folder / "keys")
    known = keys.vkeys()
    return known[0] if known else keys.make_key(name, Algorithm.COSIGNATURE)


def write_logs(file: Path, log_vkeys: Sequence[str]) -> None:
    """The logs that a witness knows, as a tlog-policy file."""
    logs = tuple(Log(Verifier.parse(vkey)) for vkey in log_vkeys)
    file.write_text(Policy(logs=logs, witnesses=(), groups=(), quorum=NONE).text())


def witness_environment(folder: Path, logs: Path) -> dict[str, str]:
    """The settings of a witness process."""
    return {
        "PATH": "/usr/bin:/bin",
        "PYTHONUNBUFFERED": "1",
        "CASQUILLO_WITNESS_KEYS": str(folder / "keys"),
        "CASQUILLO_WITNESS_STATE": str(folder / "state"),
        "CASQUILLO_WITNESS_LOGS": str(logs),
    }


def witness_argv(port: int) -> tuple[str, ...]:
    """The program: one process, because it alone has the memory."""
    return (
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "api.witness:make"),
        *("--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--blocking-threads", "4", "--no-ws", "--log-level", "warning"),
    )


def witness_command(name: str, *, folder: Path, port: int, log: Path) -> Command:
    return Command(
        name=name,
        argv=witness_argv(port),
        log=log,
        stage=Stage.SERVICE,
        env=witness_environment(folder, folder / "logs"),
        cwd=Path(__file__).parents[1],
    )
