"""Invented things for the tests of facts, forms, readiness, dossiers and warnings: a pistol and a row of cases."""

import copy
from typing import Any

from evidence.domain.facts import MediaView, Subject, SupplementFacts

OFFICER = "00000000-0000-7000-8000-000000000101"
SUPERVISOR = "00000000-0000-7000-8000-000000000201"
EXAMINER = "00000000-0000-7000-8000-000000000301"
PISTOL = "01900000-0000-7000-8000-000000000001"
CASES = "01900000-0000-7000-8000-000000000002"
BOX = "01900000-0000-7000-8000-0000000000aa"
BAG = "01900000-0000-7000-8000-0000000000bb"

RECOVERY: dict[str, Any] = {
    "scene_id": "01900000-0000-7000-8000-0000000000ff",
    "began": "localizacion",
    "recovered_at": "2026-05-03T05:30:00Z",
    "entity": "05",
    "municipality": "05030",
    "place": None,
    "carpeta": "CI-DEMO-0042",
}
PACKAGES: list[dict[str, Any]] = [
    {"id": BOX, "label": "A", "kind": "box", "seal": "A-004417", "item_ids": [PISTOL]},
    {"id": BAG, "label": "B", "kind": "bag", "seal": "A-004418", "item_ids": [CASES]},
]
PISTOL_ITEM: dict[str, Any] = {
    "id": PISTOL,
    "number": "1",
    "kind": "firearm",
    "quantity": {"n": 1, "exact": True},
    "found_in": None,
    "requests": ["etrace", "ballistics"],
    "as_found": {"magazine_in": "yes", "chambered": "no"},
    "make_safe": {"state": "by_signer"},
    "serial": {"status": "legible", "text": "QZX0158", "where": "frame"},
    "firearm": {
        "form": "pistol",
        "make": {"text": "Glock", "code": "GLC"},
        "model": "19",
        "caliber": {"text": "9x19"},
        "country": {"text": "Austria", "code": "AT"},
    },
}
CASES_ITEM: dict[str, Any] = {
    "id": CASES,
    "number": "2",
    "kind": "cartridge_case",
    "quantity": {"n": 5, "exact": True},
    "found_in": None,
    "requests": ["ballistics"],
    "cartridge_case": {"caliber": {"text": "9 mm"}},
}


def changed(base: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A deep copy with members replaced; ``None`` takes a member out; ``firearm__model`` reaches into a block."""
    result = copy.deepcopy(base)
    for name, value in members.items():
        block, _, inner = name.partition("__")
        target, key = (result.setdefault(block, {}), inner) if inner else (result, block)
        if value is None:
            target.pop(key, None)
        else:
            target[key] = value
    return result


def photo(view: str, *item_ids: str, package: str | None = None, state: str = "secured") -> MediaView:
    return MediaView(id=f"photo-{view}", view=view, item_ids=frozenset(item_ids), package_id=package, state=state)


PISTOL_PHOTOS = (
    photo("scene_overview"),
    photo("in_situ", PISTOL),
    photo("left", PISTOL),
    photo("right", PISTOL),
    photo("serial_closeup", PISTOL),
    photo("maker_model_marking", PISTOL),
    photo("package_sealed"),
)
CASES_PHOTOS = (photo("in_situ", CASES), photo("headstamp", CASES), photo("package_sealed", package=BAG))


def pistol(item: dict[str, Any] | None = None, **members: Any) -> Subject:
    known = {"recovery": RECOVERY, "officer": OFFICER, "packages": PACKAGES, "media": PISTOL_PHOTOS}
    return Subject(item=item or PISTOL_ITEM, **(known | members))


def cases(item: dict[str, Any] | None = None, **members: Any) -> Subject:
    known = {"recovery": RECOVERY, "officer": OFFICER, "packages": PACKAGES, "media": CASES_PHOTOS}
    return Subject(item=item or CASES_ITEM, **(known | members))


def supplement(number: int, author: str = SUPERVISOR, **values: Any) -> SupplementFacts:
    """``recovery__crime_code="5299"`` states ``recovery.crime_code``."""
    named = {name.replace("__", "."): value for name, value in values.items()}
    return SupplementFacts(number=number, author=author, values=named)
