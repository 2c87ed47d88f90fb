"""Checks a court bundle alone: no network, no service, no database (protocol, section 10).

What a bundle can't prove by itself is whose key signed the log: whoever checks gives the policy file that they
obtained elsewhere. Without one the bundle's own is used and the report says so.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, Protocol

from cryptography.x509 import Certificate

from evidence.domain.bundle import check_files, contents
from evidence.domain.bundle.check_files import Checked
from evidence.domain.bundle.members import Malformed, entry_of_members
from evidence.domain.canonical import b64url_decode, jcs, sha256_hex
from evidence.domain.custody import details_match, first_fault, instant
from evidence.domain.log import policy
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.policy import NONE, Policy
from evidence.domain.log.proof import Proven, verify_proof
from evidence.domain.verifying import Fault, name_of

PIECE = 1024 * 1024
REQUEST = "bundle.requested"
FILES = "files"  # the stage that a progress bar names


class BundleSource(Protocol):
    """A bag, unpacked or zipped. Names are relative to the bag, with ``/``."""

    def names(self) -> list[str]: ...

    def open(self, name: str) -> IO[bytes]:
        """The file's bytes; ``KeyError`` when there is none."""
        ...

    def size(self, name: str) -> int:
        """Of the file, in bytes."""
        ...


Progress = Callable[[str, int, int], None]
"""(stage, bytes done, bytes in all)."""


def silent(_stage: str, _done: int, _total: int) -> None:
    """For those who only wait for the end."""


@dataclass(frozen=True, kw_only=True)
class BundleReport:
    """What held. ``own_policy`` means that nobody outside vouched for the log's key."""

    bundle_id: str
    capture_id: str
    folio: str
    profile: str
    entries: int
    details_withheld: int
    originals: int
    originals_withheld: int
    manifests: int
    manifests_withheld: int
    cosignatures: int  # of colleagues who took part, each with the key of an own phone
    log: str
    log_size: int
    witnesses: tuple[str, ...]  # who cosigned the tree of every entry, empty when the quorum has not yet
    own_policy: bool
    timestamped_at: str | None  # by the authority's clock, RFC 3339
    timestamped_by: str | None  # whose signature holds up to a root that was given; None when none was given


def check_bundle(
    source: BundleSource,
    trusted: bytes | None = None,
    *,
    roots: Sequence[Certificate] | None = None,
    progress: Progress = silent,
) -> BundleReport:
    """Checks everything in the bag; ``Fault`` names the first thing that fails.

    ``trusted`` is a C2SP tlog-policy file from outside the bag, ``roots`` the certificates up to which a timestamp
    authority's signature is followed; without them only what the timestamp is over is checked.
    """
    hashes = _check_bag(source, progress)
    index = _json(source, contents.INDEX)
    known = _policy(source, trusted)
    entries = _check_entries(source, hashes, index, known)
    check_files.check_manifests(lambda path: _bytes(source, path), hashes, index, entries)
    check_files.check_originals(hashes, index, entries)
    check_files.check_worksheets(hashes, entries)
    stamp = check_files.check_timestamp(lambda path: _bytes(source, path), hashes, known, entries, roots)
    chain = [one for one in entries if one.entry.chain.type == "capture"]
    try:
        return BundleReport(
            bundle_id=index["bundle_id"],
            capture_id=index["capture_id"],
            folio=index["folio"],
            profile=index["profile"],
            entries=len(chain),
            details_withheld=sum(one.details is None for one in chain),
            originals=sum(line["path"] is not None for line in index["originals"]),
            originals_withheld=sum(line["path"] is None for line in index["originals"]),
            manifests=len(index["manifests"]),
            manifests_withheld=sum(one["what"] == "manifest" for one in index["withheld"]),
            cosignatures=len(index.get("cosignatures", ())),
            log=chain[-1].origin,
            log_size=max(one.log_size for one in chain),
            witnesses=tuple(sorted(set[str].intersection(*(set(one.witnesses) for one in chain)))),
            own_policy=trusted is None,
            timestamped_at=instant(stamp.at) if stamp else None,
            timestamped_by=stamp.by if stamp else None,
        )
    except (KeyError, TypeError, IndexError):
        raise Fault("index_malformed", file=contents.INDEX) from None


