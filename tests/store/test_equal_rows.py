"""Two databases are made equal, of whichever engines, and every difference is found."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal, Tampered
from exchange.ledger.merkle import leaf_hash, root_hash
from exchange.store import equal_rows
from exchange.store.cursor import Cursor, Row
from exchange.store.database import Database
from exchange.store.equal_rows import COPIED, ONLY_GROW, Equality, level, prove
from exchange.store.open_database import open_database
from exchange.store.record import Kind, Record
from exchange.store.tables import EntryRow, PayloadRow

# ruff: noqa: S608  our own names
Make = Callable[[str], Database]
BLOCK = 8  # rows at once, so that few make several blocks
ENTRIES = 2 * BLOCK + 3
WAYS = [
    ("sqlite", "sqlite"),
    ("sqlite", "postgres"),
    ("postgres", "sqlite"),
    ("postgres", "postgres"),
]
KEYED = {"log", "entry"}  # tables whose rows are made by hand


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equal_rows, "BLOCK", BLOCK)


@pytest.fixture
def make(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Make]:
    """Return what makes a new database of an engine, with a store's tables."""
    numbers = count()
    with ExitStack() as stack:

        def made(engine: str) -> Database:
            place: Path | DatabaseUrl = tmp_path / f"{next(numbers)}.db"
            if engine == "postgres":
                cluster = request.getfixturevalue("postgres")
                place = stack.enter_context(cluster.database())
            database = open_database(place)
            stack.callback(database.close)
            return database

        yield made


def fill(database: Database, seed: int = 1) -> None:
    """Put rows into every table, such that every type and order of keys is there."""
    source = random.Random(seed)  # noqa: S311  of tests
    entries = entries_of(source, ENTRIES)
    root = root_of(entries)
    with database.write_cursor() as cursor:
        cursor.insert("log", [(1, "one.fusion/log/1", ENTRIES, root)])
        rows = [(1, at, one, *_more(at)) for at, one in enumerate(entries)]
        cursor.insert("entry", rows)
        for table in COPIED:
            if table.title() not in KEYED:
                cursor.insert(table.title(), list(_rows(table, source)))


def entries_of(source: random.Random, count: int) -> list[bytes]:
    return [source.randbytes(source.randrange(1, 90)) for _ in range(count)]


def root_of(entries: list[bytes]) -> bytes:
    return root_hash([leaf_hash(one) for one in entries])


def _more(at: int) -> Row:
    return b"%032d" % at, b"%016d" % at, 1, "ops.one ops.two", ""


def _rows(table: type[Record], source: random.Random) -> Iterator[Row]:
    """Yield rows of distinct keys, more than a block of them where it is large."""
    many = table.title() in {"hash", "refusal"}
    for number in range(BLOCK + 9 if many else 7):
        yield tuple(_random(kind, number, source) for kind in table.kinds())


def _random(kind: Kind, number: int, source: random.Random) -> int | bytes | str:
    if kind is bool:
        return source.random() < 0.5
    if kind is bytes:
        return bytes([number * 3 % 256]) + source.randbytes(source.randrange(40))
    if kind is str:
        letter = "aZ\u0628\u4e2d_\U0001f600"[number % 6]
        return f"{letter}{number}"
    assert isinstance(kind, int)
    return source.randrange(-1 << kind - 1, 1 << kind - 1)


def copy(one: Database, other: Database, stop: int | None = None) -> None:
    """Make another database equal; killed once more than `stop` rows are done."""

    def tell(done: int, _: int) -> None:
        if stop is not None and done > stop:
            raise KeyboardInterrupt

    with one.read_cursor() as cursor:
        level(cursor, other.read_cursor, other.write_cursor, tell)


def proof(one: Database, other: Database) -> Equality:
    with one.read_cursor() as mine, other.read_cursor() as theirs:
        return prove(mine, theirs, lambda *_: None)


@pytest.mark.parametrize(("here", "there"), WAYS)
def test_it_is_equal_whichever_way(make: Make, here: str, there: str) -> None:
    one, other = make(here), make(there)
    fill(one)

    copy(one, other)
    found = proof(one, other)

    assert [log.size for log in found.logs] == [ENTRIES]
    assert {table.name for table in found.tables if table.rows} == {
        table.title() for table in COPIED
    }
    assert found.rows > 2 * ENTRIES
    back = proof(other, one)
    assert digests(back) == digests(found)


