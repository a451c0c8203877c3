"""The append: all of it or nothing, whoever else writes, whatever fails."""

import threading
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from msgspec.structs import replace

from exchange.errors import Reason, Refusal
from exchange.ledger import merkle
from exchange.ledger.checkpoint import Head
from exchange.limits import BATCH_ENTRIES_MAX, SEEN_MAX
from exchange.store import (
    ENTRY,
    HEAD,
    NewBatch,
    NewEntry,
    Sighting,
    Store,
    StoredHead,
    append,
)
from exchange.store.append import read_edge
from exchange.store.cursor import Cursor
from exchange.store.sqlite import ROWS_AT_ONCE
from tests.expecting import present, refusing
from tests.faults import COMMIT, NEVER, Disk
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


def opened(path: Path) -> tuple[Store, Log]:
    store = Store(path)
    with store._database.write_cursor():  # so that its connection is there
        pass
    held = store.heads.newest(ORIGIN)
    return store, Log(
        store, edge=store.logs.edge(ORIGIN), held=held.head if held else None
    )


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


# An append in two steps: committed first, then signed, and shown only then.


MINE, OTHER = b"m" * 16, b"o" * 16


def commit(log: Log, *numbers: int) -> Head:
    """Append without a head."""
    entries = [entry(number) for number in numbers]
    head = log.grown(entries)
    new = NewBatch(entries, head, b"", complete=False)
    log.store.append(ORIGIN, log.held, [new], NOW)
    log.edge, log.held = log.store.logs.edge(ORIGIN), head
    return head


def signed(head: Head) -> StoredHead:
    return StoredHead(head, note(head), NOW)


def told(store: Store) -> list[tuple[int, int]]:
    return [(one.kind, one.index) for one in store.arrivals.page(0, 99)]


def test_readers_end_below_the_newest_note(log: Log) -> None:
    log.append(entry(0))
    head = commit(log, 1, 2)
    store = log.store

    assert (store.logs.size(ORIGIN), store.logs.signed_size(ORIGIN)) == (3, 1)
    assert [one.index for one in store.entries.page(ORIGIN, 0, 9)] == [0]
    assert len(store.entries.bare(ORIGIN, 0, 9)) == 1
    assert told(store) == [(ENTRY, 0), (HEAD, 1)]
    newest = present(store.heads.newest(ORIGIN))
    assert newest.head.size == 1

    store.publish([signed(head)])

    assert verify(store) == 3
    assert told(store)[2:] == [(ENTRY, 1), (ENTRY, 2), (HEAD, 3)]
    assert store.boundaries(ORIGIN) == []


def test_what_is_committed_is_known_before_it_is_signed(log: Log) -> None:
    """Else a desk that submits again would have it recorded twice."""
    commit(log, 0)

    assert log.store.entries.places(ORIGIN, [entry(0).name]) == {entry(0).name: 0}


def test_boundaries_come_in_rising_order(log: Log) -> None:
    heads = [commit(log, number) for number in range(3)]

    assert [one.head for one in log.store.boundaries(ORIGIN)] == heads
    log.store.publish([signed(head) for head in heads])
    assert [one.head.size for one in log.store.heads.falling(ORIGIN)] == [3, 2, 1]
    assert verify(log.store) == 3


def test_a_refused_entry_is_announced_as_one_also_later(log: Log) -> None:
    refused = entry(0, reason="KIND")
    head = log.grown([refused])
    new = NewBatch([refused], head, b"", complete=False)
    log.store.append(ORIGIN, None, [new], NOW)

    log.store.publish([signed(head)])

    assert log.store.arrivals.page(0, 1)[0].reason == "KIND"


def test_a_head_without_a_boundary_is_a_conflict(log: Log) -> None:
    log.append(entry(0))
    other = Head(ORIGIN, 1, b"x" * 32)

    with refusing(Reason.CONFLICT):
        log.store.publish([StoredHead(other, b"note", NOW)])


def test_a_writer_that_was_paused_appends_and_publishes_no_more(
    path: Path, log: Log
) -> None:
    log.store.claim(MINE)
    head = commit(log, 0)
    later = Store(path)
    assert later.claim(OTHER).epoch == 2

    for act in (
        lambda: log.store.publish([signed(head)]),
        lambda: log.append(entry(1)),
    ):
        with refusing(Reason.NOT_WRITER):
            act()
    later.publish([signed(head)])
    assert verify(later) == 1
    later.close()


def test_epochs_only_grow(store: Store) -> None:
    assert store.writer() is None
    assert store.claim(MINE).epoch == 1
    assert store.claim(MINE).epoch == 1  # a claim whose answer was cut
    assert store.claim(OTHER, above=7).epoch == 8


def test_of_sightings_the_largest_is_never_forgotten(store: Store) -> None:
    def seen(size: int, *, promised: bool = False) -> Sighting:
        return Sighting(Head(ORIGIN, size, b"r" * 32), b"note", promised, NOW)

    for size in range(1, SEEN_MAX + 1):
        store.sightings.keep(seen(size))
    store.sightings.keep(seen(1_000))
    store.sightings.keep(seen(500))

    sizes = [one.head.size for one in store.sightings.all()]
    assert sizes == [*range(1, SEEN_MAX), 1_000]
    store.sightings.drop(ORIGIN, 999)
    assert [one.head.size for one in store.sightings.all()] == [1_000]


def test_what_was_promised_is_no_promise_once_another_holds_it(store: Store) -> None:
    for promised in (True, False, True):
        head = Head(ORIGIN, 3, b"r" * 32)
        store.sightings.keep(Sighting(head, b"note", promised, NOW))

    (seen,) = store.sightings.all()
    assert not seen.promised
