"""What a manifest names, as rows: items, packages, files, and the keys that its serials are found by."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.domain.dossier import media_of_item
from evidence.domain.items import Item, Package
from evidence.domain.manifest import Manifest, MediaLine
from evidence.domain.serials import search_keys
from evidence.records import captures as records
from evidence.records.base import Base
from evidence.records.captures import SerialKey
from evidence.records.media import ManifestMedia, Media


@dataclass(frozen=True)
class Contents:
    """What a manifest names, as rows."""

    items: list[records.Item]
    packages: list[records.Package]
    media: list[Media]
    lines: list[ManifestMedia]
    keys: list[SerialKey]

    @property
    def all(self) -> list[Base]:
        """Every row."""
        return [*self.items, *self.packages, *self.media, *self.lines, *self.keys]

    @property
    def files(self) -> list[tuple[ManifestMedia, Media]]:
        """New files in the manifest's order, each with the line that names it."""
        media = {one.id: one for one in self.media}
        return [(line, media[line.media_row_id]) for line in self.lines if line.media_row_id in media]


SENT = Media.manifest_sha256.is_not(None)  # attachments of a laboratory or desk are no part of a line


def rows_of(session: Session, services: Services, manifest: Manifest, row: records.Manifest) -> Contents:
    """Items, packages and files of a manifest, not yet written; a file that the line has already is named, not
    repeated.
    """
    known = _known(session, manifest, row)
    media_rows = {line.id: known.get((line.id, line.sha256)) or services.entropy.uuid7() for line in manifest.media}
    shown = _shown(manifest)
    return Contents(
        items=[_item(item, position, row) for position, item in enumerate(manifest.items)],
        packages=[_package(package, row) for package in manifest.packages],
        media=[
            _media(line, media_rows[line.id], row) for line in manifest.media if (line.id, line.sha256) not in known
        ],
        lines=[
            _line(line, position, media_rows[line.id], row, shown.get(line.id, []))
            for position, line in enumerate(manifest.media)
        ],
        keys=serial_keys(row)
        if row.standing == "accepted" and row.root_id == row.capture_id
        else [],  # an amendment may share keys with its line
    )


def _package(package: Package, row: records.Manifest) -> records.Package:
    return records.Package(
        manifest_sha256=row.sha256,
        package_id=package.id,
        root_id=row.root_id,
        agency_id=row.agency_id,
        label=package.label,
        kind=package.kind.value,
        seal=package.seal,
        item_ids=list(package.item_ids),
    )


def _item(item: Item, position: int, row: records.Manifest) -> records.Item:
    def fact(name: str) -> str | None:
        coded = item.coded(name)
        return (coded.code or coded.text) if coded else None

    return records.Item(
        manifest_sha256=row.sha256,
        item_id=item.id,
        root_id=row.root_id,
        agency_id=row.agency_id,
        position=position,
        number=item.number,
        kind=item.kind.value,
        serial_status=item.serial.status.value if item.serial else None,
        serial_text=item.serial.text if item.serial else None,
        make=fact("make"),
        type=fact("type"),
        caliber=fact("caliber"),
        facts=dict(item.facts),
    )


def _known(session: Session, manifest: Manifest, row: records.Manifest) -> dict[tuple[UUID, str], UUID]:
    """Files of the line that the manifest names again, by id and hash; a root that is new has none."""
    if row.root_id == row.capture_id and row.standing != "conflict":
        return {}
    found = session.execute(
        select(Media.media_id, Media.sha256, Media.id).where(
            Media.root_id == row.root_id,
            Media.media_id.in_([line.id for line in manifest.media]),
            Media.manifest_sha256.is_not(None),
        )
    )
    return {(media_id, sha256): row_id for media_id, sha256, row_id in found}


def _shown(manifest: Manifest) -> dict[UUID, list[UUID]]:
    """Which items a file belongs to, by the rule of the dossier: a photo of a package belongs to all that is in it."""
    shown: dict[UUID, list[UUID]] = {}
    for item in manifest.items:
        for one in media_of_item(manifest.raw, str(item.id)):
            shown.setdefault(UUID(one.id), []).append(item.id)
    return shown


def _media(line: MediaLine, row_id: UUID, row: records.Manifest) -> Media:
    return Media(
        id=row_id,
        media_id=line.id,
        agency_id=row.agency_id,
        root_id=row.root_id,
        capture_id=row.capture_id,
        manifest_sha256=row.sha256,
        author_organisation_id=row.agency_id,
        author_id=line.captured_by,
        device_id=row.device_id,
        sha256=line.sha256,
        size=line.size,
        content_type=line.content_type,
        state="expected",
        preview="none",
        created_at=row.received_at,
        updated_at=row.received_at,
    )


def _line(
    line: MediaLine, position: int, media_row_id: UUID, row: records.Manifest, item_ids: list[UUID]
) -> ManifestMedia:
    return ManifestMedia(
        manifest_sha256=row.sha256,
        media_id=line.id,
        media_row_id=media_row_id,
        root_id=row.root_id,
        agency_id=row.agency_id,
        position=position,
        view=line.view.value,
        source=line.source.value,
        captured_at=line.captured_at,
        package_id=line.package_id,
        item_ids=item_ids,
    )


def serial_keys(row: records.Manifest) -> list[SerialKey]:
    """The search keys of every serial with a text that a manifest states, not yet written."""
    stated = [(UUID(item["id"]), (item.get("serial") or {}).get("text")) for item in row.payload["items"]]
    return [
        SerialKey(root_id=row.root_id, item_id=item_id, kind=kind.value, key=key, agency_id=row.agency_id)
        for item_id, text in stated
        for kind, key in sorted(search_keys(text or ""))
    ]


def add_serial_keys(session: Session, row: records.Manifest) -> None:
    """Writes the keys that a line does not have yet; keys of former readings stay."""
    names = [column.key for column in SerialKey.__table__.columns]
    keys = [{name: getattr(key, name) for name in names} for key in serial_keys(row)]
    if keys:
        session.execute(insert(SerialKey).values(keys).on_conflict_do_nothing())
