"""Reading X3P scans in the real child process: sound ones, broken ones, hostile ones."""

import io
from pathlib import Path

import pictures
import pytest
import x3pio
from PIL import Image

from evidence.actions.ports import Preview, PreviewFailed
from evidence.adapters.previews import ChildPreviews
from evidence.domain.content import X3P_TYPE
from evidence.domain.content_rules import judge_failure

ENTITIES = b'<!DOCTYPE p [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + level, b"&%c;" % (97 + level) * 10) for level in range(9)
)


def render(tmp_path: Path, data: bytes) -> Preview:
    path = tmp_path / "scan"
    path.write_bytes(data)
    return ChildPreviews().render(path, X3P_TYPE)


def refusal(tmp_path: Path, data: bytes) -> PreviewFailed:
    with pytest.raises(PreviewFailed) as caught:
        render(tmp_path, data)
    return caught.value


def grey_at(preview: Preview, x: int, y: int) -> int:
    pixel = Image.open(io.BytesIO(preview.jpeg)).convert("L").getpixel((x, y))
    assert isinstance(pixel, int)
    return pixel


def surface(rows: list[list[float]], *, x_step: float = 1e-6, y_step: float = 1e-6) -> bytes:
    out = io.BytesIO()
    x3pio.write(out, rows, x_scale=x_step, y_scale=y_step)
    return out.getvalue()


@pytest.mark.parametrize("data_type", list(x3pio.DataType), ids=lambda kind: kind.name.lower())
def test_a_scan_tells_what_was_measured(tmp_path: Path, data_type: x3pio.DataType) -> None:
    preview = render(tmp_path, pictures.scan(120, data_type=data_type))
    facts = dict(preview.facts)
    assert 0.2 * 120**2 < facts.pop("missing") < 0.4 * 120**2
    assert 2e-4 < float(facts.pop("height_range_m")) < 5e-4
    assert facts == {
        "format": "x3p",
        "feature_type": "SUR",
        "revision": "ISO25178-72:2017/DAM1",
        "rows": 120,
        "columns": 120,
        "layers": 1,
        "x_spacing_m": "3.85e-05",
        "y_spacing_m": "3.85e-05",
        "data_type": data_type.name.lower(),
        "instrument": {
            "manufacturer": "Instrumentos Ocotillo",
            "model": "Topo 3",
            "serial": "OC-0031",
            "version": "1.4",
        },
        "creator": "Laboratorio de demostración",
        "probing": "NonContacting",
        "measured_at": "2026-03-14T09:30:00.0+00:00",
    }
    assert (preview.width, preview.height) == (360, 360)


def test_the_light_comes_from_the_upper_left(tmp_path: Path) -> None:
    hill = [[max(0.0, 4 - max(abs(x - 5), abs(y - 5))) * 1e-6 for x in range(11)] for y in range(11)]
    preview = render(tmp_path, surface(hill))
    step = preview.width // 11
    upper_left, lower_right = (grey_at(preview, step * n + step // 2, step * n + step // 2) for n in (3, 7))
    assert upper_left > 200
    assert lower_right < 60


def test_the_plane_and_the_unit_do_not_matter(tmp_path: Path) -> None:
    tilted = [[1000 * x + 3000 * y + (50 if x == 5 else 0) for x in range(11)] for y in range(11)]
    preview = render(tmp_path, surface(tilted))
    step = preview.width // 11
    flat, left, right = (grey_at(preview, step * n + step // 2, 100) for n in (1, 4, 6))
    assert left > flat > right


def test_missing_points_are_flat_in_a_colour_of_their_own(tmp_path: Path) -> None:
    preview = render(tmp_path, pictures.scan(200))
    corner = Image.open(io.BytesIO(preview.jpeg)).convert("RGB").getpixel((3, 3))
    assert corner[2] > corner[0] + 15
    assert preview.facts["missing"] > 0


def test_a_scan_with_nothing_measured_is_shown_as_such(tmp_path: Path) -> None:
    preview = render(tmp_path, surface([[float("nan")] * 6] * 6))
    assert preview.facts["missing"] == 36
    assert "height_range_m" not in preview.facts


def test_steps_of_two_lengths_keep_the_shape(tmp_path: Path) -> None:
    preview = render(tmp_path, surface([[0.0, 1e-6] * 300] * 300, y_step=2e-6))
    assert preview.width == preview.height == 600


def test_a_large_scan_is_shrunk(tmp_path: Path) -> None:
    preview = render(tmp_path, pictures.scan(1800))
    assert (preview.width, preview.height) == (900, 900)
    assert preview.facts["rows"] == 1800


def test_a_folder_around_the_scan_is_forgiven(tmp_path: Path) -> None:
    members = pictures.members_of(pictures.scan())
    packed = pictures.archive({f"case-12/{name}": body for name, body in members.items()})
    assert render(tmp_path, packed).facts["rows"] == 40


@pytest.mark.parametrize("where", ["main.xml", "bindata/data.bin"])
def test_a_wrong_inner_checksum(tmp_path: Path, where: str) -> None:
    members = pictures.members_of(pictures.scan())
    if where == "main.xml":
        members["md5checksum.hex"] = b"0" * 32 + b" *main.xml\n"
    else:
        members[where] = bytes([members[where][0] ^ 1]) + members[where][1:]
    failure = refusal(tmp_path, pictures.archive(members))
    assert failure.code == "x3p_inner_checksum"
    assert where in failure.detail


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.999])
def test_half_a_scan_is_incomplete(tmp_path: Path, part: float) -> None:
    data = pictures.scan()
    assert refusal(tmp_path, data[: int(len(data) * part)]).code == "x3p_incomplete"


def test_a_damaged_member(tmp_path: Path) -> None:
    data = bytearray(pictures.scan())
    at = data.index(b"bindata/data.bin") + 200
    data[at : at + 50] = bytes(50)
    assert refusal(tmp_path, bytes(data)).code == "x3p_damaged"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<SizeX>40<", b"<SizeX>41<"),
        (b"<SizeY>40<", b"<SizeY>4<"),
        (b"<SizeZ>1<", b"<SizeZ>2<"),
        (b"<SizeX>40<", b"<SizeX>0<"),
    ],
)
def test_axes_that_do_not_fit_the_data(tmp_path: Path, old: bytes, new: bytes) -> None:
    assert refusal(tmp_path, pictures.described(pictures.scan(), old, new)).code == "x3p_dimensions"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"<FeatureType>SUR<", b"<FeatureType>MAP<", "x3p_invalid"),
        (b"<SizeX>40<", b"<SizeX>many<", "x3p_invalid"),
        (b"</Record1>", b"", "x3p_invalid"),
        (b"<SizeX>40<", b"<SizeX>400000<", "x3p_dimensions"),
        (b"<SizeX>40<", b"<SizeX>" + b"9" * 40 + b"<", "x3p_dimensions"),
        (b"bindata/data.bin", b"../../etc/passwd", "x3p_dimensions"),
    ],
)
def test_descriptions_that_make_no_sense(tmp_path: Path, old: bytes, new: bytes, code: str) -> None:
    assert refusal(tmp_path, pictures.described(pictures.scan(), old, new)).code == code


