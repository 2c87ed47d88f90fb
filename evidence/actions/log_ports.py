"""What the custody log needs from outside: its signer, witnesses, a timestamp authority."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from evidence.domain.log.witness import State as WitnessState


class LogSigner(Protocol):
    """Keeps the log's private keys: in files today, in a key service tomorrow. Only the sealer has one."""

    def make_key(self, name: str) -> str:
        """A new Ed25519 key for the origin ``name``; returns its vkey (C2SP signed-note), keeps the rest."""
        ...

    def holds(self, vkey: str) -> bool: ...

    def sign(self, vkey: str, message: bytes) -> bytes:
        """The 64-byte signature; ``KeyError`` when that key is not here."""
        ...


@dataclass(frozen=True)
class WitnessAnswer:
    """HTTP status and body of a witness's answer."""

    status: int
    body: bytes


class WitnessUnavailable(Exception):
    """The witness did not answer; the same request may succeed later."""


class Witnesses(Protocol):
    """Other people's C2SP witnesses, by their submission prefix."""

    def add_checkpoint(self, prefix: str, body: bytes) -> WitnessAnswer:
        """Posts to ``<prefix>/add-checkpoint``; ``WitnessUnavailable`` when there is no answer."""
        ...


class TimestampUnavailable(Exception):
    """The timestamp authority did not answer, or not with a token; the same request may succeed later."""


class Timestamps(Protocol):
    """A timestamp authority (RFC 3161)."""

    def ask(self, request: bytes) -> bytes:
        """A TimeStampReq to it; its TimeStampResp. ``TimestampUnavailable`` when there is none."""
        ...


class WitnessStates(Protocol):
    """What a witness remembers of each log: the newest checkpoint that it has cosigned."""

    def deciding(self, origin: str) -> AbstractContextManager["WitnessMemory"]:
        """The memory of one log, nobody else's until the end: what is kept is decided on what was read."""
        ...


class WitnessMemory(Protocol):
    """Of one log, while it is being decided over."""

    def read(self) -> WitnessState | None:
        """None when nothing of that log was ever cosigned."""
        ...

    def keep(self, state: WitnessState) -> None:
        """On disk when this returns."""
        ...
