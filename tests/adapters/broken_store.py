"""A real store with one promise broken: a proxy that answers for it where it would have refused."""

import base64
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import urllib3

Headers = dict[str, str]
# Given method, path and headers and body of a request, whether the proxy takes it itself, with 200.
Takes = Callable[[str, str, Headers, bytes], bool]


def ignores_checksums(method: str, path: str, headers: Headers, body: bytes) -> bool:
    named = headers.get("x-amz-checksum-sha256")
    return bool(method == "PUT" and named) and base64.b64encode(hashlib.sha256(body).digest()).decode() != named


def ignores(header: str) -> Takes:
    """Takes a PUT that lacks one of the headers that its signature names, or has another value."""

    def takes(method: str, path: str, headers: Headers, body: bytes) -> bool:
        return method == "PUT" and "/probe/" in path and header not in headers

    return takes


def ignores_values(method: str, path: str, headers: Headers, body: bytes) -> bool:
    return method == "PUT" and headers.get("content-type") == "text/html"


def ignores_length(method: str, path: str, headers: Headers, body: bytes) -> bool:
    return method == "PUT" and len(body) == 2


def deletes(method: str, path: str, headers: Headers, body: bytes) -> bool:
    return method == "DELETE" and path.startswith("/originals/")


def bypasses(method: str, path: str, headers: Headers, body: bytes) -> bool:
    return method == "DELETE" and "x-amz-bypass-governance-retention" in headers


def sets_retention(method: str, path: str, headers: Headers, body: bytes) -> bool:
    return method == "PUT" and "retention" in path.partition("?")[2].split("&")[0]


def writes_twice() -> Takes:
    """Takes the second of two right writes."""
    seen: set[tuple[str, frozenset[tuple[str, str]]]] = set()

    def takes(method: str, path: str, headers: Headers, body: bytes) -> bool:
        if method != "PUT":
            return False
        write = path, frozenset({**headers, "body": body.hex()}.items())
        again = write in seen
        seen.add(write)
        return again

    return takes


@contextmanager
def broken(endpoint: str, takes: Takes, *, hides: frozenset[str] = frozenset(), says: int = 200) -> Iterator[str]:
    """The address of a proxy to ``endpoint`` that takes some requests itself and ``hides`` answer headers.

    What it takes it answers with ``says``.
    """
    pool = urllib3.PoolManager(retries=False)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            if takes(self.command, self.path, headers, body):
                self.send_response(says)
                self.send_header("x-amz-version-id", "1")
                self.send_header("content-length", "0")
                self.end_headers()
                return
            answer = pool.request(self.command, endpoint + self.path, headers=headers, body=body or None)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in hides | {"content-length", "connection", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(answer.data)))
            self.end_headers()
            self.wfile.write(answer.data)

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _any

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        pool.clear()
