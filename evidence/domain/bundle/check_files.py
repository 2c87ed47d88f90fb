"""The files of a court bundle against its entries: signed manifests, originals, approved copies."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.x509 import Certificate

from evidence.domain.bundle import contents
from evidence.domain.custody import Entry
from evidence.domain.jws import Typ, read, thumbprint
from evidence.domain.log import note, timestamp, timestamp_trust
from evidence.domain.log.checkpoint import Checkpoint
from evidence.domain.log.merkle import BadProof
from evidence.domain.log.policy import Policy
from evidence.domain.refusal import Refusal
from evidence.domain.verifying import Fault

DECISION = "decision.made"
COSIGNED = "capture.cosigned"
SECURED = frozenset({"capture.secured", "capture.secured_partial"})
VOUCHING = SECURED | {"media.verified", "media.quarantined", "media.received"}
"""Entries that name a file by its hash once its bytes were here."""

BytesOf = Callable[[str], bytes]
"""The bytes of a file of the payload; a ``Fault`` when there is none."""


@dataclass(frozen=True)
class Checked:
    """An entry that holds: ``details`` is None when withheld; ``witnesses`` cosigned the tree that it stands in."""

    entry: Entry
    sha256: str
    details: Mapping[str, Any] | None
    origin: str
    log_size: int
    witnesses: tuple[str, ...]


def check_manifests(
    bytes_of: BytesOf, hashes: Mapping[str, str], index: Mapping[str, Any], entries: list[Checked]
) -> None:
    """Each signed manifest: its hash is its name, it was registered, and an enrolled phone's key signed it.

    So too each colleague's statement; and what an entry says was cosigned is there, or named as withheld.
    """
    keys = _device_keys(bytes_of, hashes, entries)
    told = [one for one in entries if one.details is not None]
    registered = {one.details.get("manifest_sha256") for one in told if one.details is not None}
    cosigned = {
        one.details.get("statement_sha256") for one in told if one.details is not None and one.entry.kind == COSIGNED
    }
    signed = Signatures(bytes_of, hashes, keys)
    signed.check(Typ.CAPTURE, index.get("manifests", ()), contents.manifest_path, registered)
    listed = index.get("cosignatures", ())
    signed.check(Typ.STATEMENT, listed, contents.cosignature_path, cosigned)
    withheld = {one.get("which") for one in index.get("withheld", ()) if one.get("what") == "cosignature"}
    for sha256 in sorted(cosigned - set(listed) - withheld, key=str):
        raise Fault("cosignature_missing", file=contents.cosignature_path(str(sha256)))


@dataclass(frozen=True)
class Signatures:
    """The signed documents of a bag: their bytes, the payload's hashes, the public keys by device."""

    bytes_of: BytesOf
    hashes: Mapping[str, str]
    keys: Mapping[str, Mapping[str, Any]]

    def check(self, typ: Typ, listed: Collection[str], path_of: Callable[[str], str], spoken: Collection[Any]) -> None:
        """Those of one type: the index lists each, its hash is its name, a key signed it, and an entry names it."""
        folder = path_of("").split("/", 1)[0]
        for path in sorted(self.hashes):
            if path.startswith(f"{folder}/") and path not in {path_of(one) for one in listed}:
                raise Fault("manifest_unknown", file=path)
        for sha256 in listed:
            if self._signed(typ, path_of(sha256)) != sha256 or sha256 not in spoken:
                raise Fault("manifest_unknown", file=path_of(sha256))

    def _signed(self, typ: Typ, path: str) -> str:
        try:
            unverified = read(self.bytes_of(path), typ=typ)
            jwk = self.keys.get(str(unverified.kid))
            if jwk is None:
                raise Fault("device_key_missing", file=path)
            return unverified.verify(jwk).sha256
        except Refusal as refusal:
            raise Fault("signature_fails", file=path, reason=refusal.code) from None


def _device_keys(bytes_of: BytesOf, hashes: Mapping[str, str], entries: list[Checked]) -> dict[str, Mapping[str, Any]]:
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
            try:
                jwk = json.loads(bytes_of(path))
                matches = enrolled.get(device_id) == thumbprint(jwk)
            except (KeyError, TypeError, ValueError, RecursionError):
                matches = False
            if not matches:
                raise Fault("device_key_differs", file=path)
            keys[device_id] = jwk
    return keys


