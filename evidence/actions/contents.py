"""What a manifest names, as rows: items, packages, files, and the keys that its serials are found by."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evidence.actions.ports import Services
from evidence.domain.dossier import media_of_item
from evidence.domain.items import Item
from evidence.domain.manifest import Manifest, MediaLine
from evidence.domain.serials import search_keys
from evidence.records import captures as records
from evidence.records.captures import SerialKey
from evidence.records.media import ManifestMedia, Media

SENT = Media.manifest_sha256.is_not(None)  # attachments of a laboratory or desk are no part of a line


def add_contents(session: Session, services: Services, manifest: Manifest, row: records.Manifest) -> None:
    """Items, packages, files and search keys of a manifest; a file that the line has already is named, not repeated."""
    session.add_all(_item(item, position, row) for position, item in enumerate(manifest.items))
    session.add_all(
        records.Package(
            manifest_sha256=row.sha256,
            package_id=package.id,
            root_id=row.root_id,
            agency_id=row.agency_id,
            label=package.label,
            kind=package.kind.value,
            seal=package.seal,
            item_ids=list(package.item_ids),
        )
        for package in manifest.packages
    )
    _add_media(session, services, manifest, row)
    session.flush()
    if row.standing == "accepted":
        add_serial_keys(session, row)


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


def _add_media(session: Session, services: Services, manifest: Manifest, row: records.Manifest) -> None:
    known = _known(session, manifest, row)
    rows: dict[UUID, UUID] = {}
    for line in manifest.media:
        rows[line.id] = known.get((line.id, line.sha256)) or services.entropy.uuid7()
    session.add_all(_media(line, rows[line.id], row) for line in manifest.media if (line.id, line.sha256) not in known)
    session.flush()
    shown = _shown(manifest)
    session.add_all(
        _line(line, position, rows[line.id], row, shown.get(line.id, []))
        for position, line in enumerate(manifest.media)
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


def add_serial_keys(session: Session, row: records.Manifest) -> None:
    """The search keys of every serial with a text that a manifest states; keys of former readings stay."""
    stated = [(UUID(item["id"]), (item.get("serial") or {}).get("text")) for item in row.payload["items"]]
    keys = [
        {"root_id": row.root_id, "item_id": item_id, "kind": kind.value, "key": key, "agency_id": row.agency_id}
        for item_id, text in stated
        for kind, key in sorted(search_keys(text or ""))
    ]
    if keys:
        session.execute(insert(SerialKey).values(keys).on_conflict_do_nothing())