def digests(found: Equality) -> dict[str, str]:
    return {table.name: table.digest.hexdigest() for table in found.tables}


@pytest.mark.parametrize(("here", "there"), WAYS[:2])
def test_what_was_cut_goes_on(make: Make, here: str, there: str) -> None:
    one, other = make(here), make(there)
    fill(one)
    for stop in (0, 1, BLOCK, 2 * BLOCK, 12 * BLOCK):
        with pytest.raises(KeyboardInterrupt):
            copy(one, other, stop)
        with pytest.raises(Tampered):
            proof(one, other)

    copy(one, other)

    proof(one, other)


@pytest.mark.parametrize(("here", "there"), WAYS[:2])
def test_what_is_stale_becomes_equal(make: Make, here: str, there: str) -> None:
    """Rows changed, gone and new since, in every table where a node may do so."""
    one, other = make(here), make(there)
    fill(one)
    copy(one, other)
    with one.write_cursor() as connection:
        grown = entries_of(random.Random(1), ENTRIES + 1)  # noqa: S311  of tests
        added = (1, ENTRIES, grown[-1], *_more(ENTRIES))
        connection.insert("entry", [added])
        stands = ENTRIES + 1, root_of(grown)
        connection.execute('UPDATE log SET "size" = ?, root = ?', stands)
        for table in COPIED:
            if table not in ONLY_GROW:
                first = f'SELECT * FROM "{table.title()}" LIMIT 2'
                rows = connection.execute(first).fetchall()
                for row in rows:
                    where, key = same(table, row)
                    connection.execute(f'DELETE FROM "{table.title()}"{where}', key)
                values = (*rows[0][:-1], rows[1][-1])
                changed = [
                    bool(value) if kind is bool else value
                    for kind, value in zip(table.kinds(), values, strict=True)
                ]
                connection.insert(table.title(), [tuple(changed)])

    copy(one, other)

    proof(one, other)


def bytes_of(database: Database) -> list[bytes]:
    with database.read_cursor() as cursor:
        rows = cursor.execute('SELECT entry FROM entry ORDER BY log, "index"')
        return [bytes(entry) for (entry,) in rows]


@pytest.mark.parametrize(("here", "there"), WAYS[:2])
def test_entries_that_went_into_a_file_since_become_equal(
    make: Make, here: str, there: str
) -> None:
    """And those that a repair has brought back."""
    one, other = make(here), make(there)
    fill(one)
    copy(one, other)
    full = proof(one, other)
    moved = (1, 0, bytes(32), 1, 1, 1)
    empty = "UPDATE entry SET entry = ? WHERE log = 1"
    with one.write_cursor() as cursor:
        cursor.insert("cold", [moved])
        cursor.execute(empty, (b"",))

    copy(one, other)
    assert bytes_of(other) == [b""] * ENTRIES

    with one.write_cursor() as cursor:
        cursor.execute("DELETE FROM cold WHERE log = 1")
        for at, entry in enumerate(entries_of(random.Random(1), ENTRIES)):  # noqa: S311  of tests
            cursor.execute(f'{empty} AND "index" = ?', (entry, at))
    copy(one, other)
    assert digests(proof(one, other)) == digests(full)


@pytest.mark.parametrize("there", ["sqlite", "postgres"])
def test_rows_of_another_ledger_are_not_overwritten(make: Make, there: str) -> None:
    one, other = make("sqlite"), make(there)
    fill(one, seed=1)
    fill(other, seed=2)

    with pytest.raises(Refusal) as refused:
        copy(one, other)

    assert refused.value.reason is Reason.CONFLICT
    assert "empty" in str(refused.value)


def same(table: type[Record], row: Row) -> tuple[str, Row]:
    """Return the condition that selects a row by its key."""
    where = " AND ".join(f'"{key}" = ?' for key in table.key_names())
    return f" WHERE {where}", row[: len(table.key_names())]


class Undone(Exception):
    """Undoes what a block has changed."""


@contextmanager
def undone(database: Database) -> Iterator[Cursor]:
    """Yield a transaction that is undone."""
    with suppress(Undone), database.write_cursor() as connection:
        yield connection
        raise Undone


