"""The key pair of rescue files: a phone seals to its public half, the service keeps the private half sealed."""

from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.domain.jws import public_jwk
from evidence.records.rescue import RescueKey

_ONE_AT_A_TIME = 0x7265736375655F6B  # advisory lock: two workers make one key


def ensure(session: Session, services: Services) -> UUID:
    """The id of the newest key; makes the first."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    known = session.scalars(select(RescueKey.id).order_by(RescueKey.made_at.desc()).limit(1)).first()
    if known is not None:
        return known
    private = ec.generate_private_key(ec.SECP256R1())
    coded = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    row = RescueKey(
        id=services.entropy.uuid7(),
        public_jwk=public_jwk(private.public_key()),
        sealed=services.secrets.seal(coded),
        made_at=services.clock.now(),
    )
    session.add(row)
    session.flush()
    return row.id


def private_key(session: Session, services: Services, key_id: UUID) -> ec.EllipticCurvePrivateKey:
    """The private half, for opening a rescue file; only a worker's role may read it."""
    sealed = session.get_one(RescueKey, key_id).sealed
    found = serialization.load_der_private_key(services.secrets.open(sealed), password=None)
    if not isinstance(found, ec.EllipticCurvePrivateKey):
        raise TypeError("a rescue key is a P-256 key")
    return found
