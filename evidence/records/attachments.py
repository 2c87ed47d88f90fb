"""Attachments: files that laboratories and desks make, kept as media whose owner is a submission."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.records.media import Finding, Media


def attachments_of(session: Session, submission_id: UUID, media_ids: Sequence[UUID] | None = None) -> list[Media]:
    """A submission's attachments in the order of their announcement; only the named ones when names are given."""
    wanted = select(Media).where(Media.submission_id == submission_id)
    if media_ids is not None:
        wanted = wanted.where(Media.media_id.in_(media_ids))
    return list(session.scalars(wanted.order_by(Media.created_at, Media.id)))


def findings_of(session: Session, media: Sequence[Media]) -> Mapping[UUID, list[Finding]]:
    """What checks said of these files, by the row's id, in the order of their numbers."""
    found: dict[UUID, list[Finding]] = {one.id: [] for one in media}
    rows = select(Finding).where(Finding.media_row_id.in_(list(found))).order_by(Finding.number)
    for row in session.scalars(rows):
        if row.media_row_id is not None:
            found[row.media_row_id].append(row)
    return found
