"""Recognising files by content: structure, trailing data, hidden archives, and what follows from them."""

import random

import pytest
from adapters import pictures
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.domain.content import X3P_TYPE, Content, Kind, Recogniser, recognise
from evidence.domain.content_rules import ATTACHMENT, Finding, judge, judge_decoded, judge_failure
from evidence.domain.content_structure import Problem

JPEG = pictures.photo()
SECOND = pictures.photo(160, 120, seed=2)
PNG = pictures.saved(pictures.image(), "PNG")
WEBP = pictures.saved(pictures.image(), "WEBP")
SCAN = pictures.scan()
ZIP = pictures.archive({"a.txt": b"text " * 50})
FILM = pictures.film()
HEIC = (
    pictures.box(b"ftyp", b"heic\0\0\0\0mif1heic") + pictures.box(b"meta", bytes(60)) + pictures.box(b"mdat", b"x" * 99)
)


def content_of(data: bytes, *cuts: int) -> Content:
    recogniser = Recogniser()
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        recogniser.feed(data[start:end])
    return recogniser.finish()


def codes(data: bytes, declared: str = "image/jpeg") -> dict[str, Finding]:
    return {finding.code: finding for finding in judge(content_of(data), declared_type=declared)}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (JPEG, Kind.JPEG),
        (pictures.saved(pictures.image(), "JPEG", progressive=True), Kind.JPEG),
        (pictures.saved(pictures.image(mode="CMYK"), "JPEG"), Kind.JPEG),
        (pictures.saved(pictures.image(), "JPEG", restart_marker_blocks=4), Kind.JPEG),
        (PNG, Kind.PNG),
        (WEBP, Kind.WEBP),
        (HEIC, Kind.HEIC),
        (SCAN, Kind.X3P),
        (pictures.archive({"scan/main.xml": b"<x/>", "scan/bindata/data.bin": b"1"}), Kind.X3P),
        (ZIP, Kind.ZIP),
        (FILM, Kind.VIDEO),
        (pictures.PDF, Kind.PDF),
        (pictures.HTML, Kind.MARKUP),
        (b"\xef\xbb\xbf\n  <HTML>", Kind.MARKUP),
        (pictures.SVG, Kind.MARKUP),
        (pictures.ELF, Kind.PROGRAM),
        (pictures.PE, Kind.PROGRAM),
        (pictures.MACH_O, Kind.PROGRAM),
        (pictures.SCRIPT, Kind.PROGRAM),
        (pictures.gif(), Kind.GIF),
        (b"", Kind.EMPTY),
        (b"\x00", Kind.UNKNOWN),
        (b"an ordinary text", Kind.UNKNOWN),
    ],
)
def test_sound_files_are_what_they_are(data: bytes, kind: Kind) -> None:
    content = content_of(data)
    assert (content.kind, content.size) == (kind, len(data))
    assert (content.trailing, content.problems, content.hidden) == (0, (), None)


@pytest.mark.parametrize("data", [JPEG, PNG], ids=["jpeg", "png"])
def test_the_header_tells_the_size(data: bytes) -> None:
    assert (content_of(data).width, content_of(data).height) == (320, 240)


@pytest.mark.parametrize("data", [JPEG, PNG, WEBP, HEIC], ids=["jpeg", "png", "webp", "heic"])
def test_every_cut_is_seen(data: bytes) -> None:
    chance = random.Random(4)
    for end in {len(data) - 1, len(data) - 2, *(chance.randrange(24, len(data)) for _ in range(60))}:
        assert content_of(data[:end]).problems == (Problem.TRUNCATED,), end


