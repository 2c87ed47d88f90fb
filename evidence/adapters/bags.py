"""BagIt bags (RFC 8493) in a zip, by the Library of Congress's ``bagit``."""

import hashlib
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path

import bagit

from evidence.actions.ports import Packed

# Pictures and scans are compressed already: storing them keeps the bag quick to make and to open.
_AS_THEY_ARE = frozenset({".jpg", ".png", ".heic", ".webp", ".x3p", ".pdf"})
_PIECE = 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)

logging.getLogger("bagit").setLevel(logging.WARNING)


def pack(folder: Path, *, info: Mapping[str, str], into: Path) -> Packed:
    """Turns ``folder`` into a bag with SHA-256 manifests, in place, and zips it to the file ``into``."""
    bagit.make_bag(str(folder), dict(info), checksums=["sha256"])
    with zipfile.ZipFile(into, "w", allowZip64=True) as archive:
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            # One fixed date: the zip's own times say nothing about the evidence.
            member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            member.compress_type = zipfile.ZIP_STORED if path.suffix in _AS_THEY_ARE else zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            with path.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
                while piece := source.read(_PIECE):
                    target.write(piece)
    tag = hashlib.sha256((folder / "tagmanifest-sha256.txt").read_bytes()).hexdigest()
    return Packed(into, into.stat().st_size, _hash_of(into), tag)


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
