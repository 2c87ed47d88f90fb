"""What a laboratory records of a case or bullet: the lists of the OpenFMC metadata draft, and why one is not entered.

The draft's lists are kept as they are. Which calibers a system accepts is the laboratory's own data.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

LISTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "origin": ("recovered", "test_fire"),
        "firing_pin_type": ("centerfire", "rimfire"),
        "firing_pin_class": ("circular", "elliptical", "hemispherical", "rectangular", "other"),
        "aperture": ("circular", "rectangular_square", "teardrop", "other"),
        "breech_face": ("arched", "circular", "crosshatch", "granular", "parallel", "smooth", "other"),
        "primer_material": ("brass", "copper", "nickel", "steel", "other"),
        "case_material": ("aluminum", "brass", "nickel", "steel", "other"),
        "cast": ("negative", "positive", "no"),
        "quality": ("good", "fair", "poor"),
        "scope": ("local", "state", "national", "foreign"),
        "prior_exams": ("done", "waived", "not_asked"),
    }
)
"""Single-choice members of an acquisition."""

REGIONS = (
    "aperture_shear",
    "breech_face",
    "case_body_mark",
    "ejector_mark",
    "extractor_mark",
    "firing_pin_drag",
    "firing_pin_impression",
)

TEXTS = (
    "agency_case",
    "item_number",
    "brand",
    "caliber",
    "headstamp",
    "test_fire_of",
    "sampling",
    "cleaning",
    "system",
    "site",
    "operator",
    "reference",
    "entered_at",
    "correlation_reviewed_by",
    "correlation_reviewed_on",
    "candidates",
    "remarks",
)
"""Members in words, each at most 1,000 characters."""

UNSUITABLE = ("rimfire", "shotgun", "damaged", "caliber_not_accepted", "no_marks", "other")
"""Why an item is not entered into an imaging system."""

MOST_LETTERS = 1000

FIRING_MODES = ("semi", "auto", "single_action", "double_action")
AMMUNITION = ("laboratory", "evidence")


def acquisition_errors(facts: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with an acquisition's facts, by member; empty when it is valid."""
    errors: dict[str, str] = {}
    for name, value in facts.items():
        if name in LISTS:
            wrong = value not in LISTS[name]
        elif name == "regions":
            wrong = not isinstance(value, list) or not set(map(str, value)) <= set(REGIONS)
        elif name == "lacquered":
            wrong = not isinstance(value, bool)
        elif name in TEXTS:
            wrong = not isinstance(value, str) or len(value) > MOST_LETTERS
        else:
            wrong = True
        if wrong:
            errors[name] = "not on the list" if name in LISTS or name == "regions" else "unknown or of another form"
    return errors


def test_fire_errors(facts: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a test fire's facts, by member; empty when it is valid.

    ``safe_to_fire`` false has a ``why_not``; evidence ammunition has the ``order`` that allowed it.
    """
    texts = {"why_not", "place", "maker", "lot", "primer", "order", "chamber", "stored", "function", "remarks"}
    lists = {"mode": FIRING_MODES, "ammunition": AMMUNITION}
    flags = {"safe_to_fire", "remote_holder", "conversion_device"}
    errors: dict[str, str] = {}
    for name, value in facts.items():
        if name in texts:
            wrong = not isinstance(value, str) or len(value) > MOST_LETTERS
        elif name in lists:
            wrong = value not in lists[name]
        else:
            wrong = name not in flags or not isinstance(value, bool)
        if wrong:
            errors[name] = "unknown or of another form"
    if facts.get("safe_to_fire") is False and not facts.get("why_not"):
        errors["why_not"] = "say why it is not safe to fire"
    if facts.get("ammunition") == "evidence" and not facts.get("order"):
        errors["order"] = "ammunition from the evidence needs its order"
    return errors


test_fire_errors.__test__ = False  # type: ignore[attr-defined]  # not a test: pytest looks at the name
