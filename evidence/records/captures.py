"""Captures, their signed manifests, the items and packages that each manifest names, and refusals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from evidence.records.base import Base, of_agency, one_of

STANDINGS = ("accepted", "conflict", "waiting_for_base", "amendment_fork", "held", "set_aside", "discarded")


class Capture(Base):
    """One capture id. The first of a line of amendments is its own root; submissions belong to the root.

    ``head_sha256`` is kept on the root only: the manifest that now speaks for the line.
    ``version`` moves with the head, for ETags.
    """

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "state",
                "registered",
                "receiving",
                "secured",
                "secured_partial",
                "held",
                "waiting_for_base",
                "discarded",
                "expunged",
            ),
            name="state",
        ),
        of_agency("root_id", "capture.id"),
        UniqueConstraint("id", "agency_id"),
        Index(None, "agency_id", "received_at", "id"),
        Index(None, "root_id"),
        Index(None, "folio"),
        Index(None, "officer_id", "received_at"),
        Index(None, "scene_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    root_id: Mapped[UUID]
    folio: Mapped[str]
    state: Mapped[str]
    head_sha256: Mapped[str | None]
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    scene_id: Mapped[UUID | None]
    entity: Mapped[str | None]
    captured_at: Mapped[datetime]
    received_at: Mapped[datetime]
    secured_at: Mapped[datetime | None]
    conflict_open: Mapped[bool] = mapped_column(server_default=text("false"))
    flags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    retention: Mapped[str] = mapped_column(server_default="standard")
    version: Mapped[int] = mapped_column(server_default="1")


class Manifest(Base):
    """One signed manifest as it was received: the exact JWS, and its payload parsed."""

    __tablename__ = "manifest"
    __table_args__ = (
        CheckConstraint(one_of("standing", *STANDINGS), name="standing"),
        of_agency("root_id", "capture.id"),
        of_agency("capture_id", "capture.id"),
        UniqueConstraint("sha256", "agency_id"),
        Index(None, "capture_id"),
        Index(None, "root_id"),
        Index(None, "amends_sha256"),
        Index(None, "device_id", "seq"),
    )
    sha256: Mapped[str] = mapped_column(primary_key=True)
    capture_id: Mapped[UUID]
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"))
    officer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    seq: Mapped[int]
    amends_capture_id: Mapped[UUID | None]
    amends_sha256: Mapped[str | None]
    jws: Mapped[bytes]
    payload: Mapped[dict[str, Any]]
    standing: Mapped[str]
    problems: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    flags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    relayed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    received_at: Mapped[datetime]
    secured_at: Mapped[datetime | None]


class Item(Base):
    """One item as one manifest describes it; ``item_id`` stays the same through amendments."""

    __tablename__ = "item"
    __table_args__ = (
        of_agency("root_id", "capture.id"),
        of_agency("manifest_sha256", "manifest.sha256"),
        Index(None, "root_id", "item_id"),
    )
    manifest_sha256: Mapped[str] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    position: Mapped[int]
    number: Mapped[str]
    kind: Mapped[str]
    serial_status: Mapped[str | None]
    serial_text: Mapped[str | None]
    make: Mapped[str | None]
    type: Mapped[str | None]
    caliber: Mapped[str | None]
    facts: Mapped[dict[str, Any]]


class SerialKey(Base):
    """The search keys of one item's serial (domain facts, *Serial numbers*): one row a key.

    ``kind``: ``fold`` look-alikes folded, ``drop`` letters between digits dropped, ``near`` a neighbour
    key that two serials one edit apart share. Any reading of the serial may add keys; none is removed.
    """

    __tablename__ = "serial_key"
    __table_args__ = (
        of_agency("root_id", "capture.id"),
        Index(None, "key", "kind"),
        Index(None, "root_id", "item_id"),
    )
    root_id: Mapped[UUID] = mapped_column(primary_key=True)
    item_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))


class Package(Base):
    """A sealed bag or box as one manifest describes it."""

    __tablename__ = "package"
    __table_args__ = (
        of_agency("root_id", "capture.id"),
        of_agency("manifest_sha256", "manifest.sha256"),
        Index(None, "agency_id", "seal"),
    )
    manifest_sha256: Mapped[str] = mapped_column(primary_key=True)
    package_id: Mapped[UUID] = mapped_column(primary_key=True)
    root_id: Mapped[UUID]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    label: Mapped[str]
    kind: Mapped[str]
    seal: Mapped[str | None]
    item_ids: Mapped[list[UUID]]


class Refusal(Base):
    """What was offered and not taken, kept with its bytes: a rejection is a fact too.

    ``device_id`` is null when the key that signed is not known here.
    """

    __tablename__ = "refusal"
    __table_args__ = (Index(None, "agency_id", "received_at"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    agency_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"))
    device_id: Mapped[UUID | None] = mapped_column(ForeignKey("device.id"))
    subject_id: Mapped[UUID]
    code: Mapped[str]
    errors: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    body: Mapped[bytes]
    body_sha256: Mapped[str]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())


def locked_capture(session: Session, capture_id: UUID) -> Capture | None:
    """The capture row, locked until the transaction ends: one writer a line."""
    return session.scalars(select(Capture).where(Capture.id == capture_id).with_for_update()).one_or_none()


def head_manifest(session: Session, root: Capture) -> Manifest | None:
    return session.get(Manifest, root.head_sha256) if root.head_sha256 else None


def item_of(session: Session, manifest_sha256: str, item_id: UUID) -> Item | None:
    return session.get(Item, (manifest_sha256, item_id))
