"""The lists of an acquisition: one for the service and one for the console, held to each other."""

import json
import re
from pathlib import Path

import pytest

from evidence.domain.ballistics import LISTS, REGIONS, acquisition_errors

CONSOLE = Path(__file__).parents[2] / "web" / "src" / "desk" / "lab" / "lists.ts"


def test_the_console_offers_what_the_service_takes() -> None:
    text = CONSOLE.read_text(encoding="utf-8")
    found = {
        name: tuple(json.loads(values)) for name, values in re.findall(r"^  (\w+): (\[.*\]),$", text, re.MULTILINE)
    }
    assert found == dict(LISTS)
    regions = text.partition("REGIONS = [")[2].partition("]")[0]
    assert tuple(re.findall(r'"(\w+)"', regions)) == REGIONS


def test_an_entry_of_the_lists_is_valid() -> None:
    facts = {"breech_face": "parallel", "regions": ["breech_face"], "lacquered": True, "system": "IBIS"}
    assert acquisition_errors(facts) == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("breech_face", "velvet"),
        ("regions", "breech_face"),
        ("regions", ["nose"]),
        ("lacquered", "yes"),
        ("system", 7),
        ("remarks", "x" * 1001),
        ("mood", "good"),
    ],
)
def test_anything_else_is_named(name: str, value: object) -> None:
    assert list(acquisition_errors({name: value})) == [name]
