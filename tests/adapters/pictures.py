"""Makes the files that the content tests need: sound ones, broken ones and hostile ones, all written here."""

import hashlib
import io
import struct
import zipfile
import zlib
from datetime import datetime, timedelta, timezone

import numpy as np
import x3pio
from PIL import Image

from standalone.canvas import Shot
from standalone.pictures import pistol
from standalone.scans import breech_face

TAKEN = datetime(2026, 3, 14, 1, 36, 5, tzinfo=timezone(timedelta(hours=-7)))
ELF = b"\x7fELF\x02\x01\x01" + bytes(120)
PE = b"MZ" + bytes(58) + struct.pack("<I", 64) + b"PE\0\0" + bytes(64)
MACH_O = b"\xcf\xfa\xed\xfe" + bytes(60)
SCRIPT = b"#!/bin/sh\necho no\n"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
HTML = b"<!DOCTYPE html><script>alert(1)</script>"
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'


def photo(width: int = 320, height: int = 240, **options: object) -> bytes:
    """A JPEG of a pistol with EXIF; options as in ``Shot``."""
    return pistol(Shot(width=width, height=height, **{"taken_at": TAKEN, **options}), side="left")


def image(width: int = 320, height: int = 240, mode: str = "RGB") -> Image.Image:
    """The same picture decoded, to be saved in another format."""
    return Image.open(io.BytesIO(photo(width, height))).convert(mode)


def saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def gif() -> bytes:
    return saved(image(mode="P"), "GIF")


def film() -> bytes:
    """The shell of an MP4, as cameras hang it behind a motion photo."""
    return box(b"ftyp", b"isom\0\0\2\0isommp42") + box(b"moov", bytes(40)) + box(b"mdat", bytes(range(256)) * 20)


def box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body) + 8) + name + body


def claiming(jpeg: bytes, width: int, height: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    at = jpeg.index(b"\xff\xc0")
    return jpeg[: at + 5] + struct.pack(">HH", height, width) + jpeg[at + 9 :]


def with_comment(jpeg: bytes, comment: bytes) -> bytes:
    """The same JPEG with a COM segment right behind SOI."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment + jpeg[2:]


def png_of(width: int, height: int, *, depth: int = 8, colour: int = 2) -> bytes:
    """A black PNG of any size, small on disk; ``depth`` and ``colour`` as in IHDR."""
    bits = depth * {0: 1, 2: 3, 6: 4}[colour]
    row = bytes(1 + -(-width * bits // 8))
    squeeze, left = zlib.compressobj(9), height
    data = bytearray()
    while left:
        rows = min(left, max(1, (1 << 22) // len(row)))
        data += squeeze.compress(row * rows)
        left -= rows
    data += squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", bytes(data)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def archive(members: dict[str, bytes], *, comment: bytes = b"") -> bytes:
    """A deflated ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, body in members.items():
            target.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
        target.comment = comment
    return out.getvalue()


def claiming_archive(name: str, claimed: int) -> bytes:
    """A ZIP of one member that claims to unpack to ``claimed`` bytes (ZIP64)."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(bytes(1 << 20)) + squeeze.flush()
    label = name.encode()
    extra = struct.pack("<HHQ", 1, 8, claimed)
    fixed = struct.pack("<HHHHHIIIHH", 45, 0, 8, 0, 33, 0, len(body), 0xFFFFFFFF, len(label), len(extra))
    local = b"PK\x03\x04" + fixed + label + extra + body
    entry = b"PK\x01\x02" + struct.pack("<H", 45) + fixed + struct.pack("<HHHII", 0, 0, 0, 0, 0) + label + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def scan(points: int = 40, **options: object) -> bytes:
    """A small sound X3P surface; options as in ``breech_face``."""
    return breech_face(points=points, **options)


def members_of(x3p: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(x3p)) as source:
        return {name: source.read(name) for name in source.namelist()}


def described(x3p: bytes, old: bytes, new: bytes) -> bytes:
    """The same scan with ``old`` replaced in main.xml, and its sum made right again."""
    members = members_of(x3p)
    assert old in members["main.xml"]
    members["main.xml"] = members["main.xml"].replace(old, new, 1)
    digest = hashlib.md5(members["main.xml"]).hexdigest()
    members["md5checksum.hex"] = f"{digest} *main.xml\n".encode()
    return archive(members)


def profile() -> bytes:
    out = io.BytesIO()
    x3pio.write(out, np.linspace(0, 1e-5, 50), x_scale=1e-6)
    return out.getvalue()


def points() -> bytes:
    out = io.BytesIO()
    x3pio.write_points(out, np.random.default_rng(1).normal(size=(60, 3)) * 1e-4)
    return out.getvalue()
