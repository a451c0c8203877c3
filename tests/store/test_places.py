"""Names and ids, in memory and merged by slices: what is found is what was appended."""

import itertools
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlcipher3 import dbapi2

from exchange.audit.database.places import check_places
from exchange.errors import Reason, Refusal
from exchange.store import NewBatch, NewEntry, Store, place_keys, places, raw_rows
from exchange.store.place_keys import (
    ID,
    KEY_MIN,
    NAME,
    SLICES,
    key_of,
    keys_of,
    slice_of,
)
from tests.expecting import refusing
from tests.faults import NEVER, WAYS
from tests.store import test_faults
from tests.store.support import NOW, ORIGIN, Log, entry, note, verify
from tests.store.test_faults import opened

OTHER = "beijing.cn.fusion/log/1"


@contextmanager
def merging(recent: int = 3, slices: int = 4) -> Iterator[None]:
    """Let memory hold few, and a slice be merged with each append."""
    bits = 64 - (slices - 1).bit_length()
    with (
        patch.multiple(places, MERGED_WITH=2, RECENT_PLACES=recent, SLICES=slices),
        patch.multiple(place_keys, SLICES=slices, SLICE_BITS=bits, FILTER_BITS=8),
    ):
        yield


def numbered(number: int, refused: bool = False) -> NewEntry:  # noqa: FBT001, FBT002
    """Return an entry; of eight in a row the names begin alike."""
    made = entry(number, reason="KIND" if refused else "")
    alike = bytes([number % 64]) + bytes(7)
    name = alike + number.to_bytes(24) if number % 8 else made.name
    return made._replace(name=name, id=made.id if not refused else b"")


def faults(path: Path) -> list[str]:
    with raw_rows.open_view(path) as raw:
        origins = {row.number: str(row.origin) for row in raw.logs()}
        return [fault.what for fault in check_places(raw, origins)]


def rows(path: Path, table: str) -> int:
    with raw_rows.open_view(path) as raw:
        return sum(1 for _ in raw.rows(table))


def logged(path: Path, count: int) -> Log:
    """Return the log of a new store with so many entries."""
    log = Log(Store(path))
    for number in range(count):
        log.append(entry(number))
    return log


Step = tuple[str, int, list[int]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "append", "reopen", "second"]),
        st.integers(0, 1),
        st.lists(st.integers(0, 40), min_size=1, max_size=5),
    ),
    max_size=25,
)


@dataclass
class Model:
    """What a plain set would say, beside a store with small memory."""

    path: Path
    names: dict[str, dict[bytes, int]] = field(
        default_factory=lambda: {ORIGIN: {}, OTHER: {}}
    )
    ids: dict[str, set[bytes]] = field(
        default_factory=lambda: {ORIGIN: set(), OTHER: set()}
    )

    def __post_init__(self) -> None:
        self.store, self.second = Store(self.path), Store(self.path)

    def close(self) -> None:
        self.store.close()
        self.second.close()

    def append(self, store: Store, origin: str, numbers: list[int]) -> None:
        """Append, and be refused exactly where something stands twice."""
        held = store.logs.position(origin)
        log = Log(store, origin, store.logs.edge(origin), held)
        new = [numbered(number, number % 11 == 3) for number in numbers]
        accepted = [one for one in new if not one.reason]
        names = [one.name for one in accepted]
        twice = len(set(names)) < len(names) or any(
            one.id in self.ids[origin] for one in accepted
        )
        start = log.edge.size
        try:
            log.put(new)
        except Refusal as refusal:
            assert refusal.reason is Reason.DUPLICATE_ID  # noqa: PT017  see twice
            assert twice
            return
        assert not twice
        for index, one in enumerate(new, start):
            if not one.reason:
                self.names[origin][one.name] = index
                self.ids[origin].add(one.id)

    def check(self) -> None:
        entries = self.store.entries
        every = [numbered(number) for number in range(41)]
        for origin, held in self.names.items():
            asked = [one.name for one in every]
            assert entries.places(origin, asked) == held
            assert entries.known_names(origin, asked) == held.keys()
            assert entries.known_ids(origin, [o.id for o in every]) == self.ids[origin]
        logs = self.store.logs.origins()[::-1]
        expected = [(log, name) for log in logs for name in sorted(self.names[log])]
        found = entries.between(bytes(32), b"\xff" * 32, 99)
        assert [(one.origin, one.name) for one in found] == expected
        for one in every:
            stored = entries.by_name(one.name)
            where = [log for log in logs if one.name in self.names[log]]
            if where:
                assert stored is not None
                assert (stored.origin, stored.reason) == (where[0], "")
            else:
                assert stored is None or stored.reason


MERGED_BY_BOTH: list[Step] = [
    ("append", 0, [4, 8, 9, 10]),
    ("reopen", 0, [0]),
    ("append", 0, [1, 2, 6, 7]),
    ("second", 1, [0, 1, 2, 5]),
    ("second", 1, [3]),
    ("append", 0, [0]),
]
"""A slice that one store merged is merged again by the other, of another log."""


