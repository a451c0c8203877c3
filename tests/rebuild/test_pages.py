"""Whatever page of the file is damaged, the rest of it is kept."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from exchange.node.node import Node
from exchange.rebuild.old_rows import copy_rows
from exchange.rebuild.outcome import Outcome
from exchange.store import Store
from exchange.store.record import Repair
from exchange.store.tables import RECORDS
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.rebuild.support import MERGED, bring_back, put_back, repair, rows, without
from tests.store.support import Log, entry

PAGE = 4_096
FLIPS = 30


def root_page(path: Path, table: str) -> int:
    """Return where a table begins in its file."""
    with closing(dbapi2.connect(path)) as connection:
        asked = "SELECT rootpage FROM sqlite_schema WHERE name = ?"
        (page,) = connection.execute(asked, (table,)).fetchone()
    return (int(page) - 1) * PAGE


def flip(path: Path, place: int, bit: int = 1) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= bit
    path.write_bytes(data)


def logs_of(outcome: Outcome) -> set[tuple[str, int, bytes]]:
    return {(log.origin, log.size, log.root) for log in outcome.after.logs}


TABLES = ["entry", "hash", "payload", "head", "arrival", "sqlite_autoindex_entry_1"]


@pytest.mark.parametrize("place", [0, 3, 5, 8])
@pytest.mark.parametrize("table", TABLES)
def test_a_damaged_page_is_no_end(
    open_ledger: Ledger, partner: Node, table: str, place: int
) -> None:
    """Its kind, how many rows it has, where they begin, where the first one lies."""
    ledger = open_ledger
    flip(ledger.path, root_page(ledger.path, table) + place, 1 << 3)
    before = ledger.path.read_bytes()

    outcome = repair(ledger)

    assert outcome.after.ok, outcome.after.faults
    assert ledger.path.with_name(outcome.kept).read_bytes() == before
    report = bring_back(ledger, partner)
    assert (report.ok, report.lacking) == (True, 0), report.faults
    sizes = {log.origin: log.size for log in report.logs}
    assert sizes == {OURS: 5, THEIRS: 9}


def test_entries_that_are_gone_are_counted(ledger: Ledger) -> None:
    """The rows of that page: all entries."""
    flip(ledger.path, root_page(ledger.path, "entry"), 8)
    before = ledger.path.read_bytes()

    outcome = repair(ledger)

    assert (outcome.beyond, outcome.sound) == (False, False)
    assert {(log.origin, log.size) for log in outcome.logs} == {(OURS, 0), (THEIRS, 0)}
    assert ledger.path.with_name(outcome.kept).read_bytes() == before


@pytest.mark.parametrize("data", [b"", b"no database at all" * 400])
def test_no_database_becomes_no_empty_one(ledger: Ledger, data: bytes) -> None:
    ledger.path.write_bytes(data)

    outcome = repair(ledger)

    assert (outcome.beyond, outcome.kept, outcome.after.ok) == (True, "", False)
    assert ledger.path.read_bytes() == data


def test_each_damaged_file_is_kept(ledger: Ledger) -> None:
    sound = ledger.path.read_bytes()
    kept = []
    for _ in range(2):
        ledger.path.unlink()
        ledger.path.write_bytes(sound)
        flip(ledger.path, root_page(ledger.path, "hash") + 3)
        kept.append(repair(ledger).kept)

    assert kept == ["ledger.db.damaged1", "ledger.db.damaged2"]


def test_a_table_is_read_around_a_page(tmp_path: Path) -> None:
    path, scratch = tmp_path / "ledger.db", tmp_path / "rows.db"
    with closing(Store(path)) as store:
        Log(store).append(*(entry(number, salt=bytes(200)) for number in range(200)))
    data = bytearray(path.read_bytes())
    middle = data.index(b"entry 100 ") // PAGE * PAGE
    data[middle] ^= 1  # what kind of page it is
    path.write_bytes(data)

    with closing(copy_rows(path, scratch)) as rows:
        held = list(rows.entries("", [1], 0, 200))

    lost = set(range(200)) - set(held)
    assert (min(held), max(held)) == (0, 199)
    assert lost == set(range(min(lost), max(lost) + 1))
    assert 100 in lost
    assert len(lost) < 20


PEER = b"CREATE TABLE peer (\n    name VARCHAR NOT"
SCHEMA = [
    pytest.param(PEER, 32, 128, set(), id="type"),
    pytest.param(PEER, 25, 128, {"peer rows"}, id="column"),
    pytest.param(b"CREATE TABLE fork", 0, 1, {"fork rows"}, id="table"),
    pytest.param(
        b"CREATE TABLE sighting", 0, 1, {"sighting rows", "writer"}, id="heads seen"
    ),
]


@pytest.mark.parametrize(("text", "place", "bit", "named"), SCHEMA)
def test_a_damaged_schema_is_read_past_and_what_is_lost_by_it_is_named(  # noqa: PLR0913, PLR0917  what is compared
    ledger: Ledger,
    right: dict[str, list[object]],
    text: bytes,
    place: int,
    bit: int,
    named: set[str],
) -> None:
    for found in re.finditer(re.escape(text), ledger.path.read_bytes()):
        flip(ledger.path, found.start() + place, bit)  # one of them may be left over

    outcome = repair(ledger)

    assert outcome.after.ok, outcome.after.faults
    assert set(outcome.lost) == named
    assert not set(unnamed(ledger, right, outcome))
    # Without the heads that were seen, the next start hears everybody.
    with closing(Store(ledger.path)) as store:
        assert (store.writer() is None) is ("writer" in named)


def test_the_name_of_a_log_that_nobody_lists_is_no_end(
    ledger: Ledger, right: dict[str, list[object]]
) -> None:
    """It is that of our log, but for a bit; its heads say whose it is."""
    beside = OURS.replace("/log/", "/lof/")
    change(ledger.path, "UPDATE log SET origin = ? WHERE origin = ?", beside, OURS)

    outcome = repair(ledger)

    assert (outcome.after.ok, outcome.lost) == (True, [])
    assert not set(unnamed(ledger, right, outcome))


SEEDS = [20_261_124, pytest.param(5, marks=pytest.mark.long)]
SCHEMA_PAGES = 26
"""The first pages of the file: its schema, and where tables begin."""


@pytest.mark.parametrize("seed", SEEDS)
def test_no_bit_of_the_file_is_the_end(
    ledger: Ledger, right: dict[str, list[object]], seed: int
) -> None:
    """Each row is kept, fetched or named; every other bit lies in the schema, or where
    tables begin."""
    before = ledger.path.read_bytes()
    draw = random.Random(seed)  # noqa: S311  the same places each time
    counted: Counter[str] = Counter()
    while counted["found"] < FLIPS:
        pages = SCHEMA_PAGES if counted["found"] % 2 else len(before) // PAGE
        place, bit = draw.randrange(pages * PAGE), 1 << draw.randrange(8)
        put_back(ledger, before)
        flip(ledger.path, place, bit)
        damaged = ledger.path.read_bytes()
        if ledger.verify().ok:
            continue
        counted["found"] += 1

        outcome = repair(ledger)

        if outcome.beyond:  # nothing can be read of any log: it is said what to do
            counted["beyond"] += 1
            assert ledger.path.read_bytes() == damaged
            continue
        assert outcome.after.ok, (place, bit, outcome.after.faults)
        if any(log.size < log.of or log.texts for log in outcome.logs):
            counted["cut"] += 1
            continue
        silent = set(unnamed(ledger, right, outcome))
        assert not silent, (place, bit, outcome.lost)
    assert counted["beyond"] < FLIPS // 8


CARRIED = {one.title() for one in RECORDS if one.repair is Repair.CARRIED}
MADE_OF = {2: "head", 3: "refusal", 5: "undelivered"}
"""Of which table's rows an arrival of a kind tells."""
LIKE_HEADS = {"head", "entry", "log", "boundary"}


