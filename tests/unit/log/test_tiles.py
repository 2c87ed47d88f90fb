"""Tiles: paths, growth by any steps, and a reader that believes nothing but the checkpoint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import entry, leaves, root_of

from evidence.domain.log.merkle import EMPTY_ROOT, BadProof, inclusion_proof, tree_root, verify_inclusion
from evidence.domain.log.tiles import (
    ENTRIES,
    RightEdge,
    Tile,
    TileReader,
    edge_from,
    edge_root,
    edge_tiles,
    encode_bundle,
    grow,
    hash_in,
    parse_bundle,
    parse_path,
    sized,
    tile_for,
    tiles_of_inclusion,
)


def stored(*steps: int) -> dict[Tile, bytes]:
    """All tiles ever written by a log that grew by ``steps``."""
    tiles: dict[Tile, bytes] = {}
    size = 0
    edge: RightEdge = ()
    for step in steps:
        growth = grow(size, edge, leaves(size + step)[size:])
        assert not tiles.keys() & dict(growth.tiles).keys(), "a tile is written once"
        tiles.update(growth.tiles)
        size, edge = size + step, growth.edge
    return tiles


def test_paths() -> None:
    assert Tile(0, 1234067).path() == "tile/0/x001/x234/067"
    assert Tile(2, 5, 17).path() == "tile/2/005.p/17"
    assert Tile(ENTRIES, 1000, 1).path() == "tile/entries/x001/000.p/1"


@given(st.integers(-1, 63), st.integers(0, 10**18), st.integers(1, 256))
def test_a_path_is_read_as_it_is_written(level: int, index: int, width: int) -> None:
    assert parse_path(Tile(level, index, width).path()) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/x000/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000/",
        "/tile/0/000",
        "tile/0/٠٠٠",
        "tile/data/000",
        "tile/8/0/000",
        "tile/0/000.p/+1",
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(BadProof, match="tile_path_malformed"):
        parse_path(path)
    with pytest.raises(BadProof, match="tile_path_malformed"):
        parse_path("tile/0/000\n")


def test_the_tree_of_the_specification() -> None:
    """70,000 entries: 273 full tiles and one of 112; above them one full and one of 17; at the top one of 1."""
    assert edge_tiles(70_000) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert edge_tiles(256) == [Tile(1, 0, 1)]
    assert edge_tiles(0) == []
    written = [tile for tile, _ in grow(0, (), [EMPTY_ROOT] * 70_000).tiles]
    assert written == [
        *(Tile(0, index) for index in range(273)),
        *[Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)],
    ]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_any_steps_lead_to_the_same_tree(steps: list[int]) -> None:
    size = sum(steps)
    tiles = stored(*steps)
    edge = edge_from(size, tiles.__getitem__)
    assert edge_root(size, edge) == root_of(size)
    reader = TileReader(tiles.__getitem__, size=size, root=root_of(size))
    assert tree_root(size, reader) == root_of(size)
    for index in {0, size // 2, size - 1}:
        verify_inclusion(leaves(size)[index], index, size, inclusion_proof(index, size, reader), root_of(size))


def test_an_edge_that_does_not_fit_is_refused() -> None:
    edge = grow(0, (), leaves(300)).edge
    for size in (299, 301, 44, 556):
        with pytest.raises(BadProof, match="edge_malformed"):
            edge_root(size, edge)
    for size in (299, 301, 45):
        with pytest.raises(BadProof, match="edge_malformed"):
            grow(size, edge, leaves(1))
    assert edge_root(0, ()) == EMPTY_ROOT


def test_hashes_are_cut_from_the_tile_that_covers_them() -> None:
    tiles = stored(600)
    tile = Tile(0, 1)
    assert tile_for(3, 33, 600) == tile
    assert hash_in(tile, tiles[tile], 3, 33) == TileReader(tiles.__getitem__, size=600).read(3, 33)
    for level, index in [(0, 255), (0, 512), (8, 0), (9, 0), (3, 64)]:
        with pytest.raises(BadProof, match="hash_outside_tile"):
            hash_in(tile, tiles[tile], level, index)
    with pytest.raises(BadProof, match="hash_outside_tile"):
        hash_in(Tile(0, 2, 88), tiles[Tile(0, 2, 88)], 3, 75)
    with pytest.raises(BadProof, match="tile_outside_tree"):
        sized(1, 1, 600)


def replaced(tiles: dict[Tile, bytes], tile: Tile, data: bytes) -> TileReader:
    """An authenticating reader of a tree of 600 in which one tile has other contents."""
    return TileReader((tiles | {tile: data}).__getitem__, size=600, root=root_of(600))


def test_a_reader_believes_no_changed_tile() -> None:
    """Every tile that a proof in a tree of 600 needs is changed in turn, and every time the proof is not made."""
    tiles = stored(300, 300)
    for index in (0, 300, 599):
        for tile in (Tile(0, index >> 8, min(256, 600 - (index & ~255))), Tile(1, 0, 2), Tile(0, 2, 88)):
            for place in (0, 31, len(tiles[tile]) // 2, len(tiles[tile]) - 1):
                changed = bytearray(tiles[tile])
                changed[place] ^= 0x80
                with pytest.raises(BadProof, match=r"tile_differs|root_differs"):
                    replaced(tiles, tile, bytes(changed)).read(0, index)


def test_a_reader_refuses_tiles_of_another_length() -> None:
    tiles = stored(600)
    for tile in (Tile(0, 0), Tile(1, 0, 2), Tile(0, 2, 88)):
        for data in (b"", tiles[tile][:-1], tiles[tile][:-32], tiles[tile] + bytes(32)):
            with pytest.raises(BadProof, match="tile_malformed"):
                replaced(tiles, tile, data).read(0, 0)


def test_each_tile_is_fetched_once() -> None:
    tiles = stored(600)
    fetched: list[Tile] = []

    def fetch(tile: Tile) -> bytes:
        fetched.append(tile)
        return tiles[tile]

    reader = TileReader(fetch, size=600, root=root_of(600))
    for index in range(600):
        reader.read(0, index)
    assert sorted(map(Tile.path, fetched)) == sorted(map(Tile.path, [*edge_tiles(600), Tile(0, 0), Tile(0, 1)]))


def test_bundles() -> None:
    entries = [entry(number) for number in range(256)]
    data = encode_bundle(entries)
    assert data[:4] == b"\x00\x20" + entries[0][:2]
    assert len(data) == 256 * 34
    assert parse_bundle(data) == entries
    assert parse_bundle(encode_bundle([b"", b"x"])) == [b"", b"x"]
    for broken in (data[:-1], data + b"\x00", b"\x00\x05abcd"):
        with pytest.raises(BadProof, match="bundle_malformed"):
            parse_bundle(broken)
    with pytest.raises(BadProof, match="entry_too_long"):
        encode_bundle([bytes(65536)])


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 65_535, 65_793, 16_777_473])
def test_the_tiles_of_a_proof_are_known_before_a_hash_is_read(size: int) -> None:
    for index in {0, 1, size // 3, size // 2, size - 1} & set(range(size)):
        asked: list[Tile] = []

        class Asking:
            def read(self, level: int, place: int) -> bytes:
                asked.append(tile_for(level, place, size))  # noqa: B023  # used within the turn
                return bytes(32)

        inclusion_proof(index, size, Asking())
        foretold = tiles_of_inclusion(index, size)
        assert set(foretold) == set(asked)
        assert len(foretold) == len(set(foretold)) <= 2 * 4
