"""A camera without a lens: a canvas to draw on that becomes a JPEG with grain and EXIF.

Everything is drawn in units of a picture 1000 wide and 750 high that fits into the wanted number of pixels,
so a 12-megapixel photo shows what its thumbnail shows.
"""

import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import ExifTags, Image, ImageChops, ImageDraw, ImageFont

Point = tuple[float, float]
Colour = tuple[int, int, int]

_TILE = 512

# How a picture must be turned before saving so that its orientation tag sets it upright again (EXIF 2.32).
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Shot:
    """How a photo is taken. ``width`` and ``height`` in pixels, upright; ``grain`` 0 to 60 decides the file's size.

    ``seed`` makes two photos of one thing differ, as they do in life; the same shot gives the same bytes.
    """

    width: int = 2016
    height: int = 1512
    make: str = "Nopal"
    model: str = "N-12"
    taken_at: datetime | None = None
    orientation: int = 1
    position: bool = False
    quality: int = 88
    grain: int = 18
    seed: int = 0


class Canvas:
    """A picture of 1000 × 750 units, centred on whatever size was asked for."""

    def __init__(self, shot: Shot, ground: Colour, *, mirrored: bool = False) -> None:
        self.random = random.Random(shot.seed)  # noqa: S311 - a drawing, not a secret
        self._shot = shot
        self._scale = min(shot.width / 1000, shot.height / 750)
        self._left = (shot.width - 1000 * self._scale) / 2
        self._top = (shot.height - 750 * self._scale) / 2
        self._mirrored = mirrored
        self.image = _ground(shot, ground, self.random)
        self._draw = ImageDraw.Draw(self.image)

    def at(self, point: Point) -> Point:
        """Pixels of a point in units."""
        x = 1000 - point[0] if self._mirrored else point[0]
        return self._left + x * self._scale, self._top + point[1] * self._scale

    def polygon(self, points: Sequence[Point], fill: Colour) -> None:
        self._draw.polygon([self.at(point) for point in points], fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, *, fill: Colour) -> None:
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float) -> None:
        pixels = max(1, round(width * self._scale))
        self._draw.line([self.at(point) for point in points], fill=fill, width=pixels, joint="curve")

    def disc(self, centre: Point, radius: float, fill: Colour) -> None:
        (x, y), r = self.at(centre), radius * self._scale
        self._draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)

    def text(self, centre: Point, text: str, size: float, fill: Colour, *, turned: float = 0) -> None:
        """Text around ``centre``, ``size`` units high, ``turned`` degrees clockwise; never mirrored."""
        font = ImageFont.load_default(max(4, size * self._scale))
        x, y = self.at(centre)
        if not turned:
            self._draw.text((x, y), text, font=font, fill=fill, anchor="mm")
            return
        side = math.ceil(max(font.getlength(text), size * self._scale) * 1.5)
        mask = Image.new("L", (side, side))
        ImageDraw.Draw(mask).text((side / 2, side / 2), text, font=font, fill=255, anchor="mm")
        mask = mask.rotate(-turned, Image.Resampling.BICUBIC)
        self.image.paste(fill, (round(x - side / 2), round(y - side / 2)), mask)

    def stamped(self, centre: Point, text: str, size: float, *, deep: float = 2) -> None:
        """Text struck into metal: a dark edge above, a bright one below."""
        x, y = centre
        self.text((x - deep, y - deep), text, size, (20, 20, 22))
        self.text((x + deep / 2, y + deep / 2), text, size, (190, 194, 198))
        self.text(centre, text, size, (40, 42, 46))

    def jpeg(self) -> bytes:
        """The photo with grain and EXIF."""
        shot = self._shot
        image = _grained(self.image, shot.grain, self.random) if shot.grain else self.image
        if operation := _STORED.get(shot.orientation):
            image = image.transpose(operation)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=shot.quality, exif=_exif(shot))
        return out.getvalue()


def _ground(shot: Shot, colour: Colour, source: random.Random) -> Image.Image:
    """An uneven ground, brighter in the middle as under a lamp."""
    cells = Image.frombytes("L", (24, 18), source.randbytes(24 * 18)).point(lambda value: value // 9)
    lamp = Image.radial_gradient("L").resize((24, 18)).point(lambda value: (255 - value) // 5)
    relief = ImageChops.add(cells, lamp).resize((shot.width, shot.height), Image.Resampling.BICUBIC)
    bands = [relief.point([min(255, max(0, part - 30 + value)) for value in range(256)]) for part in colour]
    return Image.merge("RGB", bands)


def _grained(image: Image.Image, grain: int, source: random.Random) -> Image.Image:
    tile = Image.frombytes("L", (_TILE, _TILE), source.randbytes(_TILE * _TILE))
    tile = tile.point([value * grain // 255 for value in range(256)])
    noise = Image.new("L", image.size)
    for x in range(0, image.width, _TILE):
        for y in range(0, image.height, _TILE):
            noise.paste(tile, (x, y))
    return ImageChops.add(image, Image.merge("RGB", (noise, noise, noise)), offset=-grain // 2)


def _exif(shot: Shot) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = shot.make
    exif[ExifTags.Base.Model] = shot.model
    exif[ExifTags.Base.Orientation] = shot.orientation
    if shot.taken_at is not None:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = shot.taken_at.strftime("%Y:%m:%d %H:%M:%S")
        if shot.taken_at.utcoffset() is not None:
            details[ExifTags.Base.OffsetTimeOriginal] = shot.taken_at.isoformat()[-6:]
    if shot.position:
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
        place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (29.0, 4.0, 30.0)
        place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "W", (110.0, 57.0, 0.0)
    return exif
