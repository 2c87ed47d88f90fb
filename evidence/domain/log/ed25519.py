"""Ed25519 (RFC 8032) over 32-byte public keys and 64-byte signatures."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verified(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether ``signature`` is this key's over ``message``; a malformed key or signature is simply not one."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
