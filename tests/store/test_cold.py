"""Old entries in files: every reader gets them, and what is not as written is found."""

import errno
import os
import random
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exchange import atomic_file
from exchange.errors import Reason, Tampered
from exchange.ledger.tiles import WIDTH, decode_bundle
from exchange.limits import BATCH_BYTES_MAX
from exchange.node.disk_use import superfluous
from exchange.store import NewEntry, Store, cold_rows
from exchange.store.cold_files import ColdFiles
from exchange.store.copy_file import copy_database
from tests.expecting import refusing
from tests.quick import folder_in_memory
from tests.store.support import DIRECTORY, NOW, ORIGIN, Log, entry, verify

BUNDLE = f"{ORIGIN}/tile/entries/000"
HASHES = f"{ORIGIN}/tile/0/000"
RECALL = 4


def bare(number: int, **about: object) -> NewEntry:
    """Return an entry whose text is gone, or never was here."""
    return entry(number, **about)._replace(wraps=(), body=b"")  # type: ignore[arg-type]


def fill(log: Log, count: int = WIDTH) -> list[NewEntry]:
    """Append entries, some of which never leave their rows."""
    entries = [bare(number) for number in range(count)]
    entries[7] = bare(7, reason="KIND")
    entries[8] = bare(8, reason="KIND")._replace(entry=b"")
    entries[9] = bare(9, kind=RECALL)
    log.append(*entries)
    return entries


def folder(store_path: Path) -> Path:
    return store_path.with_name(f"{store_path.name}.cold")


def sized(path: Path) -> int:
    """Return the bytes of entries in the rows of a database."""
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as connection:
        asked = "SELECT sum(length(entry)) FROM entry"
        return int(connection.execute(asked).fetchone()[0])


def readings(store: Store, entries: list[NewEntry]) -> list[object]:
    """Return what every reader of entries says."""
    names = sorted(new.name for new in entries)
    return [
        store.entries.page(ORIGIN, 0, 2_000),
        store.entries.page(ORIGIN, 250, 10),
        store.entries.bare(ORIGIN, 3, 300),
        store.entries.by_name(entries[0].name),
        store.entries.by_name(entries[7].name),
        store.entries.between(names[0], names[20], 30),
        store.entries.refused(ORIGIN, 0, 10),
        store.entries.directory(ORIGIN),
        store.entries.with_text(ORIGIN, range(300), 10),
        [thing.entry for thing in store.arrivals.things(0, 400, lambda _: 1, 500)],
        store.logs.inclusion_proof(ORIGIN, 3, 256),
    ]


def test_every_reader_gets_the_same_bytes(store: Store, log: Log) -> None:
    entries = fill(log)
    more = [entry(number) for number in range(WIDTH, WIDTH + 4)]
    log.append(*more)
    before = readings(store, entries)

    store.cold.move(ORIGIN, 0, NOW)

    assert readings(store, entries) == before
    assert verify(store) == WIDTH + 4
    (cold,) = store.cold.logs()
    assert (cold.origin, cold.entries) == (ORIGIN, WIDTH)


def test_the_file_is_a_bundle_of_tiles_and_the_rows_are_empty(
    store: Store, log: Log, path: Path
) -> None:
    entries = fill(log)
    leaves = [store.logs.hash(ORIGIN, 0, index) for index in range(WIDTH)]
    store.cold.move(ORIGIN, 0, NOW)
    store.close()

    bundle = (folder(path) / BUNDLE).read_bytes()
    assert decode_bundle(bundle) == [new.entry for new in entries]
    assert (folder(path) / HASHES).read_bytes() == b"".join(leaves)
    assert sized(path) == len(entries[7].entry) + len(entries[9].entry)
    assert (folder(path) / BUNDLE).stat().st_mode & 0o777 == 0o600
    assert folder(path).stat().st_mode & 0o777 == 0o700


def test_statements_stay_in_their_rows(store: Store, log: Log, path: Path) -> None:
    entries = [bare(n, kind=DIRECTORY if n % 2 else 1) for n in range(WIDTH)]
    log.append(*entries)
    store.cold.move(ORIGIN, 0, NOW)
    shutil.rmtree(folder(path))

    assert len(store.entries.directory(ORIGIN)) == WIDTH // 2
    log.append(bare(WIDTH))


def test_heads_around_what_is_cold_are_not_forgotten(store: Store, log: Log) -> None:
    """Its rows weigh nothing, and a partner must still catch up head by head."""
    half = WIDTH // 2
    log.append(*(bare(number) for number in range(half)))
    log.append(*(bare(number) for number in range(half, WIDTH)))
    log.append(bare(WIDTH))
    spans = store.heads.spans(ORIGIN, 0, 10)
    assert list(superfluous(spans)) == [half, WIDTH]
    store.cold.move(ORIGIN, 0, NOW)

    spans = store.heads.spans(ORIGIN, 0, 10)
    assert [span.weight for span in spans[:2]] == [BATCH_BYTES_MAX] * 2
    assert list(superfluous(spans)) == []


