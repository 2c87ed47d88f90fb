"""Reads an X3P scan (ISO 25178-72) without trusting any size it states, and draws its surface.

The inner checksums are MD5: they show an accident, not an attack. Our own SHA-256 of the whole file
stands beside them.
"""

import math
import re
import zipfile
import zlib
from typing import Any, BinaryIO

import x3pio

from evidence.adapters.decoding.answer import Refused
from evidence.adapters.decoding.relief import draw
from evidence.domain.content_zip import TAIL, find_directory

_MAX_MEMBERS = 256
_MAX_DEPTH = 6
_MAX_TOTAL = 1 << 30  # bytes that all members together may claim
_MAX_DESCRIPTION = 24 << 20  # main.xml; points may stand in it as text
_MAX_POINTS = 9_000_000  # x3pio holds a point up to four times as 8 bytes
_SMALLEST_POINT = 2  # bytes; as text a point takes more
_RATIO_FROM = 64 << 20  # a small flat surface may well shrink a thousandfold
_MAX_RATIO = 400
_TEXT_LIMIT = 80
# What unpacking a broken archive raises; a directory that points outside the file is a ValueError.
_ARCHIVE_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
_DATES = re.compile(rb"<(?:\w+:)?(Date|CalibrationDate)>\s*(\d{4}-[0-9T:.+Z-]{5,30})\s*<")


def decode_scan(stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Facts and a hill-shaded picture of a surface.

    Facts: ``format``, ``feature_type``, ``revision``, ``rows``, ``columns``, ``layers``, ``x_spacing_m``,
    ``y_spacing_m`` and ``height_range_m`` (metres, as text), ``missing`` (points without a height), ``data_type``,
    ``instrument``, ``creator``, ``measured_at``, ``calibrated_at``, ``probing``.
    """
    archive = _checked(stream)
    try:
        summary = x3pio.info(stream, verify=False)
    except x3pio.X3pFormatError as error:
        raise Refused("x3p_invalid", _brief(error)) from error
    except _ARCHIVE_ERRORS as error:
        raise Refused("x3p_damaged", _brief(error)) from error
    points = math.prod(summary.shape) * summary.layer_count
    if points * _SMALLEST_POINT > max(member.file_size for member in archive.infolist()):
        raise Refused("x3p_dimensions", f"{points} points are described, and fewer are there"[:200])
    if points > _MAX_POINTS:
        raise Refused("x3p_too_large", f"{points} points")
    surface = _read(stream, archive)
    if summary.feature_type is x3pio.FeatureType.PROFILE:
        raise Refused("x3p_profile", "a profile has no surface to show")
    if summary.feature_type is x3pio.FeatureType.POINT_CLOUD:
        raise Refused("x3p_point_cloud", "a point cloud has no surface to show")
    z = surface.layers[0].z
    if 0 in z.shape:
        raise Refused("x3p_dimensions", "a surface without points")
    x_step, y_step = abs(summary.header.x.increment), abs(summary.header.y.increment)
    picture, measured = draw(z, x_step, y_step)
    return {**_facts(summary), **_dates(archive), **measured}, picture


def _checked(stream: BinaryIO) -> zipfile.ZipFile:
    """The archive, after everything that can be checked before a byte of it is unpacked."""
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(max(0, size - TAIL))
    directory = find_directory(stream.read(), size)
    if directory is None:
        raise Refused("x3p_incomplete", "the end of the archive is missing")
    if directory.entries > _MAX_MEMBERS:
        raise Refused("x3p_bomb", f"{directory.entries} members")
    try:
        archive = zipfile.ZipFile(stream)
    except _ARCHIVE_ERRORS as error:
        raise Refused("x3p_damaged", _brief(error)) from error
    members = archive.infolist()
    names = [member.filename.replace("\\", "/") for member in members]
    if len(set(names)) != len(names) or not all(_is_safe(name) for name in names):
        raise Refused("x3p_unsafe_names", "a member's name leads out of the archive, or stands twice")
    for member in members:
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > _RATIO_FROM and ratio > _MAX_RATIO:
            raise Refused("x3p_bomb", f"a member claims {member.file_size} bytes from {member.compress_size}")
        if member.filename.endswith("main.xml") and member.file_size > _MAX_DESCRIPTION:
            raise Refused("x3p_bomb", f"main.xml claims {member.file_size} bytes")
    if (total := sum(member.file_size for member in members)) > _MAX_TOTAL:
        raise Refused("x3p_bomb", f"the members claim {total} bytes")
    return archive


def _is_safe(name: str) -> bool:
    parts = name.rstrip("/").split("/")
    return len(parts) <= _MAX_DEPTH and all(part not in ("", ".", "..") and ":" not in part for part in parts)


def _read(stream: BinaryIO, archive: zipfile.ZipFile) -> x3pio.X3pFile:
    stream.seek(0)
    try:
        return x3pio.read(stream)
    except x3pio.X3pChecksumError as error:
        raise Refused("x3p_inner_checksum", _brief(error)) from error
    except x3pio.X3pFormatError as error:
        # The description was readable: either a member is damaged, or the data does not fit what it says.
        code = "x3p_dimensions" if _is_whole(archive) else "x3p_damaged"
        raise Refused(code, _brief(error)) from error
    except _ARCHIVE_ERRORS as error:
        raise Refused("x3p_damaged", _brief(error)) from error


def _is_whole(archive: zipfile.ZipFile) -> bool:
    """Whether every member unpacks to its own CRC-32; unpacks in small pieces, never more than was claimed."""
    try:
        return archive.testzip() is None
    except _ARCHIVE_ERRORS:
        return False


def _dates(archive: zipfile.ZipFile) -> dict[str, str]:
    """When the surface was measured and the instrument calibrated, as written.

    x3pio reads a time without a zone as this machine's own; the file does not say so.
    """
    name = min((name for name in archive.namelist() if name.endswith("main.xml")), key=len)
    found = _DATES.findall(archive.read(name))
    names = {b"Date": "measured_at", b"CalibrationDate": "calibrated_at"}
    return {names[tag]: text.decode() for tag, text in found}


def _facts(summary: x3pio.FileInfo) -> dict[str, Any]:
    rows, columns = summary.shape
    facts: dict[str, Any] = {
        "format": "x3p",
        "feature_type": summary.feature_type.value,
        "revision": summary.revision.value,
        "rows": rows,
        "columns": columns,
        "layers": summary.layer_count,
        "x_spacing_m": f"{abs(summary.header.x.increment):.12g}",
        "y_spacing_m": f"{abs(summary.header.y.increment):.12g}",
        "data_type": summary.header.z.data_type.name.lower(),
    }
    if summary.metadata is None:
        return facts
    made = summary.metadata
    instrument = {
        "manufacturer": _clean(made.instrument.manufacturer),
        "model": _clean(made.instrument.model),
        "serial": _clean(made.instrument.serial),
        "version": _clean(made.instrument.version),
    }
    facts["instrument"] = {name: text for name, text in instrument.items() if text}
    texts = {
        "creator": _clean(made.creator or ""),
        "probing": made.probing_system.type.value if made.probing_system.type else "",
    }
    return facts | {name: text for name, text in texts.items() if text}


def _clean(text: str) -> str:
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_TEXT_LIMIT]


def _brief(error: Exception) -> str:
    return str(error)[:200]