def check_originals(hashes: Mapping[str, str], index: Mapping[str, Any], entries: list[Checked]) -> None:
    """Each original has its line's hash, an entry vouches for it, and what an entry secured has a line that agrees."""
    try:
        lines = {(line["of"], line["media_id"]): line for line in index["originals"]}
        for line in index["originals"]:
            if line["path"] is not None and hashes.get(line["path"]) != line["sha256"]:
                raise Fault("original_differs", file=line["path"])
        for of, media_id, sha256 in _secured(entries):
            line = lines.get((of, media_id))
            if line is None or line["sha256"] != sha256:
                raise Fault("original_missing", media=media_id)
        _check_spoken(hashes, index, entries)
    except (KeyError, TypeError):
        raise Fault("index_malformed", file=contents.INDEX) from None


def _check_spoken(hashes: Mapping[str, str], index: Mapping[str, Any], entries: list[Checked]) -> None:
    """No file was added: some entry names each. Where details of such entries were expunged, nobody can tell."""
    vouching = [one.details for one in entries if one.entry.kind in VOUCHING]
    if any(details is None for details in vouching):
        return
    spoken = {details.get("sha256") for details in vouching if details is not None}
    spoken |= {sha256 for _, _, sha256 in _secured(entries)}
    lines = {line["path"]: line["sha256"] for line in index["originals"] if line["path"] is not None}
    for path in sorted({path for path in hashes if path.startswith("originals/")} | set(lines)):
        if path not in lines or lines[path] not in spoken:
            raise Fault("original_unspoken", file=path)


def check_worksheets(hashes: Mapping[str, str], entries: list[Checked]) -> None:
    """Each approved copy hashes to the digest in its name, and a decision was made over that digest."""
    decided = {one.details.get("digest") for one in entries if one.details is not None and one.entry.kind == DECISION}
    closed = any(one.details is None for one in entries if one.entry.kind == DECISION)
    for path, sha256 in sorted(hashes.items()):
        if path.startswith("worksheets/"):
            if not path.endswith(f"-{sha256}.json"):
                raise Fault("worksheet_changed", file=path)
            if sha256 not in decided and not closed:
                raise Fault("worksheet_undecided", file=path)


@dataclass(frozen=True)
class Stamped:
    """When an authority says that the checkpoint was there; ``by`` is its name where a trusted root vouches for it."""

    at: datetime
    by: str | None


def check_timestamp(
    bytes_of: BytesOf,
    hashes: Mapping[str, str],
    known: Policy,
    entries: list[Checked],
    roots: Sequence[Certificate] | None,
) -> Stamped | None:
    """The authority's token (RFC 3161) is over the checkpoint that proves the newest entry; None without a token.

    With ``roots`` its signature is checked too, up to one of them.
    """
    if contents.TIMESTAMP not in hashes:
        return None
    by = None
    try:
        response, signed = bytes_of(contents.TIMESTAMP), bytes_of(contents.STAMPED)
        stamp = timestamp.read(response)
        if stamp.sha256 != hashlib.sha256(signed).digest():
            raise BadProof("timestamp_other_bytes")
        opened = note.open_note(signed, [one.verifier for one in known.logs])
        head = Checkpoint.parse(opened.text)
        last = max((one for one in entries if one.entry.chain.type == "capture"), key=lambda one: one.entry.seq)
        if (head.origin, head.size) != (last.origin, last.log_size):
            raise BadProof("timestamp_other_checkpoint")
        if roots is not None:
            _, by = timestamp_trust.verify(response, roots)
    except BadProof as bad:
        code = bad.code if bad.code in timestamp_trust.CODES else "timestamp_fails"
        raise Fault(code, file=contents.TIMESTAMP, reason=str(bad)) from None
    return Stamped(stamp.at, by)


def _secured(entries: list[Checked]) -> Iterator[tuple[str, str, str]]:
    """(manifest hash, media id, hash) of every file that a ``secured`` entry names."""
    for one in entries:
        if one.entry.kind in SECURED and one.details is not None:
            for line in one.details["media"]:
                yield one.details["manifest_sha256"], line["id"], line["sha256"]
