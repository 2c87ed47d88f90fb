"""The files of a court bundle, each from its rows: entries with proofs, manifests, originals, answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evidence.actions import custody
from evidence.actions.log.log_reading import Prover, prover_of, stamped_prover
from evidence.actions.store_ports import ObjectRef
from evidence.domain.bundle import contents, profiles
from evidence.domain.bundle.case import Exhibit
from evidence.domain.bundle.contents import OriginalLine
from evidence.domain.bundle.profiles import Profile
from evidence.domain.canonical import b64url, jcs
from evidence.domain.custody import instant
from evidence.domain.dossier import media_of_item
from evidence.domain.kinds import AttachmentKind
from evidence.records.captures import Capture, Manifest
from evidence.records.custody import CustodyDetail, CustodyEntry, LogLeaf, chain_entries
from evidence.records.devices import Device, Statement
from evidence.records.media import Media, media_of_manifest
from evidence.records.results import Result
from evidence.records.submissions import ApprovedDossier, Submission


class NotSealedYet(Exception):
    """The chain's newest entry has no proof yet: try again in a moment."""


@dataclass(frozen=True)
class Fetch:
    """One original to be copied from the store into the bag."""

    path: str
    ref: ObjectRef
    sha256: str


class Bag:
    """Files by path, originals by reference, and what was left out."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.files: dict[str, bytes] = {}
        self.fetches: list[Fetch] = []
        self.manifests: list[str] = []
        self.cosignatures: list[str] = []
        self.withheld: list[tuple[str, str, str]] = []

    def add(self, path: str, data: bytes) -> None:
        self.files[path] = data

    def fetch(self, path: str, media: Media) -> None:
        ref = ObjectRef(media.bucket or "", media.object_key or "", media.version_id or "")
        if all(one.path != path for one in self.fetches):
            self.fetches.append(Fetch(path, ref, media.sha256))

    def withhold(self, what: str, which: object, why: str) -> None:
        self.withheld.append((what, str(which), why))


def entries_of(session: Session, root: Capture, signed: Iterable[Manifest | Statement]) -> list[CustodyEntry]:
    """The capture's chain, and of each phone that signed the one entry that holds its key."""
    enrolled = session.scalars(
        select(CustodyEntry)
        .where(
            CustodyEntry.chain_type == "device",
            CustodyEntry.chain_id.in_({one.device_id for one in signed}),
            CustodyEntry.kind == "device.enrolled",
        )
        .order_by(CustodyEntry.chain_id)
    )
    return [*chain_entries(session, "capture", root.id), *enrolled]


def add_entries(
    session: Session, bag: Bag, entries: Sequence[CustodyEntry], *, patient: bool, timestamped: bool
) -> None:
    ids = [row.entry_id for row in entries]
    provers, proofs = _proofs(session, ids, patient=patient, timestamped=timestamped)
    if provers and provers[0].token is not None:  # that of the newest entry; its tree holds the others
        bag.add(contents.TIMESTAMP, provers[0].token)
        bag.add(contents.STAMPED, provers[0].signed)
    details = {
        row.entry_id: row for row in session.scalars(select(CustodyDetail).where(CustodyDetail.entry_id.in_(ids)))
    }
    for row in entries:
        detail = details.get(row.entry_id)
        open_here = detail is not None and profiles.opens_details(bag.profile, row.kind)
        if not open_here:
            bag.withhold("details", row.entry_id, "profile" if detail is not None else "expunged")
        document = contents.entry_document(
            custody.entry_of(row).members(),
            salt=b64url(detail.salt) if detail and open_here else None,
            details=detail.details if detail and open_here else None,
            proof=proofs[row.entry_id],
        )
        name = f"device-{row.chain_id}" if row.chain_type == "device" else row.chain_type
        bag.add(contents.entry_path(name, row.seq), pretty(document))


def _proofs(
    session: Session, ids: Sequence[UUID], *, patient: bool, timestamped: bool
) -> tuple[list[Prover], dict[UUID, str]]:
    """A proof an entry, under as few checkpoints as there are origins, which come too, the newest first.

    A patient caller waits for the witnesses, and where there is a timestamp authority for its token.
    """
    places = session.execute(
        select(LogLeaf.entry_id, LogLeaf.log_index).where(LogLeaf.entry_id.in_(ids)).order_by(LogLeaf.log_index.desc())
    ).all()
    if len(places) < len(set(ids)):
        raise NotSealedYet
    provers: list[Prover] = []
    proofs: dict[UUID, str] = {}
    for entry_id, log_index in places:
        prover = next((one for one in provers if one.holds(log_index)), None)
        if prover is None:
            stamped = stamped_prover(session, log_index) if timestamped else None
            prover = stamped or prover_of(session, log_index)
            wanting = timestamped and stamped is None and not provers  # a former log gets no more tokens
            if prover is None or (patient and (wanting or not prover.witnessed)):
                raise NotSealedYet
            provers.append(prover)
        proofs[entry_id] = prover.proof(log_index)
    return provers, proofs


