"""Asking a timestamp authority over HTTP (RFC 3161, section 3.4): one POST, no redirects, a small answer."""

import urllib3

from evidence.actions.log_ports import TimestampUnavailable

TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)
LARGEST_ANSWER = 64 * 1024
HEADERS = {"content-type": "application/timestamp-query", "user-agent": "casquillo"}


class HttpTimestamps:
    """``evidence.actions.ports.Timestamps`` at one address."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool = urllib3.PoolManager(num_pools=1, retries=False)

    def ask(self, request: bytes) -> bytes:
        """The TimeStampResp; ``TimestampUnavailable`` when there is none, or an endless one."""
        try:
            answer = self._pool.request(
                "POST",
                self._url,
                body=request,
                headers=HEADERS,
                timeout=TIMEOUT,
                redirect=False,
                preload_content=False,
            )
            try:
                data = answer.read(LARGEST_ANSWER + 1)
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise TimestampUnavailable(f"{self._url}: {type(error).__name__}") from error
        if answer.status != 200 or len(data) > LARGEST_ANSWER:
            raise TimestampUnavailable(f"{self._url}: status {answer.status}, {len(data)} bytes")
        return data
