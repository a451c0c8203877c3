"""Whatever single thing changes in a node's database is found.

First by SQL, each column of each table with the triggers off; then byte by byte in
the file. What is not found there must be dead space: bytes that no row, no index and
no schema holds, so that SQLite reads exactly the same from the file as before.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.audit.result import Fault
from exchange.errors import Reason
from exchange.store import file_digest
from tests.audit import ledger as ledgers
from tests.audit.ledger import Ledger

COLUMNS = {
    "alembic_version": ["version_num"],
    "log": ["number", "origin", "size", "root"],
    "budget": ["name", "what", "left", "sum"],
    "entry": ["log", "index", "entry", "name", "id", "kind", "desks", "reason"],
    "hash": ["log", "level", "index", "hash"],
    "payload": [
        *("log", "index", "wraps", "body"),
        *("state", "reason", "at", "sum"),
    ],
    "head": ["log", "size", "root", "note", "at", "sum"],
    "arrival": ["number", "kind", "log", "index", "by", "reason", "sum"],
    "refusal": ["log", "index", "by", "reason", "at", "proof", "sum"],
    "peer": [
        "name",
        "up",
        "since",
        "cosigned_size",
        "cosigned_at",
        "failures",
        "next_try_at",
        "reason",
        "sum",
    ],
    "waiting": ["number", "name", "envelope", "desk", "at", "sum"],
    "pulse": ["log", "size", "note", "at", "sum"],
    "fork": ["log", "proof", "at", "sum"],
    "undelivered": ["log", "index", "by", "desks", "at", "sum"],
    "desk": ["name", "after", "at", "sum"],
    "clock": ["number", "signed", "by", "own", "sum"],
    "refused": ["name", "desk", "reason", "where", "at", "sum"],
    "name_place": ["key", "log", "index"],
    "id_place": ["key", "log", "index"],
    "place_slice": ["slice", "log", "size", "sum"],
    "place_filter": ["slice", "name", "id"],
    "statement": [
        *("log", "index", "type", "subject", "role", "desk"),
        *("kid", "since"),
    ],
    "directory": ["log", "size", "edge", "sum"],
    "directory_head": ["log", "size", "root", "note", "at", "sum"],
}
EMPTY = {
    # Of these the ledger has no row; test_lacking.py, and the tests of who fills them.
    "lacking": ["log", "index", "by", "at", "sum"],
    "writer": ["number", "epoch", "holder", "sum"],
    "cold": ["log", "tile", "root", "bytes", "at", "sum"],  # tests/rebuild/test_cold.py
    # Of these nothing is to be found: they are for now alone.
    "lease": ["number", "epoch", "holder", "until", "timeline", "restored"],
    "replica": ["holder", "name", "seen"],
    "boundary": ["log", "size", "root", "note", "at", "sum"],
    "sighting": ["origin", "size", "root", "note", "promised", "at", "sum"],
    "express": [
        *("name", "peer", "origin", "id", "envelope", "statements", "below"),
        *("urgency", "author", "desks", "at", "linked"),
        *("state", "reason", "index", "closed_at", "sum"),
    ],
    "urgent": ["log", "index", "urgency", "arrival", "sum"],
    "directory_fault": ["log", "by", "size", "note", "at", "sum"],
    "draft": [  # test_drafts.py
        *("name", "author", "desk", "review", "state", "since", "expires"),
        *("index", "returned", "envelope", "sum"),
    ],
}
ALL = [(table, column) for table, columns in COLUMNS.items() for column in columns]
ROWS = 4  # of a table, spread over it
FLIPS = 150
Value = int | str | bytes


def test_no_column_is_forgotten(ledger: Ledger) -> None:
    with closing(dbapi2.connect(ledger.path)) as connection:
        asked = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        names = [name for (name,) in connection.execute(asked)]
        found = {
            name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
            for name in names
        }

    assert found == COLUMNS | EMPTY


@pytest.mark.parametrize(("table", "column"), ALL)
def test_a_change_to_any_column_is_found(
    ledger: Ledger, table: str, column: str
) -> None:
    before = ledger.path.read_bytes()
    for key in _rows(ledger.path, table):
        _spoil(ledger.path, table, column, key)

        report = ledger.verify()

        assert not report.ok, (table, column, key)
        assert all(log.reason for log in report.logs) or report.faults[0].origin
        ledger.path.write_bytes(before)
    assert ledger.verify().ok


def _rows(path: Path, table: str) -> list[dict[str, Value]]:
    """Return the primary keys of some rows: first, last and between."""
    with closing(dbapi2.connect(path)) as connection:
        info = connection.execute(f"PRAGMA table_info({table})").fetchall()
        keys = [row[1] for row in info if row[5]]
        columns = ", ".join(f'"{key}"' for key in keys)
        found = connection.execute(f'SELECT {columns} FROM "{table}"').fetchall()  # noqa: S608
    step = max(1, len(found) // ROWS)
    return [dict(zip(keys, row, strict=True)) for row in [*found[::step], found[-1]]]


def _spoil(path: Path, table: str, column: str, key: dict[str, Value]) -> None:
    """Change one value a little, or where that is taken, more."""
    where = " AND ".join(f'"{name}" = ?' for name in key)
    with ledgers.opened(path) as connection:
        asked = f'SELECT "{column}" FROM "{table}" WHERE {where}'  # noqa: S608
        (value,) = connection.execute(asked, [*key.values()]).fetchone()
        for changed in _changed(value):
            update = f'UPDATE "{table}" SET "{column}" = ? WHERE {where}'  # noqa: S608
            try:
                connection.execute(update, [changed, *key.values()])
            except dbapi2.IntegrityError:
                continue
            return
    raise AssertionError((table, column, key))


def _changed(value: Value) -> Iterator[Value]:
    if isinstance(value, int):
        yield from (value ^ 1, value ^ 64)
    elif isinstance(value, str):
        middle = len(value) // 2
        letter = chr(ord(value[middle]) ^ 1) if value else "x"
        yield value[:middle] + letter + value[middle + 1 :]
    else:
        middle = len(value) // 2
        byte = bytes([value[middle] ^ 1]) if value else b"x"
        yield value[:middle] + byte + value[middle + 1 :]


def test_a_changed_byte_in_the_file_is_found_or_changes_nothing(ledger: Ledger) -> None:
    before = ledger.path.read_bytes()
    contents = ledgers.contents(ledger.path)
    draw = random.Random(20_261_124)  # noqa: S311  the same places each time
    counted: Counter[str] = Counter()
    for _ in range(FLIPS):
        at, by = draw.randrange(len(before)), draw.randrange(1, 256)
        spoilt = bytearray(before)
        spoilt[at] ^= by
        ledger.path.write_bytes(spoilt)

        report = ledger.verify()

        if report.ok:
            counted["dead"] += 1
            assert ledgers.contents(ledger.path) == contents, (at, by)
        else:
            counted["found"] += 1
            counted["named"] += any(map(_is_named, report.faults))
    # A database so small is mostly empty pages; see `test_live_bytes_are_all_found`.
    assert counted["found"] > FLIPS // 4
    assert counted["named"] > counted["found"] // 2


def _is_named(fault: Fault) -> bool:
    """Whether it says which entry is amiss, or which row that serves all logs."""
    return fault.index is not None or fault.what.startswith("place_filter ")


def test_live_bytes_are_all_found(ledger: Ledger) -> None:
    """Flip bytes of what stands in the columns, where each lies in the file."""
    before = ledger.path.read_bytes()
    draw = random.Random(42)  # noqa: S311  the same places each time
    for at in _live(ledger.path, before, draw):
        spoilt = bytearray(before)
        spoilt[at] ^= 1 << draw.randrange(8)
        ledger.path.write_bytes(spoilt)

        report = ledger.verify()

        assert not report.ok, at
        assert report.faults[0].reason in Reason
    ledger.path.write_bytes(before)


def _live(path: Path, data: bytes, draw: random.Random) -> Iterator[int]:
    """Yield a place in the file of some byte of every blob, as far as it is whole."""
    blobs = (
        ("entry", "entry"),
        ("hash", "hash"),
        ("payload", "wraps"),
        ("payload", "body"),
        ("head", "note"),
    )
    with closing(dbapi2.connect(path)) as connection:
        for table, column in blobs:
            for (blob,) in connection.execute(f'SELECT "{column}" FROM "{table}"'):  # noqa: S608
                start = data.find(blob[:32])
                assert start > 0
                if blob:
                    yield start + draw.randrange(min(len(blob), 32))


def test_dead_space_of_a_closed_file_is_held_by_its_digest(ledger: Ledger) -> None:
    """Wherever the byte lies: with the digest beside the file, every flip is found."""
    file_digest.write_digest(ledger.path)
    data = ledger.path.read_bytes()
    draw = random.Random(11)  # noqa: S311  where to flip
    for place in draw.sample(range(len(data)), 40):
        flipped = bytearray(data)
        flipped[place] ^= 0x10
        ledger.path.write_bytes(flipped)

        assert not ledger.verify().ok
