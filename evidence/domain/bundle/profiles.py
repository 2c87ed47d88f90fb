"""What each profile of a court bundle holds (protocol, section 10).

Redaction is leaving out: a withheld file keeps its line with its hash, withheld details keep their entry with its
hashes. So the chain and its proofs verify in every profile, and a court can later compare what was withheld.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Profile(StrEnum):
    """``court`` holds everything; ``defence`` leaves out who people are and whom others asked about; ``partner``
    is for an organisation that works on the case: what was secured and decided, no originals."""

    COURT = "court"
    DEFENCE = "defence"
    PARTNER = "partner"


# What a defence may read without an order. New kinds stay closed until somebody decides otherwise: details may name
# people (supplements, physical events, questions), purchasers, or other agencies' cases.
_FOR_DEFENCE = frozenset(
    {
        "assignment.acknowledged",
        "decision.made",
        "device.enrolled",
        "finding.recorded",
        "reading.made",
        "result.recorded",
    }
)
_FOR_DEFENCE_GROUPS = ("bundle.", "capture.", "lease.", "media.", "submission.")

# What a partner may read: states, hashes, decisions; neither facts of the scene nor anyone's words.
_FOR_PARTNERS = frozenset(
    {
        "capture.registered",
        "capture.secured",
        "capture.secured_partial",
        "device.enrolled",
        "media.quarantined",
        "media.received",
        "media.verified",
        "submission.opened",
        "submission.queued",
    }
)


def opens_details(profile: Profile, kind: str) -> bool:
    """Whether the details of an entry of ``kind`` go into a bundle of this profile."""
    if profile is Profile.COURT:
        return True
    if profile is Profile.DEFENCE:
        return kind in _FOR_DEFENCE or kind.startswith(_FOR_DEFENCE_GROUPS)
    return kind in _FOR_PARTNERS


def holds_originals(profile: Profile) -> bool:
    """Whether the files themselves go along; their hashes always do."""
    return profile is not Profile.PARTNER


def holds_manifest(profile: Profile, payload: Mapping[str, Any]) -> bool:
    """Whether a signed manifest goes along. It can't be cut without breaking its signature: all or its hash."""
    if profile is Profile.DEFENCE:
        return not _names_people(payload)
    return profile is Profile.COURT


def holds_registro(profile: Profile) -> bool:
    """Whether the printed Registro goes along: it tells the facts of the scene, which a partner does not get."""
    return profile is not Profile.PARTNER


def names_people(profile: Profile) -> bool:
    """Whether the printed Registro may name people; the defence reads badges and posts."""
    return profile is Profile.COURT


def holds_results(profile: Profile) -> bool:
    """Whether answers go along in full, without what names a purchaser; a partner gets their codes only."""
    return profile is not Profile.PARTNER


def _names_people(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "name" in value or any(_names_people(member) for member in value.values())
    return isinstance(value, list) and any(_names_people(member) for member in value)
