"""What a phone does with a receipt: believe nothing, verify all, then name the files that it may delete.

Written against the published forms only (``openapi/schemas/receipt-1.json``, C2SP tlog-proof), as an example for
other clients.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.domain.canonical import b64url_decode, jcs, salted_sha256_hex, sha256_hex
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.note import Verifier
from evidence.domain.log.proof import verify_proof

KINDS = ("capture.secured", "capture.secured_partial")
KEPT = ("secured", "quarantined")


class NotProven(Exception):
    """The receipt does not prove what it says: the phone keeps its files."""


@dataclass(frozen=True)
class Receipt:
    """A receipt that was verified: the leaf's index, the log's size, and the hashes of files that are kept, by id."""

    index: int
    size: int
    witnessed: bool
    kept: Mapping[str, str]
    document: Mapping[str, Any]

    def may_delete(self, media_id: str, sha256: str) -> bool:
        """Only when the file's own line has its hash and says that it is kept (protocol, section 5.5)."""
        return self.kept.get(media_id) == sha256


def verified(document: Mapping[str, Any], *, log_keys: Sequence[str], manifest_sha256: str) -> Receipt:
    """The receipt, if salt, details, entry, proof and one pinned key's signature fit together for this manifest."""
    entry, details = document["entry"], document["details"]
    if entry["kind"] not in KINDS or details["manifest_sha256"] != manifest_sha256:
        raise NotProven("it is about something else")
    if salted_sha256_hex(b64url_decode(document["salt"]), details) != entry["details_sha256"]:
        raise NotProven("the details are not the entry's")
    entry_sha256 = bytes.fromhex(sha256_hex(jcs(entry)))
    faults = []
    for vkey in log_keys:
        try:
            proven = verify_proof(document["proof"], entry_sha256, Verifier.parse(vkey))
        except BadProof as fault:
            faults.append(str(fault))
            continue
        kept = {line["id"]: line["sha256"] for line in details["media"] if line["state"] in KEPT}
        return Receipt(proven.index, proven.size, bool(document["witnessed"]), kept, document)
    raise NotProven("; ".join(faults) or "no log key was pinned")