def test_half_a_scan_is_incomplete() -> None:
    found = codes(SCAN[: len(SCAN) // 2], X3P_TYPE)
    assert found.keys() == {"x3p_incomplete"}
    assert found["x3p_incomplete"].quarantines


@pytest.mark.parametrize(
    ("trailer", "kind"),
    [
        (FILM, "video"),
        (SECOND, "jpeg"),
        (SECOND + FILM, "jpeg"),
        (b"SEFH" + bytes(99), "unknown"),
        (bytes(64), "filler"),
    ],
    ids=["motion photo", "gain map", "both", "maker's own", "zeros"],
)
def test_harmless_trailers_are_findings(trailer: bytes, kind: str) -> None:
    assert codes(JPEG + trailer) == {
        "trailing_data": Finding("trailing_data", facts={"size": len(trailer), "kind": kind})
    }


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (ZIP, "zip"),
        (pictures.PDF, "pdf"),
        (pictures.HTML, "markup"),
        (pictures.SVG, "markup"),
        (pictures.ELF, "program"),
        (pictures.PE, "program"),
        (pictures.MACH_O, "program"),
        (pictures.SCRIPT, "program"),
    ],
)
@pytest.mark.parametrize("carrier", [JPEG, PNG, WEBP, HEIC], ids=["jpeg", "png", "webp", "heic"])
@pytest.mark.parametrize("filler", [b"", b"\r\n  \n", bytes(40)], ids=["none", "space", "zeros"])
def test_dangerous_trailers_quarantine(carrier: bytes, payload: bytes, kind: str, filler: bytes) -> None:
    declared = content_of(carrier).content_type
    finding = codes(carrier + filler + payload, declared)["polyglot"]
    assert finding.quarantines
    assert finding.blocking
    assert finding.facts == {"kind": kind, "size": len(filler + payload)}


@pytest.mark.parametrize(
    "data",
    [
        JPEG + SECOND + pictures.HTML,
        JPEG + FILM + pictures.ELF,
        JPEG + b"some noise in front" + ZIP,
        JPEG + SECOND + b"\x01" * 5000 + ZIP + b"\x02" * 300,
        pictures.with_comment(JPEG, pictures.archive({"x": b"hidden"})),
        pictures.with_comment(JPEG, pictures.PDF),
        HEIC + pictures.box(b"free", ZIP),
        PNG[:-12] + PNG[-12:] + b"\x07" + pictures.archive({"x": b"y" * 200_000}, comment=b"c" * 60_000),
    ],
    ids=[
        "behind a gain map",
        "behind a film",
        "behind noise",
        "with a tail",
        "before",
        "pdf before",
        "in a box",
        "long comment",
    ],
)
def test_polyglots_anywhere_quarantine(data: bytes) -> None:
    assert codes(data, content_of(data).content_type)["polyglot"].quarantines


def test_the_four_bytes_of_an_archive_alone_are_no_archive() -> None:
    data = JPEG[:-2] + b"PK\x05\x06" + bytes(range(1, 19)) + JPEG[-2:]
    assert content_of(data).hidden is None


@pytest.mark.parametrize(
    ("data", "recognised"),
    [
        (pictures.gif(), "image/gif"),
        (pictures.SVG, "text/html"),
        (pictures.HTML, "text/html"),
        (pictures.ELF, "application/octet-stream"),
        (FILM, "video/mp4"),
        (SCAN, X3P_TYPE),
        (ZIP, "application/zip"),
        (pictures.PDF, "application/pdf"),
    ],
)
def test_foreign_content_under_a_pictures_name_quarantines(data: bytes, recognised: str) -> None:
    finding = codes(data)["mislabelled"]
    assert finding.quarantines
    assert finding.facts == {"declared": "image/jpeg", "recognised": recognised}


@pytest.mark.parametrize(
    ("data", "declared"),
    [(JPEG, "image/png"), (PNG, "image/jpeg"), (HEIC, "image/jpeg"), (SCAN, "application/octet-stream")],
)
def test_a_slip_in_the_label_is_only_a_finding(data: bytes, declared: str) -> None:
    found = codes(data, declared)
    assert found.keys() == {"mislabelled"}
    assert not found["mislabelled"].blocking
    assert not found["mislabelled"].quarantines


def test_a_picture_under_a_scans_name_quarantines() -> None:
    assert codes(JPEG, X3P_TYPE)["mislabelled"].quarantines


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (JPEG, "image/jpeg"),
        (JPEG, "Image/JPEG; q=1"),
        (HEIC, "image/heif"),
        (SCAN, X3P_TYPE),
        (SCAN, "model/x3p"),
        (PNG, "image/png"),
    ],
)
def test_rightly_named_files_have_no_findings(data: bytes, declared: str) -> None:
    assert codes(data, declared) == {}


