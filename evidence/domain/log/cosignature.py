"""A witness's timestamped statement about a checkpoint (C2SP tlog-cosignature, cosignature/v1, type 0x04).

The signature is 72 bytes: seconds since 1970 as 8 bytes big-endian, then Ed25519 over the message below.
"""

from collections.abc import Callable

from evidence.domain.log import ed25519
from evidence.domain.log.merkle import BadProof

SIZE = 72


def message(body: str, seconds: int) -> bytes:
    """What the witness signs: header, time, and the checkpoint's whole body without its signatures."""
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()


def sign(body: str, seconds: int, signer: Callable[[bytes], bytes]) -> bytes:
    """The 72 bytes; ``signer`` makes an Ed25519 signature over what it is given."""
    return seconds.to_bytes(8, "big") + signer(message(body, seconds))


def verify(body: str, signature: bytes, public_key: bytes) -> int:
    """The seconds at which the witness signed; ``BadProof`` when it did not."""
    if len(signature) != SIZE:
        raise BadProof("cosignature_malformed")
    seconds = int.from_bytes(signature[:8], "big")
    if not ed25519.verified(public_key, signature[8:], message(body, seconds)):
        raise BadProof("cosignature_wrong")
    return seconds
