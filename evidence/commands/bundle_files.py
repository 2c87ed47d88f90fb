"""A court bundle on disk, as ``check_bundle`` reads it: a zip, or a folder that somebody unpacked."""

import zipfile
from pathlib import Path
from typing import IO

from evidence.domain.bundle.check import BundleSource
from evidence.domain.verifying import Fault


def source_of(place: Path) -> BundleSource:
    """The bag in ``place``; ``Fault`` when it is neither a zip nor a folder."""
    if place.is_dir():
        return Folder(place)
    try:
        return Zip(zipfile.ZipFile(place))
    except (OSError, zipfile.BadZipFile) as error:
        raise Fault("bundle_unreadable", file=place.name, reason=str(error)) from None


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


class Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return self._archive.namelist()

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(name)