@pytest.mark.parametrize(
    ("data", "declared", "code"),
    [
        (b"", "image/jpeg", "empty"),
        (b"no picture at all", "image/jpeg", "unrecognised"),
        (ZIP, X3P_TYPE, "x3p_invalid"),
        (pictures.claiming(JPEG, 30_000, 30_000), "image/jpeg", "pixel_limit"),
        (pictures.png_of(20_000, 20_000, depth=1, colour=0), "image/png", "pixel_limit"),
        (b"\xff\xd8\xff\xd9", "image/jpeg", "malformed"),
        (PNG[:8] + PNG[33:], "image/png", "malformed"),
    ],
)
def test_unreadable_files_quarantine(data: bytes, declared: str, code: str) -> None:
    found = codes(data, declared)
    assert found.keys() == {code}
    assert found[code].quarantines


def test_documents_pass_only_as_attachments() -> None:
    document = content_of(pictures.PDF)
    assert judge(document, declared_type="application/pdf", accepted=ATTACHMENT) == []
    assert judge(document, declared_type="application/pdf")[0].quarantines


def test_only_failures_that_speak_against_the_file_quarantine() -> None:
    assert judge_failure("undecodable").quarantines
    assert judge_failure("x3p_inner_checksum").quarantines
    assert judge_failure("decoder_crashed", "ended with -11").facts == {"detail": "ended with -11"}
    for code in ("preview_unavailable", "decoder_timeout", "x3p_profile"):
        assert not judge_failure(code).blocking
        assert not judge_failure(code).quarantines


def test_a_scan_of_metres_is_doubted() -> None:
    facts = {"format": "x3p", "rows": 20, "columns": 30, "x_spacing_m": "0.0275", "y_spacing_m": "0.0275"}
    assert [finding.code for finding in judge_decoded(facts)] == ["x3p_scale_doubtful"]
    assert judge_decoded({**facts, "x_spacing_m": "2.75e-05", "y_spacing_m": "2.75e-05"}) == []
    assert judge_decoded({"format": "jpeg"}) == []


SAMPLES = [JPEG, PNG, WEBP, HEIC, SCAN, JPEG + SECOND + FILM, JPEG + b"\n" + ZIP, JPEG[:-700], PNG + pictures.ELF]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_the_pieces_do_not_matter(data: bytes, draw: st.DataObject) -> None:
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=12)))
    assert content_of(data, *cuts) == content_of(data)


@pytest.mark.parametrize("data", [JPEG + SECOND[:2000], PNG[:3000], HEIC + ZIP], ids=["jpeg", "png", "heic"])
def test_single_bytes_do_not_matter(data: bytes) -> None:
    assert content_of(data, *range(1, len(data))) == content_of(data)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([b"", JPEG[:2], JPEG[:200], PNG[:8], PNG[:40], HEIC[:24], WEBP[:12], SCAN[:60]]),
    st.binary(max_size=600),
)
def test_nothing_raises(head: bytes, rest: bytes) -> None:
    content = content_of(head + rest)
    assert 0 <= content.trailing <= content.size == len(head + rest)
    judge(content, declared_type="image/jpeg")


def test_a_window_suffices() -> None:
    assert recognise(JPEG[:16]) is Kind.JPEG


def test_memory_stays_small() -> None:
    recogniser, piece = Recogniser(), bytes(range(256)) * 4096
    recogniser.feed(JPEG)
    for _ in range(30):
        recogniser.feed(piece)
    kept = sum(len(part) for part in _buffers(recogniser))
    assert recogniser.finish().trailing == 30 * len(piece)
    assert kept < 70_000


def _buffers(recogniser: Recogniser) -> list[bytes]:
    """What a recogniser holds on to, found by walking its own objects."""
    found: list[bytes] = []
    for holder in (recogniser, recogniser._cursor):
        found += [value for value in vars(holder).values() if isinstance(value, bytes)]
    return found
