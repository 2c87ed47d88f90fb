"""Tiles of the tree (C2SP tlog-tiles): coordinates, contents, growth, and reading with authentication.

A tile at level L holds up to 256 hashes of complete subtrees of 256^L leaves; only full tiles are hashed into the
level above. The partial tiles of a tree, one at most for each level, are its *right edge*: they alone give the
root, and they are all that is needed to grow.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evidence.domain.log.merkle import EMPTY_ROOT, HASH_SIZE, BadProof, inclusion_proof, node_hash, subtrees, tree_root

HEIGHT = 8
WIDTH = 1 << HEIGHT
ENTRIES = -1  # the level of entry bundles
MAX_LEVEL = 7  # 256^8 leaves are more than a 63-bit size
MAX_ENTRY = 0xFFFF

_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?\Z",
    re.ASCII,
)

RightEdge = tuple[bytes, ...]  # by level: the hashes of that level's partial tile, concatenated; b"" when there is none


@dataclass(frozen=True, slots=True)
class Tile:
    """Coordinates of a tile, or of an entry bundle when ``level`` is ``ENTRIES``; ``width`` is its number of hashes."""

    level: int
    index: int
    width: int = WIDTH

    def path(self) -> str:
        """``tile/<L>/<N>[.p/<W>]``: below the log's prefix, index 1234067 as ``x001/x234/067``."""
        rest, digits = divmod(self.index, 1000)
        number = f"{digits:03d}"
        while rest:
            rest, digits = divmod(rest, 1000)
            number = f"x{digits:03d}/{number}"
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{number}" + ("" if self.width == WIDTH else f".p/{self.width}")


def parse_path(path: str) -> Tile:
    """The tile of a path; ``BadProof`` for a path that ``Tile.path`` would not write."""
    match = _PATH.match(path)
    if match is None:
        raise BadProof("tile_path_malformed")
    level = ENTRIES if match["level"] == "entries" else int(match["level"])
    index = int(match["index"].replace("x", "").replace("/", ""))
    tile = Tile(level, index, int(match["width"] or WIDTH))
    if tile.path() != path or level > 63:
        raise BadProof("tile_path_malformed")
    return tile


def tile_for(level: int, index: int, size: int) -> Tile:
    """The tile that holds or yields the complete-subtree hash ``(level, index)`` in a tree of ``size`` leaves."""
    tile_level, within = divmod(level, HEIGHT)
    return sized(tile_level, (index << within) >> HEIGHT, size)


def sized(tile_level: int, tile_index: int, size: int) -> Tile:
    """The tile as a tree of ``size`` leaves has it: full or partial; ``BadProof`` when that tree has none there."""
    width = min(WIDTH, (size >> (HEIGHT * tile_level)) - (tile_index << HEIGHT))
    if width < 1:
        raise BadProof("tile_outside_tree", f"level {tile_level}, index {tile_index}, size {size}")
    return Tile(tile_level, tile_index, width)


def hash_in(tile: Tile, data: bytes, level: int, index: int) -> bytes:
    """The complete-subtree hash ``(level, index)`` out of the tile that covers it; ``BadProof`` when it does not."""
    within = level - tile.level * HEIGHT
    first = (index << within if within >= 0 else 0) - (tile.index << HEIGHT)
    if not 0 <= within <= HEIGHT or first < 0 or first + (1 << within) > tile.width:
        raise BadProof("hash_outside_tile", f"level {level}, index {index} in {tile.path()}")
    return _subtree(data[first * HASH_SIZE : (first + (1 << within)) * HASH_SIZE])


def edge_tiles(size: int) -> list[Tile]:
    """The partial tiles of a tree of ``size``, lowest level first: those that hold its right edge."""
    counts = ((level, size >> (HEIGHT * level)) for level in range(MAX_LEVEL + 1))
    return [Tile(level, count >> HEIGHT, count % WIDTH) for level, count in counts if count % WIDTH]


def edge_from(size: int, fetch: Callable[[Tile], bytes]) -> RightEdge:
    """The right edge of a tree, its partial tiles read with ``fetch``; ``BadProof`` for a tile of the wrong length."""
    edge = [b""] * (MAX_LEVEL + 1)
    for tile in edge_tiles(size):
        edge[tile.level] = _checked_length(tile, fetch(tile))
    return tuple(edge)


