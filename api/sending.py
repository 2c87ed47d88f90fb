"""What files of captures and attachments of submissions share on the wire: targets, the relay, the confirmation."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from flask import current_app, request

from api import boundary
from evidence.actions.storing import arrivals, relaying, uploads
from evidence.domain.errors import Category, EvidenceError, Retry, invalid
from evidence.records.media import Media

RelayPath = Callable[[UUID, int], str]
"""From a media id and a part's number to the path of its relay."""


def wish_of(line: Mapping[str, Any]) -> uploads.Wish:
    """How one file is to come; 422 ``chunks_incomplete`` unless every chunk is named once."""
    if line["way"] == "whole":
        return uploads.Wish(line["id"])
    ordered = sorted(line["chunks"], key=lambda chunk: chunk["n"])
    if not line["chunk_size"] or [chunk["n"] for chunk in ordered] != list(range(len(ordered))):
        raise invalid("chunks_incomplete", chunks="chunk_size, and every n from 0 once")
    return uploads.Wish(line["id"], line["chunk_size"], tuple(chunk["sha256"] for chunk in ordered))


def targets(planned: Sequence[uploads.Planned], relay_path: RelayPath) -> dict[str, Any]:
    """The answer to a plan: the store's own URLs, or the relay's where senders reach one host only."""
    services = boundary.services()
    found = uploads.targets(services, planned)
    parts = [part for target in found for part in target.parts]
    return {
        "media": [
            {"id": target.media_id, "parts": [_part(target.media_id, part, relay_path) for part in target.parts]}
            for target in found
        ],
        "expires_at": min((part.put.expires_at for part in parts), default=services.clock.now()),
    }


def _part(media_id: UUID, part: uploads.Part, relay_path: RelayPath) -> dict[str, Any]:
    settings = boundary.wiring().settings
    url, headers = part.put.url, dict(part.put.headers)
    if settings.relay:
        url, headers = settings.origin + relay_path(media_id, part.n), {"content-type": "application/octet-stream"}
    return {"n": part.n, "offset": part.offset, "size": part.size, "url": url, "method": "PUT", "headers": headers}


def relay_part(files: Callable[[], Mapping[UUID, Media]], media_id: UUID, n: int) -> None:
    """Streams one part to the store, which refuses other bytes, a second write or a wrong length."""
    length = request.content_length
    if length is None:
        raise EvidenceError(Category.MALFORMED, "length_required", "Say Content-Length.")
    part = boundary.read(relaying.one_part, boundary.services(), files=files(), media_id=media_id, n=n)
    boundary.release()
    if part.size != length:
        raise invalid("wrong_length", f"This part has {part.size} bytes.")
    request.max_content_length = part.size
    with _slot():
        relaying.relay(boundary.services().store, part, request.stream)


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


def complete(files: Mapping[UUID, Media], media_ids: Sequence[UUID]) -> None:
    """Looks for each file in the store, outside any transaction, and records those that are there."""
    sought, store = arrivals.resolve(files, media_ids), boundary.services().store
    boundary.release()
    there = arrivals.originals(store, sought)
    absent = [one for one in sought if one.media_row_id not in there]
    staged: list[arrivals.Sight] = []
    if absent:
        absent = boundary.read(arrivals.planned, absent)
        boundary.release()
        staged = arrivals.chunks(store, absent)
    way = "relay" if boundary.wiring().settings.relay else "whole"
    sights = [*there.values(), *staged]
    boundary.write(arrivals.confirm, sights=sights, actor=boundary.caller().actor(), way=way)
