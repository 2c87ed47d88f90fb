"""A problem: something wrong or odd in a rightly signed manifest, which is taken in all the same."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class ProblemCode(StrEnum):
    """Stable codes; clients translate them."""

    # what names what
    NO_ITEMS = "no_items"
    NO_MEDIA_NO_REASON = "no_media_no_reason"
    MEDIA_UNKNOWN_ITEM = "media_unknown_item"
    MEDIA_UNKNOWN_PACKAGE = "media_unknown_package"
    MEDIA_SAME_BYTES = "media_same_bytes"
    PACKAGE_UNKNOWN_ITEM = "package_unknown_item"
    ITEM_IN_TWO_PACKAGES = "item_in_two_packages"
    DUPLICATE_NUMBER = "duplicate_number"
    FOUND_IN_UNKNOWN = "found_in_unknown"
    FOUND_IN_CYCLE = "found_in_cycle"
    SEAL_TWICE = "seal_twice"
    # files
    MEDIA_TOO_LARGE = "media_too_large"
    MEDIA_EMPTY = "media_empty"
    CONTENT_TYPE_UNSUPPORTED = "content_type_unsupported"
    GALLERY_FORBIDDEN = "gallery_forbidden"
    SOURCE_WEAK = "source_weak"
    PAPER_NOT_DEFERRED = "paper_not_deferred"
    DEFERRED_WITHOUT_PAPER = "deferred_without_paper"
    # facts of items
    FACTS_OF_OTHER_KIND = "facts_of_other_kind"
    SERIAL_MISSING = "serial_missing"
    SERIAL_TEXT_FORBIDDEN = "serial_text_forbidden"
    SERIAL_TEXT_MISSING = "serial_text_missing"
    SERIAL_UNREADABLE_PART = "serial_unreadable_part"
    SERIAL_NOT_FRAME = "serial_not_frame"
    MAKE_SAFE_MISSING = "make_safe_missing"
    MAKE_SAFE_WITHOUT_WHO = "make_safe_without_who"
    CHAMBERED_PACKED = "chambered_packed"
    EXPLOSIVE_REQUESTED = "explosive_requested"
    EXPLOSIVE_GUIDED_PHOTOS = "explosive_guided_photos"
    GUN_QUANTITY = "gun_quantity"
    PMF_MAKE_CODE = "pmf_make_code"
    UNKNOWN_CODE = "unknown_code"
    HIDDEN_CHARACTERS = "hidden_characters"
    # place and request
    MUNICIPALITY_NOT_IN_ENTITY = "municipality_not_in_entity"
    URGENT_UNJUSTIFIED = "urgent_unjustified"
    UNKNOWN_ZONE = "unknown_zone"
    NUMBER_AGAINST_PATTERN = "number_against_pattern"
    NO_POSITION = "no_position"
    POSITION_OUT_OF_RANGE = "position_out_of_range"
    POSITION_COARSE = "position_coarse"
    POSITION_OLD = "position_old"
    POSITION_AFTER_SIGNING = "position_after_signing"
    DEFERRED_WITH_POSITION = "deferred_with_position"
    # times
    CLOCK_UNKNOWN = "clock_unknown"
    CLOCK_OFF = "clock_off"
    CAPTURED_AFTER_RECEIVED = "captured_after_received"
    RECOVERED_AFTER_CAPTURED = "recovered_after_captured"
    MEDIA_AFTER_SIGNING = "media_after_signing"
    MEDIA_BEFORE_RECOVERY = "media_before_recovery"
    MEDIA_SPREAD = "media_spread"
    # amendments
    REPLY_WITHOUT_AMENDS = "reply_without_amends"
    REPLY_WITHOUT_HOLDER = "reply_without_holder"
    REPLY_UNKNOWN_ITEM = "reply_unknown_item"
    MEDIA_CHANGED = "media_changed"
    MEDIA_OF_OTHER_LINE = "media_of_other_line"
    ITEM_RENUMBERED = "item_renumbered"
    ITEM_DROPPED = "item_dropped"
    SCENE_CHANGED = "scene_changed"


BLOCKING = frozenset(
    {
        ProblemCode.NO_ITEMS,
        ProblemCode.NO_MEDIA_NO_REASON,
        ProblemCode.MEDIA_UNKNOWN_ITEM,
        ProblemCode.MEDIA_UNKNOWN_PACKAGE,
        ProblemCode.PACKAGE_UNKNOWN_ITEM,
        ProblemCode.ITEM_IN_TWO_PACKAGES,
        ProblemCode.DUPLICATE_NUMBER,
        ProblemCode.FOUND_IN_UNKNOWN,
        ProblemCode.FOUND_IN_CYCLE,
        ProblemCode.MEDIA_TOO_LARGE,
        ProblemCode.MEDIA_EMPTY,
        ProblemCode.CONTENT_TYPE_UNSUPPORTED,
        ProblemCode.GALLERY_FORBIDDEN,
        ProblemCode.PAPER_NOT_DEFERRED,
        ProblemCode.FACTS_OF_OTHER_KIND,
        ProblemCode.SERIAL_MISSING,
        ProblemCode.SERIAL_TEXT_FORBIDDEN,
        ProblemCode.SERIAL_TEXT_MISSING,
        ProblemCode.SERIAL_UNREADABLE_PART,
        ProblemCode.CHAMBERED_PACKED,
        ProblemCode.EXPLOSIVE_REQUESTED,
        ProblemCode.RECOVERED_AFTER_CAPTURED,
        ProblemCode.REPLY_WITHOUT_AMENDS,
        ProblemCode.REPLY_WITHOUT_HOLDER,
        ProblemCode.REPLY_UNKNOWN_ITEM,
        ProblemCode.MEDIA_CHANGED,
        ProblemCode.MEDIA_OF_OTHER_LINE,
    }
)
"""What contradicts itself or a rule: no approval until an amendment puts it right.

The rest is for the supervisor to look at: facts that are odd, weak or unknown, and that an amendment could not
better (a clock that was wrong stays wrong).
"""


@dataclass(frozen=True)
class Problem:
    """``path`` is a JSON pointer into the payload."""

    code: ProblemCode
    path: str

    @property
    def blocking(self) -> bool:
        return self.code in BLOCKING

    def members(self) -> dict[str, Any]:
        """The form in which it is stored and answered."""
        return {"code": self.code.value, "path": self.path, "blocking": self.blocking}


@dataclass(frozen=True)
class Context:
    """What a manifest is judged by: the moment it came, and the agency's and the service's rules.

    ``max_media_bytes`` per file. ``zones`` are the IANA names known here, None to leave zones alone.
    ``patterns`` of the agency's own numbers, by what is numbered.
    """

    received_at: datetime
    max_media_bytes: int
    content_types: Collection[str]
    gallery_allowed: bool
    zones: Collection[str] | None = None
    patterns: Mapping[str, str] = field(default_factory=dict)
