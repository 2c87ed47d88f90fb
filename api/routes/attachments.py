"""Files that laboratories and desks attach to a submission."""

from typing import Any
from uuid import UUID

from flask import Response, url_for

from api import boundary, paging, sending
from api.schemas.attachments import AttachmentsBody, AttachmentsPage
from api.schemas.captures import CompleteAnswer, CompleteBody, UploadsAnswer
from api.schemas.queues import MoveReasonBody
from api.schemas.submissions import DownloadAnswer
from api.smorest import Noun
from evidence.actions.log import views
from evidence.actions.storing import attachments
from evidence.domain.roles import Verb
from evidence.records.media import Media

noun = Noun("attachments", "Files of laboratories and desks: scans, receiving photos, reports, answers.")

ALL = "/submissions/<uuid:submission_id>/attachments"


def _files(submission_id: UUID) -> dict[UUID, Media]:
    return boundary.read(
        attachments.files_of, boundary.services(), caller=boundary.caller(), submission_id=submission_id
    )


@noun.act(
    "POST",
    ALL,
    Verb.ATTACHMENT_WRITE,
    body=AttachmentsBody,
    answer=UploadsAnswer,
    status=201,
    problem=(404, 409, 422, 429),
)
def post_attachments(body: dict[str, Any], submission_id: UUID) -> dict[str, Any]:
    """Announces files and says where each goes; a repeat answers with what is still missing."""

    def relay_path(media_id: UUID, n: int) -> str:
        return url_for("attachments.put_attachment_part", submission_id=submission_id, media_id=media_id, n=n)

    files = [_announced(line) for line in body["files"]]
    planned = boundary.write(attachments.announce, caller=boundary.caller(), submission_id=submission_id, files=files)
    return sending.targets(planned, relay_path)


def _announced(line: dict[str, Any]) -> attachments.Announced:
    return attachments.Announced(
        media_id=line["id"],
        kind=line["kind"],
        sha256=line["sha256"],
        size=line["size"],
        content_type=line["content_type"],
        filename=line["filename"],
        item_id=line["item"],
        wish=sending.wish_of(line),
    )


@noun.act(
    "PUT",
    f"{ALL}/<uuid:media_id>/parts/<int:n>",
    Verb.ATTACHMENT_WRITE,
    raw_body="application/octet-stream",
    status=204,
    problem=(404, 409, 411, 422, 503),
)
def put_attachment_part(submission_id: UUID, media_id: UUID, n: int) -> Response:
    """The relay, where the store cannot be reached; the same refusals as for a capture's files."""
    sending.relay_part(lambda: _files(submission_id), media_id, n)
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
def complete_attachments(body: dict[str, Any], submission_id: UUID) -> dict[str, Any]:
    """Says that files have been sent; each is looked for in the store before it counts."""
    sending.complete(_files(submission_id), body["media"])
    return {"media": body["media"]}


@noun.act("GET", ALL, Verb.MEDIA_READ, query=paging.PageQuery, answer=AttachmentsPage, problem=(404, 422))
def get_attachments(submission_id: UUID, limit: int, cursor: str | None) -> dict[str, Any]:
    """The files attached so far, with their states and findings, as far as the caller may open them."""
    rows = boundary.read(
        attachments.listed,
        caller=boundary.caller(),
        submission_id=submission_id,
        limit=limit,
        after=paging.decode_time(cursor),
        now=boundary.services().clock.now(),
    )
    return paging.cut(rows, limit, lambda row: (row.media.created_at.isoformat(), row.media.id))


@noun.act(
    "POST",
    f"{ALL}/<uuid:media_id>/nominal",
    Verb.RESULT_NOMINAL,
    body=MoveReasonBody,
    answer=DownloadAnswer,
    problem=(404, 409, 422),
)
def post_nominal_attachment(body: dict[str, Any], submission_id: UUID, media_id: UUID) -> dict[str, Any]:
    """A URL for a file that may name people; the reason is kept in the custody log."""
    authorised = boundary.write(
        views.authorise_download,
        caller=boundary.person(),
        submission_id=submission_id,
        media_id=media_id,
        reason=body["reason"],
    )
    return {"url": views.sign(boundary.services().store, authorised), "expires_in": views.DOWNLOAD_SECONDS}
