"""Draws the demo's photos: simple pictures of a pistol, cartridge cases, a package and a scene."""

import math
from collections.abc import Sequence

from standalone.canvas import Canvas, Point, Shot

_STEEL, _DARK, _LIGHT = (62, 66, 72), (34, 36, 40), (128, 134, 142)
_BRASS = ((104, 78, 30), (150, 116, 50), (196, 158, 82), (224, 192, 118))
_YELLOW, _BLACK, _WHITE, _RED = (250, 208, 20), (18, 18, 18), (242, 242, 238), (190, 30, 36)


def pistol(shot: Shot, *, side: str, number: str = "1", maker: str = "ARMAS OCOTILLO", serial: str = "") -> bytes:
    """A self-loading pistol from its ``left`` (muzzle to the left) or ``right`` side, with scale and number."""
    canvas = Canvas(shot, (150, 138, 120), mirrored=side == "right")
    _scale_bar(canvas, 60, 690, centimetres=20, unit=40)
    _marker(canvas, (905, 640), number)
    _pistol_body(canvas, left=side == "left")
    if side == "left":
        canvas.text((430, 262), maker, 26, _LIGHT)
    else:
        canvas.text((310, 262), "9 mm x 19", 26, _LIGHT)
    if serial:
        canvas.text((400, 338), serial, 24, _LIGHT)
    return canvas.jpeg()


def _pistol_body(canvas: Canvas, *, left: bool) -> None:
    canvas.polygon([(600, 345), (742, 335), (800, 610), (672, 630), (610, 420)], _DARK)  # grip
    for row in range(7):
        y = 400 + row * 28
        canvas.line([(640 + row * 7, y), (738 + row * 6, y - 8)], _STEEL, 5)
    canvas.polygon([(668, 626), (806, 604), (812, 624), (676, 646)], _STEEL)  # floor plate of the magazine
    canvas.line([(455, 365), (462, 440), (500, 462), (585, 455), (604, 420)], _STEEL, 15)  # trigger guard
    canvas.line([(545, 362), (538, 400), (522, 432)], _LIGHT, 10)  # trigger
    canvas.polygon([(190, 300), (750, 300), (766, 345), (610, 372), (300, 372), (282, 345), (190, 345)], _DARK)
    canvas.polygon([(172, 222), (752, 222), (768, 245), (768, 305), (172, 305)], _STEEL)  # slide
    canvas.line([(180, 230), (750, 230)], _LIGHT, 4)
    canvas.box(164, 248, 176, 290, fill=_BLACK)  # muzzle
    canvas.polygon([(190, 222), (198, 204), (214, 204), (218, 222)], _DARK)  # sights
    canvas.polygon([(700, 222), (704, 202), (732, 202), (736, 222)], _DARK)
    for step in range(9):
        x = 640 + step * 11
        canvas.line([(x, 240), (x - 8, 296)], _DARK, 4)
    canvas.polygon([(764, 250), (800, 226), (812, 240), (782, 300), (766, 300)], _DARK)  # hammer
    if left:
        canvas.polygon([(520, 318), (612, 314), (616, 330), (560, 336), (520, 334)], _LIGHT)  # slide stop
        canvas.disc((628, 408), 11, _LIGHT)  # magazine catch
    else:
        canvas.box(470, 226, 588, 266, fill=_LIGHT)  # ejection port with the barrel in it
        canvas.box(588, 240, 632, 252, fill=_BLACK)  # extractor


def serial_closeup(shot: Shot, serial: str) -> bytes:
    """A serial number struck into brushed steel, filling the picture."""
    canvas = Canvas(shot, (128, 130, 132))
    for _ in range(260):
        y, x, bright = canvas.random.uniform(0, 750), canvas.random.uniform(-200, 800), canvas.random.randint(100, 165)
        canvas.line([(x, y), (x + 420, y + 3)], (bright, bright, bright + 3), 1.2)
    size = min(150, 1400 / max(len(serial), 1))
    canvas.stamped((500, 350), serial, size, deep=4)
    canvas.stamped((500, 520), "HECHO EN MEXICO", 34)
    _scale_bar(canvas, 100, 690, centimetres=4, unit=200)
    return canvas.jpeg()


def case_bases(shot: Shot, *, numbers: Sequence[str], headstamp: tuple[str, str] = ("OCOTILLO", "9 mm")) -> bytes:
    """Bases of spent cartridge cases head-on in a row, in the order of ``numbers``, over a scale."""
    canvas = Canvas(shot, (96, 100, 106))
    pitch = 960 / len(numbers)
    radius = min(pitch * 0.46, 190)
    for index, number in enumerate(numbers):
        centre = (20 + pitch * (index + 0.5), 330.0)
        _case_base(canvas, centre, radius, headstamp)
        canvas.text((centre[0], 330 + radius + 40), number, 44, _WHITE)
    _scale_bar(canvas, 100, 690, centimetres=8, unit=100)
    return canvas.jpeg()


