"""Whether a position can lie in an entity. Coarse on purpose: a frame around each, no municipality's boundary."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from evidence.domain.codes import read_data

Frame = tuple[float, float, float, float]

FRAMES: Mapping[str, Frame] = MappingProxyType(
    {
        entity: (south, north, west, east)
        for entity, (south, north, west, east) in read_data("entity_frames")["frames"].items()
    }
)
"""INEGI code → south, north, west, east in degrees."""


def outside_entity(position: Mapping[str, Any] | None, entity: str | None) -> bool:
    """True when a manifest's position (``lat``, ``lon`` as decimal texts) cannot lie in the entity.

    False also where either is not stated: nothing is known then.
    """
    frame = FRAMES.get(entity or "")
    if position is None or frame is None:
        return False
    lat, lon = float(position["lat"]), float(position["lon"])
    south, north, west, east = frame
    return not (south <= lat <= north and west <= lon <= east)
