"""Writes that mend: where a row stands as it was seen, and past the triggers only."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from sqlcipher3 import dbapi2

from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.store import Store, repair
from exchange.store.raw import opened
from exchange.store.repair import Change, Repair
from exchange.store.schema import fresh_schema
from exchange.store.sums import Value
from tests.store.support import Log, entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of three entries, closed."""
    made = tmp_path / "node.db"
    with closing(Store(made)) as store:
        Log(store).append(entry(0), entry(1), entry(2))
    return made


@pytest.fixture
def writer(path: Path) -> Iterator[Repair]:
    with repair.opened(path) as made:
        yield made


def asked(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(dbapi2.connect(path)) as connection:
        return list(connection.execute(sql))


def triggers(path: Path) -> set[str]:
    sql = "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
    return {str(name) for (name,) in asked(path, sql)}


KEY = {"log": 1, "index": 1}
KIND = 'SELECT kind FROM entry WHERE log = 1 AND "index" = 1'


def test_a_row_becomes_another_where_it_stands_as_it_was_seen(
    path: Path, writer: Repair
) -> None:
    made = writer.apply(
        [
            Change("entry", KEY | {"kind": 1}, {"kind": 7}),
            Change("entry", KEY | {"kind": 1}, {"kind": 8}),
        ]
    )

    assert made == [True, False]
    assert asked(path, KIND) == [(7,)]


def test_rows_go_before_others_come(path: Path, writer: Repair) -> None:
    """The one that comes has the name of the one that goes."""
    (row,) = asked(path, 'SELECT * FROM entry WHERE "index" = 1')
    columns = ("log", "index", "entry", "name", "id", "kind", "desks", "reason")
    now: dict[str, Value] = dict(zip(columns, row, strict=True))
    now["index"] = 9
    made = writer.apply([Change("entry", None, now), Change("entry", KEY, None)])

    assert made == [True, True]
    assert asked(path, 'SELECT "index" FROM entry') == [(0,), (2,), (9,)]


def test_what_is_in_the_way_stays(path: Path, writer: Repair) -> None:
    before = asked(path, "SELECT * FROM hash")
    row: dict[str, Value] = {"log": 1, "level": 0, "index": 1, "hash": b"another"}

    assert writer.apply([Change("hash", None, row)]) == [False]
    assert asked(path, "SELECT * FROM hash") == before


@pytest.mark.parametrize("text", ["", "KIND", "\udcff\udcfe", "é"])
def test_any_text_is_found_again(path: Path, writer: Repair, text: str) -> None:
    with closing(dbapi2.connect(path)) as connection:
        connection.execute("DROP TRIGGER arrival_no_update")
        raw = text.encode("utf-8", "surrogateescape")
        connection.execute(
            "UPDATE arrival SET by = CAST(? AS TEXT) WHERE number = 1", (raw,)
        )
        connection.commit()
    with opened(path) as raw_view:
        held = next(raw_view.arrivals()).by

    was = {"number": 1, "by": held}
    assert writer.apply([Change("arrival", was, {"by": "right"})]) == [True]


def test_triggers_stand_after_it(path: Path, writer: Repair) -> None:
    before = triggers(path)
    writer.apply([Change("entry", KEY, {"kind": 7})])

    assert triggers(path) == before
    with closing(dbapi2.connect(path)) as connection, pytest.raises(dbapi2.Error):
        connection.execute("DELETE FROM entry")


def test_what_breaks_off_in_the_middle_leaves_triggers_and_rows(
    path: Path, writer: Repair, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, made = triggers(path), []

    def break_off(connection: Connection, change: Change) -> bool:
        made.append(connection.exec_driver_sql("UPDATE entry SET kind = 7").rowcount)
        raise KeyboardInterrupt(change)

    monkeypatch.setattr(repair, "_make", break_off)
    with pytest.raises(KeyboardInterrupt):
        writer.apply([Change("entry", KEY, {"kind": 7})])

    assert made == [3]  # the triggers were off
    assert triggers(path) == before
    assert asked(path, KIND) == [(1,)]


def test_it_waits_for_nobody_for_ever(
    path: Path, writer: Repair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.store.database.WRITING", (("busy_timeout", 1),))
    with repair.opened(path) as other, closing(dbapi2.connect(path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(Refusal) as refused:
            other.apply([Change("entry", KEY, {"kind": 7})])

    assert refused.value.reason is Reason.LOCKED
    assert writer.apply([Change("entry", KEY, {"kind": 7})]) == [True]


# The schema.

SPOILT = [
    ("DROP TRIGGER entry_no_update", ["entry_no_update"]),
    ("DROP INDEX entry_name", ["entry_name"]),
    ("CREATE TABLE more (what TEXT UNIQUE)", ["more"]),
    ("CREATE INDEX more ON entry (kind)", ["more"]),
    ("CREATE VIEW more AS SELECT 1", ["more"]),
    ("CREATE TRIGGER more AFTER INSERT ON log BEGIN SELECT 1; END", ["more"]),
    ("PRAGMA user_version = 7", ["user_version"]),
    ("PRAGMA application_id = 7", ["application_id"]),
    ("UPDATE alembic_version SET version_num = '9999'", ["version"]),
    ("INSERT INTO alembic_version VALUES ('0001')", ["version"]),
    ("DELETE FROM alembic_version", ["version"]),
]


@pytest.mark.parametrize(("sql", "names"), SPOILT)
def test_a_schema_is_mended(path: Path, sql: str, names: list[str]) -> None:
    with closing(dbapi2.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)

    with repair.opened(path) as writer:
        assert writer.schema() == names
        assert writer.schema() == []

    with opened(path) as raw:
        assert raw.schema() == fresh_schema()


BEYOND = [
    "DROP TABLE hash",
    "ALTER TABLE entry ADD COLUMN more TEXT",
    "ALTER TABLE peer RENAME COLUMN up TO upp",
    # That of a newer program is not taken for damage.
    "CREATE TABLE more (x); UPDATE alembic_version SET version_num = '9999'",
    "DROP INDEX entry_name; UPDATE alembic_version SET version_num = '9999'",
]


@pytest.mark.parametrize("sql", BEYOND)
def test_a_schema_that_is_not_ours_is_left_alone(path: Path, sql: str) -> None:
    with closing(dbapi2.connect(path)) as connection:
        connection.executescript(sql)
    schema = "SELECT type, name, sql FROM sqlite_schema"
    before = asked(path, schema)

    with pytest.raises(FusionError) as found:
        repair.look(path)

    assert found.value.reason is Reason.DATABASE
    assert isinstance(found.value, Refusal) == ("9999" in sql)
    assert asked(path, schema) == before


@pytest.mark.parametrize(
    ("found", "spoilt"),
    [
        (b"up BOOLEAN", b"up BOO\xc3EAN"),
        (b"sqlite_autoindex_payload_1", b"sqlite_autoindex_paylobd_1"),
    ],
)
def test_a_schema_that_is_hardly_one_is_beyond_it(
    path: Path, found: bytes, spoilt: bytes
) -> None:
    path.write_bytes(path.read_bytes().replace(found, spoilt))

    with pytest.raises(Tampered) as raised:
        repair.look(path)

    assert raised.value.reason is Reason.DATABASE


@pytest.mark.parametrize("version", ["0000", "9999", "\udcff"])
def test_a_damaged_version_is_set_again(path: Path, version: str) -> None:
    raw = version.encode("utf-8", "surrogateescape")
    with closing(dbapi2.connect(path)) as connection:
        sql = "UPDATE alembic_version SET version_num = CAST(? AS TEXT)"
        connection.execute(sql, (raw,))
        connection.commit()

    repair.look(path)
    with repair.opened(path) as writer:
        assert writer.schema() == ["version"]
    Store(path).close()


def test_an_index_that_lacks_a_row_is_made_anew(path: Path) -> None:
    """As a bit that flips in a table's page leaves it."""
    name = entry(1).name
    data = path.read_bytes()
    places = [at for at in range(len(data)) if data.startswith(name, at)]
    for place in places:
        spoilt = bytearray(data)
        spoilt[place + 3] ^= 1
        path.write_bytes(spoilt)
        with opened(path) as raw:
            damage = raw.damage()
        if not damage:  # in the wraps
            continue

        with repair.opened(path) as writer:
            assert writer.reindex(damage) == ["entry"]

        with opened(path) as raw:
            assert raw.damage() == []


def test_an_index_is_not_made_over_rows_that_collide(path: Path) -> None:
    with closing(dbapi2.connect(path)) as connection:
        connection.executescript(
            "DROP TRIGGER entry_no_update; DROP INDEX entry_name;"
            "UPDATE entry SET name = x'00';"
            "CREATE INDEX entry_name ON entry (name, log);"
        )
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'CREATE INDEX',"
            " 'CREATE UNIQUE INDEX') WHERE name = 'entry_name'"
        )
        connection.commit()

    with repair.opened(path) as writer:
        assert writer.reindex(["wrong # of entries in index entry_name"]) == []


def test_no_database_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "node.db"
    path.write_bytes(b"no database at all" * 400)

    with pytest.raises(FusionError) as found, repair.opened(path):
        pass

    assert found.value.reason is Reason.DATABASE
    assert path.read_bytes() == b"no database at all" * 400