def add_signed(session: Session, bag: Bag, manifests: Iterable[Manifest], cosigned: Iterable[Statement]) -> None:
    """The manifests, the statements of colleagues who took part, and the keys of the phones that signed them."""
    devices: set[UUID] = set()
    for statement in cosigned:
        if profiles.holds_manifest(bag.profile, statement.payload):
            bag.add(contents.cosignature_path(statement.sha256), statement.jws)
            bag.cosignatures.append(statement.sha256)
            devices.add(statement.device_id)
        else:
            bag.withhold("cosignature", statement.sha256, "profile")
    for row in manifests:
        if profiles.holds_manifest(bag.profile, row.payload):
            bag.add(contents.manifest_path(row.sha256), row.jws)
            bag.manifests.append(row.sha256)
            devices.add(row.device_id)
        else:
            bag.withhold("manifest", row.sha256, "profile")
    for device_id in sorted(devices):
        bag.add(f"keys/{device_id}.jwk.json", pretty(session.get_one(Device, device_id).public_jwk))


def add_originals(session: Session, bag: Bag, root: Capture, manifests: Iterable[Manifest]) -> list[OriginalLine]:
    """A line for every file of the capture and of its attachments; the bytes as the profile and their state allow."""
    found = [
        (line.media_id, manifest.sha256, media)
        for manifest in manifests
        for line, media in media_of_manifest(session, manifest.sha256)
    ]
    attached = session.scalars(
        select(Media).where(Media.root_id == root.id, Media.submission_id.is_not(None)).order_by(Media.created_at)
    )
    found += [(media.media_id, str(media.submission_id), media) for media in attached]
    lines = []
    for media_id, of, media in found:
        path = None
        if media.state not in ("secured", "quarantined"):
            bag.withhold("original", media.sha256, media.state)
        elif not profiles.holds_originals(bag.profile):
            bag.withhold("original", media.sha256, "profile")
        elif media.purpose == AttachmentKind.ANSWER:  # it may name a purchaser, and opens with a reason only
            bag.withhold("original", media.sha256, "nominal")
        else:
            path = contents.original_path(media.sha256, media.content_type)
            bag.fetch(path, media)
        lines.append(
            OriginalLine(
                media_id=media_id,
                of=of,
                sha256=media.sha256,
                size=media.size,
                content_type=media.content_type,
                state=media.state,
                version_id=media.version_id,
                path=path,
            )
        )
    return lines


def add_answers(session: Session, bag: Bag, root_id: UUID) -> None:
    """What was approved, exactly as it was digested, and what came back; never what names a purchaser."""
    approved = session.scalars(
        select(ApprovedDossier)
        .join(Submission, Submission.id == ApprovedDossier.submission_id)
        .where(Submission.root_id == root_id)
        .order_by(ApprovedDossier.made_at)
    )
    for dossier in approved:
        bag.add(contents.worksheet_path(dossier.submission_id, dossier.digest), jcs(dossier.digested))
    for result in session.scalars(select(Result).where(Result.root_id == root_id).order_by(Result.recorded_at)):
        document: dict[str, Any] = {
            "id": str(result.id),
            "submission_id": str(result.submission_id),
            "code": result.code,
            "final": result.final,
            "answers_digest": result.answers_digest,
            "recorded_at": instant(result.recorded_at),
        }
        if profiles.holds_results(bag.profile):
            document["facts"] = result.facts
        else:
            bag.withhold("result_facts", result.id, "profile")
        bag.add(contents.result_path(result.id), pretty(document))


def exhibits_of(root: Capture, manifests: Iterable[Manifest]) -> list[Exhibit]:
    """The items as the manifest in force describes them."""
    head = next((one for one in manifests if one.sha256 == root.head_sha256), None)
    items = head.payload["items"] if head else []
    return [
        Exhibit(
            number=item["number"],
            kind=item["kind"],
            files=tuple(one.sha256 for one in media_of_item(head.payload, item["id"])) if head else (),
        )
        for item in items
    ]


def pretty(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
