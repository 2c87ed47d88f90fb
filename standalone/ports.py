"""Ports on 127.0.0.1, chosen once and remembered, so that a second start has the same ones.

The public port is part of the web origin, and the origin is the identity of every phone's outbox and
keys: it never moves by itself. Ports between our own processes may.
"""

import errno
import random
import socket
from pathlib import Path

from standalone.errors import StartRefused
from standalone.private_files import read_json_object, write_private_json

# Below the range from which systems take the near end of outgoing connections, so that none of those
# has taken a remembered port by the next start; and with room for servers that add 10 000.
_CHOICE = range(20_000, 22_700)
_TAKEN = (errno.EADDRINUSE, errno.EACCES)


class Ports:
    """The ports of one data folder, kept in ``file`` (JSON, name to number, mode 0600)."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, int] = {name: int(port) for name, port in read_json_object(file).items()}

    def public(self, name: str, *, preferred: int) -> int:
        """The port that others know: the remembered one, at first ``preferred``, else a free one.

        ``StartRefused`` when the remembered one is busy.
        """
        known = self._known.get(name)
        if known is None:
            return self._remember(name, preferred if is_free(preferred) else self._free())
        if not is_free(known):
            raise StartRefused(
                f"Port {known} is taken by another program. Phones know this service by "
                f"http://localhost:{known}, so it does not move: stop the other program and start again."
            )
        return known

    def internal(self, name: str, *, companion: int = 0) -> int:
        """A port between our own processes: the remembered one while it is free, else another.

        With ``companion``, the port that much higher is free too: some servers take it unasked.
        """
        known = self._known.get(name)
        if known is not None and is_free(known) and is_free(known + companion):
            return known
        return self._remember(name, self._free(companion))

    def _free(self, companion: int = 0) -> int:
        taken = set(self._known.values())
        for port in random.sample(_CHOICE, len(_CHOICE)):  # not a secret, only out of others' way
            if port not in taken and is_free(port) and is_free(port + companion):
                return port
        raise StartRefused(f"No port from {_CHOICE.start} to {_CHOICE.stop - 1} is free on this machine.")

    def _remember(self, name: str, port: int) -> int:
        self._known[name] = port
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_private_json(self._file, self._known)
        return port


def is_free(port: int) -> bool:
    """Whether nobody listens on ``port`` of this machine's own addresses.

    Both loopback addresses are tried: a browser may read ``localhost`` as either. What is left of
    connections that have just ended does not count.
    """
    return all(
        _can_bind(family, address, port)
        for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
    )


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        probe = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        return True  # no such family on this machine: nobody can listen there
    with probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)  # a listener with SO_REUSEADDR of its own is noticed only here on some systems
        except OSError as error:
            return family is socket.AF_INET6 and error.errno not in _TAKEN  # IPv6 switched off
    return True
