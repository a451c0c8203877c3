"""What the writer of a database keeps in memory is what stands in it."""

import random
from pathlib import Path

import pytest

from exchange.errors import Refusal
from exchange.ledger import checkpoint
from exchange.limits import HEADS_REMEMBERED
from exchange.store import Answer, NewBatch, PeerState, Store, StoredHead
from exchange.store.row_checksums import arrival_sum, row_sum
from keys.signing import MlDsa44Signer
from tests.expecting import present
from tests.faults import COMMIT, NEVER
from tests.store.support import NOW, ORIGIN, Log, entry, note
from tests.store.test_faults import opened

PEER = "beijing.cn"
MIRROR = MlDsa44Signer(b"c" * 32)


def cosigned(lined: bytes, time_s: int) -> bytes:
    return checkpoint.cosign(lined, checkpoint.cosigner_name(PEER), MIRROR, time_s)


def stands(store: Store) -> list[object]:
    """Return all that the memory answers."""
    logs, size = store.logs, store.logs.size(ORIGIN)
    roots = [logs.root_at(ORIGIN, at) for at in range(max(0, size - 9), size + 1)]
    position = logs.position(ORIGIN), logs.edge(ORIGIN), logs.signed_size(ORIGIN)
    heads = store.heads.newest(ORIGIN), store.boundaries(ORIGIN)
    return [size, roots, position, heads, store.partners.get_peer(PEER)]


def commit(log: Log, *, complete: bool) -> None:
    size = log.edge.size
    entries = [entry(size), entry(size + 1)]
    head = log.grown(entries)
    new = NewBatch(entries, head, note(head) if complete else b"", complete=complete)
    log.store.append(ORIGIN, log.held, [new], NOW)
    log.edge, log.held = log.store.logs.edge(ORIGIN), head


def publish(log: Log) -> None:
    found = log.store.boundaries(ORIGIN)
    signed = [StoredHead(one.head, note(one.head), NOW) for one in found]
    if signed:
        log.store.publish(signed)


def answer(log: Log, time_s: int) -> None:
    newest = log.store.heads.newest(ORIGIN)
    if newest is not None:
        size, lines = newest.head.size, cosigned(note(newest.head), time_s)
        log.store.partners.answer(ORIGIN, Answer(PEER, 0, size, NOW, note=lines))


@pytest.mark.parametrize("seed", range(4))
def test_it_says_what_the_database_says(path: Path, seed: int) -> None:
    store, other = Store(path), Store(path)
    store.claim(b"m" * 16)
    log, chance = Log(store), random.Random(seed)  # noqa: S311  a failing seed is run again
    acts = {
        "commit": lambda: commit(log, complete=False),
        "append": lambda: commit(log, complete=True),
        "publish": lambda: publish(log),
        "answer": lambda: answer(log, chance.randint(1, 9)),
        "up": lambda: store.partners.set_peer(PEER, PeerState(up=True, since=NOW)),
        "cosigned": lambda: store.partners.record_cosigned(PEER, 2, NOW),
        "prune": lambda: store.heads.prune(
            ORIGIN, [one.head.size for one in store.heads.falling(ORIGIN, 3)[1:]]
        ),
    }
    commit(log, complete=True)
    for _ in range(60):
        acts[chance.choice(list(acts))]()
        assert stands(store) == stands(other)
    store.close()
    other.close()


def test_what_was_just_written_is_not_asked_for(path: Path) -> None:
    with opened(path) as (store, disk):
        store.claim(b"m" * 16)
        log = Log(store)
        commit(log, complete=True)
        answer(log, 1)

        disk.arm(NEVER, "lost")
        logs = store.logs
        logs.position(ORIGIN), logs.edge(ORIGIN), logs.signed_size(ORIGIN)
        logs.root_at(ORIGIN, 2), store.boundaries(ORIGIN), store.heads.newest(ORIGIN)
        assert store.partners.get_peer(PEER).cosigned_size == 2
        assert disk.heal() == []


@pytest.mark.parametrize("way", ["lost", "done"])
def test_after_a_failed_commit_the_database_is_asked(path: Path, way: str) -> None:
    """Nobody knows then whether it was done."""
    with opened(path) as (store, disk):
        store.claim(b"m" * 16)
        log = Log(store)
        commit(log, complete=True)
        disk.arm(NEVER, way)
        commit(log, complete=False)
        last = disk.heal().index(COMMIT) + 1

        disk.arm(last, way)
        with pytest.raises(Refusal):
            commit(log, complete=False)
        assert disk.failed == COMMIT
        disk.heal()

        assert store.logs.size(ORIGIN) == (6 if way == "done" else 4)
        other = Store(path)
        assert stands(store) == stands(other)
        other.close()


def test_who_is_not_the_writer_remembers_nothing(path: Path) -> None:
    one, other = Store(path), Store(path)
    log = Log(one)
    commit(log, complete=True)
    log.store = other
    commit(log, complete=True)

    assert one.logs.size(ORIGIN) == 4
    one.close()
    other.close()


def test_it_is_bounded(path: Path) -> None:
    store = Store(path)
    store.claim(b"m" * 16)
    log = Log(store)
    for _ in range(HEADS_REMEMBERED + 9):
        commit(log, complete=True)
    state = present(store._memory.get(ORIGIN))
    assert len(state.roots) == HEADS_REMEMBERED
    assert max(state.roots) == state.position.size
    store.close()


def test_several_answers_are_one_transaction(path: Path) -> None:
    with opened(path) as (store, disk):
        log = Log(store)
        commit(log, complete=True)
        commit(log, complete=True)
        lines = {one.head.size: one.note for one in store.heads.falling(ORIGIN)}
        answers = [
            Answer(PEER, size - 2, size, NOW, note=cosigned(lines[size], 7))
            for size in (2, 4)
        ]

        disk.arm(NEVER, "lost")
        store.partners.answer(ORIGIN, *answers)
        assert disk.heal().count(COMMIT) == 1
        assert [len(one.note) for one in store.heads.falling(ORIGIN)] == [
            len(one.note or b"") for one in answers[::-1]
        ]
        assert store.partners.get_peer(PEER).cosigned_size == 4


@pytest.mark.parametrize("by", ["", "beijing.cn", "بيجنگ"])
def test_an_arrival_has_the_sum_of_any_row(by: str) -> None:
    row = 2**40, 3, 1, 77, by, "KIND"
    assert arrival_sum(*row) == row_sum(*row)
