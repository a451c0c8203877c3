"""A page of arrivals comes with what it tells of, from one view of the database."""

from pathlib import Path

import pytest

from exchange.store import ENTRY, HEAD, LACKING, TEXT, Answer, Store
from exchange.store.arrivals import ArrivedThing
from tests.faults import NEVER, Disk
from tests.store.support import NOW, ORIGIN, Log, entry


def weigh(thing: ArrivedThing) -> int:
    return len(thing.entry.body) if thing.entry else 1


@pytest.fixture
def filled(store: Store) -> Store:
    log, other = Log(store), Log(store, "beijing.cn.fusion/log/1")
    lacks = entry(1)._replace(wraps=(), body=b"", state=LACKING, why="LOST", at=NOW)
    log.append(entry(0), lacks, entry(2, reason="KIND"))
    other.append(entry(3))
    log.append(entry(4))
    store.texts.complete(ORIGIN, 1, entry(1).wraps, entry(1).body)
    store.partners.answer(ORIGIN, Answer("beijing.cn", 0, 4, NOW, lacking=[0]))
    return store


def test_each_has_what_one_would_ask_for(filled: Store) -> None:
    store = filled
    things = store.arrivals.things(0, 99, weigh, 10**9)

    assert [one.arrival for one in things] == store.arrivals.page(0, 99)
    assert {one.arrival.kind for one in things} >= {ENTRY, HEAD, TEXT}
    for one in things:
        origin, index = one.arrival.origin, one.arrival.index
        if one.arrival.kind in {ENTRY, TEXT}:
            assert [one.entry] == store.entries.page(origin, index, 1)
        elif one.arrival.kind == HEAD:
            assert (one.entry, one.note) == (None, store.heads.note(origin, index))
        else:
            assert (one.entry, one.note) == (None, b"")


def test_a_page_is_one_transaction(path: Path, filled: Store) -> None:
    filled.close()
    with Disk().attach(path) as disk:
        store = Store(path)
        disk.arm(NEVER, "lost")
        store.arrivals.things(0, 99, weigh, 10**9)
        assert disk.heal().count("BEGIN") == 1
        store.close()


def test_a_page_ends_by_number_and_by_bytes(filled: Store) -> None:
    store = filled
    assert len(store.arrivals.things(0, 3, weigh, 10**9)) == 3
    assert len(store.arrivals.things(0, 99, weigh, 1)) == 1
    assert store.arrivals.things(2**64, 99, weigh, 1) == []


def test_of_a_head_that_is_forgotten_there_is_no_note(filled: Store) -> None:
    store = filled
    store.heads.prune(ORIGIN, [3])

    notes = {
        one.arrival.index: one.note
        for one in store.arrivals.things(0, 99, weigh, 10**9)
        if one.arrival.kind == HEAD and one.arrival.origin == ORIGIN
    }
    assert not notes[3]
    assert notes[4]
