"""A service that has lived, for those who tamper with it."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from standalone.service import Service
from standalone.supervisor import Supervisor
from tests.e2e.tampering.kept import Copy, Kept, Tampering, live_and_stop


@pytest.fixture(scope="session")
def kept() -> Iterator[Kept]:
    with TemporaryDirectory(prefix="casquillo-kept-") as name, Supervisor() as supervisor:
        folder = Path(name)
        folder.chmod(0o711)
        service = Service(folder, supervisor, preferred_port=8440)
        service.start()
        yield live_and_stop(service)
        service.stop()


@pytest.fixture(scope="session")
def opened(kept: Kept) -> Iterator[Tampering]:
    with kept.copy_of("whole") as copy:
        tampering = Tampering(copy)
        yield tampering
        tampering.close()


@pytest.fixture
def owner(opened: Tampering) -> Iterator[Tampering]:
    """Whatever the test does with the database is undone behind it."""
    with opened:
        yield opened


@pytest.fixture
def copy(kept: Kept) -> Iterator[Copy]:
    """A database in which things go on."""
    with kept.copy_of("whole") as copy:
        yield copy
