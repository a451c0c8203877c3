"""A log that goes on from another, and heads that a policy's witnesses cosigned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.ledger.note import parse_note
from exchange.rebuild.outcome import Outcome
from exchange.store import Store
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, Ledger
from tests.audit.test_sound import _cosign, _state_policy
from tests.node import test_resume as resuming
from tests.node import world as worlds
from tests.node.test_resume import FIRST, SECOND
from tests.node.world import CN, PK, World, bulletin
from tests.rebuild import support
from tests.rebuild.support import differences, repair

forked = resuming.forked


@pytest.fixture
def resumed(forked: World) -> Iterator[Ledger]:
    """Islamabad's database of two logs of its own, closed."""
    resuming.resume(forked, resuming.end_of(forked))
    resuming.fetch(forked)
    forked.pk.from_desk(bulletin(forked.pk.nation, forked.cn.nation, b"second"))
    forked.meet()
    forked.pk.store.close()
    yield Ledger(forked.folder / f"{PK}.db", forked.bundles)
    forked.pk.store = Store(forked.folder / f"{PK}.db")


def number(ledger: Ledger, origin: str) -> int:
    report = ledger.verify()
    return [log.origin for log in report.logs].index(origin) + 1


def mended(ledger: Ledger) -> Outcome:
    outcome = repair(ledger)
    assert outcome.after.ok, outcome.after.faults
    return outcome


SPOILT = [
    (SECOND, 'UPDATE entry SET kind = 1 WHERE log = ? AND "index" = 0'),
    (SECOND, "UPDATE entry SET reason = 'KIND' WHERE log = ? AND \"index\" = 1"),
    (SECOND, "UPDATE log SET origin = 'x.fusion/log/1' WHERE number = ?"),
    (SECOND, "UPDATE entry SET desks = '' WHERE log = ?"),
    (SECOND, "UPDATE hash SET hash = x'00' WHERE log = ?"),
    (FIRST, 'UPDATE entry SET kind = 1 WHERE log = ? AND "index" = 1'),
    (FIRST, "UPDATE hash SET hash = x'00' WHERE log = ? AND level = 1"),
]


@pytest.mark.parametrize(("origin", "sql"), SPOILT)
def test_either_log_is_mended(resumed: Ledger, origin: str, sql: str) -> None:
    assert resumed.verify().ok
    right = support.rows(resumed.path)
    with ledgers.opened(resumed.path) as connection:
        connection.execute(sql, (number(resumed, origin),))
    assert not resumed.verify().ok

    assert mended(resumed).sound

    assert not differences(resumed, right)


def test_a_lost_entry_of_the_first_log_cuts_both(resumed: Ledger) -> None:
    """The second begins with the head at which the first one ended."""
    sql = "UPDATE entry SET entry = x'00' WHERE log = ? AND \"index\" = 1"
    ledgers.change(resumed.path, sql, number(resumed, FIRST))

    outcome = mended(resumed)

    assert {log.origin for log in outcome.logs if log.awaited} >= {FIRST}


def test_the_line_of_a_witness_that_a_policy_named_is_kept(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        _state_policy(world, "first", 1)
        _cosign(world, "first", worlds.FILED // 1000)
        world.meet()
        ledger = Ledger(tmp_path / f"{PK}.db", world.bundles)
        assert ledger.verify().ok
        note = world.pk.store.heads.note(OURS, 4)
        assert note
        lines = parse_note(note).lines
        names = [line.name for line in lines]
        assert names == [OURS, OURS, "first.example/w", f"{CN}.fusion/mirror"]
        sql = "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 2"
        ledgers.change(ledger.path, sql)

        world.pk.store.close()
        mended(ledger)
        world.pk.store = Store(ledger.path)

        kept = world.pk.store.heads.note(OURS, 4)
        assert kept
        assert set(parse_note(kept).lines) == set(lines)
