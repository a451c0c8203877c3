"""An append in two steps: committed first, then signed, and shown only then."""

from pathlib import Path

from exchange.errors import Reason
from exchange.ledger.checkpoint import Head
from exchange.limits import SEEN_MAX
from exchange.store import ENTRY, HEAD, NewBatch, Sighting, Store, StoredHead
from tests.expecting import present, refusing
from tests.store.support import NOW, ORIGIN, Log, entry, note, verify

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
