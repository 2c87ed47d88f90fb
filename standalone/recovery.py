"""One invented recovery: a pistol and five cartridge cases, with drawn photos and one scan."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from standalone import pictures, scans
from standalone.canvas import Shot
from standalone.phone import File, Phone, Signed, new_id, now_text

SERIAL = "QZX0158"
SEALS = ("A-004417", "A-004418")


def recovery(phone: Phone, *, serial: str = SERIAL, width: int = 1600, seals: tuple[str, str] = SEALS) -> Signed:
    """Signs the capture of a pistol (indicio 1) and five cases (2–6), as an officer in capacity to process."""
    pistol, cases = new_id(), [new_id() for _ in range(5)]
    box, bag = new_id(), new_id()
    facts = {
        "recovery": recovery_facts(),
        "items": [pistol_facts(pistol, serial, phone), *(case_facts(case, n) for n, case in enumerate(cases, start=2))],
        "packages": [
            {"id": str(box), "label": "Caja A", "kind": "box", "seal": seals[0], "item_ids": [str(pistol)]},
            {"id": str(bag), "label": "Bolsa B", "kind": "bag", "seal": seals[1], "item_ids": [str(c) for c in cases]},
        ],
    }
    return phone.sign(facts, _files(pistol, cases, (box, bag), serial, width, seals))


def _files(
    pistol: UUID, cases: list[UUID], packages: tuple[UUID, UUID], serial: str, width: int, seals: tuple[str, str]
) -> list[File]:
    box, bag = packages
    numbers = [str(n) for n in range(1, 7)]

    def shot(seed: int) -> Shot:
        return Shot(width=width, height=width * 3 // 4, taken_at=datetime.now(UTC), seed=seed)

    left = pictures.pistol(shot(2), side="left", serial=serial)
    return [
        File("scene_overview", pictures.scene_overview(shot(1), numbers=numbers), [pistol, *cases]),
        File("left", left, [pistol]),
        File("right", pictures.pistol(shot(3), side="right", serial=serial), [pistol]),
        File("serial_closeup", pictures.serial_closeup(shot(4), serial), [pistol]),
        File("maker_model_marking", pictures.pistol(shot(5), side="left", serial=serial), [pistol]),
        File("importer_country_marking", pictures.pistol(shot(10), side="right", serial=serial), [pistol]),
        File("in_situ", pictures.scene_overview(shot(6), numbers=numbers), [pistol, *cases]),
        File("headstamp", pictures.case_bases(shot(7), numbers=numbers[1:]), cases),
        File(
            "package_sealed",
            pictures.sealed_package(shot(8), seal=seals[0], label="Caja A", items=["1"]),
            package_id=box,
        ),
        File(
            "package_sealed",
            pictures.sealed_package(shot(9), seal=seals[1], label="Bolsa B", items=numbers[1:]),
            package_id=bag,
        ),
        File("topography", scans.breech_face(), cases[:1], content_type="application/x-x3p", source="scan"),
    ]


def recovery_facts() -> dict[str, Any]:
    """Where and how it began."""
    found_at = datetime.now(UTC) - timedelta(minutes=25)
    return {
        "scene_id": str(new_id()),
        "began": "localizacion",
        "recovered_at": found_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "entity": "05",
        "municipality": "05030",
        "place": "Camino de terracería, km 4 (lugar inventado)",
        "crime_code": "5212",
    }


def pistol_facts(item_id: UUID, serial: str, phone: Phone) -> dict[str, Any]:
    """Indicio 1."""
    reader = {"id": str(phone.officer_id), "name": "O-101", "institution": "Policía Estatal Modelo A"}
    return {
        "id": str(item_id),
        "number": "1",
        "kind": "firearm",
        "quantity": {"n": 1, "exact": True},
        "found_in": None,
        "requests": ["etrace", "ballistics"],
        "as_found": {"magazine_in": "yes", "chambered": "no", "hammer": "unknown", "safety": "unknown"},
        "make_safe": {"state": "by_signer", "at": now_text(), "magazine_out": "yes", "chamber_checked": "yes"},
        "serial": {
            "status": "legible",
            "text": serial,
            "where": "frame",
            "readings": [{"text": serial, "by": reader, "at": now_text(), "how": "scene"}],
        },
        "firearm": {
            "form": "pistol",
            "type": {"code": "PI"},
            "make": {"text": "GLOCK", "code": "GLC"},
            "model": "19",
            "caliber": {"text": "9x19", "code": "9x19"},
            "country": {"text": "Made in Austria", "code": "AT"},
            "importer": {"text": "IMPORTADOR INVENTADO"},
            "colour": "negro",
        },
    }


def case_facts(item_id: UUID, number: int) -> dict[str, Any]:
    """A cartridge case with its number."""
    return {
        "id": str(item_id),
        "number": str(number),
        "kind": "cartridge_case",
        "quantity": {"n": 1, "exact": True},
        "found_in": None,
        "requests": ["ballistics"],
        "cartridge_case": {"caliber": {"text": "9 mm", "code": "9x19"}, "headstamp": "OCOTILLO 9 mm", "alike": "yes"},
    }
