"""Computes the demo's X3P scan: the primer of a spent cartridge case as a confocal microscope would measure it."""

import io
from datetime import UTC, datetime

import numpy as np
import x3pio
from numpy.typing import NDArray

_RADIUS = 2.2e-3  # of the primer, metres
_PIN_RADIUS = 0.75e-3  # of the firing pin's hemispherical nose
_PIN_DEPTH = 0.32e-3
_MICRON = 1e-6


def breech_face(
    *,
    points: int = 512,
    seed: int = 0,
    data_type: x3pio.DataType = x3pio.DataType.INT32,
    measured_at: datetime | None = None,
) -> bytes:
    """An X3P file of ``points`` × ``points`` heights: parallel breech-face marks, firing-pin impression, shear.

    The marks come from ``seed``, so two cases with one seed were fired in one pistol. What lies outside the
    primer was not measured.
    """
    metadata = x3pio.Metadata(
        date=measured_at or datetime(2026, 3, 14, 9, 30, tzinfo=UTC),
        creator="Laboratorio de demostración",
        instrument=x3pio.Instrument("Instrumentos Ocotillo", "Topo 3", "OC-0031", "1.4"),
        probing_system=x3pio.ProbingSystem(x3pio.ProbingType.NON_CONTACTING, "confocal, 10x"),
        comment="Superficie sintética para demostración",
    )
    step = 2.1 * _RADIUS / points
    out = io.BytesIO()
    x3pio.write(out, heights(points, seed), x_scale=step, y_scale=step, z_type=data_type, metadata=metadata)
    return out.getvalue()


def heights(points: int, seed: int) -> NDArray[np.float64]:
    """Heights in metres, rows × columns, NaN outside the primer."""
    chance = np.random.default_rng(seed)
    axis = (np.arange(points) - (points - 1) / 2) * (2.1 * _RADIUS / points)
    x, y = np.meshgrid(axis, axis)
    angle = chance.uniform(-0.2, 0.2)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    z = 3e-3 * x - 2e-3 * y - 1.2 * across**2  # the case stood a little askew, and its primer is domed
    z += _marks(across, chance) + 0.4 * _MICRON * chance.standard_normal(z.shape)
    centre_x, centre_y = chance.uniform(-0.15, 0.15, 2) * 1e-3
    distance = np.hypot(x - centre_x, y - centre_y)
    z += 18 * _MICRON * np.exp(-(((distance - 1.05 * _PIN_RADIUS) / 60e-6) ** 2))  # metal pushed up around the pin
    ball = np.sqrt(np.maximum(_PIN_RADIUS**2 - distance**2, 0))
    pin = -_PIN_DEPTH * ball / _PIN_RADIUS + 3 * _MICRON * np.cos(distance / 25e-6)
    z = np.where(distance < _PIN_RADIUS, z + pin, z)
    shear = (along > _PIN_RADIUS) & (np.abs(across) < 0.3e-3) & (along < 1.9e-3)
    z = np.where(shear, z + 12 * _MICRON * np.sin(along / 35e-6) ** 2, z)
    return np.asarray(np.where(np.hypot(x, y) < _RADIUS, z, np.nan))


def _marks(across: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """Parallel tool marks: scratches of many widths, each the same all along."""
    profile = np.zeros_like(across)
    for _ in range(60):
        middle, width = chance.uniform(-_RADIUS, _RADIUS), chance.uniform(12, 60) * _MICRON
        profile += chance.normal(0, 2.2) * _MICRON * np.exp(-(((across - middle) / width) ** 2))
    return profile
