"""The relay: one part of a file on its way through the service to the store (protocol, section 5, step 2)."""

from collections.abc import Mapping
from typing import IO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.actions.store_ports import MediaStore, StoreDuplicate, StoreRefused
from evidence.actions.storing import uploads
from evidence.actions.storing.uploads import Part
from evidence.domain.errors import conflict, invalid, not_found
from evidence.domain.media_states import AWAITED
from evidence.records.media import Media, UploadPlan


def one_part(session: Session, services: Services, *, files: Mapping[UUID, Media], media_id: UUID, n: int) -> Part:
    """The part that a relayed PUT carries: chunk ``n`` of the plan, or the whole file as part 0."""
    media = files.get(media_id)
    if media is None:
        raise not_found()
    if media.state not in AWAITED:
        raise conflict("already_received", "This file has arrived already.")
    plan_row = session.scalars(
        select(UploadPlan).where(UploadPlan.media_row_id == media.id, UploadPlan.ended_at.is_(None))
    ).one_or_none()
    if plan_row is None or plan_row.chunks is None or plan_row.chunk_size is None:
        parts = (
            uploads.parts_of(services, uploads.Planned(media, uploads.Wish(media_id)), services.clock.now())
            if n == 0
            else []
        )
        if not parts:
            raise not_found()
        return parts[0]
    if not 0 <= n < len(plan_row.chunks):
        raise not_found()
    return uploads.chunk_part(services, media, plan_row.chunk_size, n, plan_row.chunks[n])


def relay(store: MediaStore, part: Part, body: IO[bytes]) -> None:
    """Passes a part's bytes to the store as they come; other bytes and second writes are refused there."""
    try:
        store.send(part.put, body, part.size)
    except StoreDuplicate:
        raise conflict("already_received", "The store has this part already.") from None
    except StoreRefused as refused:
        raise invalid("bytes_refused", f"The store refused these bytes: {refused.code}.") from None
