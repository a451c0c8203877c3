"""A ledger with entries in files is verified, exported and repaired as any other."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from exchange.audit.export import write_export, write_tiles
from exchange.audit.export.write_export import Exporter
from exchange.audit.result import Report
from exchange.audit.sources.database import DatabaseSource
from exchange.errors import Reason
from exchange.input_file import read_file
from exchange.ledger.tiles import WIDTH
from exchange.node import outbox
from exchange.rebuild import files
from exchange.rebuild.old_rows import OldRows
from exchange.rebuild.run import Given, repair_file
from exchange.store import Store, cold_files, raw_rows
from exchange.store.cold_files import ColdFiles
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.audit.ledger import THEIRS, Ledger, change
from tests.batches import envelopes_in
from tests.expecting import refusing
from tests.node import world as worlds
from tests.node.world import FILED, PK, World, bulletin, name_of, receipt
from tests.rebuild import support

BUNDLE = f"{THEIRS}/tile/entries/000"
HASHES = f"{THEIRS}/tile/0/000"
IN_A_FILE = 100  # an entry in the bundle


class Room(NamedTuple):
    """What a disk says of itself, as far as it is asked."""

    free: int


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """Return a ledger with more than a bundle of a partner's receipts."""
    folder = tmp_path_factory.mktemp("long")
    with worlds.world(folder) as world:
        world.meet()
        _fill(world)
        bundles = world.bundles
    return Ledger(folder / f"{PK}.db", bundles)


def _fill(world: World) -> None:
    pk, cn = world.pk, world.cn
    sent = bulletin(pk.nation, cn.nation)
    pk.from_desk(sent)
    world.meet()
    name = name_of(sent)
    for start in range(1, 321, 80):
        said = [
            receipt(cn.nation, name, pb.RELATION_OPENED, id=number.to_bytes(16))
            for number in range(start, start + 80)
        ]
        cn.from_desk(*said)
        world.meet()


@pytest.fixture
def cold(warm: Ledger, tmp_path: Path) -> Ledger:
    """Return it with that bundle in a file."""
    ledger = warm.copy(tmp_path)
    with closing(Store(ledger.path)) as store:
        store.cold.move(THEIRS, 0, FILED)
    return ledger


def beside(ledger: Ledger) -> Path:
    return ledger.path.with_name(f"{ledger.path.name}.cold")


def faults(report: Report) -> set[tuple[object, ...]]:
    return {(one.origin, one.index, one.reason, one.what) for one in report.faults}


def exported(ledger: Ledger, folder: Path) -> dict[str, bytes]:
    """Return an export of a database, and its logs as tiles."""
    folder.mkdir()
    with raw_rows.open_view(ledger.path) as raw:
        write_export.write(raw, Exporter(PK), lambda: FILED, folder / "export")
        sources = [DatabaseSource(raw, row) for row in raw.logs()]
        write_tiles.write(folder / "tiles", sources)
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_verifies_and_its_export_is_the_same(
    warm: Ledger, cold: Ledger, tmp_path: Path
) -> None:
    assert faults(cold.verify()) == set()
    assert exported(warm, tmp_path / "before") == exported(cold, tmp_path / "after")


def test_the_files_are_those_of_an_export_as_tiles(
    cold: Ledger, tmp_path: Path
) -> None:
    made = exported(cold, tmp_path / "out")

    for name in (BUNDLE, HASHES):
        assert (beside(cold) / name).read_bytes() == made[f"tiles/{name}"]


def test_a_node_of_it_answers_a_partner_as_before(
    warm: Ledger, cold: Ledger, tmp_path: Path
) -> None:
    answers = []
    for ledger in (warm, cold):
        place = tmp_path / ledger.path.parent.name
        place.mkdir()
        if beside(ledger).exists():
            shutil.copytree(beside(ledger), place / "partner.db.cold")
        with support.serving(ledger, place) as node:
            request = rpc.ListEntriesRequest(origin=THEIRS, start=0, limit=400)
            answers.append(outbox.entries(node, PK, request))
    assert answers[0].SerializeToString() == answers[1].SerializeToString()


def test_a_partner_that_lacks_everything_catches_up(
    cold: Ledger, tmp_path: Path
) -> None:
    """From head to head, through what lies in the file."""
    place = tmp_path / "node"
    place.mkdir()
    shutil.copytree(beside(cold), place / "partner.db.cold")
    with support.serving(cold, place) as node:
        size, sent = node.store.logs.size(THEIRS), list[bytes]()
        while len(sent) < size:
            batch = outbox.next_batch(node, PK, len(sent), check=True).batch
            sent += [one.entry for one in envelopes_in(batch)]
        assert sent == node.store.entries.bare(THEIRS, 0, size)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


