"""A sealer in a process of its own that kills itself, as ``kill -9`` would, at a named place.

``python victim.py before_put|after_put``, settings in the environment.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from evidence.adapters.wiring import make_engine_and_sessions, make_services, make_signer
from evidence.settings import read_settings
from workers.app import Parts
from workers.sealer import Sealer


def main(place: str) -> None:
    settings = read_settings(os.environ)
    _, sessions = make_engine_and_sessions(settings)
    services = make_services(settings)
    really: Callable[..., Any] = services.store.send

    def send(*args: Any, **kwargs: Any) -> None:
        if place == "after_put":
            really(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    services.store.send = send  # type: ignore[method-assign]
    sealer = Sealer(Parts(settings, services, sessions), make_signer(settings))
    sealer.begin()
    sealer.round()


if __name__ == "__main__":
    main(sys.argv[1])
