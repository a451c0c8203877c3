"""Tiles on disk are what C2SP says, and lead from the entries to the checkpoint."""

from pathlib import Path

import pytest

from exchange.audit.export import write_tiles
from exchange.audit.sources.database import DatabaseSource
from exchange.errors import Reason, Tampered
from exchange.ledger import merkle
from exchange.ledger.merkle import leaf_hash
from exchange.ledger.tiles import Tile, tiles
from exchange.store import raw_rows
from tests.audit import log_in_memory as shown
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.audit.log_in_memory import ORIGIN, TIME, Shown
from tests.expecting import failing, refusing
from tests.tile_reader import parse_bundle, parse_tile


def tree(leaves: list[bytes]) -> merkle.Get:
    def get(level: int, index: int) -> bytes:
        return merkle.root_hash(leaves[index << level :][: 1 << level])

    return get


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_the_files_are_those_of_a_tree_of_that_size(tmp_path: Path, size: int) -> None:
    entries = [b"entry %d" % number for number in range(size)]
    note = shown.signed(shown.head(entries), TIME)

    assert write_tiles.write(tmp_path / "out", [Shown(entries, [note])]) == {
        ORIGIN: size
    }

    folder = tmp_path / "out" / ORIGIN
    leaves = list(map(leaf_hash, entries))
    expected = {"checkpoint": note}
    for tile in tiles(size):
        expected[tile.path] = tile.encode(tree(leaves))
        if tile.level == 0:
            first = tile.index * 256
            held = (folder / tile.entries_path).read_bytes()
            assert parse_bundle(held) == entries[first : first + tile.width]
            expected[tile.entries_path] = held
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found == expected


def test_three_levels_are_written(tmp_path: Path) -> None:
    """Empty entries, so that it is quick."""
    size = 65_537
    entries = [b""] * size
    leaf = leaf_hash(b"")
    full = leaf
    for _ in range(16):
        full = merkle.node_hash(full, full)
    note = shown.signed(shown.head(entries), TIME)

    write_tiles.write(tmp_path / "out", [Shown(entries, [note])])

    folder = tmp_path / "out" / ORIGIN
    assert parse_tile((folder / Tile(2, 0, 1).path).read_bytes(), 1) == [full]
    assert (folder / "tile/0/256.p/1").read_bytes() == leaf
    assert (folder / "tile/1/000").stat().st_size == 8_192


def test_a_database_s_logs_are_written(sound: Ledger, tmp_path: Path) -> None:
    with raw_rows.open_view(sound.path) as raw:
        sources = [DatabaseSource(raw, row) for row in raw.logs()]
        sizes = write_tiles.write(tmp_path / "out", sources)
        pulse = sources[0].newest_note()

    assert sizes == {OURS: 5, THEIRS: 9}
    assert (tmp_path / "out" / OURS / "checkpoint").read_bytes() == pulse


def test_what_stands_there_stays(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    with refusing(Reason.HOME_EXISTS):
        write_tiles.write(tmp_path / "out", [])


def _head(*entries: bytes) -> bytes:
    return shown.signed(shown.head(entries), TIME)


AB = [b"a", b"b"]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (Shown(AB, [_head(b"a")]), Reason.ROOT),
        (Shown(AB, [_head(b"b", b"a")]), Reason.ROOT),
        (Shown(AB, []), Reason.MISSING),
        (Shown(AB, [_head(*AB)], skipped=0), Reason.ROOT),
        (Shown(AB, [_head(*AB)], origin="../x"), Reason.DATABASE),
    ],
    ids=["an older head", "other entries", "no head", "a hole", "no origin"],
)
def test_what_does_not_lead_to_its_head_leaves_nothing(
    tmp_path: Path, source: Shown, reason: Reason
) -> None:
    with failing(Tampered, reason):
        write_tiles.write(tmp_path / "out", [source])

    assert list(tmp_path.iterdir()) == []


def test_a_row_that_is_none_is_named(ledger: Ledger, tmp_path: Path) -> None:
    change(ledger.path, 'UPDATE entry SET entry = 7 WHERE log = 1 AND "index" = 2')

    with (
        raw_rows.open_view(ledger.path) as raw,
        failing(Tampered, where=f"{OURS}#2"),
    ):
        write_tiles.write(tmp_path / "out", [DatabaseSource(raw, raw.logs()[0])])

    assert not (tmp_path / "out").exists()