def _check_bag(source: BundleSource, progress: Progress) -> dict[str, str]:
    """BagIt (RFC 8493): every payload file has its hash and no file is beside them. Name → hash, without ``data/``."""
    present = {name for name in source.names() if not name.endswith("/")}
    tags = _sums(source, "tagmanifest-sha256.txt")
    payload = _sums(source, "manifest-sha256.txt")
    listed = set(tags) | set(payload) | {"tagmanifest-sha256.txt"}
    for name in sorted(present ^ listed):
        raise Fault("file_missing" if name in listed else "file_extra", file=name)
    done, total = 0, sum(source.size(name) for name in listed)
    for name, expected in sorted((tags | payload).items()):
        if _hash_of(source, name) != expected:
            raise Fault("file_changed", file=name)
        done += source.size(name)
        progress(FILES, done, total)
    return {name.removeprefix("data/"): value for name, value in payload.items()}


def _sums(source: BundleSource, name: str) -> dict[str, str]:
    try:
        with source.open(name) as file:
            lines = file.read().decode("utf-8").splitlines()
        pairs = [line.split(None, 1) for line in lines if line]
        return {path.strip().replace("%0A", "\n").replace("%0D", "\r"): value.lower() for value, path in pairs}
    except KeyError:
        raise Fault("not_a_bag", file=name) from None
    except (UnicodeDecodeError, ValueError):
        raise Fault("bag_malformed", file=name) from None


def _hash_of(source: BundleSource, name: str) -> str:
    digest = hashlib.sha256()
    with source.open(name) as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _bytes(source: BundleSource, path: str) -> bytes:
    try:
        with source.open(f"data/{path}") as file:
            return file.read()
    except KeyError:
        raise Fault("file_missing", file=path) from None


def _json(source: BundleSource, path: str) -> dict[str, Any]:
    try:
        value = json.loads(_bytes(source, path))
    except (ValueError, RecursionError):
        raise Fault("json_malformed", file=path) from None
    if not isinstance(value, dict):
        raise Fault("json_malformed", file=path)
    return value


def _policy(source: BundleSource, trusted: bytes | None) -> Policy:
    try:
        return policy.parse(trusted if trusted is not None else _bytes(source, contents.POLICY))
    except BadProof as bad:
        raise Fault("policy_unusable", reason=str(bad)) from None


def _check_entries(
    source: BundleSource, hashes: Mapping[str, str], index: Mapping[str, Any], known: Policy
) -> list[Checked]:
    """Each entry: its hash, its details where they are there, its place in the log; then the capture's chain whole."""
    paths = sorted(path for path in hashes if path.startswith("custody/"))
    found = [_check_entry(source, path, known) for path in paths]
    chain = sorted((one for one in found if one.entry.chain.type == "capture"), key=lambda one: one.entry.seq)
    if not chain:
        raise Fault("chain_empty")
    if str(chain[0].entry.chain.id) != index.get("capture_id"):
        raise Fault("chain_of_another", chain=name_of(chain[0].entry.chain))
    fault = first_fault((one.entry, one.sha256) for one in chain)
    if fault:
        raise Fault(f"chain_{fault.reason}", chain=name_of(chain[0].entry.chain), seq=fault.seq)
    # Every bundle reaches to its own request: without it, somebody cut the end off.
    asked = [one.details for one in chain if one.entry.kind == REQUEST]
    if not any(details is None or details.get("bundle_id") == index.get("bundle_id") for details in asked):
        raise Fault("chain_end", chain=name_of(chain[0].entry.chain))
    return found


def _check_entry(source: BundleSource, path: str, known: Policy) -> Checked:
    document = _json(source, path)
    try:
        entry = entry_of_members(document["entry"])
        salt = b64url_decode(document["salt"]) if document["salt"] is not None else None
        details, text = document["details"], document["proof"]
        if not isinstance(text, str):
            raise Malformed("proof")
    except (Malformed, KeyError, TypeError, ValueError, AttributeError):
        raise Fault("bundle_entry_malformed", file=path) from None
    sha256 = sha256_hex(jcs(entry.members()))
    if details is not None and (salt is None or not details_match(salt, details, entry.details_sha256)):
        raise Fault("details_changed", chain=name_of(entry.chain), seq=entry.seq)
    try:
        proven = _prove(text, bytes.fromhex(sha256), known)
    except BadProof as bad:
        raise Fault("proof_fails", chain=name_of(entry.chain), seq=entry.seq, reason=str(bad)) from None
    return Checked(entry, sha256, details, proven.checkpoint.origin, proven.size, proven.witnesses)


def _prove(text: str, entry_hash: bytes, known: Policy) -> Proven:
    """The log's signature suffices; whether the quorum cosigned is reported, by its witnesses' names (section 9)."""
    try:
        return verify_proof(text, entry_hash, known)
    except BadProof as bad:
        if bad.code != "quorum_missing":
            raise
        return verify_proof(text, entry_hash, replace(known, quorum=NONE, witnesses=(), groups=()))
