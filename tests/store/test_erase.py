"""What retention removes is gone from the file, and nothing else is."""

import random
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal
from exchange.store import Erasure, NewEntry, Store, sqlite_database
from exchange.store.cursor import Cursor
from tests.expecting import refusing
from tests.store.support import NOW, ORIGIN, Log, damage, entry, verify

WRAP = 1_200
CHUNK = 24  # bytes that nothing else in the file has by chance


def sealed(number: int, draw: random.Random) -> NewEntry:
    """Return an entry whose wraps and body are as random as real ones."""
    wraps = tuple(draw.randbytes(WRAP) for _ in range(draw.randint(1, 4)))
    body = draw.randbytes(draw.choice([72, 600, 1_100, 4_000, 40_000]))
    return entry(number)._replace(wraps=wraps, body=body)


def traces(path: Path, new: NewEntry) -> int:
    """Count the pieces of wraps and body that the file and its WAL still hold."""
    wal = path.with_name(f"{path.name}-wal")
    data = path.read_bytes() + (wal.read_bytes() if wal.exists() else b"")
    blobs = [*new.wraps, new.body]
    starts = [(blob, at) for blob in blobs for at in (0, len(blob) // 2, -CHUNK)]
    return sum(blob[at:][:CHUNK] in data for blob, at in starts)


def test_wraps_and_body_go_and_the_entry_stays(log: Log) -> None:
    entries = [entry(number) for number in range(5)]
    log.append(*entries)

    assert log.store.retention.erase(Erasure(ORIGIN, [1, 3], NOW)) == 2

    left = log.store.entries.page(ORIGIN, 0, 10)
    assert [bool(one.body) for one in left] == [True, False, True, False, True]
    assert [bool(one.wraps) for one in left] == [True, False, True, False, True]
    assert [one.entry for one in left] == [new.entry for new in entries]
    assert verify(log.store) == 5
    assert log.store.retention.erase(Erasure(ORIGIN, [1, 3], NOW)) == 0
    assert log.store.retention.erase(Erasure(ORIGIN, [], NOW)) == 0


def test_many_texts_take_no_more_statements_than_few(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is a round trip to a server, for which an append waits."""
    log.append(*(entry(number) for number in range(64)))
    with log.store._database.read_cursor() as cursor:
        kind, asked = type(cursor), list[str]()
    execute = kind.execute

    def note(self: Cursor, query: str, values: Sequence[Any] = ()) -> Cursor:
        asked.append(query)
        return execute(self, query, values)

    monkeypatch.setattr(kind, "execute", note)
    assert log.store.retention.erase(Erasure(ORIGIN, [0], NOW)) == 1
    few = len(asked)
    assert log.store.retention.erase(Erasure(ORIGIN, range(1, 64), NOW)) == 63

    assert len(asked) == 2 * few > 0


def test_only_what_is_held_is_told_in_pages(log: Log) -> None:
    entries = [
        entry(n)._replace(wraps=(), body=b"") if n % 3 else entry(n) for n in range(9)
    ]
    log.append(*entries)
    log.store.retention.erase(Erasure(ORIGIN, [3], NOW))

    assert log.store.retention.held_texts(ORIGIN, 0, 10) == [
        (0, entries[0].entry),
        (6, entries[6].entry),
    ]
    assert log.store.retention.held_texts(ORIGIN, 1, 10) == [(6, entries[6].entry)]
    assert log.store.retention.held_texts(ORIGIN, 0, 1) == [(0, entries[0].entry)]
    assert log.store.retention.held_texts("another", 0, 10) == []


def test_of_another_log_nothing_goes(store: Store) -> None:
    ours, theirs = Log(store), Log(store, "beijing.cn.fusion/log/1")
    ours.append(entry(1))
    theirs.append(entry(2, salt=b"x"))

    assert store.retention.erase(Erasure(ORIGIN, [0], NOW)) == 1

    assert store.entries.page(theirs.origin, 0, 1)[0].body


@pytest.mark.parametrize("seed", range(3))
def test_the_file_no_longer_holds_a_byte_of_it(log: Log, path: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  sizes and order
    entries = [sealed(number, draw) for number in range(60)]
    for at in range(0, 60, 6):
        log.append(*entries[at : at + 6])
    gone = draw.sample(range(60), 40)
    assert all(traces(path, entries[index]) for index in gone)

    for at in range(0, 40, 8):
        log.store.retention.erase(Erasure(ORIGIN, gone[at : at + 8], NOW))
        log.append(sealed(100 + at, draw))  # takes what became free
    log.store.retention.empty_wal()

    assert [traces(path, entries[index]) for index in gone] == [0] * 40
    kept = set(range(60)) - set(gone)
    left = log.store.entries.page(ORIGIN, 0, 60)
    assert all(left[n].body == entries[n].body for n in kept)
    assert path.with_name(f"{path.name}-wal").stat().st_size == 0
    assert damage(log.store) == []


def test_who_still_reads_what_was_erased_is_told_of(
    log: Log, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "EMPTYING", 1)
    log.append(entry(1))
    with closing(dbapi2.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM payload").fetchone()
        log.store.retention.erase(Erasure(ORIGIN, [0], NOW))

        with refusing(Reason.LOCKED):
            log.store.retention.empty_wal()

        assert reader.execute("SELECT count(*) FROM payload").fetchone() == (1,)
    log.append(entry(2))
    log.store.retention.empty_wal()


def test_a_store_opened_to_read_erases_nothing(log: Log, path: Path) -> None:
    log.append(entry(1))
    with closing(Store(path, read_only=True)) as reader:
        for call in (
            lambda: reader.retention.erase(Erasure(ORIGIN, [0], NOW)),
            reader.retention.empty_wal,
        ):
            with pytest.raises(Refusal):
                call()
    assert log.store.retention.held_texts(ORIGIN, 0, 1)