def test_a_refused_entry_without_bytes_weighs_nothing(store: Store, log: Log) -> None:
    log.append(bare(0, reason="KIND")._replace(entry=b""), bare(1))

    (span,) = store.heads.spans(ORIGIN, 0, 10)
    assert span.weight == len(bare(1).entry)


def test_a_text_that_is_here_or_to_come_holds_a_bundle(store: Store, log: Log) -> None:
    entries = [bare(number) for number in range(WIDTH)]
    entries[200] = entry(200)
    log.append(*entries)
    assert store.cold.has_texts(ORIGIN, 0)

    with refusing(Reason.CONFLICT):
        store.cold.move(ORIGIN, 0, NOW)
    assert store.cold.logs() == []
    assert verify(store) == WIDTH


def test_what_is_not_full_or_covered_is_not_moved(store: Store, log: Log) -> None:
    log.append(*(bare(number) for number in range(WIDTH - 1)))

    assert store.cold.stored_at(ORIGIN, 0) is None
    with pytest.raises(Tampered):
        store.cold.move(ORIGIN, 0, NOW)
    log.append(bare(WIDTH))
    assert store.cold.stored_at(ORIGIN, 0) == NOW


def turn_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOIL: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "a bit turned": turn_a_bit,
    "grown": lambda path: path.write_bytes(path.read_bytes() + bytes(2)),
    "endless": lambda path: os.truncate(path, 1 << 40),
    "a folder": put_folder,
}


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
def test_a_file_that_is_not_as_written_is_named(
    log: Log, path: Path, spoil: Callable[[Path], object]
) -> None:
    entries = fill(log)
    log.store.cold.move(ORIGIN, 0, NOW)
    spoil(folder(path) / BUNDLE)

    for read in (
        lambda: log.store.entries.page(ORIGIN, 0, 1),
        lambda: log.store.entries.bare(ORIGIN, 255, 1),
        lambda: log.store.entries.by_name(entries[0].name),
        lambda: log.store.arrivals.things(0, 1, lambda _: 1, 5),
    ):
        with pytest.raises(Tampered) as found:
            read()
        assert found.value.reason is Reason.DATABASE
        assert found.value.where == f"{folder(path).name}/{BUNDLE}"
        assert "fusion fsck --repair" in str(found.value)
    log.append(bare(WIDTH))  # what is new goes on


def test_what_is_damaged_in_the_database_does_not_leave_it(
    store: Store, log: Log, path: Path
) -> None:
    fill(log)
    with store._database.write_cursor() as connection:
        connection.execute("DROP TRIGGER entry_no_update")
        connection.execute("UPDATE entry SET entry = x'00' WHERE \"index\" = 99")
    with pytest.raises(Tampered) as found:
        store.cold.move(ORIGIN, 0, NOW)
    assert found.value.reason is Reason.ROOT
    assert not folder(path).exists()


