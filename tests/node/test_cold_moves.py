"""Old entries move into files as ticks go by, and only when their time has come."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exchange.errors import Reason
from exchange.ledger.tiles import WIDTH
from exchange.limits import DAY, MINUTE, UPKEEP_TIME
from exchange.node.cold_moves import ColdMoves
from exchange.store import Erasure, Store
from tests.expecting import refusing
from tests.quick import folder_in_memory
from tests.store.support import NOW, ORIGIN, Log, entry, verify
from tests.store.test_cold import bare

AFTER = 400 * DAY


@pytest.fixture
def path() -> Iterator[Path]:
    with folder_in_memory() as folder:
        yield folder / "ledger.db"


@pytest.fixture
def log(path: Path) -> Iterator[Log]:
    """Return a log of three bundles and a bit, one of which has a text yet."""
    with closing(Store(path)) as store:
        store.claim(bytes(16))
        log = Log(store)
        for start in range(0, 3 * WIDTH, WIDTH):
            entries = [bare(start + number) for number in range(WIDTH)]
            if start == WIDTH:
                entries[9] = entry(start + 9)
            log.append(*entries)
        log.append(bare(3 * WIDTH))
        yield log


class Ticks:
    """A clock of which each look costs as much as it is told to."""

    def __init__(self, cost: int = 0) -> None:
        self.at, self.cost = 0, cost

    def __call__(self) -> int:
        self.at += self.cost
        return self.at


def moved(store: Store) -> set[int]:
    return store.cold.moved(ORIGIN, 0, 10)


def past(at: int) -> bool:
    """Say that it is a while after everything came."""
    return at <= NOW + AFTER


def test_what_is_old_and_without_texts_goes(log: Log) -> None:
    ticks = Ticks()
    moves = ColdMoves(log.store, ticks, AFTER)

    assert moves.run(past, NOW) == 2
    assert moved(log.store) == {0, 2}
    assert verify(log.store) == 3 * WIDTH + 1


def test_nothing_goes_where_nothing_is_asked_for(log: Log) -> None:
    assert ColdMoves(log.store, Ticks()).run(past, NOW) == 0
    assert ColdMoves(log.store, Ticks(), AFTER + 1).run(past, NOW) == 0
    assert moved(log.store) == set()


def test_a_text_that_was_erased_lets_its_bundle_go_the_next_day(log: Log) -> None:

    ticks = Ticks()
    moves = ColdMoves(log.store, ticks, AFTER)
    moves.run(past, NOW)
    log.store.retention.erase(Erasure(ORIGIN, [WIDTH + 9], NOW))

    assert moves.run(past, NOW) == 0
    ticks.at = DAY
    assert moves.run(past, NOW) == 1
    assert moved(log.store) == {0, 1, 2}


def test_a_tick_has_an_end_and_the_next_one_goes_on(log: Log) -> None:
    moves = ColdMoves(log.store, Ticks(UPKEEP_TIME), AFTER)
    counts = [moves.run(past, NOW) for _ in range(5)]

    assert counts == [1, 0, 1, 0, 0]
    assert moved(log.store) == {0, 2}


def test_a_full_disk_is_said_and_tried_again_soon(log: Log, path: Path) -> None:
    ticks = Ticks()
    moves = ColdMoves(log.store, ticks, AFTER)
    blocked = path.with_name(f"{path.name}.cold")
    blocked.write_bytes(b"in the way")
    with refusing(Reason.DISK):
        moves.run(past, NOW)

    blocked.unlink()
    ticks.at = MINUTE
    assert moves.run(past, NOW) == 2


def test_the_floor_of_the_disk_stays_free(log: Log) -> None:
    ticks, free = Ticks(), [False]
    moves = ColdMoves(log.store, ticks, AFTER, lambda: free[0])
    with refusing(Reason.DISK):
        moves.run(past, NOW)
    assert moved(log.store) == set()

    free[0] = True
    assert moves.run(past, NOW) == 2


def test_a_damaged_bundle_holds_up_no_other(log: Log) -> None:
    with log.store._database.write_cursor() as connection:
        connection.execute("DROP TRIGGER entry_no_update")
        spoil = "UPDATE entry SET entry = x'00' WHERE \"index\" = 3"
        connection.execute(spoil)

    assert ColdMoves(log.store, Ticks(), AFTER).run(past, NOW) == 1
    assert moved(log.store) == {2}
