"""Court bundles: asked for, followed, fetched."""

from typing import Any
from uuid import UUID

from api import boundary
from api.schemas.bundles import BundleAnswer, BundleBody, BundleDownload, BundlesAnswer
from api.smorest import Noun
from evidence.actions.paper import bundles
from evidence.domain.roles import Verb
from evidence.records.bundles import Bundle

noun = Noun("bundles", "Everything about a capture in one zip that a court can check without us.")


@noun.act(
    "POST",
    "/captures/<uuid:capture_id>/bundle",
    Verb.BUNDLE_MAKE,
    body=BundleBody,
    answer=BundleAnswer,
    status=202,
    problem=(404, 422),
)
def post_bundle(body: dict[str, Any], capture_id: UUID) -> Bundle:
    """Queues a bundle in one of three profiles; the reason is kept in the custody log."""
    return boundary.write(bundles.request, caller=boundary.person(), capture_id=capture_id, **body)


@noun.act("GET", "/captures/<uuid:capture_id>/bundles", Verb.BUNDLE_MAKE, answer=BundlesAnswer, problem=(404,))
def get_bundles(capture_id: UUID) -> dict[str, Any]:
    """The bundles of a capture's line, newest first."""
    return {"items": boundary.read(bundles.listed, caller=boundary.person(), capture_id=capture_id)}


@noun.act("GET", "/bundles/<uuid:bundle_id>", Verb.BUNDLE_MAKE, answer=BundleAnswer, problem=(404,))
def get_bundle(bundle_id: UUID) -> Bundle:
    """One bundle: due, ready or failed."""
    return boundary.read(bundles.read, caller=boundary.person(), bundle_id=bundle_id)


@noun.act("POST", "/bundles/<uuid:bundle_id>/download", Verb.BUNDLE_MAKE, answer=BundleDownload, problem=(404, 409))
def post_bundle_download(bundle_id: UUID) -> dict[str, Any]:
    """A URL for the zip, recorded before it is given."""
    bundle = boundary.write(bundles.authorise_download, caller=boundary.person(), bundle_id=bundle_id)
    return {
        "url": bundles.sign(boundary.services().store, bundle),
        "sha256": bundle.sha256,
        "filename": bundles.filename_of(bundle),
        "seconds": bundles.DOWNLOAD_SECONDS,
    }