@given(STEPS)
@example(MERGED_BY_BOTH)
@settings(max_examples=60)
def test_it_finds_what_a_set_would(steps: list[Step]) -> None:
    """Two stores append by turns, as two processes would; each may start again."""
    with TemporaryDirectory() as folder, merging():
        model = Model(Path(folder) / "ledger.db")
        try:
            for what, log, numbers in steps:
                origin = [ORIGIN, OTHER][log]
                if what == "reopen":
                    model.store.close()
                    model.store = Store(model.path)
                else:
                    store = model.second if what == "second" else model.store
                    model.append(store, origin, numbers)
            model.check()
            assert faults(model.path) == []
        finally:
            model.close()


def test_it_merges_and_memory_is_bounded(path: Path) -> None:
    with merging(recent=64, slices=8), patch.object(places, "MERGED_WITH", 16):
        log = Log(Store(path))
        for number in range(100):
            log.append(*(entry(8 * number + one) for one in range(8)))
            assert log.store._places._count <= 64 + 2 * 16

        merged = rows(path, "name_place")
        assert rows(path, "id_place") > 600
        assert merged + log.store._places._count == 800
        assert faults(path) == []
        assert verify(log.store) == 800
        log.store.close()


def test_what_was_kept_in_memory_is_read_again(path: Path) -> None:
    """Only what is not merged yet is, after a start."""
    with merging(recent=16, slices=8):
        log = logged(path, 60)
        kept = log.store._places._count
        log.store.close()

        store = Store(path)
        assert store.entries.places(ORIGIN, [entry(59).name]) == {entry(59).name: 59}
        assert store._places._count == kept
        for number in range(60):
            assert store.entries.by_name(entry(number).name) is not None
        store.close()


@pytest.mark.parametrize("column", [NAME, ID])
@pytest.mark.parametrize("merged", [False, True])
def test_what_stands_already_is_refused(
    path: Path,
    column: str,
    merged: bool,  # noqa: FBT001  one of two
) -> None:
    with merging(recent=0 if merged else 99, slices=1):
        log = logged(path, 3)
        assert rows(path, "name_place") == (2 if merged else 0)
        twin = entry(9)._replace(**{column: getattr(entry(0), column)})

        with refusing(f"DUPLICATE_{column.upper()}"):
            log.put([twin])
        log.append(twin._replace(reason="KIND"))  # a copy that is REFUSED may stand
        assert verify(log.store) == 4
        log.store.close()


def test_the_key_of_another_name_refuses_nothing(path: Path) -> None:
    """Two that share a key are told apart by the whole."""
    with merging(recent=0, slices=1):
        log = Log(Store(path))
        made = [
            entry(number)._replace(name=bytes(8) + entry(number).name[:24])
            for number in range(5)
        ]
        for one in made:
            log.append(one)
        store = log.store
        assert [store.entries.by_name(one.name) for one in made] == [
            store.entries.page(ORIGIN, index, 1)[0] for index in range(5)
        ]
        assert store.entries.by_name(bytes(32)) is None
        first, last = sorted(one.name for one in made)[1:4:2]
        assert len(store.entries.between(first, last, 9)) == 3
        store.close()


def test_who_has_just_opened_it_finds_what_begins_alike(path: Path) -> None:
    logged(path, 3).store.close()
    reader = Store(path, read_only=True)
    name = entry(1).name
    found = reader.entries.between(name[:6] + bytes(26), name[:6] + b"\xff" * 26, 9)
    assert [one.name for one in found] == [name]
    reader.close()


def test_keys_keep_the_order_of_names() -> None:
    names = sorted(entry(number).name for number in range(99))
    keys = [key_of(NAME, name) for name in names]

    assert keys == sorted(keys)
    assert (key_of(NAME, b""), key_of(NAME, b"\xff" * 32)) == (KEY_MIN, -KEY_MIN - 1)
    assert (slice_of(KEY_MIN), slice_of(-KEY_MIN - 1)) == (0, SLICES - 1)


def test_readers_meet_each_name_once_while_slices_are_merged(path: Path) -> None:
    with merging(recent=8, slices=4):
        store = Store(path)
        log, count, wrong = Log(store), [0], list[int]()
        done = threading.Event()

        def look() -> None:
            for turn in itertools.cycle(range(7)):
                if done.is_set():
                    return
                known = count[0]
                asked = [entry(number).name for number in range(turn % 3, known, 3)]
                if len(store.entries.places(ORIGIN, asked)) != len(asked):
                    wrong.append(known)
                if len(store.entries.between(bytes(32), b"\xff" * 32, 999)) < known:
                    wrong.append(known)

        readers = [threading.Thread(target=look) for _ in range(2)]
        for reader in readers:
            reader.start()
        for number in range(150):
            log.append(entry(number))
            count[0] = number + 1
        done.set()
        for reader in readers:
            reader.join()
        assert wrong == []
        assert rows(path, "name_place") > 100
        store.close()