def _case_base(canvas: Canvas, centre: Point, radius: float, headstamp: tuple[str, str]) -> None:
    x, y = centre
    canvas.disc((x + radius * 0.05, y + radius * 0.07), radius * 1.02, (50, 52, 56))
    for part, colour in ((1, _BRASS[0]), (0.97, _BRASS[2]), (0.9, _BRASS[1]), (0.87, _BRASS[2])):
        canvas.disc(centre, radius * part, colour)
    for text, middle in ((headstamp[0], -90.0), (headstamp[1], 90.0)):
        step = 17 if middle < 0 else -17  # the lower text runs the other way round
        for place, letter in enumerate(text):
            angle = middle + (place - (len(text) - 1) / 2) * step
            turned = angle + 90 if middle < 0 else angle - 90
            spot = (
                x + math.cos(math.radians(angle)) * radius * 0.68,
                y + math.sin(math.radians(angle)) * radius * 0.68,
            )
            canvas.text(spot, letter, radius * 0.24, _BRASS[0], turned=turned)
    canvas.disc(centre, radius * 0.46, _BRASS[0])
    canvas.disc(centre, radius * 0.44, _BRASS[3])
    for line in range(-5, 6):  # breech-face marks across the primer
        offset = line * radius * 0.07
        half = math.sqrt(max(0.0, (0.42 * radius) ** 2 - offset**2))
        canvas.line([(x - half, y + offset), (x + half, y + offset)], _BRASS[2], radius * 0.012)
    dent = (x + canvas.random.uniform(-0.06, 0.06) * radius, y + canvas.random.uniform(-0.06, 0.06) * radius)
    for part, colour in ((0.17, _BRASS[1]), (0.14, _BRASS[0]), (0.09, (70, 52, 22))):
        canvas.disc(dent, radius * part, colour)


def sealed_package(shot: Shot, *, seal: str, label: str, items: Sequence[str]) -> bytes:
    """A closed paper bag with its label and a numbered seal across the flap."""
    canvas = Canvas(shot, (84, 88, 92))
    canvas.polygon([(170, 90), (820, 80), (840, 700), (160, 706)], (176, 140, 92))
    canvas.polygon([(170, 90), (820, 80), (816, 190), (174, 196)], (158, 124, 80))
    canvas.polygon([(168, 176), (824, 166), (826, 236), (166, 244)], _RED)
    canvas.text((495, 206), f"SELLO {seal}", 54, _WHITE)
    canvas.box(250, 300, 750, 640, fill=_WHITE)
    canvas.text((500, 340), "CADENA DE CUSTODIA", 34, _BLACK)
    canvas.text((500, 396), label, 46, _BLACK)
    canvas.text((500, 452), "Indicios " + ", ".join(items), 30, _BLACK)
    for row in range(2):
        canvas.line([(280, 510 + row * 44), (720, 510 + row * 44)], _LIGHT, 2)
    canvas.random.seed(seal)
    x = 300.0
    while x < 700:
        width = float(canvas.random.choice((3, 5, 8)))
        canvas.box(x, 576, x + width, 626, fill=_BLACK)
        x += width + canvas.random.choice((4, 6))
    return canvas.jpeg()


def scene_overview(shot: Shot, *, numbers: Sequence[str]) -> bytes:
    """A street at night with a yellow number marker at each find; the first is a pistol, the rest are cases."""
    canvas = Canvas(shot, (70, 72, 76))
    canvas.polygon([(0, 0), (1000, 0), (1000, 190), (0, 230)], (40, 42, 50))  # wall and kerb
    canvas.polygon([(0, 230), (1000, 190), (1000, 212), (0, 256)], (120, 120, 116))
    canvas.line([(0, 120), (1000, 96)], _YELLOW, 12)
    for left in range(30, 1000, 130):
        canvas.text((left, 118 - left * 0.024), "NO PASAR", 11, _BLACK, turned=-1.4)
    columns = math.ceil(math.sqrt(len(numbers) * 2))
    for index, number in enumerate(numbers):
        row, column = divmod(index, columns)
        x = 110 + column * 740 / max(columns - 1, 1) + canvas.random.uniform(-25, 25)
        y = 350 + row * 130 + canvas.random.uniform(-20, 20)
        if index == 0:
            _small_pistol(canvas, x + 44, y + 6)
        else:
            canvas.line([(x + 52, y + 22), (x + 70, y + 16)], _BRASS[2], 9)
        _marker(canvas, (x, y), number, size=34)
    return canvas.jpeg()


def _small_pistol(canvas: Canvas, x: float, y: float) -> None:
    canvas.polygon([(x, y), (x + 96, y - 8), (x + 98, y + 10), (x + 2, y + 18)], _BLACK)
    canvas.polygon([(x + 66, y + 8), (x + 96, y + 4), (x + 108, y + 54), (x + 84, y + 58)], _BLACK)
    canvas.line([(x + 44, y + 14), (x + 48, y + 32), (x + 70, y + 30)], _BLACK, 4)
    canvas.line([(x + 4, y + 3), (x + 94, y - 5)], _STEEL, 3)


def _marker(canvas: Canvas, centre: Point, number: str, *, size: float = 46) -> None:
    """A yellow tent with its number."""
    x, y = centre
    canvas.polygon(
        [
            (x - size * 0.9, y + size),
            (x - size * 0.6, y - size),
            (x + size * 0.6, y - size),
            (x + size * 0.9, y + size),
        ],
        _YELLOW,
    )
    canvas.text(centre, number, size * (1.3 if len(number) < 3 else 0.8), _BLACK)


def _scale_bar(canvas: Canvas, left: float, top: float, *, centimetres: int, unit: float) -> None:
    """A black and white rule; ``unit`` is the length of a centimetre."""
    right = left + centimetres * unit
    canvas.box(left - 6, top - 4, right + 6, top + 34, fill=_WHITE)
    for mark in range(centimetres):
        if mark % 2 == 0:
            canvas.box(left + mark * unit, top, left + (mark + 1) * unit, top + 14, fill=_BLACK)
    canvas.text(((left + right) / 2, top + 23), f"{centimetres} cm", 15, _BLACK)