def test_a_scan_too_large_to_show_is_no_fault(tmp_path: Path) -> None:
    side = 3200
    members = pictures.members_of(pictures.described(pictures.scan(), b"<SizeX>40<", b"<SizeX>%d<" % side))
    members["bindata/data.bin"] = bytes(range(250)) * (side * side * 4 // 250)
    large = pictures.described(pictures.archive(members), b"<SizeY>40<", b"<SizeY>%d<" % side)
    failure = refusal(tmp_path, large)
    assert failure.code == "x3p_too_large"
    assert not judge_failure(failure.code).quarantines


def test_an_entity_bomb_does_not_go_off(tmp_path: Path) -> None:
    members = pictures.members_of(pictures.scan())
    members["main.xml"] = ENTITIES + b"]><p>&j;</p>"
    assert refusal(tmp_path, pictures.archive(members)).code == "x3p_invalid"


def test_an_outside_entity_is_not_fetched(tmp_path: Path) -> None:
    members = pictures.members_of(pictures.scan())
    members["main.xml"] = b'<!DOCTYPE p [<!ENTITY a SYSTEM "file:///etc/passwd">]><p>&a;</p>'
    assert refusal(tmp_path, pictures.archive(members)).code == "x3p_invalid"


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "..\\x", "C:\\x", "a/b/c/d/e/f/g", "a//b"])
def test_names_that_lead_out(tmp_path: Path, name: str) -> None:
    members = pictures.members_of(pictures.scan())
    assert refusal(tmp_path, pictures.archive({**members, name: b"x"})).code == "x3p_unsafe_names"


@pytest.mark.parametrize(
    "data",
    [
        pictures.claiming_archive("bindata/data.bin", 40 << 30),
        pictures.claiming_archive("main.xml", 1 << 29),
        pictures.archive({**pictures.members_of(pictures.scan()), "bindata/data.bin": bytes(100 << 20)}),
        pictures.archive({f"f{number}": b"" for number in range(300)}),
    ],
    ids=["40 GB claimed", "description of 512 MB", "100 MB in 100 kB", "300 members"],
)
def test_bombs_are_refused_before_unpacking(tmp_path: Path, data: bytes) -> None:
    assert refusal(tmp_path, data).code == "x3p_bomb"


def test_a_member_larger_than_it_claims_is_not_unpacked_further(tmp_path: Path) -> None:
    members = pictures.members_of(pictures.scan())
    size = len(members["bindata/data.bin"])
    data = pictures.archive({**members, "bindata/data.bin": bytes(60 << 20)})
    claimed = data.replace((60 << 20).to_bytes(4, "little"), size.to_bytes(4, "little"))
    assert claimed != data
    assert refusal(tmp_path, claimed).code == "x3p_damaged"


def test_profiles_and_point_clouds_are_named(tmp_path: Path) -> None:
    assert refusal(tmp_path, pictures.profile()).code == "x3p_profile"
    assert refusal(tmp_path, pictures.points()).code == "x3p_point_cloud"


def test_another_archive_is_no_scan(tmp_path: Path) -> None:
    assert refusal(tmp_path, pictures.archive({"a.txt": b"text"})).code == "x3p_invalid"
    assert refusal(tmp_path, b"not even an archive").code == "x3p_invalid"
