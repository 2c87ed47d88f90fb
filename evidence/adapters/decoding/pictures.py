"""Decodes a picture into a small sRGB JPEG without metadata, and reads a few facts on the way."""

import io
import re
import warnings
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageCms

from evidence.adapters.decoding.answer import LONGEST, Refused
from evidence.domain.content import Kind, Recogniser
from evidence.domain.content_rules import PIXEL_LIMITS
from evidence.domain.content_structure import Problem

_QUALITY = 88
_PROGRESSIVE_PIXELS = 64_000_000
_PAPER = (255, 255, 255)
_FORMATS = {Kind.JPEG: "JPEG", Kind.PNG: "PNG", Kind.WEBP: "WEBP", Kind.HEIC: "HEIF"}

# EXIF 2.32, table 6: what must be done to a picture stored with each orientation.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EXIF_TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)")
_EXIF_OFFSET = re.compile(r"[+-]\d\d:\d\d")
_TEXT_LIMIT = 80


def decode_picture(kind: str, stream: BinaryIO) -> tuple[dict[str, Any], bytes]:
    """Facts and preview of a picture of the given kind, which is not guessed again.

    Facts: ``format``, ``width``, ``height`` (pixels, as stored), and from EXIF ``orientation`` (1 to 8), ``make``,
    ``model``, ``software``, ``taken_at`` (local time, no zone unless ``taken_offset`` says one), ``gps`` (whether a
    position is there, never which). ``Refused`` with ``pixel_limit``, ``truncated``, ``undecodable``,
    ``preview_unavailable`` or ``decoder_memory``.
    """
    try:
        wanted = Kind(kind)
        name = _FORMATS[wanted]
    except (ValueError, KeyError):
        raise Refused("preview_unavailable", f"no decoder for {kind}") from None
    if wanted is Kind.HEIC:
        _register_heif()
    Image.MAX_IMAGE_PIXELS = PIXEL_LIMITS[wanted]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            if wanted is Kind.PNG:  # decoding alone passes over wrong checksums
                Image.open(stream, formats=[name]).verify()
                stream.seek(0)
            with Image.open(stream, formats=[name]) as picture:
                if picture.info.get("progressive") and picture.width * picture.height > _PROGRESSIVE_PIXELS:
                    raise Refused("decoder_memory", "a progressive JPEG is held whole, in coefficients")
                facts = {"format": kind, "width": picture.width, "height": picture.height, **_exif(picture)}
                return facts, _preview(picture, int(facts["orientation"]))
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
            raise Refused("pixel_limit", str(error)) from error
        except (Refused, MemoryError):
            raise
        except Exception as error:  # decoders raise whatever a broken file makes them trip over
            raise Refused(_broken(stream), f"{type(error).__name__}: {error}"[:200]) from error


def _register_heif() -> None:
    try:
        import pillow_heif
    except ImportError:
        raise Refused("preview_unavailable", "pillow-heif is not installed") from None
    pillow_heif.register_heif_opener(thumbnails=False)
    pillow_heif.options.DECODE_THREADS = 1


def _broken(stream: BinaryIO) -> str:
    """Whether an undecodable file is one that ends too early."""
    stream.seek(0)
    recogniser = Recogniser()
    while chunk := stream.read(1 << 16):
        recogniser.feed(chunk)
    return "truncated" if Problem.TRUNCATED in recogniser.finish().problems else "undecodable"


def _preview(picture: Image.Image, orientation: int) -> bytes:
    target = _fitted(picture.size)
    if picture.format in ("JPEG", "MPO"):
        # The decoder itself can deliver half, a quarter or an eighth: 50 megapixels in 40 MB.
        picture.draft("RGB", target)
    picture.load()
    small = _plain(picture)
    if small.size != target:
        small = small.resize(target, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small = _to_srgb(small, picture.info.get("icc_profile"))
    if operation := _UPRIGHT.get(orientation):
        small = small.transpose(operation)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _fitted(size: tuple[int, int]) -> tuple[int, int]:
    """``size`` shrunk so that its longer side has at most 1600 pixels; never enlarged."""
    longer = max(size)
    if longer <= LONGEST:
        return size
    width, height = (max(1, round(side * LONGEST / longer)) for side in size)
    return width, height


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be resized, with transparency on white paper."""
    if picture.mode in ("RGB", "L", "CMYK"):
        return picture
    if picture.mode.startswith("I"):  # 16 bits of grey
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        paper = Image.new("RGB", layer.size, _PAPER)
        paper.paste(layer, mask=layer.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a broken profile is no reason to show nothing
        else:
            if converted is not None:
                return converted
    return picture.convert("RGB")


def _exif(picture: Image.Image) -> dict[str, Any]:
    facts: dict[str, Any] = {"orientation": 1, "gps": False}
    try:
        exif = picture.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        facts["gps"] = bool(exif.get_ifd(ExifTags.IFD.GPSInfo))
    except Exception:  # whatever a broken block makes the parser raise, the picture may still be sound
        return {**facts, "exif": "unreadable"}
    orientation = exif.get(ExifTags.Base.Orientation)
    if isinstance(orientation, int) and 1 <= orientation <= 8:
        facts["orientation"] = orientation
    texts = {
        "make": exif.get(ExifTags.Base.Make),
        "model": exif.get(ExifTags.Base.Model),
        "software": exif.get(ExifTags.Base.Software),
    }
    facts |= {name: clean for name, text in texts.items() if (clean := _clean(text))}
    if found := _EXIF_TIME.fullmatch(_clean(details.get(ExifTags.Base.DateTimeOriginal))):
        facts["taken_at"] = "{}-{}-{}T{}".format(*found.groups())
    offset = _clean(details.get(ExifTags.Base.OffsetTimeOriginal))
    if _EXIF_OFFSET.fullmatch(offset):
        facts["taken_offset"] = offset
    return facts


def _clean(text: object) -> str:
    """Printable text of bounded length; nothing for anything else."""
    if not isinstance(text, str):
        return ""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_TEXT_LIMIT]
