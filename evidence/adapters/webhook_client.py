"""Posts webhook messages to other people's servers, and to no others.

The host is looked up once; every address found must be public, and the connection goes to that very address with
the host's own certificate checked: a name that answers differently the second time leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import urllib3

from evidence.actions.ports import WebhookFailed

TIMEOUT = urllib3.Timeout(connect=5.0, read=15.0)
LARGEST_ANSWER = 64 * 1024

Lookup = Callable[[str, int], list[str]]


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host, each once; ``OSError`` when it has none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not loopback, private, link-local, shared or reserved."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not (mapped or ip).is_multicast


class PublicWebhooks:
    """``evidence.actions.ports.Webhooks``. ``lookup``, ``public`` and ``ca_certs`` are for tests."""

    def __init__(
        self,
        *,
        lookup: Lookup = addresses_of,
        public: Callable[[str], bool] = is_public,
        ca_certs: str | None = None,
    ) -> None:
        self._lookup, self._public, self._ca_certs = lookup, public, ca_certs

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status, redirects not followed; ``WebhookFailed`` when there is none or it may not be asked."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        address = self._checked(host, port)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        pool = urllib3.HTTPSConnectionPool(
            address,
            port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            ca_certs=self._ca_certs,
            timeout=TIMEOUT,
            retries=False,
            maxsize=1,
        )
        sent = {**headers, "host": parts.netloc, "user-agent": "casquillo"}
        try:
            answer = pool.request("POST", path, body=body, headers=sent, redirect=False, preload_content=False)
            try:
                answer.read(LARGEST_ANSWER)
            finally:
                answer.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise WebhookFailed(type(error).__name__) from error
        finally:
            pool.close()
        return int(answer.status)

    def _checked(self, host: str, port: int) -> str:
        """The address to connect to: the first, when all of them are public."""
        try:
            found = self._lookup(host, port)
        except OSError as error:
            raise WebhookFailed("the host has no address") from error
        if not found or not all(self._public(one) for one in found):
            raise WebhookFailed("the host's address is not public")
        return found[0]
