"""What a request brought and nobody read: a refusal is often known before the body is.

A server that answers with a body still to come has to close an HTTP/1.1 connection, and a client that has meanwhile
taken it from its pool for the next request finds it dead. So a small rest is read and thrown away; for a large one the
answer says that the connection ends (RFC 9112, sections 9.3 and 9.6).
"""

from flask import Response, request

LARGEST = 1024 * 1024  # bytes: more costs a phone on a bad network more than a new connection does
PIECE = 64 * 1024


def clear(response: Response) -> Response:
    """Leaves the connection fit for the next request, or says that it is not."""
    if not _read_up():
        response.headers["Connection"] = "close"
    return response


def _read_up() -> bool:
    """Whether the body is at its end now."""
    announced = request.content_length
    if announced is None and "chunked" not in request.headers.get("Transfer-Encoding", ""):
        return True
    if announced is not None and announced > LARGEST:
        return False
    body, left = request.environ["wsgi.input"], LARGEST + 1  # the last byte asked for is past the end
    try:
        while left > 0:
            piece = body.read(min(left, PIECE))
            if not piece:
                return True
            left -= len(piece)
    except (OSError, ValueError):  # broken off by the client
        return False
    return False