def unnamed(
    ledger: Ledger, right: dict[str, list[object]], outcome: Outcome
) -> Iterator[object]:
    """Yield each row that is not as it was, where nothing says so.

    A table of which nothing is lost has the same rows. Where as many of its rows are
    named as lacking, or all that did not read, the rest are the same. Where heads are
    lost that others cover, what was appended under them stands under those.
    """
    found = rows(ledger.path)
    named = Counter(one.split()[0] for one in outcome.lost)
    unread = {one.removesuffix(" rows") for one in outcome.lost} & set(right)
    assert named.keys() <= CARRIED | {"head", "line"}, outcome.lost
    for table, held in without(right, *MERGED).items():
        had, has = keyed(table, held), keyed(table, found[table])
        lacking, new = had - has, has - had
        if named["head"]:  # and with it, perhaps, which log came first
            assert logs_of(outcome) == sizes_and_roots(right)
        elif table in LIKE_HEADS and named["line"]:
            continue
        elif table == "arrival":
            yield from new
            yield from (one for one in lacking if not named[MADE_OF.get(one[0], "")])
        elif table == "peer" and (named["peer"] or named["line"]):
            continue  # how far it cosigned, its lines say
        elif table == "waiting":  # its envelope vouches for itself
            yield from {one[1] for one in new} - {one[1] for one in lacking}
            yield from {one[:2] for one in lacking if not named[table]} - {
                (one[0], one[1]) for one in new
            }
        else:
            yield from new
            if table not in unread and len(lacking) > named[table]:
                yield from lacking


def keyed(table: str, held: Iterable[Any]) -> set[tuple[Any, ...]]:
    """Return rows without numbers that are given again, and the sums over them."""
    every = {tuple(row) for row in held}
    if table in {"arrival", "waiting"}:
        return {row[1:-1] for row in every}
    if table == "desk":
        return {(row[0], *row[2:-1]) for row in every}
    return every


def sizes_and_roots(right: dict[str, list[Any]]) -> set[tuple[str, int, bytes]]:
    return {(origin.decode(), size, root) for _, origin, size, root in right["log"]}
