"""Vectors of the rules that the phone repeats: serials, the photos asked for, the meter, makes and calibers."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from subjects import BAG, BOX, CASES, CASES_ITEM, PACKAGES, PISTOL, PISTOL_ITEM, RECOVERY, changed

from evidence.domain.codes import CALIBERS, MAKES
from evidence.domain.facts import facts_of, subject_of
from evidence.domain.readiness import readiness
from evidence.domain.serials import differing, is_licensee_form, lookalikes, normalise, readings_agree
from evidence.domain.views import VIEWS, asked_views
from evidence.domain.worksheet import Destination

_SERIALS = (
    "QZX0158",
    "qzx-0158",
    " bzr 5s18 ",
    "48213",
    "K4?7719",
    "12345678-AB1",
    "ÑANDÚ7",
    "АВ1234",
    "٣٤٥",
    "１２３",
    "",
)
_PAIRS = (
    ("QZX0158", "QZXO158"),
    ("BZR5S18", "BZR5518"),
    ("QZX0158", "qzx-0158"),
    ("QZX0158", "QZX015"),
    ("AB12", "XAB12"),
    ("K4?7719", "K417719"),
    ("", "A1"),
)
_DESTINATIONS = (Destination.ETRACE, Destination.BALLISTICS)


def serial_vectors() -> dict[str, Any]:
    return {
        "texts": [
            {
                "text": text,
                "normalised": normalise(text),
                "lookalikes": [asdict(one) for one in lookalikes(text)],
                "licensee": is_licensee_form(text),
            }
            for text in _SERIALS
        ],
        "pairs": [
            {"one": one, "other": other, "differing": list(differing(one, other)), "agree": readings_agree(one, other)}
            for one, other in _PAIRS
        ],
    }


def _photo(view: str, *item_ids: str, package: str | None = None) -> dict[str, Any]:
    return {"id": f"photo-{view}-{len(item_ids)}", "view": view, "item_ids": list(item_ids), "package_id": package}


_SIDES = ("in_situ", "left", "right", "serial_closeup", "maker_model_marking")
_MEDIA = [
    _photo("scene_overview"),
    *(_photo(view, PISTOL) for view in _SIDES),
    _photo("headstamp", CASES),
    _photo("package_sealed"),
]


_BASE: dict[str, Any] = {"recovery": RECOVERY, "packages": PACKAGES, "media": _MEDIA}
_OFFICER = "00000000-0000-7000-8000-000000000101"


def _guns() -> Iterator[tuple[str, dict[str, Any]]]:
    gun = PISTOL_ITEM
    bare = {"firearm": {"form": "pistol"}}
    reading = {"text": "QZX0153", "by": {"name": "O-102"}, "at": "2026-05-03T05:40:00Z", "how": "partner"}
    yield "complete but for what others add", gun
    yield "nothing but the form is known", changed(gun, **bare)
    yield "made in the US", changed(gun, firearm__country={"code": "US"})
    yield "country from the make", changed(gun, firearm__country=None)
    yield "importer given", changed(gun, firearm__importer={"text": "Importer, Smyrna, GA"})
    yield "importer left blank", changed(gun, blanks={"firearm.importer": "no_information"})
    yield "make unknown", changed(gun, firearm__make={"code": "ZZZ"})
    yield "a long gun", changed(gun, firearm__form="long_gun")
    yield "a revolver", changed(gun, firearm__form="revolver")
    yield "nobody touches it", changed(gun, make_safe={"state": "not_handled"}, serial={"status": "not_examined"})
    for status in ("obliterated", "never_marked", "not_found", "not_examined"):
        yield f"serial {status}", changed(gun, serial={"status": status})
    yield "serial partial", changed(gun, serial={"status": "partial", "text": "QZ?0158"})
    yield "serial from the slide", changed(gun, serial__where="slide")
    yield "serial from somewhere", changed(gun, serial__where="unknown")
    yield "no serial stated", changed(gun, serial=None)
    yield "readings differ", changed(gun, serial__readings=[reading])
    yield "an official mark", changed(gun, firearm__official_mark="yes")
    missing = [{"view": "left", "reason": "not_visible"}, {"view": "right", "reason": "unsafe"}]
    yield "views missing with a reason", changed(gun, missing_views=missing)


def _others() -> Iterator[tuple[str, dict[str, Any]]]:
    pmf = changed(
        PISTOL_ITEM, kind="privately_made_firearm", pmf={"type": "pistol", "how_made": "printed"}, firearm=None
    )
    part = changed(PISTOL_ITEM, kind="part", firearm=None, make_safe=None, part={"type": "frame_or_receiver"})
    yield "printed, never marked", changed(pmf, serial={"status": "never_marked"})
    yield "printed, marked", pmf
    yield "a frame", part
    yield "a barrel without a number", changed(part, part={"type": "barrel"}, serial=None)
    yield "cases", CASES_ITEM
    yield "cases of an unknown caliber", changed(CASES_ITEM, cartridge_case=None)
    for kind in ("cartridge", "bullet", "magazine", "other", "explosive"):
        yield kind, changed(CASES_ITEM, kind=kind, cartridge_case=None)


def _cases() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Why, the item, and what differs from the base beside it."""
    for why, item in (*_guns(), *_others()):
        yield why, item, {}
    unsealed = [{**PACKAGES[0], "seal": None}, PACKAGES[1]]
    of_box, of_bag = _photo("package_sealed", package=BOX), _photo("package_sealed", CASES, package=BAG)
    given = changed(PISTOL_ITEM, firearm__importer={"text": "Importer, Smyrna, GA"})
    yield "not packed", PISTOL_ITEM, {"packages": []}
    yield "not sealed", PISTOL_ITEM, {"packages": unsealed}
    yield "no photo", PISTOL_ITEM, {"media": []}
    yield "a photo of each package", PISTOL_ITEM, {"media": [*_MEDIA[:-1], of_box, of_bag]}
    yield "the bag's photo alone", PISTOL_ITEM, {"media": [*_MEDIA[:-1], of_bag]}
    yield "urgent, nobody says why", PISTOL_ITEM, {"recovery": {**RECOVERY, "priority": {"level": "urgent"}}}
    yield "crime code known", PISTOL_ITEM, {"recovery": {**RECOVERY, "crime_code": "5299"}}
    yield "importer given and shown", given, {"media": [*_MEDIA, _photo("importer_country_marking", PISTOL)]}