def edge_root(size: int, edge: RightEdge) -> bytes:
    """The root of the tree of ``size`` whose right edge is ``edge``."""
    tiles = {tile.level: tile for tile in edge_tiles(size)}
    if any(len(part) != (tiles[level].width * HASH_SIZE if level in tiles else 0) for level, part in enumerate(edge)):
        raise BadProof("edge_malformed")
    reached: bytes | None = None
    for level, index in reversed(subtrees(0, size)):
        part = hash_in(tiles[level // HEIGHT], edge[level // HEIGHT], level, index)
        reached = part if reached is None else node_hash(part, reached)
    return EMPTY_ROOT if reached is None else reached


class Growth(NamedTuple):
    """``tiles``: every tile, full or partial, that the larger tree has and the smaller had not; and its right edge."""

    tiles: list[tuple[Tile, bytes]]
    edge: RightEdge


def grow(old_size: int, right_edge: RightEdge, new_leaf_hashes: Sequence[bytes]) -> Growth:
    """The tiles to write when ``new_leaf_hashes`` come behind a tree of ``old_size`` with ``right_edge``.

    The work is that of the new leaves, whatever the size of the tree. An empty tree's edge is ``()``.
    """
    edge = list(right_edge) + [b""] * (MAX_LEVEL + 1 - len(right_edge))
    tiles: list[tuple[Tile, bytes]] = []
    added = list(new_leaf_hashes)
    for level in range(MAX_LEVEL + 1):
        if not added:
            break
        count = old_size >> (HEIGHT * level)
        if len(edge[level]) != count % WIDTH * HASH_SIZE:
            raise BadProof("edge_malformed", f"level {level} of size {old_size}")
        row = edge[level] + b"".join(added)
        added = []
        index = count >> HEIGHT
        full = len(row) // (WIDTH * HASH_SIZE)
        for place in range(full):
            data = row[place * WIDTH * HASH_SIZE : (place + 1) * WIDTH * HASH_SIZE]
            tiles.append((Tile(level, index + place), data))
            added.append(_subtree(data))
        edge[level] = row[full * WIDTH * HASH_SIZE :]
        if edge[level]:
            tiles.append((Tile(level, index + full, len(edge[level]) // HASH_SIZE), edge[level]))
    return Growth(tiles, tuple(edge))


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry behind its length in 16 bits, big-endian."""
    if any(len(entry) > MAX_ENTRY for entry in entries):
        raise BadProof("entry_too_long")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def parse_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle; ``BadProof`` when it does not end with one."""
    entries, place = [], 0
    while place < len(data):
        start = place + 2
        place = start + int.from_bytes(data[place:start], "big")
        if start > len(data) or place > len(data):
            raise BadProof("bundle_malformed")
        entries.append(data[start:place])
    return entries


class TileReader:
    """A ``HashReader`` over the tiles of one tree.

    With ``root`` (of a verified checkpoint of ``size``) every tile is authenticated before a hash is taken from it:
    the right edge by the root, any full tile by its hash in the tile above. Without it the tiles are believed,
    which only their own keeper should do. Tiles are fetched once and kept.
    """

    def __init__(self, fetch: Callable[[Tile], bytes], *, size: int, root: bytes | None = None) -> None:
        self._fetch = fetch
        self._size = size
        self._root = root
        self._believed: dict[Tile, bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        tile = tile_for(level, index, self._size)
        return hash_in(tile, self.tile(tile), level, index)

    def tile(self, tile: Tile) -> bytes:
        """A tile's data, authenticated; ``tile`` as ``sized`` gives it for this tree."""
        if self._root is not None and not self._believed:
            self._believe_edge(self._root)
        if tile not in self._believed:
            data = _checked_length(tile, self._fetch(tile))
            if self._root is not None and _subtree(data) != self.read((tile.level + 1) * HEIGHT, tile.index):
                raise BadProof("tile_differs", tile.path())
            self._believed[tile] = data
        return self._believed[tile]

    def _believe_edge(self, root: bytes) -> None:
        tiles = edge_tiles(self._size)
        data = {tile: _checked_length(tile, self._fetch(tile)) for tile in tiles}
        trusting = TileReader(lambda tile: data[tile], size=self._size)
        if tree_root(self._size, trusting) != root:
            raise BadProof("root_differs", "the tiles on the right edge do not make the checkpoint's root")
        self._believed = data


class _Noting:
    """A ``HashReader`` that knows no hash, only which tile would hold it."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.tiles: dict[Tile, None] = {}

    def read(self, level: int, index: int) -> bytes:
        self.tiles[tile_for(level, index, self.size)] = None
        return bytes(HASH_SIZE)


def tiles_of_inclusion(index: int, size: int) -> list[Tile]:
    """The tiles that an inclusion proof reads, so that they can be fetched together; ``BadProof`` outside the tree."""
    noting = _Noting(size)
    inclusion_proof(index, size, noting)
    return list(noting.tiles)


def _subtree(data: bytes) -> bytes:
    """The hash over 2^n concatenated hashes."""
    row = [data[place : place + HASH_SIZE] for place in range(0, len(data), HASH_SIZE)]
    while len(row) > 1:
        row = [node_hash(row[place], row[place + 1]) for place in range(0, len(row), 2)]
    return row[0]


def _checked_length(tile: Tile, data: bytes) -> bytes:
    if len(data) != tile.width * HASH_SIZE:
        raise BadProof("tile_malformed", f"{tile.path()} has {len(data)} bytes")
    return data