def lift(connection: Cursor, table: type[Record]) -> None:
    """Let rows of a table be changed that may only grow, in this transaction."""
    if connection.server:
        connection.execute(f'ALTER TABLE "{table.title()}" DISABLE TRIGGER USER')
        return
    query = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?"
    for (name,) in connection.execute(query, (table.title(),)).fetchall():
        connection.execute(f"DROP TRIGGER {name}")


@pytest.mark.parametrize(("here", "there"), [WAYS[1], WAYS[2]])
def test_every_changed_value_is_found(make: Make, here: str, there: str) -> None:
    """The least change of each column of each table in turn."""
    one, other = make(here), make(there)
    fill(one)
    copy(one, other)
    for table in COPIED:
        for column in table.names():
            with undone(other) as connection:
                lift(connection, table)
                spoil(connection, table, column)
                found = difference(one, connection)
                assert found.reason is Reason.DATABASE
                assert found.where.startswith(f"{table.title()} ")
    proof(one, other)


def spoil(connection: Cursor, table: type[Record], column: str) -> None:
    """Change the least of a value in one row."""
    row = connection.execute(f'SELECT * FROM "{table.title()}" LIMIT 1').fetchone()
    value = row[table.names().index(column)]
    changed: object = not value
    if isinstance(value, bytes):
        changed = bytes([value[0] ^ 1]) + value[1:]
    elif isinstance(value, str):
        changed = f"{value} "
    elif not isinstance(value, bool):
        changed = value ^ 1 << 20
    where, key = same(table, row)
    change = f'UPDATE "{table.title()}" SET "{column}" = ?{where}'
    connection.execute(change, (changed, *key))


def difference(one: Database, connection: Cursor) -> Tampered:
    with one.read_cursor() as mine, pytest.raises(Tampered) as found:
        prove(mine, connection, lambda *_: None)
    return found.value


@pytest.mark.parametrize("there", ["sqlite", "postgres"])
def test_a_row_too_few_or_too_many_is_found(make: Make, there: str) -> None:
    one, other = make("sqlite"), make(there)
    fill(one)
    copy(one, other)
    for table in COPIED:
        order = ", ".join(f'"{key}" DESC' for key in table.key_names())
        last = f'SELECT * FROM "{table.title()}" ORDER BY {order} LIMIT 1'
        with undone(other) as connection:
            lift(connection, table)
            where, key = same(table, connection.execute(last).fetchone())
            connection.execute(f'DELETE FROM "{table.title()}"{where}', key)
            assert difference(one, connection).where.startswith(f"{table.title()} ")
    for here, beyond in ((one, other), (other, one)):
        with undone(beyond) as connection:
            connection.insert("clock", [(99, 1, "x", 1, 1)])
            assert difference(here, connection).where == "clock 99"


def test_entries_that_do_not_make_the_root_are_found(make: Make) -> None:
    """The rows are equal in both, and yet not what was signed."""
    one, other = make("sqlite"), make("sqlite")
    fill(one)
    with one.write_cursor() as connection:
        lift(connection, EntryRow)
        query = 'UPDATE entry SET entry = ? WHERE "index" = 7'
        connection.execute(query, (b"other",))
    copy(one, other)

    with pytest.raises(Tampered) as found:
        proof(one, other)

    assert (found.value.reason, found.value.where) == (
        Reason.ROOT,
        f"one.fusion/log/1#{ENTRIES}",
    )


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE peer SET since = 'soon'",
        "UPDATE peer SET up = 2",
        "UPDATE peer SET failures = 2147483648",
        "UPDATE peer SET reason = x'41'",
        "UPDATE peer SET reason = 'a' || char(0)",
        "UPDATE payload SET body = 'text'",
        "UPDATE clock SET own = 1.5",
    ],
)
def test_what_no_node_writes_is_not_copied(make: Make, change: str) -> None:
    one, other = make("sqlite"), make("sqlite")
    fill(one)
    with one.write_cursor() as connection:
        lift(connection, PayloadRow)
        connection.execute(change)

    with pytest.raises(Tampered) as found:
        copy(one, other)

    assert found.value.reason is Reason.DATABASE
    assert "run fusion fsck" in str(found.value)
    assert found.value.where.startswith(change.split()[1])
