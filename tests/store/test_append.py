"""The append: all of it or nothing, whoever else writes, whatever fails."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.limits import BATCH_ENTRIES_MAX
from exchange.store import (
    ENTRY,
    HEAD,
    NewBatch,
    NewEntry,
    Store,
    StoredHead,
    append,
)
from exchange.store.append import read_edge
from exchange.store.cursor import Cursor
from exchange.store.sqlite import ROWS_AT_ONCE
from tests.expecting import refusing
from tests.faults import COMMIT, NEVER, WAYS, Disk
from tests.store.support import NOW, ORIGIN, Log, entry, everything, note, verify
from tests.stored import all_entries

Spoil = Callable[[Log, Head], tuple[str, Head | None, Head]]
SPOILT: dict[str, tuple[Reason, Spoil]] = {
    "expects nothing": (Reason.CONFLICT, lambda _log, new: (ORIGIN, None, new)),
    "expects another size": (
        Reason.CONFLICT,
        lambda log, new: (ORIGIN, replace(log.held or new, size=9), new),
    ),
    "expects another root": (
        Reason.CONFLICT,
        lambda log, new: (ORIGIN, replace(log.held or new, root=bytes(32)), new),
    ),
    "head too small": (
        Reason.POSITION,
        lambda log, new: (ORIGIN, log.held, replace(new, size=new.size - 1)),
    ),
}


@pytest.mark.parametrize("defect", SPOILT)
def test_what_does_not_fit_is_refused_whole(
    store: Store, log: Log, path: Path, defect: str
) -> None:
    log.append(entry(0), entry(1))
    before = everything(path)
    reason, spoil = SPOILT[defect]
    new = [entry(2), entry(3)]
    origin, expect, head = spoil(log, log.grown(new))

    with refusing(reason):
        store.append(origin, expect, [NewBatch(new, head, note(head))], NOW)
    assert everything(path) == before


def test_a_batch_of_nothing_is_refused(store: Store, log: Log) -> None:
    head = Head(ORIGIN, 0, merkle.EMPTY_ROOT)
    for number in range(2):
        with refusing(Reason.POSITION):
            store.append(ORIGIN, head, [NewBatch([], head, b"")], NOW)
        head = log.append(entry(number)).head


def test_many_entries_of_any_bytes_are_read_back_as_they_came(
    store: Store, log: Log
) -> None:
    """Many go in by one statement, and come back as one value."""
    salts = [b"", b"\0", b"\0,\0", b"\xff\xfe", "\u06cc".encode(), bytes(range(256))]
    count = 2 * ROWS_AT_ONCE + 3
    new = [entry(number, salt=salts[number % len(salts)]) for number in range(count)]
    new[1] = new[1]._replace(entry=b"")
    new[-1] = new[-1]._replace(entry=b"\0" * 5_000)

    log.append(*new[:5])
    log.append(*new[5:])

    assert verify(store) == count
    stored = list(all_entries(store, ORIGIN))
    assert [one.entry for one in stored] == [one.entry for one in new]
    assert [(one.wraps, one.body) for one in stored] == [
        (one.wraps, one.body) for one in new
    ]


def chain(log: Log, *batches: list[NewEntry], complete: int) -> list[NewBatch]:
    """Return batches that follow each other, the first `complete` with their heads."""
    made = list[NewBatch]()
    for place, entries in enumerate(batches):
        head = log.grown([*(new for one in made for new in one.entries), *entries])
        done = place < complete
        new = NewBatch(entries, head, note(head) if done else b"", complete=done)
        made.append(new)
    return made


def test_batches_go_in_one_transaction_each_with_its_head(path: Path) -> None:
    with Disk().attach(path) as disk:
        store, log = opened(path)
    log.append(entry(0))
    parts = [entry(1), entry(2)], [entry(3, reason="KIND")], [entry(4)]
    new = chain(log, *parts, complete=2)

    disk.arm(NEVER, "lost")
    stood = store.append(ORIGIN, log.held, new, NOW)

    assert disk.heal().count(COMMIT) == 1
    assert [one.head for one in stood] == [one.head for one in new]
    assert [one.head.size for one in store.heads.falling(ORIGIN)] == [4, 3, 1]
    assert store.boundaries(ORIGIN) == stood[2:]
    arrivals = [(one.kind, one.index) for one in store.arrivals.page(2, 9)]
    first, second = [(ENTRY, 1), (ENTRY, 2), (HEAD, 3)], [(ENTRY, 3), (HEAD, 4)]
    assert arrivals == [*first, *second]
    store.publish([StoredHead(new[2].head, note(new[2].head), NOW)])
    assert verify(store) == 5
    assert store.append(ORIGIN, log.held, new, NOW + 1)[:2] == stood[:2]
    store.close()


@pytest.mark.parametrize("broken", range(3))
@pytest.mark.parametrize(
    "reason", [Reason.ROOT, Reason.POSITION, Reason.ORIGIN, Reason.DUPLICATE_NAME]
)
def test_one_wrong_batch_keeps_out_all(
    store: Store, log: Log, path: Path, broken: int, reason: Reason
) -> None:
    log.append(entry(0))
    before = everything(path)
    parts = [[entry(1)], [entry(2)], [entry(3)]]
    if reason is Reason.DUPLICATE_NAME:
        parts[broken] = [entry(broken + 1)._replace(name=entry(0).name)]
    new = chain(log, *parts, complete=3)
    head = new[broken].head
    wrong = {
        Reason.ROOT: replace(head, root=bytes(32)),
        Reason.POSITION: replace(head, size=head.size + 1),
        Reason.ORIGIN: replace(head, origin="other"),
    }
    new[broken] = replace(new[broken], head=wrong.get(reason, head))

    with refusing(reason):
        store.append(ORIGIN, log.held, new, NOW)
    assert everything(path) == before


def test_a_repeated_chain_that_ends_otherwise_below_is_a_conflict(
    store: Store, log: Log
) -> None:
    log.append(entry(0), entry(1))
    fresh = Log(store)
    new = chain(fresh, [entry(0)], [entry(1)], complete=2)

    with refusing(Reason.CONFLICT):
        store.append(ORIGIN, None, new, NOW)


def test_wraps_of_another_size_are_refused(store: Store, log: Log) -> None:
    with refusing(Reason.WRAPS):
        log.put([entry(0)._replace(wraps=(bytes(1_199),))])
    assert verify(store) == 0


def test_what_was_written_is_read_back(log: Log, store: Store) -> None:
    """A write that damages an entry, as a bad disk would, is seen before commit."""

    def spoil(cursor: Cursor, number: int, start: int, new: list[NewEntry]) -> None:
        write(cursor, number, start, [one._replace(entry=b"\xaa") for one in new])

    write = append._write
    with patch.object(append, "_write", spoil), refusing(Reason.ROOT):
        log.put([entry(0)])

    assert verify(store) == 0


def test_the_same_append_again_changes_nothing(log: Log, path: Path) -> None:
    stored = log.put([entry(0)])
    before = everything(path)

    assert log.put([entry(0)]) == stored
    assert everything(path) == before


@pytest.mark.parametrize("stores", [1, 2], ids=["one store", "two stores"])
def test_two_writers_never_share_a_place(path: Path, stores: int) -> None:
    opened = [Store(path) for _ in range(stores)]
    won: list[int] = []

    def write(number: int) -> None:
        store = opened[number % stores]
        for count in range(25):
            while True:
                held = store.heads.newest(ORIGIN)
                log = Log(store, held=held.head if held else None)
                if log.held is not None:
                    with store._database.read_cursor() as cursor:
                        log.edge = read_edge(cursor, 1, log.held.size)
                try:
                    log.put([entry(count, salt=b"%d" % number)])
                except Refusal as refusal:
                    assert refusal.reason is Reason.CONFLICT  # noqa: PT017  a race
                    continue
                won.append(number)
                break

    threads = [threading.Thread(target=write, args=[n]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == verify(opened[0]) == 50
    for store in opened:
        store.close()


@pytest.mark.parametrize("below", [0, 3], ids=["first", "later"])
def test_each_step_may_fail_in_both_ways(tmp_path: Path, below: int) -> None:
    """Not applied; and applied, but the caller was told that it failed."""
    batch = [entry(3), entry(4, reason="KIND"), entry(5)]
    template = tmp_path / "template.db"
    store = Store(template)
    if below:
        Log(store).append(*(entry(n) for n in range(below)))
    store.close()
    for step in range(1, steps(template, batch) + 1):
        for way in WAYS:
            path = Path(shutil.copy(template, tmp_path / f"{step}{way}.db"))
            rows = everything(path)
            with Disk().attach(path) as disk:
                store, log = opened(path)
                disk.arm(step, way)
                with pytest.raises(Refusal) as refused:
                    log.put(batch)
                disk.heal()
            assert refused.value.reason is Reason.DATABASE
            applied = (disk.failed, way) == (COMMIT, "done")
            assert (everything(path) == rows) is not applied, (disk.failed, way)

            log.append(*batch)
            assert verify(store) == below + 3
            log.append(entry(6))
            assert verify(store) == below + 4
            store.close()


def opened(path: Path) -> tuple[Store, Log]:
    store = Store(path)
    with store._database.write_cursor():  # so that its connection is there
        pass
    held = store.heads.newest(ORIGIN)
    return store, Log(
        store, edge=store.logs.edge(ORIGIN), held=held.head if held else None
    )


def steps(template: Path, batch: list[NewEntry]) -> int:
    """Return how many steps an append takes, its commit being the last."""
    counted = Path(shutil.copy(template, template.with_name("counted.db")))
    with Disk().attach(counted) as disk:
        store, log = opened(counted)
        disk.arm(NEVER, "lost")
        log.put(batch)
        seen = disk.heal()
    store.close()
    assert (seen[0], seen[-1]) == ("BEGIN IMMEDIATE", COMMIT)
    return len(seen)


def test_an_append_costs_the_same_at_any_size(path: Path) -> None:
    with Disk().attach(path) as disk:
        store, log = opened(path)
    costs = []
    for _ in range(3):
        disk.arm(NEVER, "lost")
        log.put([entry(log.edge.size)])
        costs.append(len(disk.heal()))
        log.append(entry(log.edge.size))
        log.append(*(entry(log.edge.size + n) for n in range(BATCH_ENTRIES_MAX)))
    store.close()

    assert costs[1] == costs[2] <= costs[0] + 1