def _meter(destination: Destination, payload: dict[str, Any]) -> dict[str, Any]:
    found = readiness(destination, subject_of(payload, payload["items"][0]["id"]))
    gaps = [[gap.code, gap.field, gap.who.value, gap.severity.value] for gap in found.gaps]
    return {"outlook": found.outlook.value, "reason": found.reason, "gaps": gaps}


def readiness_vectors() -> dict[str, Any]:
    """One base, and items with what differs from it: the meter of both destinations, and the photos asked for."""
    rows = []
    for why, item, differs in _cases():
        payload = {**_BASE, **differs, "items": [item], "officer_id": _OFFICER}
        facts = facts_of(subject_of(payload, item["id"]))
        asked = {view.value: needed for view, needed in asked_views(facts).items()}
        meters = {one.value: _meter(one, payload) for one in _DESTINATIONS}
        rows.append({"why": why, "item": item, "differs": differs, "meters": meters, "asked": asked})
    return {"base": _BASE, "cases": rows}


def code_vectors() -> dict[str, Any]:
    """What the phone's own short lists must agree with."""
    return {
        "makes": {code: make.country for code, make in MAKES.items()},
        "calibers": sorted(CALIBERS),
        "views": [
            {"view": r.view.value, "ask": dict(r.ask), "etrace": r.etrace, "ballistics": r.ballistics, "scale": r.scale}
            for r in VIEWS
        ],
    }
