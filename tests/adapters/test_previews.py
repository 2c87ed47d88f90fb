"""Decoding pictures in the real child process: what comes out, and that hostile files stay inside."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pictures
import pytest
from PIL import Image, ImageCms

from evidence.actions.ports import Preview, PreviewFailed
from evidence.adapters.previews import ChildPreviews, Limits

BLACK_36_MEGAPIXELS = pictures.png_of(6000, 6000)
LIMITED = "from evidence.adapters.decoding.__main__ import limit; limit(memory_bytes=1 << 28, cpu_seconds=1)\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def render(folder: Path, data: bytes, *, limits: Limits | None = None, code: str | None = None) -> Preview:
    """Renders ``data``; with ``code`` by a child that runs it instead of the decoder."""
    path = folder / "original"
    path.write_bytes(data)
    if code is None:
        return ChildPreviews(limits=limits).render(path, "image/jpeg")
    command = (sys.executable, "-I", "-c", code)
    return ChildPreviews(limits=limits, command=command).render(path, "image/jpeg")


def refusal(folder: Path, data: bytes, *, limits: Limits | None = None, code: str | None = None) -> PreviewFailed:
    with pytest.raises(PreviewFailed) as caught:
        render(folder, data, limits=limits, code=code)
    return caught.value


def shown(preview: Preview) -> Image.Image:
    picture = Image.open(io.BytesIO(preview.jpeg), formats=["JPEG"])
    picture.load()
    assert picture.size == (preview.width, preview.height)
    return picture


def test_a_photo_becomes_small_and_loses_its_metadata(folder: Path) -> None:
    preview = render(folder, pictures.photo(4032, 3024, position=True))
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
def test_every_orientation_comes_out_upright(folder: Path, orientation: int) -> None:
    upright = shown(render(folder, pictures.photo(400, 300))).convert("L")
    preview = render(folder, pictures.photo(400, 300, orientation=orientation))
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
def test_every_mode_comes_out_in_its_colour(folder: Path, data: bytes, expected: tuple[int, int, int]) -> None:
    got = shown(render(folder, data)).convert("RGB").getpixel((20, 20))
    assert all(abs(one - other) <= 6 for one, other in zip(got, expected, strict=True)), got


def test_colours_are_converted_to_srgb(folder: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"----", 1).replace(b"gXYZ", b"rXYZ", 1).replace(b"----", b"gXYZ", 1)
    red = Image.new("RGB", (64, 48), (200, 10, 10))
    got = shown(render(folder, pictures.saved(red, "JPEG", icc_profile=swapped))).getpixel((5, 5))
    assert got == pytest.approx((10, 200, 10), abs=8)


def test_a_broken_profile_is_passed_over(folder: Path) -> None:
    red = Image.new("RGB", (64, 48), (200, 10, 10))
    for profile in (b"no profile" * 20, ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()):
        got = shown(render(folder, pictures.saved(red, "JPEG", icc_profile=profile))).getpixel((5, 5))
        assert got == pytest.approx((200, 10, 10), abs=8)


def test_a_broken_exif_block_costs_only_its_facts(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Nopal"
    data = bytearray(pictures.saved(pictures.image(), "JPEG", exif=exif))
    at = data.index(b"Exif\0\0") + 6
    data[at + 4 : at + 8] = b"\xff\xff\xff\xff"  # where its first directory stands
    preview = render(folder, bytes(data))
    assert "make" not in preview.facts
    assert (preview.width, preview.facts["orientation"]) == (320, 1)


def test_nonsense_in_exif_is_left_out(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Nopal\n\x07" + "x" * 500
    exif[0x0112] = 77
    exif.get_ifd(0x8769)[0x9003] = "yesterday"
    facts = render(folder, pictures.saved(pictures.image(), "JPEG", exif=exif)).facts
    assert facts["make"] == "Nopal" + "x" * 75
    assert facts["orientation"] == 1
    assert "taken_at" not in facts


def test_a_picture_with_companions_is_shown_once(folder: Path) -> None:
    first, second = pictures.image(), pictures.image(160, 120)
    out = io.BytesIO()
    first.save(out, "MPO", save_all=True, append_images=[second])
    assert shown(render(folder, out.getvalue())).size == (320, 240)
    assert shown(render(folder, pictures.photo() + pictures.film())).size == (320, 240)


def test_heic(folder: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(pictures.image()).save(out, quality=80)
    preview = render(folder, out.getvalue())
    assert shown(preview).size == (320, 240)
    assert preview.facts["format"] == "heic"
    assert refusal(folder, out.getvalue()[:-400]).code == "truncated"


def test_heic_without_its_decoder_is_no_fault_of_the_file(folder: Path) -> None:
    data = pictures.box(b"ftyp", b"heic\0\0\0\0mif1heic") + pictures.box(b"meta", bytes(60))
    without = (
        "import sys; sys.modules['pillow_heif'] = None\nfrom evidence.adapters.decoding.__main__ import main\nmain()"
    )
    assert refusal(folder, data, code=without).code == "preview_unavailable"


@pytest.mark.parametrize("part", [0.05, 0.3, 0.6, 0.9, 0.995])
@pytest.mark.parametrize("progressive", [False, True])
def test_cut_photos_are_truncated(folder: Path, part: float, *, progressive: bool) -> None:
    data = pictures.saved(pictures.image(640, 480), "JPEG", progressive=progressive)
    assert refusal(folder, data[: int(len(data) * part)]).code == "truncated"


def test_damaged_data_is_undecodable(folder: Path) -> None:
    png = pictures.saved(pictures.image(), "PNG")
    at = png.index(b"IDAT") + 500
    assert refusal(folder, png[:at] + bytes(400) + png[at + 400 :]).code == "undecodable"
    jpeg = pictures.photo()
    counts = jpeg.index(b"\xff\xc4") + 5  # how many codes of each length the first Huffman table has
    assert refusal(folder, jpeg[:counts] + b"\xff" * 16 + jpeg[counts + 16 :]).code == "undecodable"


@pytest.mark.parametrize(
    "data",
    [pictures.gif(), pictures.SVG, pictures.HTML, pictures.ELF, b"", b"text"],
    ids=["gif", "svg", "html", "elf", "empty", "text"],
)
def test_other_formats_reach_no_decoder(folder: Path, data: bytes) -> None:
    failure = refusal(folder, data, code="raise SystemExit('the decoder was started')")
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
def test_bombs_are_refused_by_their_header(folder: Path, data: bytes) -> None:
    assert refusal(folder, data).code == "pixel_limit"


def test_the_memory_limit_is_a_finding(folder: Path) -> None:
    assert refusal(folder, BLACK_36_MEGAPIXELS, limits=Limits(memory_bytes=160 << 20)).code == "decoder_memory"
    assert shown(render(folder, BLACK_36_MEGAPIXELS)).size == (1600, 1600)


def test_a_hanging_decoder_is_killed_with_what_it_started(folder: Path) -> None:
    hang = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, file=open(PATH, 'w'), flush=True)\n"
        "time.sleep(60)"
    ).replace("PATH", repr(str(folder / "pid")))
    started = time.monotonic()
    failure = refusal(folder, pictures.photo(), limits=Limits(wall_seconds=1.5), code=hang)
    assert failure.code == "decoder_timeout"
    assert time.monotonic() - started < 10
    assert _gone(int((folder / "pid").read_text()))


def _gone(pid: int) -> bool:
    """Whether a process ends within five seconds; one that nobody reaps yet counts as ended."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_the_real_decoder_is_killed_too(folder: Path) -> None:
    assert refusal(folder, BLACK_36_MEGAPIXELS, limits=Limits(wall_seconds=0.05)).code == "decoder_timeout"


