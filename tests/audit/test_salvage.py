"""Where the file itself is damaged a new one takes its place, if all of it is right."""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.store import Store, salvage
from tests.audit import mending
from tests.audit.ledger import Ledger
from tests.audit.mending import Partner, mend
from tests.store.support import ORIGIN, Log, entry
from tests.stored import all_entries

PAGE = 4_096
FLIPS = 40


@pytest.fixture(scope="module")
def partner(
    sound: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Partner]:
    """Return an honest partner."""
    with mending.partner(sound, tmp_path_factory.mktemp("partner")) as made:
        yield made


@pytest.fixture(scope="module")
def right(sound: Ledger) -> dict[str, list[object]]:
    """Return what must stand there in the end."""
    return mending.rows(sound.path)


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


TABLES = ["entry", "hash", "payload", "head", "arrival", "sqlite_autoindex_entry_1"]


@pytest.mark.parametrize("place", [0, 3, 5, 8])
@pytest.mark.parametrize("table", TABLES)
def test_a_damaged_page_is_no_end(
    ledger: Ledger,
    partner: Partner,
    right: dict[str, list[object]],
    table: str,
    place: int,
) -> None:
    """Its kind, how many rows it has, where they begin, where the first one lies."""
    flip(ledger.path, root_page(ledger.path, table) + place, 1 << 3)
    before = ledger.path.read_bytes()

    outcome = mend(ledger, partner)

    assert outcome.after.ok, outcome.after.faults
    assert mending.without(right, "arrival") == mending.without(
        mending.rows(ledger.path), "arrival"
    )
    assert outcome.kept
    assert ledger.path.with_name(outcome.kept).read_bytes() == before
    assert {path.name for path in ledger.path.parent.iterdir()} == {
        ledger.path.name,
        outcome.kept,
    }


def test_what_would_not_be_whole_does_not_take_its_place(ledger: Ledger) -> None:
    """Without a partner the rows of that page are lost."""
    flip(ledger.path, root_page(ledger.path, "entry"), 8)
    before = ledger.path.read_bytes()

    outcome = mend(ledger)

    assert (outcome.beyond, outcome.kept, outcome.after.ok) == (True, "", False)
    assert ledger.path.read_bytes() == before
    beside = {path.name for path in ledger.path.parent.iterdir()}
    assert beside <= {f"{ledger.path.name}{more}" for more in ("", "-wal", "-shm")}


@pytest.mark.parametrize("data", [b"", b"no database at all" * 400])
def test_no_database_becomes_no_empty_one(
    ledger: Ledger, partner: Partner, data: bytes
) -> None:
    ledger.path.write_bytes(data)

    outcome = mend(ledger, partner)

    assert (outcome.beyond, outcome.kept, outcome.after.ok) == (True, "", False)
    assert ledger.path.read_bytes() == data


def test_each_damaged_file_is_kept(ledger: Ledger, partner: Partner) -> None:
    sound = ledger.path.read_bytes()
    kept = []
    for _ in range(2):
        ledger.path.write_bytes(sound)
        flip(ledger.path, root_page(ledger.path, "hash") + 3)
        kept.append(mend(ledger, partner).kept)

    assert kept == ["ledger.db.damaged1", "ledger.db.damaged2"]


def test_a_log_beside_the_damaged_file_is_not_played_into_the_new_one(
    tmp_path: Path,
) -> None:
    path, new = tmp_path / "ledger.db", tmp_path / "ledger.db.new"
    for one in (path, new, tmp_path / "ledger.db-wal", tmp_path / "ledger.db-shm"):
        one.write_text(one.name)

    kept = salvage.replace(path, new)

    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {
        "ledger.db": "ledger.db.new",
        kept.name: "ledger.db",
        f"{kept.name}-wal": "ledger.db-wal",
        f"{kept.name}-shm": "ledger.db-shm",
    }


def test_a_table_is_read_from_both_ends(tmp_path: Path) -> None:
    path, new = tmp_path / "ledger.db", tmp_path / "new.db"
    with closing(Store(path)) as store:
        Log(store).append(*(entry(number, salt=bytes(200)) for number in range(200)))
    data = bytearray(path.read_bytes())
    middle = data.index(b"entry 100 ") // PAGE * PAGE
    data[middle] ^= 1  # what kind of page it is
    path.write_bytes(data)

    salvage.copy(path, new)

    with closing(Store(new, read_only=True)) as store:
        held = [stored.index for stored in all_entries(store, ORIGIN)]
    lost = set(range(200)) - set(held)
    assert (min(held), max(held)) == (0, 199)
    assert lost == set(range(min(lost), max(lost) + 1))
    assert 100 in lost
    assert len(lost) < 20


def test_any_bit_of_the_file_is_mended(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    """But for what nobody else has: what waits, pulses, proofs; and the schema."""
    before = ledger.path.read_bytes()
    draw = random.Random(20_261_124)  # noqa: S311  the same places each time
    counted: Counter[str] = Counter()
    while counted["found"] < FLIPS:
        place, bit = draw.randrange(2 * PAGE, len(before)), 1 << draw.randrange(8)
        ledger.path.write_bytes(before)
        flip(ledger.path, place, bit)
        if ledger.verify().ok:
            continue
        counted["found"] += 1

        outcome = mend(ledger, partner)

        left = {fault.what for fault in outcome.after.faults}
        if outcome.beyond:  # the schema is part of the file too
            counted["beyond"] += 1
            continue
        assert outcome.after.ok or left <= {"fork"}, (place, bit, left)
        same = mending.without(mending.rows(ledger.path), *LOST)
        assert same == mending.without(right, *LOST), (place, bit, outcome.mended)
        for path in ledger.path.parent.glob("ledger.db.damaged*"):
            path.unlink()
    assert counted["beyond"] < FLIPS // 8


LOST = ("waiting", "pulse", "fork", "arrival", "refusal", "peer")
