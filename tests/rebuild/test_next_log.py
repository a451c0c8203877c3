"""A log that goes on from another, and heads that a policy's witnesses cosigned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.ledger.note import parse_note
from exchange.rebuild.outcome import Outcome
from exchange.store import Store
from exchange.trust.bundle import Bundle
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, Ledger
from tests.audit.test_sound import _cosign, _state_policy
from tests.node import test_resume as resuming
from tests.node import world as worlds
from tests.node.test_resume import FIRST, SECOND
from tests.node.world import CN, PK, World, bulletin
from tests.rebuild import support
from tests.rebuild.support import Partner, Silent, differences, repair

forked = resuming.forked


def bundles_of(world: World) -> dict[str, Bundle]:
    return {nation.domain: nation.bundle for nation in world.nations.values()}


@pytest.fixture
def resumed(forked: World) -> Iterator[tuple[Ledger, Partner]]:
    """Islamabad's database of two logs of its own, closed, and Beijing's node."""
    resuming.resume(forked, resuming.end_of(forked))
    resuming.fetch(forked)
    forked.pk.from_desk(bulletin(forked.pk.nation, forked.cn.nation, b"second"))
    forked.meet()
    forked.pk.store.close()
    yield (
        Ledger(forked.folder / f"{PK}.db", bundles_of(forked)),
        Partner(forked.cn.node),
    )
    forked.pk.store = Store(forked.folder / f"{PK}.db")


def number(ledger: Ledger, origin: str) -> int:
    report = ledger.verify()
    return [log.origin for log in report.logs].index(origin) + 1


def mended(ledger: Ledger, *partners: Partner | Silent) -> Outcome:
    outcome = repair(ledger, *partners)
    assert outcome.after.ok, outcome.after.faults
    return outcome


SPOILT = [
    (SECOND, "UPDATE entry SET entry = x'00' WHERE log = ? AND \"index\" = 0"),
    (SECOND, "UPDATE entry SET entry = x'00' WHERE log = ? AND \"index\" = 1"),
    (SECOND, 'DELETE FROM entry WHERE log = ? AND "index" = 0'),
    (SECOND, 'UPDATE entry SET kind = 1 WHERE log = ? AND "index" = 0'),
    (SECOND, "UPDATE entry SET reason = 'KIND' WHERE log = ? AND \"index\" = 1"),
    (SECOND, "UPDATE payload SET body = x'00' WHERE log = ?"),
    (SECOND, "UPDATE head SET note = x'00' WHERE log = ? AND \"size\" = 2"),
    (SECOND, "UPDATE log SET origin = 'x.fusion/log/1' WHERE number = ?"),
    (FIRST, "UPDATE entry SET entry = x'00' WHERE log = ? AND \"index\" = 1"),
    (FIRST, 'UPDATE entry SET kind = 1 WHERE log = ? AND "index" = 1'),
    (FIRST, "UPDATE hash SET hash = x'00' WHERE log = ? AND level = 1"),
]


@pytest.mark.parametrize(("origin", "sql"), SPOILT)
def test_either_log_is_mended(
    resumed: tuple[Ledger, Partner], origin: str, sql: str
) -> None:
    ledger, partner = resumed
    assert ledger.verify().ok
    right = support.rows(ledger.path)
    with ledgers.opened(ledger.path) as connection:
        log = number(ledger, origin)
        connection.execute(sql, (log,))
    assert not ledger.verify().ok

    mended(ledger, partner)

    assert not differences(ledger, right)


def test_what_follows_needs_no_partner(resumed: tuple[Ledger, Partner]) -> None:
    ledger, _ = resumed
    right = support.rows(ledger.path)
    log = number(ledger, SECOND)
    with ledgers.opened(ledger.path) as connection:
        connection.execute("UPDATE entry SET desks = '' WHERE log = ?", (log,))
        connection.execute("UPDATE hash SET hash = x'00' WHERE log = ?", (log,))

    mended(ledger)

    assert not differences(ledger, right)


def test_the_line_of_a_witness_that_a_policy_named_is_kept(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        _state_policy(world, "first", 1)
        _cosign(world, "first", worlds.FILED // 1000)
        world.meet()
        ledger = Ledger(tmp_path / f"{PK}.db", bundles_of(world))
        assert ledger.verify().ok
        note = world.pk.store.heads.note(OURS, 4)
        assert note
        lines = parse_note(note).lines
        names = [line.name for line in lines]
        assert names == [OURS, OURS, "first.example/w", f"{CN}.fusion/mirror"]
        spoilt = note.replace(f"{OURS} ".encode(), f"{OURS} A".encode(), 1)
        sql = 'UPDATE head SET note = ? WHERE log = 1 AND "size" = 4'
        ledgers.change(ledger.path, sql, spoilt)

        world.pk.store.close()
        mended(ledger, Partner(world.cn.node))
        world.pk.store = Store(ledger.path)

        kept = world.pk.store.heads.note(OURS, 4)
        assert kept
        assert set(parse_note(kept).lines) == set(lines)
