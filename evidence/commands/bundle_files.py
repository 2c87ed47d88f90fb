"""A court bundle on disk, as ``check_bundle`` reads it: a zip, or a folder that somebody unpacked."""

import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from evidence.domain.bundle.check import BundleSource
from evidence.domain.verifying import Fault


def source_of(place: Path) -> BundleSource:
    """The bag in ``place``; ``Fault`` when it is neither a zip nor a folder."""
    if place.is_dir():
        return Folder(place)
    try:
        archive = zipfile.ZipFile(place)
    except (OSError, zipfile.BadZipFile) as error:
        raise Fault("bundle_unreadable", file=place.name, reason=str(error)) from None
    names = archive.namelist()
    if len(set(names)) < len(names):
        raise Fault("bundle_unreadable", file=place.name, reason="two files of one name")
    return Zip(archive)


class Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        return [path.relative_to(self._folder).as_posix() for path in self._folder.rglob("*") if path.is_file()]

    def open(self, name: str) -> IO[bytes]:
        path = self._folder / name
        if not path.is_file() or not path.resolve().is_relative_to(self._folder.resolve()):
            raise KeyError(name)
        return path.open("rb")

    def size(self, name: str) -> int:
        return (self._folder / name).stat().st_size


class Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return self._archive.namelist()

    def open(self, name: str) -> IO[bytes]:
        info = self._archive.getinfo(name)
        return io.BufferedReader(_Member(name, lambda: self._archive.open(info)))

    def size(self, name: str) -> int:
        return self._archive.getinfo(name).file_size


class _Member(io.RawIOBase):
    """A member whose packing is damaged is a changed file, whatever the zip library calls it."""

    def __init__(self, name: str, opened: Callable[[], IO[bytes]]) -> None:
        self._name = name
        try:
            self._file = opened()
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError):  # no such member here, encrypted, unknown
            raise Fault("file_changed", file=name) from None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the buffer is always one of ours
        try:
            data = self._file.read(len(buffer))
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise Fault("file_changed", file=self._name) from None
        buffer[: len(data)] = data
        return len(data)
