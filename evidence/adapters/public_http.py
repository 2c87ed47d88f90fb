"""Requests to other people's servers at addresses that our organisations named, and to no others.

The host is looked up once; every address found must be public, and the connection goes to that very address with
the host's own certificate checked: a name that answers differently the second time leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import urllib3

TIMEOUT = urllib3.Timeout(connect=5.0, read=15.0)
LOOPBACK = ("localhost", "127.0.0.1", "::1")

Lookup = Callable[[str, int], list[str]]


class Unanswered(Exception):
    """There was no answer, or the address may not be asked; the text says which, without the URL."""


@dataclass(frozen=True)
class HttpAnswer:
    """Status and the body's first bytes, at most as many as were asked for."""

    status: int
    data: bytes


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host, each once; ``OSError`` when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not loopback, private, link-local, shared or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


class PublicHttp:
    """``lookup``, ``public`` and ``ca_certs`` are for tests; ``loopback`` lets plain http reach this machine."""

    def __init__(
        self,
        *,
        lookup: Lookup = addresses_of,
        public: Callable[[str], bool] = is_public,
        ca_certs: str | None = None,
        loopback: bool = False,
    ) -> None:
        self._lookup, self._public, self._ca_certs, self._loopback = lookup, public, ca_certs, loopback

    def send(
        self, method: str, url: str, *, headers: Mapping[str, str], most: int, body: bytes | str | None = None
    ) -> HttpAnswer:
        """One request, redirects not followed, at most ``most`` bytes of the body read; ``Unanswered`` otherwise."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = {**headers, "host": parts.netloc, "user-agent": "casquillo"}
        pool = self._pool(parts)
        try:
            answer = pool.request(method, path, body=body, headers=sent, redirect=False, preload_content=False)
            try:
                data = answer.read(most)
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise Unanswered(type(error).__name__) from error
        finally:
            pool.close()
        return HttpAnswer(int(answer.status), data)

    def _pool(self, parts: SplitResult) -> urllib3.HTTPConnectionPool:
        host = parts.hostname or ""
        if self._loopback and parts.scheme == "http" and host in LOOPBACK:
            return urllib3.HTTPConnectionPool(host, parts.port or 80, timeout=TIMEOUT, retries=False, maxsize=1)
        port = parts.port or 443
        return urllib3.HTTPSConnectionPool(
            self._checked(host, port),
            port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self._ca_certs,
            timeout=TIMEOUT,
            retries=False,
            maxsize=1,
        )

    def _checked(self, host: str, port: int) -> str:
        """The address to connect to: the first, when all of them are public."""
        try:
            found = self._lookup(host, port)
        except OSError as error:
            raise Unanswered("the host has no address") from error
        if not found or not all(self._public(one) for one in found):
            raise Unanswered("the host's address is not public")
        return found[0]
