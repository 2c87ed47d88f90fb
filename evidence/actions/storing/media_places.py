"""Where a file's bytes stand in the store, and what it belongs to (protocol, section 5, *Store*)."""

from evidence.actions import custody
from evidence.domain.custody import Chain
from evidence.records.media import Media


def original_key(media: Media) -> str:
    """``originals/{agency}/{capture}/{media}/{sha256}``; the capture is the manifest's own.

    An attachment stands under its submission, a walk-in's photo under the walk-in: no sender's ids can meet another's
    key.
    """
    owner = media.submission_id or media.walk_in_id or media.capture_id
    return f"originals/{media.agency_id}/{owner}/{media.media_id}/{media.sha256}"


def chunk_prefix(media: Media) -> str:
    return f"chunks/{media.agency_id}/{media.id}/"


def chunk_key(media: Media, n: int, sha256: str) -> str:
    """The name holds the hash that the store enforces: who finds the key has found the bytes."""
    return f"{chunk_prefix(media)}{n:05d}-{sha256}"


def owner_details(media: Media) -> dict[str, str]:
    """By what a file belongs where it is: a manifest, a submission that it was attached to, or a walk-in."""
    if media.manifest_sha256 is not None:
        return {"manifest_sha256": media.manifest_sha256}
    if media.walk_in_id is not None:
        return {"walk_in_id": str(media.walk_in_id)}
    return {"submission_id": str(media.submission_id)}


def chain_of(media: Media) -> Chain:
    """On which chain it is said how a file fares: its root capture's, or its laboratory's while it has none."""
    return Chain("agency", media.agency_id) if media.root_id is None else Chain("capture", media.root_id)


def told_of(media: Media) -> list[custody.Told]:
    """Who else hears how an attachment fares: its author's organisation."""
    return [custody.Told(media.author_organisation_id)] if media.submission_id is not None else []
