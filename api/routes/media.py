"""Files of a submission: previews to look at, originals to download."""

from typing import Any
from uuid import UUID

from flask import Response

from api import boundary
from api.schemas.submissions import DownloadAnswer
from api.smorest import Noun
from evidence.actions.log import views
from evidence.domain.roles import Verb

noun = Noun("media", "Files of a submission: previews and originals.")

FILE = "/submissions/<uuid:submission_id>/media/<uuid:media_id>"


@noun.act("POST", f"{FILE}/download", Verb.MEDIA_READ, answer=DownloadAnswer, problem=(404, 409))
def download(submission_id: UUID, media_id: UUID) -> dict[str, Any]:
    """A URL for the original's exact version, recorded before it is given."""
    authorised = boundary.write(
        views.authorise_download, caller=boundary.caller(), submission_id=submission_id, media_id=media_id
    )
    url = views.sign(boundary.services().store, authorised)
    return {"url": url, "expires_in": views.DOWNLOAD_SECONDS}


@noun.act("GET", f"{FILE}/preview", Verb.MEDIA_READ, problem=(404, 409, 503))
def preview(submission_id: UUID, media_id: UUID) -> Response:
    """The re-encoded picture; that the caller looked is recorded first."""
    key = boundary.write(views.open_preview, caller=boundary.caller(), submission_id=submission_id, media_id=media_id)
    data = views.read_preview(boundary.services().store, key)
    answer = Response(data, mimetype="image/jpeg")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
