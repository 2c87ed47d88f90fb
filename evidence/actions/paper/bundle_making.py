"""Fills a court bundle: gather in one read, write files outside any transaction, record what was made."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.capturing import participating
from evidence.actions.log import log_reading
from evidence.actions.paper import bundle_files, printing_registro
from evidence.actions.ports import Packed, Services
from evidence.actions.store_ports import ObjectRef, StoreRefused
from evidence.domain.bundle import contents, profiles, reading_notes
from evidence.domain.bundle.case import describe
from evidence.domain.bundle.contents import Index
from evidence.domain.bundle.profiles import Profile
from evidence.domain.callers import SYSTEM
from evidence.domain.custody import Chain
from evidence.domain.prints.sheet import Document
from evidence.records.bundles import Bundle, locked_bundle
from evidence.records.captures import Capture, Manifest
from evidence.records.organisations import service_id

WITNESSES_MAY_TAKE = timedelta(seconds=60)


@dataclass(frozen=True)
class Gathered:
    """What goes into the bag: small files whole, originals by reference."""

    bundle_id: UUID
    root_id: UUID
    index: Index
    files: Mapping[str, bytes]
    fetches: Sequence[bundle_files.Fetch]
    registro: Document | None


def gather(session: Session, services: Services, bundle_id: UUID) -> Gathered | None:
    """Reads everything but the originals' bytes; None when there is nothing left to do.

    ``NotSealedYet`` until the request's own entry is in a published checkpoint: so the bundle's chain always
    reaches to the moment when it was asked for.
    """
    bundle = session.get(Bundle, bundle_id)
    if bundle is None or bundle.state != "due":
        return None
    profile = Profile(bundle.profile)
    root = session.get_one(Capture, bundle.root_id)
    manifests = session.scalars(
        select(Manifest).where(Manifest.root_id == root.id).order_by(Manifest.received_at, Manifest.sha256)
    ).all()
    cosigned = participating.cosigned(session, [one.sha256 for one in manifests])
    bag = bundle_files.Bag(profile)
    entries = bundle_files.entries_of(session, root, [*manifests, *cosigned])
    now = services.clock.now()
    patient, timestamped = now - bundle.requested_at < WITNESSES_MAY_TAKE, services.policy.timestamped
    bundle_files.add_entries(session, bag, entries, patient=patient, timestamped=timestamped)
    bag.add(contents.POLICY, log_reading.policy(session, services.policy).text().encode())
    bag.add(contents.CHECKPOINT, log_reading.checkpoint(session))
    bundle_files.add_signed(session, bag, manifests, cosigned)
    originals = bundle_files.add_originals(session, bag, root, manifests)
    bundle_files.add_answers(session, bag, root.id)
    index = Index(
        bundle_id=bundle.id,
        service=f"casquillo:{service_id(session)}",
        agency_id=root.agency_id,
        capture_id=root.id,
        folio=root.folio,
        profile=profile,
        reason=bundle.reason,
        order=bundle.order_number,
        made_at=now,
        originals=tuple(originals),
        manifests=tuple(bag.manifests),
        cosignatures=tuple(bag.cosignatures),
        withheld=tuple(bag.withheld),
    )
    graph = describe(
        capture_id=root.id,
        folio=root.folio,
        entries=[custody.entry_of(row) for row in entries if row.chain_type == "capture"],
        originals=originals,
        exhibits=bundle_files.exhibits_of(root, manifests),
    )
    bag.add(contents.CASE, bundle_files.pretty(graph))
    bag.add(contents.INDEX, bundle_files.pretty(index.members()))
    for name, text in reading_notes.texts(index).items():
        bag.add(name, text.encode())
    return Gathered(bundle.id, root.id, index, bag.files, bag.fetches, _registro(session, bundle, root, now))


def _registro(session: Session, bundle: Bundle, root: Capture, now: datetime) -> Document | None:
    """The printed form, as the profile allows; drawn later, outside the transaction."""
    profile = Profile(bundle.profile)
    if not profiles.holds_registro(profile):
        return None
    printed_by = f"el servicio, para el paquete {str(bundle.id)[:8]}"
    return printing_registro.document(
        session, root, printing_registro.By(printed_by, now, names=profiles.names_people(profile))
    )


def write(services: Services, gathered: Gathered, folder: Path) -> None:
    """Puts every file under ``folder``. ``StoreRefused`` ``damaged`` when a stored original lost its hash;
    ``PrinterUnfit`` when the Registro can't be drawn.
    """
    store, files = services.store, dict(gathered.files)
    if gathered.registro is not None:
        files[contents.REGISTRO] = services.printer.render(gathered.registro, {}).pdf
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for fetch in gathered.fetches:
        target = folder / fetch.path
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with store.read(fetch.ref) as pieces, target.open("wb") as file:
            for piece in pieces:
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != fetch.sha256:
            raise StoreRefused("damaged", fetch.path)


def bag_info(gathered: Gathered) -> dict[str, str]:
    """``bag-info.txt`` (RFC 8493, section 2.2.2)."""
    index = gathered.index
    return {
        "Source-Organization": str(index.agency_id),
        "External-Identifier": index.folio,
        "Internal-Sender-Identifier": str(index.bundle_id),
        "Internal-Sender-Description": f"Casquillo, {index.profile.value}",
        "Bagging-Date": index.made_at.date().isoformat(),
    }


def record(session: Session, services: Services, gathered: Gathered, packed: Packed, ref: ObjectRef) -> None:
    """The zip lies in the store: the row and the chain say so. Without effect when another worker was faster."""
    bundle = locked_bundle(session, gathered.bundle_id)
    if bundle is None or bundle.state != "due":
        return
    bundle.state, bundle.bucket, bundle.object_key = "ready", ref.bucket, ref.key
    bundle.sha256, bundle.tag_sha256, bundle.size = packed.sha256, packed.tag_sha256, packed.size
    bundle.made_at = services.clock.now()
    details = {
        "bundle_id": str(bundle.id),
        "profile": bundle.profile,
        "sha256": packed.sha256,
        "tag_sha256": packed.tag_sha256,
        "size": packed.size,
        "withheld": len(gathered.index.withheld),
    }
    custody.append(session, services, [_act("bundle.made", bundle, details)])


def give_up(session: Session, services: Services, bundle_id: UUID, reason: str) -> None:
    """It can't be made, and why: the requester sees it, the chain keeps it."""
    bundle = locked_bundle(session, bundle_id)
    if bundle is None or bundle.state != "due":
        return
    bundle.state, bundle.failure = "failed", reason
    custody.append(session, services, [_act("bundle.failed", bundle, {"bundle_id": str(bundle.id), "reason": reason})])


def _act(kind: str, bundle: Bundle, details: dict[str, Any]) -> custody.Act:
    return custody.Act(
        kind, Chain("capture", bundle.root_id), bundle.agency_id, SYSTEM, details, root_id=bundle.root_id
    )
