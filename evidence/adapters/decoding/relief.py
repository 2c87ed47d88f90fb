"""Draws a measured surface as a relief lit from the upper left, so that a person can look at it."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from evidence.adapters.decoding.answer import LONGEST

_SMALLEST = 400  # pixels; a smaller surface is shown with larger, still square, points
_QUALITY = 90
_MISSING = (58, 66, 84)  # flat, and a colour that no shade of grey can be
_STEEP = 92  # percentile of the slopes that is drawn as 45 degrees

Surface = NDArray[np.float64]


def draw(z: Surface, x_step: float, y_step: float) -> tuple[bytes, dict[str, Any]]:
    """A JPEG of the heights ``z`` (rows × columns, metres, NaN where nothing was measured), and what was measured.

    ``x_step`` and ``y_step`` in metres. Row 0 is drawn at the top, as the field's own viewers do. The best
    plane is taken off, and slopes are scaled so that few are steeper than 45 degrees, whatever the file's unit.
    """
    known = np.isfinite(z)
    facts: dict[str, Any] = {"missing": int(z.size - np.count_nonzero(known))}
    factor = -(-max(z.shape) // LONGEST)
    small = _shrunk(z, known, factor)
    small = small - _plane(small)
    found = small[np.isfinite(small)]
    if found.size:
        low, high = np.percentile(found, [0.5, 99.5])
        facts["height_range_m"] = f"{high - low:.4g}"
    shade = _lit(small, x_step * factor, y_step * factor)
    grey = np.where(np.isfinite(small), shade, 0)
    pixels = np.repeat((grey * 255).astype(np.uint8)[:, :, None], 3, axis=2)
    pixels[~np.isfinite(small)] = _MISSING
    return _encoded(pixels, y_step / x_step), facts


def _shrunk(z: Surface, known: NDArray[np.bool_], factor: int) -> Surface:
    """Means of blocks of ``factor`` × ``factor`` points, of the measured ones; a band of rows at a time."""
    if factor == 1:
        return z
    starts = np.arange(0, z.shape[1], factor)
    out = np.full((-(-z.shape[0] // factor), starts.size), np.nan)
    for row in range(out.shape[0]):
        band = slice(row * factor, (row + 1) * factor)
        sums = np.add.reduceat(np.where(known[band], z[band], 0).sum(axis=0), starts)
        counts = np.add.reduceat(known[band].sum(axis=0), starts)
        np.divide(sums, counts, out=out[row], where=counts > 0)
    return out


def _plane(z: Surface) -> Surface:
    """The plane of least squares through the measured points; flat if fewer than three."""
    known = np.isfinite(z)
    rows, columns = np.nonzero(known)
    if rows.size < 3:
        return np.zeros_like(z)
    every = max(1, rows.size // 100_000)
    rows, columns = rows[::every], columns[::every]
    base = np.column_stack([columns, rows, np.ones(rows.size)])
    (a, b, c), *_ = np.linalg.lstsq(base, z[rows, columns], rcond=None)
    return np.asarray(a * np.arange(z.shape[1])[None, :] + b * np.arange(z.shape[0])[:, None] + c)


def _lit(z: Surface, x_step: float, y_step: float) -> Surface:
    """Brightness 0 to 1 of each point under light from the upper left at 45 degrees; no slope beside a gap."""
    if min(z.shape) < 2:
        return np.full_like(z, 0.7)
    down, right = np.gradient(z, y_step, x_step)
    slope = np.hypot(right, down)
    sloped = slope[slope > 0]
    scale = 1 / np.percentile(sloped, _STEEP) if sloped.size else 0.0
    right, down = (np.nan_to_num(part * scale) for part in (right, down))
    lit = (right + down + np.sqrt(2)) / (2 * np.sqrt(1 + right**2 + down**2))
    return np.asarray(np.clip(lit, 0, 1))


def _encoded(pixels: NDArray[np.uint8], aspect: float) -> bytes:
    """The pixels as JPEG, stretched where a step along y is longer than one along x, or shorter."""
    picture = Image.fromarray(pixels)
    width, height = picture.size
    height = max(1, round(height * min(max(aspect, 0.05), 20)))
    grow = max(1, _SMALLEST // max(width, height))
    shrink = min(1.0, LONGEST / (max(width, height) * grow))
    size = (max(1, round(width * grow * shrink)), max(1, round(height * grow * shrink)))
    if size != picture.size:
        way = Image.Resampling.NEAREST if grow > 1 else Image.Resampling.LANCZOS
        picture = picture.resize(size, way)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()