def test_a_busy_decoder_meets_its_cpu_limit(folder: Path) -> None:
    failure = refusal(folder, pictures.photo(), code=LIMITED + "while True: pass")
    assert failure.code == "decoder_cpu"


def test_a_crash_is_a_finding(folder: Path) -> None:
    crash = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    assert refusal(folder, pictures.photo(), code=crash).code == "decoder_crashed"


ANSWER = "import sys\nfrom evidence.adapters.decoding.answer import pack\n"


@pytest.mark.parametrize(
    "code",
    [
        "pass",
        "raise SystemExit(3)",
        "print('CSQ1 and then nonsense')",
        ANSWER + "sys.stdout.buffer.write(pack({'facts': {}}, b'<html>'))",
        ANSWER + "sys.stdout.buffer.write(pack({'facts': 7}, b''))",
        ANSWER + "sys.stdout.buffer.write(b'CSQ1\\xff\\xff\\xff\\xff')",
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))",
    ],
    ids=["silent", "failed", "nonsense", "no picture", "no facts", "too long a header", "endless"],
)
def test_answers_are_not_trusted(folder: Path, code: str) -> None:
    assert refusal(folder, pictures.photo(), limits=Limits(wall_seconds=20), code=code).code == "decoder_failed"


def test_what_the_decoder_says_can_be_stored(folder: Path) -> None:
    say = ANSWER + "sys.stdout.buffer.write(pack({'code': 'undecodable', 'detail': 'at \\0 or \\ud800' + 'x' * 999}))"
    failure = refusal(folder, pictures.photo(), code=say)
    assert failure.detail == "at  or " + "x" * 193


