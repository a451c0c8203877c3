"""Tiles: the paths and bytes that other people's tools expect."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle, tiles
from exchange.ledger.tiles import Tile
from exchange.limits import ENTRY_MAX
from tests import tile_reader
from tests.ledger.merkle_adapter import leaf_hash, root_hash, tree

VECTORS = Path(__file__).parents[1] / "vectors" / "merkle"


def shape(size: int) -> dict[int, list[int]]:
    """The widths of the tiles of each level, in their order."""
    found: dict[int, list[int]] = {}
    for tile in tiles.tiles(size):
        assert tile.index == len(found.setdefault(tile.level, []))
        found[tile.level].append(tile.width)
    return found


def refused(data: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        tile_reader.parse_bundle(data)
    assert caught.value.reason is Reason.INPUT
    return caught.value.where


@pytest.mark.parametrize(
    ("size", "widths"),
    [
        (0, {}),
        (1, {0: [1]}),
        (255, {0: [255]}),
        (256, {0: [256], 1: [1]}),
        (257, {0: [256, 1], 1: [1]}),
        (65_535, {0: [256] * 255 + [255], 1: [255]}),
        (65_536, {0: [256] * 256, 1: [256], 2: [1]}),
        (70_000, {0: [256] * 273 + [112], 1: [256, 17], 2: [1]}),
    ],
)
def test_a_tree_has_these_tiles(size: int, widths: dict[int, list[int]]) -> None:
    assert shape(size) == widths


@pytest.mark.parametrize("size", [-1, 2**63])
def test_no_tree_has_that_size(size: int) -> None:
    with pytest.raises(Refusal):
        next(tiles.tiles(size))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (Tile(2, 10**9, 1), "tile/2/x001/x000/x000/000.p/1"),
        (Tile(0, (2**63 - 1) // 256, 255), "tile/0/x036/x028/x797/x018/x963/967.p/255"),
    ],
)
def test_paths(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tile.entries_path == path.replace(f"tile/{tile.level}", "tile/entries")


@given(st.integers(0, 2**55), st.integers(1, 256))
def test_every_tile_lies_elsewhere(index: int, width: int) -> None:
    """And its path gives it back."""
    path = Tile(0, index, width).path.removeprefix("tile/0/")
    place, _, partial = path.partition(".p/")
    *upper, last = place.split("/")

    assert all(group[0] == "x" and len(group) == 4 for group in upper)
    assert len(last) == 3
    assert int("".join(group[-3:] for group in [*upper, last])) == index
    assert (int(partial) if partial else 256) == width


@pytest.mark.parametrize("size", [1, 3, 255, 256, 300, 1_000])
def test_tiles_hold_what_a_tree_is_made_of(size: int) -> None:
    leaves = [b"entry %d" % n for n in range(size)]
    get = tree(leaves)
    hashes: dict[int, list[bytes]] = {}
    for tile in tiles.tiles(size):
        data = tile.encode(get)
        hashes.setdefault(tile.level, []).extend(
            tile_reader.parse_tile(data, tile.width)
        )

    assert hashes[0] == [leaf_hash(leaf) for leaf in leaves]
    for n, hashed in enumerate(hashes.get(1, [])):
        assert hashed == root_hash(leaves[n * 256 : n * 256 + 256])
    assert merkle.root_hash(hashes[0]) == root_hash(leaves)


def test_a_log_of_other_people_comes_out_the_same() -> None:
    """Tessera's: every tile and bundle of its tree, byte for byte."""
    log = json.loads((VECTORS / "tessera-testlog.json").read_text())
    size = max(map(int, log["checkpoints"]))
    files = {path: b64decode(data) for path, data in log["tiles_base64"].items()}
    bundle = files[f"tile/entries/000.p/{size}"]
    entries = tile_reader.parse_bundle(bundle)

    (tile,) = tiles.tiles(size)

    assert files[tile.entries_path] == tiles.encode_bundle(entries) == bundle
    assert files[tile.path] == tile.encode(tree(entries))


def test_a_mirror_of_other_people_comes_out_the_same() -> None:
    """Sunlight's: two tiles of leaves and one above."""
    mirror = json.loads((VECTORS / "sunlight-witness.json").read_text())
    files = mirror["mirror_tiles_base64"]
    get = tree([b"record %d" % n for n in range(300)])

    made = {tile.path: tile.encode(get) for tile in tiles.tiles(300)}

    assert made == {path: b64decode(data) for path, data in files.items()}


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_both_ways(entries: list[bytes]) -> None:
    assert tile_reader.parse_bundle(tiles.encode_bundle(entries)) == entries


def test_the_largest_entry_fits_and_no_larger_one() -> None:
    entries = [bytes(ENTRY_MAX), b""]

    assert tile_reader.parse_bundle(tiles.encode_bundle(entries)) == entries
    with pytest.raises(Refusal) as caught:
        tiles.encode_bundle([bytes(ENTRY_MAX + 1)])
    assert caught.value.reason is Reason.SIZE


BUNDLE = tiles.encode_bundle([b"one", b"", b"three"])


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", "number of entries in a bundle"),
        (b"\0", "entry 0 of a bundle"),
        (b"\0\5abc", "entry 0 of a bundle"),
        (BUNDLE[:-1], "entry 2 of a bundle"),
        (BUNDLE[:-5], "entry 2 of a bundle"),
        (BUNDLE[:-6], "entry 2 of a bundle"),
        (BUNDLE + b"\0", "entry 3 of a bundle"),
        (BUNDLE + b"\xff\xff", "entry 3 of a bundle"),
        (bytes(2 * 257), "number of entries in a bundle"),
        (b"\0\1" + bytes(2 * 300), "number of entries in a bundle"),
    ],
)
def test_a_bundle_that_is_not_whole_is_refused(data: bytes, where: str) -> None:
    assert refused(data) == where


@given(st.binary(max_size=40))
def test_whatever_is_a_bundle_is_its_own_encoding(data: bytes) -> None:
    try:
        entries = tile_reader.parse_bundle(data)
    except Refusal:
        return
    assert tiles.encode_bundle(entries) == data


@pytest.mark.parametrize(
    ("size", "width"), [(0, 1), (31, 1), (33, 1), (64, 1), (32, 2)]
)
def test_a_tile_of_another_width_is_refused(size: int, width: int) -> None:
    with pytest.raises(Refusal) as caught:
        tile_reader.parse_tile(bytes(size), width)
    assert caught.value.reason is Reason.INPUT


def test_a_bundle_that_was_moved_away_comes_back_as_it_was() -> None:
    assert tiles.decode_bundle(BUNDLE, 3) == tile_reader.parse_bundle(BUNDLE)


@pytest.mark.parametrize(
    ("data", "width"),
    [
        *((BUNDLE[:length], 3) for length in range(len(BUNDLE))),
        (BUNDLE + b"\0", 3),
        (BUNDLE, 2),
        (BUNDLE, 4),
        (b"", 1),
    ],
)
def test_a_bundle_of_another_width_or_length_does_not_come_back(
    data: bytes, width: int
) -> None:
    with pytest.raises(Refusal) as caught:
        tiles.decode_bundle(data, width)
    assert caught.value.reason is Reason.POSITION
