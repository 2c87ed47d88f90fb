"""What the C2SP text formats share: strict base64 (RFC 4648, section 4), decimals, hashes on a line."""

import base64
import re

from evidence.domain.log.merkle import HASH_SIZE, BadProof

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z", re.ASCII)


def b64(data: bytes) -> str:
    """Padded standard base64."""
    return base64.b64encode(data).decode("ascii")


def b64_decode(text: str) -> bytes:
    """Decodes padded standard base64; ``BadProof`` for anything that ``b64`` would not have written."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise BadProof("base64_malformed") from None
    if b64(data) != text:
        raise BadProof("base64_malformed", "stray bits or padding")
    return data


def decimal(text: str) -> int:
    """A whole number below 2^63 in ASCII without leading zeros."""
    if not _DECIMAL.match(text) or int(text) >= 1 << 63:
        raise BadProof("number_malformed", text[:40])
    return int(text)


def hash_of(text: str) -> bytes:
    """One 32-byte hash in base64."""
    value = b64_decode(text)
    if len(value) != HASH_SIZE:
        raise BadProof("hash_malformed", "a hash is not 32 bytes")
    return value