def test_an_answer_with_a_trailer_is_not_trusted(folder: Path) -> None:
    add = ANSWER + "sys.stdout.buffer.write(pack({'facts': {}}, sys.stdin.buffer.read() + b'PK'))"
    assert refusal(folder, pictures.photo(), code=add).code == "decoder_failed"


def test_the_child_inherits_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_SECRET", "not for decoders")
    keep = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(keep, True)
    look = ANSWER + (
        "import os\n"
        "facts = {'names': sorted(os.environ), 'files': sorted(os.listdir('/proc/self/fd')), 'cwd': os.getcwd()}\n"
        "sys.stdout.buffer.write(pack({'facts': facts}, sys.stdin.buffer.read()))"
    )
    facts = render(folder, pictures.photo(), code=look).facts
    os.close(keep)
    assert "DATABASE_SECRET" not in facts["names"]
    assert str(keep) not in facts["files"]
    assert facts["cwd"] == "/"


def test_a_limited_process_writes_no_file(folder: Path) -> None:
    path = folder / "written"
    attempt = LIMITED + f"with open({str(path)!r}, 'wb') as file: file.write(b'x' * 10)"
    done = subprocess.run([sys.executable, "-I", "-c", attempt], capture_output=True, text=True)
    assert done.returncode != 0
    assert "File too large" in done.stderr
    assert path.stat().st_size == 0


def test_a_limited_process_starts_no_other(folder: Path) -> None:
    # The limit does not bind root, so the test reads it instead of trying.
    ask = (
        LIMITED
        + "import resource; print(resource.getrlimit(resource.RLIMIT_NPROC), resource.getrlimit(resource.RLIMIT_CORE))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True)
    assert done.stdout.strip() == "(0, 0) (0, 0)"


def test_a_decoder_dies_with_its_worker(folder: Path) -> None:
    decoder = LIMITED + "import time; print('limited', flush=True); time.sleep(60)"
    worker = (
        "import os, subprocess, sys\n"
        f"command = [sys.executable, '-I', '-c', {decoder!r}]\n"
        "child = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", worker], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL
    assert _gone(int(done.stdout))


def test_a_pipe_in_place_of_a_file_hangs_nobody(folder: Path) -> None:
    path = folder / "pipe"
    os.mkfifo(path)
    with pytest.raises(PreviewFailed) as caught:
        ChildPreviews().render(path, "image/jpeg")
    assert caught.value.code == "decoder_failed"


@pytest.mark.parametrize("progressive", [False, True])
def test_fifty_megapixels_fit(folder: Path, *, progressive: bool) -> None:
    measure = ANSWER + (
        "from evidence.adapters.decoding.__main__ import decode, limit\n"
        "limit(memory_bytes=int(sys.argv[2]), cpu_seconds=int(sys.argv[3]))\n"
        "facts, picture = decode(sys.argv[1], sys.stdin.buffer)\n"
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM'))\n"
        "sys.stdout.buffer.write(pack({'facts': {**facts, 'peak_kb': int(peak.split()[1])}}, picture))"
    )
    data = pictures.saved(Image.new("RGB", (8160, 6120), (90, 80, 70)), "JPEG", progressive=progressive)
    preview = render(folder, data, code=measure)
    assert (preview.width, preview.height) == (1600, 1200)
    assert preview.facts["peak_kb"] < (240 if progressive else 100) * 1024
