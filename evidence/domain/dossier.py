"""The dossier: exactly what a supervisor approves for one item and one destination, and its digest.

The member set is fixed (protocol, section 6). States, previews, findings, duplicates, readiness, names, times and
laboratories are outside it, so that none of them voids an approval.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any
from uuid import UUID

from evidence.domain.canonical import jcs, sha256_hex
from evidence.domain.codes import CODE_LIST_VERSION
from evidence.domain.facts import SupplementFacts
from evidence.domain.kinds import View
from evidence.domain.worksheet import Destination, Form, Worksheet

DOSSIER_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class DossierMedia:
    """One file of the dossier; ``id`` is the manifest's media id, ``size`` in bytes."""

    id: str
    sha256: str
    size: int
    content_type: str


@dataclass(frozen=True, slots=True)
class SupplementStamp:
    """The newest supplement that states a fact of the form, and the hash of all such facts; 0 and null for none."""

    version: int = 0
    sha256: str | None = None


def supplement_stamp(form: Form, supplements: Iterable[SupplementFacts]) -> SupplementStamp:
    """What the digest says of supplements: only facts that this destination digests count.

    ``sha256`` is that of the JCS of ``{fact: value}``, later supplements over earlier ones. A ballistic fact thus
    leaves the digest of a trace as it is.
    """
    facts: dict[str, Any] = {}
    version = 0
    for supplement in sorted(supplements, key=lambda one: one.number):
        relevant = {name: value for name, value in supplement.values.items() if name in form.digested_facts}
        if relevant:
            facts, version = facts | relevant, supplement.number
    return SupplementStamp(version, sha256_hex(jcs(facts))) if version else SupplementStamp()


def media_of_item(payload: Mapping[str, Any], item_id: str) -> tuple[DossierMedia, ...]:
    """The files of a manifest's payload that belong to an item's dossier, by id.

    Those that name the item, those of the package that it is in, and a photo of all closed packages that names
    none; never what shows only the scene or other items.
    """
    packages = {one["id"] for one in payload["packages"] if item_id in one["item_ids"]}
    found = []
    for one in payload["media"]:
        of_all = one["view"] == View.PACKAGE_SEALED and not one["item_ids"] and one["package_id"] is None
        if item_id in one["item_ids"] or one["package_id"] in packages or of_all:
            found.append(DossierMedia(one["id"], one["sha256"], one["size"], one["content_type"]))
    return tuple(sorted(found))


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """The content of one approval. Ids are UUIDs, hashes lowercase hex; media need not be sorted."""

    submission_id: UUID
    destination: Destination
    item_id: UUID
    root_capture_id: UUID
    manifest_sha256: str
    supplement: SupplementStamp
    media: Sequence[DossierMedia]
    form: str
    edition: str
    values: Mapping[str, Any]
    code_list_version: str = CODE_LIST_VERSION

    def __post_init__(self) -> None:
        if len({one.id for one in self.media}) != len(self.media):
            raise ValueError("a dossier names each file once")

    def document(self) -> dict[str, Any]:
        """The JSON document that is hashed."""
        return {
            "v": DOSSIER_VERSION,
            "submission_id": str(self.submission_id),
            "destination": self.destination.value,
            "item_id": str(self.item_id),
            "root_capture_id": str(self.root_capture_id),
            "manifest_sha256": self.manifest_sha256,
            "supplement": {"version": self.supplement.version, "sha256": self.supplement.sha256},
            "media": [
                {"id": one.id, "sha256": one.sha256, "size": one.size, "content_type": one.content_type}
                for one in sorted(self.media)
            ],
            "worksheet": {"form": self.form, "edition": self.edition, "values": dict(self.values)},
            "code_list_version": self.code_list_version,
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the JCS of the document, in lowercase hex: what a decision names and what a lease hands over."""
        return sha256_hex(jcs(self.document()))


def dossier(
    sheet: Worksheet,
    *,
    submission_id: UUID,
    payload: Mapping[str, Any],
    item_id: UUID,
    root_capture_id: UUID,
    manifest_sha256: str,
    supplements: Iterable[SupplementFacts] = (),
) -> Dossier:
    """The dossier of an item for the worksheet's destination, from its head manifest's payload and supplements."""
    return Dossier(
        submission_id=submission_id,
        destination=sheet.form.destination,
        item_id=item_id,
        root_capture_id=root_capture_id,
        manifest_sha256=manifest_sha256,
        supplement=supplement_stamp(sheet.form, supplements),
        media=media_of_item(payload, str(item_id)),
        form=sheet.form.form,
        edition=sheet.form.edition,
        values=MappingProxyType(sheet.digest_values()),
    )


_NOT_CONTENT = frozenset({"manifest_sha256", "code_list_version"})


def changed_content(before: Mapping[str, Any], after: Mapping[str, Any]) -> frozenset[str]:
    """The members in which two dossier documents differ in what they say of this item and request.

    An amendment of another item of the capture moves ``manifest_sha256`` alone, a new code list its version
    alone: neither gives anything new to approve, so an action may let the approval of the former digest stand.
    """
    return frozenset(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)) - (
        _NOT_CONTENT
    )
