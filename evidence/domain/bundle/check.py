"""Checks a court bundle alone: no network, no service, no database (protocol, section 10).

What a bundle can't prove by itself is whose key signed the log: whoever checks gives the policy file that they
obtained elsewhere. Without one the bundle's own is used and the report says so.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any, Protocol

from evidence.domain.bundle import contents
from evidence.domain.bundle.members import Malformed, entry_of_members
from evidence.domain.canonical import b64url_decode, jcs, sha256_hex
from evidence.domain.custody import Entry, details_match, first_fault
from evidence.domain.jws import Typ, read, thumbprint
from evidence.domain.log import policy
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.policy import NONE, Policy
from evidence.domain.log.proof import Proven, verify_proof
from evidence.domain.refusal import Refusal
from evidence.domain.verifying import Fault, name_of

PIECE = 1024 * 1024
DECISION = "decision.made"
SECURED = frozenset({"capture.secured", "capture.secured_partial"})


class BundleSource(Protocol):
    """A bag, unpacked or zipped. Names are relative to the bag, with ``/``."""

    def names(self) -> list[str]: ...

    def open(self, name: str) -> IO[bytes]:
        """The file's bytes; ``KeyError`` when there is none."""
        ...


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
    log: str
    log_size: int
    witnesses: tuple[str, ...]  # who cosigned the tree of every entry, empty when the quorum has not yet
    own_policy: bool


def check_bundle(source: BundleSource, trusted: bytes | None = None) -> BundleReport:
    """Checks everything in the bag; ``Fault`` names the first thing that fails.

    ``trusted`` is a C2SP tlog-policy file from outside the bag.
    """
    hashes = _check_bag(source)
    index = _json(source, contents.INDEX)
    known = _policy(source, trusted)
    entries = _check_entries(source, hashes, index, known)
    _check_manifests(source, hashes, index, entries)
    _check_originals(hashes, index, entries)
    _check_worksheets(hashes, entries)
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
            log=chain[-1].origin,
            log_size=max(one.log_size for one in chain),
            witnesses=tuple(sorted(set[str].intersection(*(set(one.witnesses) for one in chain)))),
            own_policy=trusted is None,
        )
    except (KeyError, TypeError, IndexError):
        raise Fault("index_malformed", file=contents.INDEX) from None


@dataclass(frozen=True)
class _Checked:
    entry: Entry
    sha256: str
    details: Mapping[str, Any] | None
    origin: str
    log_size: int
    witnesses: tuple[str, ...]


def _check_bag(source: BundleSource) -> dict[str, str]:
    """BagIt (RFC 8493): every payload file has its hash and no file is beside them. Name → hash, without ``data/``."""
    present = {name for name in source.names() if not name.endswith("/")}
    tags = _sums(source, "tagmanifest-sha256.txt")
    payload = _sums(source, "manifest-sha256.txt")
    listed = set(tags) | set(payload) | {"tagmanifest-sha256.txt"}
    for name in sorted(present ^ listed):
        raise Fault("file_missing" if name in listed else "file_extra", file=name)
    for name, expected in sorted((tags | payload).items()):
        if _hash_of(source, name) != expected:
            raise Fault("file_changed", file=name)
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
) -> list[_Checked]:
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
    return found


def _check_entry(source: BundleSource, path: str, known: Policy) -> _Checked:
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
    return _Checked(entry, sha256, details, proven.checkpoint.origin, proven.size, proven.witnesses)


def _prove(text: str, entry_hash: bytes, known: Policy) -> Proven:
    """The log's signature suffices; whether the quorum cosigned is reported, by its witnesses' names (section 9)."""
    try:
        return verify_proof(text, entry_hash, known)
    except BadProof as bad:
        if bad.code != "quorum_missing":
            raise
        return verify_proof(text, entry_hash, replace(known, quorum=NONE, witnesses=(), groups=()))


def _check_manifests(
    source: BundleSource, hashes: Mapping[str, str], index: Mapping[str, Any], entries: list[_Checked]
) -> None:
    """Each signed manifest: its hash is its name, it was registered, and an enrolled phone's key signed it."""
    keys = _device_keys(source, hashes, entries)
    registered = {one.details.get("manifest_sha256") for one in entries if one.details is not None}
    for sha256 in index.get("manifests", ()):
        path = contents.manifest_path(sha256)
        try:
            unverified = read(_bytes(source, path), typ=Typ.CAPTURE)
            jwk = keys.get(str(unverified.kid))
            if jwk is None:
                raise Fault("device_key_missing", file=path)
            verified = unverified.verify(jwk)
        except Refusal as refusal:
            raise Fault("signature_fails", file=path, reason=refusal.code) from None
        if verified.sha256 != sha256 or sha256 not in registered:
            raise Fault("manifest_unknown", file=path)


def _device_keys(
    source: BundleSource, hashes: Mapping[str, str], entries: list[_Checked]
) -> dict[str, Mapping[str, Any]]:
    """Public keys by device id; each must be the one whose thumbprint the enrolment's entry recorded."""
    enrolled = {
        str(one.entry.chain.id): one.details.get("key_thumbprint")
        for one in entries
        if one.entry.kind == "device.enrolled" and one.details is not None
    }
    keys: dict[str, Mapping[str, Any]] = {}
    for path in sorted(hashes):
        if path.startswith("keys/"):
            device_id = path.removeprefix("keys/").removesuffix(".jwk.json")
            jwk = _json(source, path)
            try:
                matches = enrolled.get(device_id) == thumbprint(jwk)
            except KeyError:
                matches = False
            if not matches:
                raise Fault("device_key_differs", file=path)
            keys[device_id] = jwk
    return keys


def _check_originals(hashes: Mapping[str, str], index: Mapping[str, Any], entries: list[_Checked]) -> None:
    """Each original has the hash that its line says, and each file that an entry secured has a line that agrees."""
    try:
        lines = {(line["of"], line["media_id"]): line for line in index["originals"]}
        for line in index["originals"]:
            if line["path"] is not None and hashes.get(line["path"]) != line["sha256"]:
                raise Fault("original_differs", file=line["path"])
        for of, media_id, sha256 in _secured(entries):
            line = lines.get((of, media_id))
            if line is None or line["sha256"] != sha256:
                raise Fault("original_missing", media=media_id)
    except (KeyError, TypeError):
        raise Fault("index_malformed", file=contents.INDEX) from None


def _check_worksheets(hashes: Mapping[str, str], entries: list[_Checked]) -> None:
    """Each approved copy hashes to the digest in its name, and a decision was made over that digest."""
    decided = {one.details.get("digest") for one in entries if one.details is not None and one.entry.kind == DECISION}
    closed = any(one.details is None for one in entries if one.entry.kind == DECISION)
    for path, sha256 in sorted(hashes.items()):
        if path.startswith("worksheets/"):
            if not path.endswith(f"-{sha256}.json"):
                raise Fault("worksheet_changed", file=path)
            if sha256 not in decided and not closed:
                raise Fault("worksheet_undecided", file=path)


def _secured(entries: list[_Checked]) -> Iterator[tuple[str, str, str]]:
    """(manifest hash, media id, hash) of every file that a ``secured`` entry names."""
    for one in entries:
        if one.entry.kind in SECURED and one.details is not None:
            for line in one.details["media"]:
                yield one.details["manifest_sha256"], line["id"], line["sha256"]