FORBIDDEN = [
    "UPDATE entry SET entry = '' WHERE \"index\" >= 256",
    "UPDATE entry SET entry = '0' WHERE \"index\" >= 256",
    "UPDATE entry SET entry = '0' WHERE \"index\" = 9",
    "UPDATE entry SET entry = '', kind = 2 WHERE \"index\" = 9",
    "UPDATE entry SET entry = '0' WHERE \"index\" = 8",
    'DELETE FROM entry WHERE "index" = 1',
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_ledger_still_only_grows(store: Store, log: Log, statement: str) -> None:
    fill(log)
    log.append(bare(WIDTH))
    store.cold.move(ORIGIN, 0, NOW)

    with pytest.raises(Exception, match="the ledger only grows"):  # noqa: SIM117
        with store._database.write_cursor() as connection:
            connection.execute(statement)


def test_a_file_of_an_earlier_try_is_replaced(
    store: Store, log: Log, path: Path
) -> None:
    fill(log)
    (folder(path) / BUNDLE).parent.mkdir(parents=True)
    (folder(path) / BUNDLE).write_bytes(b"left by a kill")

    store.cold.move(ORIGIN, 0, NOW)

    assert verify(store) == WIDTH


def test_no_room_leaves_all_as_it_was(store: Store, log: Log, path: Path) -> None:
    fill(log)
    folder(path).write_bytes(b"in the way")

    with refusing(Reason.DISK):
        store.cold.move(ORIGIN, 0, NOW)
    assert verify(store) == WIDTH
    assert store.cold.logs() == []


def test_a_copy_takes_the_files_along(store: Store, log: Log, path: Path) -> None:
    entries = fill(log)
    log.append(*(bare(number) for number in range(WIDTH, 2 * WIDTH)))
    before = readings(store, entries)
    store.cold.move(ORIGIN, 0, NOW)
    store.cold.move(ORIGIN, 1, NOW)
    (folder(path) / f"{ORIGIN}/tile/entries/007").write_bytes(b"nobody's")
    to = path.with_name("copy.db")

    copy_database(path, to)

    shutil.rmtree(folder(path))
    with closing(Store(to, read_only=True)) as copy:
        assert readings(copy, entries) == before
    names = sorted(one.name for one in folder(to).rglob("*") if one.is_file())
    assert names == ["000", "000", "001", "001"]
    with refusing(Reason.HOME_EXISTS):
        copy_database(path, path.with_name("copy.db"))


def test_a_copy_that_finds_no_room_for_the_files_says_so(
    log: Log, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    fill(log)
    log.store.cold.move(ORIGIN, 0, NOW)
    monkeypatch.setattr(shutil, "copyfile", full)
    to = path.with_name("copy.db")

    with refusing(Reason.DISK):
        copy_database(path, to)
    assert not to.exists()
    assert not folder(to).exists()


def test_a_copy_names_what_was_lost_before_it(log: Log, path: Path) -> None:
    fill(log)
    log.store.cold.move(ORIGIN, 0, NOW)
    shutil.rmtree(folder(path))
    to = path.with_name("copy.db")

    copy_database(path, to)

    with closing(Store(to)) as copy, pytest.raises(Tampered):
        copy.entries.page(ORIGIN, 0, 1)


# A node that is killed while it moves them loses none, and moves them again.

BUNDLES = 6
ROUNDS = 6
KILLED = 9


@pytest.fixture(scope="module")
def several() -> Iterator[tuple[Path, list[bytes]]]:
    """Make a log of some bundles once; return its database and its entries."""
    entries = [bare(number) for number in range(BUNDLES * WIDTH)]
    with folder_in_memory() as made:
        with closing(Store(made / "node.db")) as store:
            log = Log(store)
            for start in range(0, len(entries), WIDTH):
                log.append(*entries[start : start + WIDTH])
        yield made / "node.db", [new.entry for new in entries]


@pytest.fixture
def entries(path: Path, several: tuple[Path, list[bytes]]) -> list[bytes]:
    """Copy that log to where the test works; return its entries."""
    shutil.copy(several[0], path)
    return several[1]


def run_apart(work: Callable[[], None]) -> int:
    """Start a process that does it, and return its id."""
    if pid := os.fork():
        return pid
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def move_all(path: Path) -> None:
    with closing(Store(path)) as store:
        moved = store.cold.moved(ORIGIN, 0, BUNDLES)
        for tile in range(BUNDLES):
            if tile not in moved:
                store.cold.move(ORIGIN, tile, NOW)


def look(path: Path, entries: list[bytes]) -> int:
    """Demand that all entries are there; return how many bundles lie in files."""
    with closing(Store(path)) as store:
        assert store.entries.bare(ORIGIN, 0, len(entries)) == entries
        assert verify(store) == len(entries)
        return len(store.cold.moved(ORIGIN, 0, BUNDLES))


def leftovers(path: Path) -> list[str]:
    """Return the files beside a database that nobody will read."""
    return [left.name for left in folder(path).rglob(".*")]


STEPS = [
    (atomic_file, "_place"),
    (ColdFiles, "_put"),
    (ColdFiles, "bundle"),
    (ColdFiles, "write"),
    (cold_rows, "row_sum"),
    (cold_rows, "rest"),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("where", "step"), STEPS, ids=lambda step: str(step)[:20])
def test_killed_at_a_step_every_entry_is_there(
    path: Path, entries: list[bytes], where: object, step: str, *, after: bool
) -> None:
    def work() -> None:
        done = getattr(where, step)

        def end(*given: object) -> None:
            if after:
                done(*given)
            os._exit(KILLED)

        setattr(where, step, end)
        move_all(path)

    pid = run_apart(work)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == KILLED

    assert look(path, entries) == (step == "rest")
    move_all(path)
    assert look(path, entries) == BUNDLES
    assert leftovers(path) == []


def test_killed_at_any_moment_every_entry_is_there(
    path: Path, entries: list[bytes]
) -> None:
    """The seed says when; what a moment holds is the machine's."""
    draw = random.Random(17)  # noqa: S311  to do it once more
    for _ in range(ROUNDS):
        pid = run_apart(lambda: move_all(path))
        time.sleep(draw.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        look(path, entries)
    move_all(path)
    assert look(path, entries) == BUNDLES
    assert leftovers(path) == []
