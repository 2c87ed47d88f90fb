"""Decoding pictures in the real child process: what comes out of sound files, broken ones and bombs."""

import io
from pathlib import Path

import pictures
import pytest
from PIL import Image, ImageCms
from rendering import refusal, render, shown


def test_a_photo_becomes_small_and_loses_its_metadata(tmp_path: Path) -> None:
    preview = render(tmp_path, pictures.photo(4032, 3024, position=True))
    picture = shown(preview)
    assert picture.size == (1600, 1200)
    assert len(picture.getexif()) == 0
    assert not {"exif", "icc_profile", "comment"} & picture.info.keys()
    assert preview.facts == {
        "format": "jpeg",
        "width": 4032,
        "height": 3024,
        "orientation": 1,
        "gps": True,
        "make": "Nopal",
        "model": "N-12",
        "taken_at": "2026-03-14T01:36:05",
        "taken_offset": "-07:00",
    }


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(tmp_path: Path, orientation: int) -> None:
    upright = shown(render(tmp_path, pictures.photo(400, 300))).convert("L")
    preview = render(tmp_path, pictures.photo(400, 300, orientation=orientation))
    picture = shown(preview).convert("L")
    assert preview.facts["orientation"] == orientation
    assert picture.size == upright.size == (400, 300)
    # The drawn pistol's grip is dark, and stands at the lower right.
    assert picture.getpixel((290, 190)) < 80 < picture.getpixel((110, 190))
    assert picture.getpixel((290, 190)) < 80 < picture.getpixel((290, 60))


def _marked_png(mode: str, colour: object) -> bytes:
    return pictures.saved(Image.new(mode, (64, 48), colour), "PNG")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pictures.saved(Image.new("CMYK", (64, 48), (0, 255, 255, 0)), "JPEG"), (255, 0, 0)),
        (pictures.saved(Image.new("L", (64, 48), 90), "JPEG"), (90, 90, 90)),
        (_marked_png("I;16", 0x4000), (64, 64, 64)),
        (_marked_png("1", 1), (255, 255, 255)),
        (_marked_png("P", 0), (0, 0, 0)),
        (_marked_png("RGBA", (200, 0, 0, 0)), (255, 255, 255)),
        (_marked_png("LA", (0, 128)), (127, 127, 127)),
        (pictures.png_of(64, 48, depth=16, colour=2), (0, 0, 0)),
        (pictures.saved(Image.new("RGB", (64, 48), (10, 200, 30)), "WEBP", lossless=True), (10, 200, 30)),
    ],
    ids=[
        "cmyk",
        "grey",
        "16-bit grey",
        "bilevel",
        "palette",
        "transparent",
        "half transparent",
        "16-bit colour",
        "webp",
    ],
)
def test_every_mode_comes_out_in_its_colour(tmp_path: Path, data: bytes, expected: tuple[int, int, int]) -> None:
    got = shown(render(tmp_path, data)).convert("RGB").getpixel((20, 20))
    assert all(abs(one - other) <= 6 for one, other in zip(got, expected, strict=True)), got


def test_colours_are_converted_to_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"----", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"----", b"gXYZ", 1)
    red = Image.new("RGB", (64, 48), (200, 10, 10))
    got = shown(render(tmp_path, pictures.saved(red, "JPEG", icc_profile=swapped))).getpixel((5, 5))
    assert got == pytest.approx((10, 200, 10), abs=8)


def test_a_broken_profile_is_passed_over(tmp_path: Path) -> None:
    red = Image.new("RGB", (64, 48), (200, 10, 10))
    for profile in (b"no profile" * 20, ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()):
        got = shown(render(tmp_path, pictures.saved(red, "JPEG", icc_profile=profile))).getpixel((5, 5))
        assert got == pytest.approx((200, 10, 10), abs=8)


def test_a_broken_exif_block_costs_only_its_facts(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Nopal"
    data = bytearray(pictures.saved(pictures.image(), "JPEG", exif=exif))
    at = data.index(b"Exif\0\0") + 6
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"  # where its first directory stands
    preview = render(tmp_path, bytes(data))
    assert "make" not in preview.facts
    assert (preview.width, preview.facts["orientation"]) == (320, 1)


def test_nonsense_in_exif_is_left_out(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Nopal\n\x07" + "x" * 500
    exif[0x0112] = 77
    exif.get_ifd(0x8769)[0x9003] = "yesterday"
    facts = render(tmp_path, pictures.saved(pictures.image(), "JPEG", exif=exif)).facts
    assert facts["make"] == "Nopal" + "x" * 75
    assert facts["orientation"] == 1
    assert "taken_at" not in facts


def test_a_picture_with_companions_is_shown_once(tmp_path: Path) -> None:
    first, second = pictures.image(), pictures.image(160, 120)
    out = io.BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[second])
    assert shown(render(tmp_path, out.getvalue())).size == (320, 240)
    assert shown(render(tmp_path, pictures.photo() + pictures.film())).size == (320, 240)


def test_heic(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(pictures.image()).save(out, quality=80)
    preview = render(tmp_path, out.getvalue())
    assert shown(preview).size == (320, 240)
    assert preview.facts["format"] == "heic"
    assert refusal(tmp_path, out.getvalue()[:-400]).code == "truncated"


def test_heic_without_its_decoder_is_no_fault_of_the_file(tmp_path: Path) -> None:
    data = pictures.box(b"ftyp", b"heic\0\0\0\0mif1heic") + pictures.box(b"meta", bytes(60))
    without = (
        "import sys; sys.modules['pillow_heif'] = None\nfrom evidence.adapters.decoding.__main__ import main\nmain()"
    )
    assert refusal(tmp_path, data, code=without).code == "preview_unavailable"


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9, 0.995])
@pytest.mark.parametrize("progressive", [False, True])
def test_cut_photos_are_truncated(tmp_path: Path, part: float, *, progressive: bool) -> None:
    data = pictures.saved(pictures.image(640, 480), "JPEG", progressive=progressive)
    assert refusal(tmp_path, data[: int(len(data) * part)]).code == "truncated"


def test_damaged_data_is_undecodable(tmp_path: Path) -> None:
    png = pictures.saved(pictures.image(), "PNG")
    at = png.index(b"IDAT") + 500
    assert refusal(tmp_path, png[:at] + bytes(400) + png[at + 400 :]).code == "undecodable"
    jpeg = pictures.photo()
    counts = jpeg.index(b"\xff\xc4") + 5  # how many codes of each length the first Huffman table has
    assert refusal(tmp_path, jpeg[:counts] + b"\xff" * 16 + jpeg[counts + 16 :]).code == "undecodable"


@pytest.mark.parametrize(
    "data",
    [pictures.gif(), pictures.SVG, pictures.HTML, pictures.ELF, b"", b"text"],
    ids=["gif", "svg", "html", "elf", "empty", "text"],
)
def test_other_formats_reach_no_decoder(tmp_path: Path, data: bytes) -> None:
    failure = refusal(tmp_path, data, code="raise SystemExit('the decoder was started')")
    assert failure.code == "undecodable"


@pytest.mark.parametrize(
    "data",
    [
        pictures.claiming(pictures.photo(), 30_000, 30_000),
        pictures.png_of(30_000, 30_000, depth=1, colour=0),
        pictures.png_of(12_000, 12_000, depth=8, colour=0),
    ],
    ids=["jpeg", "png of one bit", "png"],
)
def test_bombs_are_refused_by_their_header(tmp_path: Path, data: bytes) -> None:
    assert refusal(tmp_path, data).code == "pixel_limit"
