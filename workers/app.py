"""The Procrastinate application: tasks by name, and the parts that they use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

import procrastinate
from procrastinate import PsycopgConnector
from sqlalchemy.orm import Session, sessionmaker

from evidence.actions.ports import Services
from evidence.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

app = procrastinate.App(
    connector=PsycopgConnector(),
    import_paths=[
        "workers.tasks.media",
        "workers.tasks.previews",
        "workers.tasks.sweeps",
        "workers.tasks.matching",
        "workers.tasks.bundles",
        "workers.tasks.administration",
    ],
)


@dataclass(frozen=True)
class Parts:
    """What tasks work with; set once, before the worker starts."""

    settings: Settings
    services: Services
    sessions: sessionmaker[Session]


_parts: list[Parts] = []


def install(parts: Parts) -> None:
    """Gives the tasks of this process their parts."""
    _parts[:] = [parts]


def parts() -> Parts:
    if not _parts:
        raise RuntimeError("the worker has not been given its parts")
    return _parts[0]


def transact(action: Callable[Concatenate[Session, Services, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs an action in a transaction of its own and commits it."""
    with parts().sessions() as session, session.begin():
        return action(session, parts().services, *args, **kwargs)
