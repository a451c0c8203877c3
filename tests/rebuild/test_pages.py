"""Where the file itself is damaged, what can be read of it is enough with a partner."""

import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.rebuild.old_rows import copy_rows
from exchange.rebuild.outcome import Outcome
from exchange.store import Store
from tests.audit.ledger import Ledger
from tests.rebuild.support import Partner, differences, put_back, repair
from tests.store.support import Log, entry

PAGE = 4_096
FLIPS = 40


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
def test_a_damaged_page_is_no_end(  # noqa: PLR0913, PLR0917  what is compared
    ledger: Ledger,
    partner: Partner,
    right: dict[str, list[object]],
    sound: Ledger,
    table: str,
    place: int,
) -> None:
    """Its kind, how many rows it has, where they begin, where the first one lies."""
    flip(ledger.path, root_page(ledger.path, table) + place, 1 << 3)
    before = ledger.path.read_bytes()

    outcome = repair(ledger, partner)

    assert outcome.after.ok, outcome.after.faults
    if table == "head":  # which logs came first, and heads that others cover, are lost
        assert logs_of(outcome) == logs_of(repair(sound, partner))
    else:
        assert not differences(ledger, right)
    assert ledger.path.with_name(outcome.kept).read_bytes() == before


def test_without_a_partner_it_is_named_what_is_lost(ledger: Ledger) -> None:
    """The rows of that page: all entries."""
    flip(ledger.path, root_page(ledger.path, "entry"), 8)
    before = ledger.path.read_bytes()

    outcome = repair(ledger)

    assert (outcome.beyond, outcome.broken) == (False, True)
    assert {(one.what, one.index) for one in outcome.lost} >= {("entry", 0)}
    assert ledger.path.with_name(outcome.kept).read_bytes() == before


@pytest.mark.parametrize("data", [b"", b"no database at all" * 400])
def test_no_database_becomes_no_empty_one(
    ledger: Ledger, partner: Partner, data: bytes
) -> None:
    ledger.path.write_bytes(data)

    outcome = repair(ledger, partner)

    assert (outcome.beyond, outcome.kept, outcome.after.ok) == (True, "", False)
    assert ledger.path.read_bytes() == data


def test_each_damaged_file_is_kept(ledger: Ledger, partner: Partner) -> None:
    sound = ledger.path.read_bytes()
    kept = []
    for _ in range(2):
        ledger.path.unlink()
        ledger.path.write_bytes(sound)
        flip(ledger.path, root_page(ledger.path, "hash") + 3)
        kept.append(repair(ledger, partner).kept)

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
        held = list(rows.entries([1], 0, 200))

    lost = set(range(200)) - set(held)
    assert (min(held), max(held)) == (0, 199)
    assert lost == set(range(min(lost), max(lost) + 1))
    assert 100 in lost
    assert len(lost) < 20


def test_any_bit_of_the_file_is_mended(ledger: Ledger, partner: Partner) -> None:
    """But for what nobody else has, which is named."""
    before = ledger.path.read_bytes()
    draw = random.Random(20_261_124)  # noqa: S311  the same places each time
    counted: Counter[str] = Counter()
    whole = logs_of(repair(ledger, partner))
    while counted["found"] < FLIPS:
        place, bit = draw.randrange(len(before)), 1 << draw.randrange(8)
        put_back(ledger, before)
        flip(ledger.path, place, bit)
        if ledger.verify().ok:
            continue
        counted["found"] += 1

        outcome = repair(ledger, partner)

        if outcome.beyond:  # the schema is part of the file too
            counted["beyond"] += 1
            continue
        assert outcome.after.ok, (place, bit, outcome.after.faults)
        assert not outcome.broken, (place, bit, outcome.lost)
        # Roots bind every entry; its columns, and its text, are verified by them.
        assert logs_of(outcome) == whole, (place, bit)
        assert outcome.after.lacking == 0, (place, bit)
        lost = {one.what.split()[0] for one in outcome.lost}
        assert lost <= ONLY_HERE, (place, bit)
    assert counted["beyond"] < FLIPS // 8


ONLY_HERE = {
    *("waiting", "pulse", "fork", "refusal", "peer"),
    *("undelivered", "refused", "clock", "desk"),
}
