"""Upload targets, the relay, and the confirmation that files have arrived."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import Response, current_app, request, url_for

from api import boundary
from api.schemas.captures import CompleteAnswer, CompleteBody, ManifestQuery, UploadsAnswer, UploadsBody
from api.smorest import Noun
from evidence.actions import arrivals, relaying, uploads
from evidence.domain.errors import Category, EvidenceError, Retry, invalid
from evidence.domain.roles import Verb

noun = Noun("uploads", "Where files go, and that they have arrived.")


def _files(capture_id: UUID, manifest: str | None) -> dict[UUID, Any]:
    return boundary.read(uploads.files_of, caller=boundary.caller(), capture_id=capture_id, manifest_sha256=manifest)


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/uploads",
    Verb.CAPTURE_SEND,
    body=UploadsBody,
    query=ManifestQuery,
    answer=UploadsAnswer,
    problem=(404, 422, 429),
)
def post_uploads(body: dict[str, Any], capture_id: UUID, manifest: str | None) -> dict[str, Any]:
    """One PUT for a whole file, or one for each missing chunk; nothing for what is here already."""
    files = _files(capture_id, manifest)
    wishes = [_wish(line) for line in body["media"]]
    planned = boundary.write(uploads.plan, files=files, wishes=wishes)
    targets = uploads.targets(boundary.services(), planned)
    relay = boundary.wiring().settings.relay
    parts = [part for target in targets for part in target.parts]
    return {
        "media": [
            {
                "id": target.media_id,
                "parts": [_part(capture_id, manifest, target, part, relay) for part in target.parts],
            }
            for target in targets
        ],
        "expires_at": min((part.put.expires_at for part in parts), default=boundary.services().clock.now()),
    }


def _wish(line: dict[str, Any]) -> uploads.Wish:
    if line["way"] == "whole":
        return uploads.Wish(line["id"])
    ordered = sorted(line["chunks"], key=lambda chunk: chunk["n"])
    if not line["chunk_size"] or [chunk["n"] for chunk in ordered] != list(range(len(ordered))):
        raise invalid("chunks_incomplete", chunks="chunk_size, and every n from 0 once")
    return uploads.Wish(line["id"], line["chunk_size"], tuple(chunk["sha256"] for chunk in ordered))


def _part(
    capture_id: UUID, manifest: str | None, target: uploads.Targets, part: uploads.Part, relay: bool
) -> dict[str, Any]:
    """The store's own URL, or the relay's where phones reach one host only."""
    url, headers = part.put.url, dict(part.put.headers)
    if relay:
        url = url_for(
            "uploads.put_part",
            capture_id=capture_id,
            media_id=target.media_id,
            n=part.n,
            manifest=manifest,
            _external=False,
        )
        url, headers = boundary.wiring().settings.origin + url, {"content-type": "application/octet-stream"}
    return {"n": part.n, "offset": part.offset, "size": part.size, "url": url, "method": "PUT", "headers": headers}


@noun.act(
    "PUT",
    "/captures/<uuid:capture_id>/media/<uuid:media_id>/parts/<int:n>",
    Verb.CAPTURE_SEND,
    raw_body="application/octet-stream",
    query=ManifestQuery,
    status=204,
    problem=(404, 409, 411, 422, 503),
)
def put_part(capture_id: UUID, media_id: UUID, n: int, manifest: str | None) -> Response:
    """The relay: streams one part to the store, which refuses other bytes, a second write or a wrong length."""
    length = request.content_length
    if length is None:
        raise EvidenceError(Category.MALFORMED, "length_required", "Say Content-Length.")
    files = _files(capture_id, manifest)
    part = boundary.read(relaying.one_part, boundary.services(), files=files, media_id=media_id, n=n)
    boundary.release()
    if part.size != length:
        raise invalid("wrong_length", f"This part has {part.size} bytes.")
    request.max_content_length = part.size
    with _slot():
        relaying.relay(boundary.services().store, part, request.stream)
    return Response(status=204)


@contextmanager
def _slot() -> Iterator[None]:
    """Fewer relays at once than the server has threads: slow phones must not take the service away."""
    slots: threading.BoundedSemaphore = current_app.extensions["casquillo_relay_slots"]
    if not slots.acquire(blocking=False):
        raise EvidenceError(
            Category.UNAVAILABLE, "relay_full", "Try again shortly.", retry=Retry.LATER, retry_after_s=5
        )
    try:
        yield
    finally:
        slots.release()


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/complete",
    Verb.CAPTURE_SEND,
    body=CompleteBody,
    query=ManifestQuery,
    answer=CompleteAnswer,
    status=202,
    problem=(404, 409, 422),
)
def post_complete(body: dict[str, Any], capture_id: UUID, manifest: str | None) -> dict[str, Any]:
    """Says that files have been sent; each is looked for in the store before it counts."""
    files = _files(capture_id, manifest)
    sought = boundary.read(arrivals.resolve, files=files, media_ids=body["media"])
    boundary.release()
    sights = arrivals.look(boundary.services().store, sought)
    way = "relay" if boundary.wiring().settings.relay else "whole"
    boundary.write(arrivals.confirm, sights=sights, actor=boundary.caller().actor(), way=way)
    return {"media": body["media"]}