def change_an_entry(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("spoil", [Path.unlink, cut, change_an_entry])
def test_a_file_that_is_not_as_written_is_named_and_its_entries_are_fetched(
    cold: Ledger, warm: Ledger, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(beside(cold) / BUNDLE)

    found = faults(cold.verify())
    assert (THEIRS, 0, Reason.DATABASE, f"{beside(cold).name}/{BUNDLE}") in found
    outcome = repair_file(cold.path, Given(PK, cold.bundles), lambda *_: None)
    assert (outcome.after.ok, outcome.lost) == (True, [])
    (cut,) = (log for log in outcome.logs if log.size < log.of)
    assert (cut.origin, cut.size < WIDTH) == (THEIRS, True)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    with support.serving(warm, mirror) as node:
        assert support.bring_back(cold, node).ok
    with closing(Store(cold.path)) as store:  # and all can go there again
        assert store.cold.logs() == []
        store.cold.move(THEIRS, 0, FILED)
    assert cold.verify().ok


def test_a_tile_of_hashes_is_held_against_the_tree(cold: Ledger) -> None:
    change_an_entry(beside(cold) / HASHES)

    expected = (THEIRS, 0, Reason.DATABASE, f"{beside(cold).name}/{HASHES}")
    assert faults(cold.verify()) == {expected}


def test_a_row_that_is_gone_is_found_and_healed_without_a_partner(
    cold: Ledger,
) -> None:
    """The file still says what the row no longer does."""
    change(cold.path, 'DELETE FROM entry WHERE log = 2 AND "index" = ?', IN_A_FILE)

    assert not cold.verify().ok
    outcome = repair_file(cold.path, Given(PK, cold.bundles), lambda *_: None)
    assert outcome.after.ok
    assert outcome.sound


ROWS = [
    "UPDATE cold SET root = zeroblob(32)",
    "UPDATE cold SET sum = 0",
    "UPDATE cold SET tile = 7",
]


@pytest.mark.parametrize("sql", ROWS)
def test_a_row_that_says_otherwise_is_found(cold: Ledger, sql: str) -> None:
    change(cold.path, sql)

    assert faults(cold.verify()) & {
        (THEIRS, tile, Reason.DATABASE, f"cold {tile // WIDTH}")
        for tile in (0, 7 * WIDTH)
    }


def test_a_row_that_is_gone_of_a_file_is_found_and_healed(cold: Ledger) -> None:
    """No reader of the node would look into the file."""
    change(cold.path, "DELETE FROM cold")

    first = 3  # behind what never leaves its row
    assert (THEIRS, first) in {found[:2] for found in faults(cold.verify())}
    outcome = repair_file(cold.path, Given(PK, cold.bundles), lambda *_: None)
    assert outcome.after.ok
    assert outcome.sound


def test_an_entry_does_not_leave_its_row_unnoticed(cold: Ledger) -> None:
    """Without a file an empty row is an entry that is gone."""
    sql = "UPDATE entry SET entry = x'' WHERE log = 2 AND \"index\" = ?"
    change(cold.path, sql, WIDTH + 9)

    assert (THEIRS, WIDTH + 9) in {found[:2] for found in faults(cold.verify())}


def test_a_repair_asks_for_the_room_of_what_comes_back(
    cold: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    (beside(cold) / "more").write_bytes(bytes(1 << 20))
    free = Room(2 * cold.path.stat().st_size + (1 << 20))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)

    with refusing(Reason.DISK):
        files.check_room(cold.path)
    shutil.rmtree(beside(cold))
    files.check_room(cold.path)


def test_heads_of_few_entries_read_a_file_once(
    cold: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[Path] = []

    def counted(path: Path, most: int) -> bytes:
        opened.append(path)
        return read_file(path, most)

    entries = ColdFiles(cold.path).as_they_stand(THEIRS, 0)
    monkeypatch.setattr(cold_files, "read_file", counted)
    scratch = tmp_path / "scratch.db"
    scratch.touch()
    rows = OldRows(scratch, ColdFiles(cold.path))
    rows._connection.execute('CREATE TABLE entry (log, "index", entry, reason)')

    found = [rows.entries(THEIRS, [1], n, n + 1)[n] for n in range(WIDTH)]

    assert found == entries
    assert len(opened) == 1
    rows.close()
