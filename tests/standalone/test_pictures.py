"""The demo's drawings: whole JPEGs of the size asked for, told apart by their seed, the same from the same shot."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import x3pio
from PIL import Image, ImageChops

from evidence.domain.content import X3P_TYPE, Recogniser
from evidence.domain.content_rules import judge
from standalone.canvas import Shot
from standalone.pictures import case_bases, pistol, scene_overview, sealed_package, serial_closeup
from standalone.scans import breech_face

DRAWINGS: list[Callable[[Shot], bytes]] = [
    lambda shot: pistol(shot, side="left", serial="BZR5S18"),
    lambda shot: pistol(shot, side="right"),
    lambda shot: serial_closeup(shot, "BZR5S18"),
    lambda shot: case_bases(shot, numbers=["2", "3", "4", "5", "6"]),
    lambda shot: sealed_package(shot, seal="MX-004418", label="Caja A", items=["1"]),
    lambda shot: scene_overview(shot, numbers=["1", "2", "3"]),
]
NAMES = ["left", "right", "serial", "cases", "package", "scene"]


def is_faultless(data: bytes, declared: str) -> bool:
    recogniser = Recogniser()
    recogniser.feed(data)
    return judge(recogniser.finish(), declared_type=declared) == []


@pytest.mark.parametrize("draw", DRAWINGS, ids=NAMES)
@pytest.mark.parametrize(("width", "height"), [(64, 48), (320, 240), (300, 400), (1999, 800)])
def test_any_size(draw: Callable[[Shot], bytes], width: int, height: int) -> None:
    data = draw(Shot(width=width, height=height))
    assert is_faultless(data, "image/jpeg")
    with Image.open(io.BytesIO(data)) as picture:
        picture.load()
        assert picture.size == (width, height)


@pytest.mark.parametrize("draw", DRAWINGS, ids=NAMES)
def test_the_seed_decides_the_bytes(draw: Callable[[Shot], bytes]) -> None:
    shot = Shot(width=160, height=120, seed=3, taken_at=datetime(2026, 3, 14, tzinfo=UTC))
    assert draw(shot) == draw(shot)
    assert draw(shot) != draw(Shot(width=160, height=120, seed=4, taken_at=shot.taken_at))


def test_the_text_can_be_seen() -> None:
    one, other = (
        Image.open(io.BytesIO(serial_closeup(Shot(width=400, height=300), serial))).convert("L")
        for serial in ("BZR5S18", "BZR5518")
    )
    changed = ImageChops.difference(one, other).point(lambda value: 255 if value > 60 else 0).getbbox()
    assert changed is not None
    left, _, right, _ = changed
    assert 200 < left < right < 260  # the fifth of seven characters


def test_exif_says_how_it_was_taken() -> None:
    shot = Shot(width=64, height=48, taken_at=datetime(2026, 3, 14, 8, 5, tzinfo=UTC), orientation=8, position=True)
    with Image.open(io.BytesIO(pistol(shot, side="left"))) as picture:
        assert picture.size == (48, 64)
        exif = picture.getexif()
        assert (exif[0x010F], exif[0x0110], exif[0x0112]) == ("Nopal", "N-12", 8)
        assert exif.get_ifd(0x8769)[0x9003] == "2026:03:14 08:05:00"
        assert exif.get_ifd(0x8825)[1] == "N"


def test_the_scan_is_one() -> None:
    data = breech_face(points=60, seed=1)
    assert is_faultless(data, X3P_TYPE)
    surface = x3pio.read(io.BytesIO(data))
    assert surface.layers[0].z.shape == (60, 60)
    assert data == breech_face(points=60, seed=1)
    assert data != breech_face(points=60, seed=2)
