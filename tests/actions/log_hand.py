"""A sealer by hand: real keys in memory, no store, for tests that only need entries to have their place."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.capturing import rescue_keys
from evidence.actions.log import log_keeping, sealing
from evidence.actions.ports import Services
from evidence.domain.log.note import Algorithm, Verifier


class MemoryKeys:
    """``LogSigner`` without a disk."""

    def __init__(self) -> None:
        self.keys: dict[str, Ed25519PrivateKey] = {}

    def make_key(self, name: str) -> str:
        key = Ed25519PrivateKey.generate()
        vkey = Verifier(name, Algorithm.ED25519, key.public_key().public_bytes_raw()).vkey
        self.keys[vkey] = key
        return vkey

    def holds(self, vkey: str) -> bool:
        return vkey in self.keys

    def sign(self, vkey: str, message: bytes) -> bytes:
        return self.keys[vkey].sign(message)


class HandSealer:
    """Opens the log, which is its first entry (log index 0), and seals what is committed when told to."""

    def __init__(self, sessions: sessionmaker[Session], services: Services) -> None:
        self.sessions, self.services, self.signer = sessions, services, MemoryKeys()
        with sessions() as session, session.begin():
            if services.secrets is not None:
                rescue_keys.ensure(session, services)
            log_keeping.open_log(session, services, signer=self.signer)
        assert self.seal() == 1

    def seal(self) -> int:
        """How many entries got their place."""
        with self.sessions() as session, session.begin():
            sealed = sealing.seal(session, self.services, signer=self.signer, stored=None)
        return sealed.entries if sealed else 0
