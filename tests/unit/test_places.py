"""Positions and entities: a capital lies in its own frame, and a phone in another corner of the country does not."""

import pytest

from evidence.domain.codes import ENTITIES
from evidence.domain.places import FRAMES, outside_entity

CAPITALS = {
    "01": (21.88, -102.29), "02": (32.65, -115.47), "03": (24.14, -110.31), "04": (19.85, -90.53),
    "05": (25.42, -101.00), "06": (19.24, -103.72), "07": (16.75, -93.12), "08": (28.63, -106.08),
    "09": (19.43, -99.13), "10": (24.02, -104.67), "11": (21.02, -101.26), "12": (17.55, -99.50),
    "13": (20.12, -98.73), "14": (20.67, -103.35), "15": (19.29, -99.66), "16": (19.70, -101.19),
    "17": (18.92, -99.23), "18": (21.51, -104.89), "19": (25.67, -100.31), "20": (17.06, -96.72),
    "21": (19.04, -98.20), "22": (20.59, -100.39), "23": (18.50, -88.30), "24": (22.15, -100.98),
    "25": (24.81, -107.39), "26": (29.07, -110.96), "27": (17.99, -92.93), "28": (23.74, -99.15),
    "29": (19.32, -98.24), "30": (19.54, -96.91), "31": (20.97, -89.62), "32": (22.77, -102.58),
}  # fmt: skip
FAR = {"04": "02", "30": "26", "05": "31", "09": "14"}


def position(lat: float, lon: float) -> dict[str, str]:
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}


def test_every_entity_has_a_frame() -> None:
    assert set(FRAMES) == set(ENTITIES) == set(CAPITALS)


@pytest.mark.parametrize("entity", sorted(CAPITALS))
def test_a_capital_lies_in_its_own_entity(entity: str) -> None:
    assert not outside_entity(position(*CAPITALS[entity]), entity)


@pytest.mark.parametrize(("stated", "seen"), FAR.items())
def test_a_position_far_away_is_told(stated: str, seen: str) -> None:
    assert outside_entity(position(*CAPITALS[seen]), stated)


def test_nothing_is_said_of_what_is_not_stated() -> None:
    assert not outside_entity(None, "05")
    assert not outside_entity(position(0, 0), None)
    assert outside_entity(position(0, 0), "05")