@pytest.mark.parametrize("way", WAYS)
def test_each_step_of_an_append_that_merges(tmp_path: Path, way: str) -> None:
    """Of a merge that is cut nothing is left, and nothing is missing."""
    writes = "INSERT" * 4 + "INSERT" * 6 + "UPDATE" + "COMMIT"
    with merging(recent=0, slices=1), patch.object(places, "MERGED_WITH", 99):
        case = test_faults.Case((test_faults.begin,), test_faults.grow, writes)
        test_faults.test_each_step_of_each_write(tmp_path, case, way)


KILLED = """
import sys
from pathlib import Path
from exchange.store import Store, places
from tests.store.support import ORIGIN, Log, entry
from tests.store.test_places import merging
with merging(recent=16, slices=4):
    store = Store(Path(sys.argv[1]))
    log = Log(store, edge=store.logs.edge(ORIGIN), held=store.logs.position(ORIGIN))
    while True:
        log.append(*(entry(log.edge.size + one) for one in range(3)))
        print(log.edge.size, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 7, 30])
def test_kill_in_the_middle_of_merges(path: Path, lines: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        told = [int(child.stdout.readline()) for _ in range(3 * lines)]
        child.send_signal(signal.SIGKILL)

    with merging(recent=16, slices=4):
        store = Store(path)
        size = store.logs.size(ORIGIN)
        assert size >= told[-1]
        asked = [entry(number).name for number in range(size)]
        assert len(store.entries.places(ORIGIN, asked)) == size
        assert faults(path) == []
        log = Log(store, edge=store.logs.edge(ORIGIN), held=store.logs.position(ORIGIN))
        with pytest.raises(Refusal):
            log.put([entry(0)])
        log.append(entry(size))
        assert verify(store) == size + 1
        store.close()


DAMAGES = {
    "a row is gone": "DELETE FROM {0} WHERE key = (SELECT max(key) FROM {0})",
    "another key": 'UPDATE {} SET key = key + 1 WHERE "index" = 1',
    "another log": 'UPDATE {} SET log = 2 WHERE "index" = 1',
    "another place": 'UPDATE {} SET "index" = 40 WHERE "index" = 1',
    "one more": "INSERT INTO {} VALUES (7, 1, 1)",
    "merged further": 'UPDATE place_slice SET "size" = 9',
    "a key that the filter hides": "UPDATE place_filter SET name = zeroblob(32)",
    "a key that the filter adds": "UPDATE place_filter SET id = x'ff' || zeroblob(31)",
    "no filter": "DELETE FROM place_filter",
    "merged less far": 'UPDATE place_slice SET "size" = 0',
}


@pytest.mark.parametrize("table", ["name_place", "id_place"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(path: Path, damage: str, table: str) -> None:
    with merging(recent=0, slices=1):
        logged(path, 9).store.close()
        assert faults(path) == []
        with dbapi2.connect(path) as connection:
            connection.execute(DAMAGES[damage].format(table))
        connection.close()

        assert faults(path)


def test_batches_of_one_append_repeat_nothing(path: Path) -> None:
    log = Log(Store(path))
    first = log.grown([entry(0)])
    second = log.grown([entry(0), entry(0)])
    batches = [NewBatch([entry(0)], one, note(one)) for one in (first, second)]

    with refusing(Reason.DUPLICATE_ID):
        log.store.append(ORIGIN, None, batches, NOW)
    log.store.close()


def test_the_writer_asks_no_database_for_what_is_new(path: Path) -> None:
    with opened(path) as (store, disk):
        store.claim(b"m" * 16)
        log = Log(store)
        log.append(entry(0))
        assert store.entries.known_ids(ORIGIN, [entry(1).id]) == set()

        disk.arm(NEVER, "lost")
        assert store.entries.known_ids(ORIGIN, [entry(2).id]) == set()
        assert store.entries.places(ORIGIN, [entry(2).name]) == {}
        assert disk.heal() == []
        assert store.entries.places(ORIGIN, [entry(0).name]) == {entry(0).name: 0}


@pytest.mark.parametrize("way", ["lost", "done"])
def test_the_writer_looks_again_after_a_failed_commit(path: Path, way: str) -> None:
    with opened(path) as (store, disk):
        store.claim(b"m" * 16)
        log = Log(store)
        log.append(entry(0))
        store.entries.known_ids(ORIGIN, [entry(1).id])
        disk.arm(NEVER, way)
        log.append(entry(1))
        last = disk.heal().index("COMMIT") + 1
        store.entries.known_ids(ORIGIN, [entry(9).id])

        disk.arm(last, way)
        with pytest.raises(Refusal):
            log.put([entry(2)])
        assert disk.failed == "COMMIT"
        disk.heal()

        there = {entry(2).name: 2} if way == "done" else {}
        assert store.entries.places(ORIGIN, [entry(2).name]) == there


@pytest.mark.parametrize("column", [NAME, ID])
def test_keys_of_many_are_those_of_each(column: str) -> None:
    values = [b"", b"a", bytes(7), bytes(8), b"\xff" * 32, os.urandom(16)]

    assert keys_of(column, values) == [key_of(column, value) for value in values]
    assert keys_of(column, iter(values)) == keys_of(column, values)
    assert keys_of(column, []) == []
