"""Upload targets, the relay, and the confirmation that files have arrived."""

from typing import Any
from uuid import UUID

from flask import Response, url_for

from api import boundary, sending
from api.schemas.captures import CompleteAnswer, CompleteBody, ManifestQuery, UploadsAnswer, UploadsBody
from api.smorest import Noun
from evidence.actions.storing import uploads
from evidence.domain.roles import Verb
from evidence.records.media import Media

noun = Noun("uploads", "Where files go, and that they have arrived.")


def _files(capture_id: UUID, manifest: str | None) -> dict[UUID, Media]:
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

    def relay_path(media_id: UUID, n: int) -> str:
        return url_for("uploads.put_part", capture_id=capture_id, media_id=media_id, n=n, manifest=manifest)

    files = _files(capture_id, manifest)
    wishes = [sending.wish_of(line) for line in body["media"]]
    return sending.targets(boundary.write(uploads.plan, files=files, wishes=wishes), relay_path)


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
    sending.relay_part(lambda: _files(capture_id, manifest), media_id, n)
    return Response(status=204)


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
    sending.complete(_files(capture_id, manifest), body["media"])
    return {"media": body["media"]}
