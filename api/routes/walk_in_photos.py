"""Photos of things that came to a laboratory without a capture here."""

from typing import Any
from uuid import UUID

from flask import Response, url_for

from api import boundary, sending
from api.schemas.captures import CompleteAnswer, CompleteBody, UploadsAnswer
from api.schemas.submissions import DownloadAnswer
from api.schemas.walk_in_photos import WalkInPhotosBody
from api.smorest import Noun
from evidence.actions.holding import walk_in_photos
from evidence.actions.log import views
from evidence.domain.roles import Verb
from evidence.records.media import Media

noun = Noun("walk_in_photos", "Photos of walk-ins: sent, shown, downloaded; carried along when one is linked.")

ALL = "/walk-ins/<uuid:walk_in_id>/photos"
ONE = f"{ALL}/<uuid:media_id>"


def _files(walk_in_id: UUID) -> dict[UUID, Media]:
    return boundary.read(walk_in_photos.files_of, caller=boundary.caller(), walk_in_id=walk_in_id)


@noun.act(
    "POST",
    ALL,
    Verb.ATTACHMENT_WRITE,
    body=WalkInPhotosBody,
    answer=UploadsAnswer,
    status=201,
    problem=(404, 409, 422, 429),
)
def post_photos(body: dict[str, Any], walk_in_id: UUID) -> dict[str, Any]:
    """Announces photos and says where each goes; a repeat answers with what is still missing."""

    def relay_path(media_id: UUID, n: int) -> str:
        return url_for("walk_in_photos.put_photo_part", walk_in_id=walk_in_id, media_id=media_id, n=n)

    files = [_announced(line) for line in body["files"]]
    planned = boundary.write(walk_in_photos.announce, caller=boundary.caller(), walk_in_id=walk_in_id, files=files)
    return sending.targets(planned, relay_path)


def _announced(line: dict[str, Any]) -> walk_in_photos.Announced:
    return walk_in_photos.Announced(
        media_id=line["id"],
        sha256=line["sha256"],
        size=line["size"],
        content_type=line["content_type"],
        filename=line["filename"],
        wish=sending.wish_of(line),
    )


@noun.act(
    "PUT",
    f"{ONE}/parts/<int:n>",
    Verb.ATTACHMENT_WRITE,
    raw_body="application/octet-stream",
    status=204,
    problem=(404, 409, 411, 422, 503),
)
def put_photo_part(walk_in_id: UUID, media_id: UUID, n: int) -> Response:
    """The relay, where the store cannot be reached; the same refusals as for a capture's files."""
    sending.relay_part(lambda: _files(walk_in_id), media_id, n)
    return Response(status=204)


@noun.act(
    "POST",
    f"{ALL}/complete",
    Verb.ATTACHMENT_WRITE,
    body=CompleteBody,
    answer=CompleteAnswer,
    status=202,
    problem=(404, 409, 422),
)
def complete_photos(body: dict[str, Any], walk_in_id: UUID) -> dict[str, Any]:
    """Says that photos have been sent; each is looked for in the store before it counts."""
    sending.complete(_files(walk_in_id), body["media"])
    return {"media": body["media"]}


@noun.act("GET", f"{ONE}/preview", Verb.MEDIA_READ, problem=(404, 409, 503))
def get_photo_preview(walk_in_id: UUID, media_id: UUID) -> Response:
    """The re-encoded picture; that the caller looked is recorded first."""
    named = {"walk_in_id": walk_in_id, "media_id": media_id}
    key = boundary.write(walk_in_photos.open_preview, caller=boundary.caller(), **named)
    answer = Response(views.read_preview(boundary.services().store, key), mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@noun.act("POST", f"{ONE}/download", Verb.MEDIA_READ, answer=DownloadAnswer, problem=(404, 409))
def post_photo_download(walk_in_id: UUID, media_id: UUID) -> dict[str, Any]:
    """A URL for the original, good for a minute; recorded."""
    named = {"walk_in_id": walk_in_id, "media_id": media_id}
    authorised = boundary.write(walk_in_photos.authorise_download, caller=boundary.caller(), **named)
    return {"url": views.sign(boundary.services().store, authorised), "expires_in": views.DOWNLOAD_SECONDS}
