"""The head of a log at one size (C2SP tlog-checkpoint): the text of a signed note."""

from dataclasses import dataclass

from evidence.domain.log.lines import b64, decimal, hash_of
from evidence.domain.log.merkle import HASH_SIZE, BadProof


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """``origin`` names the log, ``size`` counts its leaves, ``root`` is their RFC 6962 tree hash (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lines = (self.origin, *self.extensions)
        if self.size < 0 or len(self.root) != HASH_SIZE or any(not line or "\n" in line for line in lines):
            raise BadProof("checkpoint_malformed")

    def body(self) -> str:
        """The note's text: one line each, the last with its newline."""
        return "\n".join([self.origin, str(self.size), b64(self.root), *self.extensions]) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Reads a note's text; ``BadProof`` when it is not exactly what ``body`` writes."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] != "":
            raise BadProof("checkpoint_malformed")
        origin, size, root, *extensions = lines[:-1]
        return cls(origin, decimal(size), hash_of(root), tuple(extensions))
