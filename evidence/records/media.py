"""Media: one row a file, the lines by which manifests name it, upload plans, findings, views opened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, of_agency, one_of

STATES = (
    "expected",
    "received",
    "verifying",
    "secured",
    "quarantined",
    "lost",
    "withheld",
    "damaged",
    "expunged",
)


class Media(Base):
    """One file: expected by a manifest, attached to a submission, or a photo of a walk-in that has neither.

    ``id`` is ours, ``media_id`` the author's; ``purpose`` is ``capture``, or the kind of attachment. A walk-in's photo
    has no capture: ``agency_id`` is the laboratory that it came to.
    ``bucket``, ``object_key`` and ``version_id`` name the stored
    version once it is known. ``size`` in bytes.
    """

    __tablename__ = "media"
    __table_args__ = (
        CheckConstraint(one_of("state", *STATES), name="state"),
        CheckConstraint("num_nonnulls(manifest_sha256, submission_id, walk_in_id) = 1", name="one_owner"),
        CheckConstraint("(manifest_sha256 IS NOT NULL) = (purpose = 'capture')", name="purpose"),
        CheckConstraint(
            "num_nonnulls(root_id, capture_id) = CASE WHEN walk_in_id IS NULL THEN 2 ELSE 0 END", name="root"
        ),
        ForeignKeyConstraint(["walk_in_id", "agency_id"], ["walk_in.id", "walk_in.organisation_id"]),
        of_agency("root_id", "capture.id"),
        of_agency("manifest_sha256", "manifest.sha256"),
        UniqueConstraint("id", "agency_id"),
        UniqueConstraint("manifest_sha256", "media_id"),
        UniqueConstraint("submission_id", "media_id"),
        UniqueConstraint("walk_in_id", "media_id"),
        Index(None, "root_id", "state"),
        Index(None, "device_id", "created_at"),
        # A day's bytes are added up before each upload: from the index alone, whatever came on other days.
        Index(None, "agency_id", "received_at", postgresql_include=["size"]),
        Index(None, "device_id", "received_at", postgresql_include=["size"]),
        Index(
            "ix_media_unsettled",
            "state",
            "updated_at",
            postgresql_where=text("state IN ('received', 'verifying')"),
        ),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    media_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    root_id: Mapped[UUID | None]
    capture_id: Mapped[UUID | None]
    manifest_sha256: Mapped[str | None]
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    walk_in_id: Mapped[UUID | None]
    author_organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    author_id: Mapped[UUID]
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    purpose: Mapped[str] = mapped_column(server_default="capture")
    filename: Mapped[str | None]
    sha256: Mapped[str]
    size: Mapped[int]
    content_type: Mapped[str]
    state: Mapped[str]
    problem: Mapped[str | None]
    bucket: Mapped[str | None]
    object_key: Mapped[str | None]
    version_id: Mapped[str | None]
    locked_until: Mapped[datetime | None]
    way: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    preview: Mapped[str] = mapped_column(server_default="none")  # none, due, ready, failed
    created_at: Mapped[datetime]
    received_at: Mapped[datetime | None]
    secured_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class ManifestMedia(Base):
    """The line by which one manifest names a file: its view, the items it shows, its source."""

    __tablename__ = "manifest_media"
    __table_args__ = (
        of_agency("root_id", "capture.id"),
        of_agency("manifest_sha256", "manifest.sha256"),
        of_agency("media_row_id", "media.id"),
        Index(None, "media_row_id"),
        Index(None, "root_id"),
    )
    manifest_sha256: Mapped[str] = mapped_column(primary_key=True)
    media_id: Mapped[UUID] = mapped_column(primary_key=True)
    media_row_id: Mapped[UUID]
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int]
    view: Mapped[str]
    source: Mapped[str]
    captured_at: Mapped[datetime | None]
    package_id: Mapped[UUID | None]
    item_ids: Mapped[list[UUID]]


class UploadPlan(Base):
    """Targets handed out for one file. ``chunks`` is null for a whole upload; ``chunk_size`` in bytes."""

    __tablename__ = "upload_plan"
    __table_args__ = (of_agency("media_row_id", "media.id"), Index(None, "media_row_id"), Index(None, "expires_at"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    media_row_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    way: Mapped[str]
    chunk_size: Mapped[int | None]
    chunks: Mapped[list[str] | None]
    planned_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Finding(Base):
    """What a check says about media or facts. Numbered per root capture; never part of a digest.

    Of a walk-in's photo, which has no capture, numbered per file.
    """

    __tablename__ = "finding"
    __table_args__ = (
        of_agency("root_id", "capture.id"),
        of_agency("media_row_id", "media.id"),
        UniqueConstraint("root_id", "number"),
        Index(None, "media_row_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID | None]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    number: Mapped[int]
    media_row_id: Mapped[UUID | None]
    item_id: Mapped[UUID | None]
    code: Mapped[str]
    blocking: Mapped[bool]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    found_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ViewOpened(Base):
    """That a person opened a file's preview or original: an approval asks for it."""

    __tablename__ = "view_opened"
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    media_row_id: Mapped[UUID] = mapped_column(ForeignKey("media.id"), primary_key=True)
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    opened_at: Mapped[datetime]


def media_of_manifest(session: Session, manifest_sha256: str) -> list[tuple[ManifestMedia, Media]]:
    """The files that a manifest names, in its order, with the line that names each."""
    rows = session.execute(
        select(ManifestMedia, Media)
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(ManifestMedia.manifest_sha256 == manifest_sha256)
        .order_by(ManifestMedia.position)
    )
    return [(line, media) for line, media in rows]


def media_of_manifests(session: Session, sha256s: Sequence[str]) -> dict[str, list[tuple[ManifestMedia, Media]]]:
    """The same for several manifests in one question; manifests without files have an empty list."""
    found: dict[str, list[tuple[ManifestMedia, Media]]] = {sha256: [] for sha256 in sha256s}
    rows = session.execute(
        select(ManifestMedia, Media)
        .join(Media, Media.id == ManifestMedia.media_row_id)
        .where(ManifestMedia.manifest_sha256.in_(sha256s))
        .order_by(ManifestMedia.position)
    )
    for line, media in rows:
        found[line.manifest_sha256].append((line, media))
    return found


def locked_files(session: Session, media_row_ids: Sequence[UUID]) -> Sequence[Media]:
    """Rows locked in ascending order, so that two transactions never wait for each other; as they stand now."""
    return session.scalars(
        select(Media)
        .where(Media.id.in_(media_row_ids))
        .order_by(Media.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def plans_of(session: Session, media_row_ids: Sequence[UUID]) -> Sequence[UploadPlan]:
    """The plan in force of each file that has one."""
    return session.scalars(
        select(UploadPlan).where(UploadPlan.media_row_id.in_(media_row_ids), UploadPlan.ended_at.is_(None))
    ).all()


def locked_media(session: Session, media_row_id: UUID) -> Media | None:
    return next(iter(locked_files(session, [media_row_id])), None)
