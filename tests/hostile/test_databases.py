"""The database of a node: edited, damaged, written or read beside another process."""

import random
from contextlib import closing
from pathlib import Path

import pytest

from exchange.errors import Reason, Tampered
from exchange.store import Erasure, Store
from tests.audit import conftest as audit_fixtures
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.audit.test_verify_database import NAMED, WHY, first
from tests.hostile.traces import nothing_kept
from tests.node import test_start_up as origin
from tests.node import world as worlds
from tests.node.three import Three
from tests.node.world import PK, bulletin
from tests.store import conftest as store_fixtures
from tests.store.support import NOW, ORIGIN, Log, entry
from tests.store.test_erase import sealed, traces

ledger = audit_fixtures.ledger
sound = audit_fixtures.sound


@pytest.mark.parametrize(("sql", "index"), NAMED)
def test_i1_i2_a_change_is_named_by_log_and_index(
    ledger: Ledger, sql: str, index: int | None
) -> None:
    change(ledger.path, sql)

    assert first(ledger.verify())[0] == index


@pytest.mark.parametrize(("sql", "reason"), WHY)
def test_i1_i2_a_change_is_told_by_its_reason(
    ledger: Ledger, sql: str, reason: Reason
) -> None:
    change(ledger.path, sql)

    assert first(ledger.verify())[1] == reason


# A node whose own database is damaged signs nothing over it, and the others go on.


def test_i2_no_head_is_signed_over_a_damaged_edge(tmp_path: Path) -> None:
    """It would prove a fork of the own log, by one flipped bit."""
    with worlds.world(tmp_path) as world:
        world.meet()
        pk, cn = world.pk, world.cn
        before = pk.store.heads.newest(OURS)
        change(
            tmp_path / f"{pk.nation.node}.db",
            "UPDATE hash SET hash = zeroblob(32) WHERE log = 1 AND level = 1",
        )

        with pytest.raises(Tampered) as found:
            pk.from_desk(bulletin(pk.nation, cn.nation))

        assert found.value.reason is Reason.ROOT
        assert pk.store.heads.newest(OURS) == before
        cn.from_desk(bulletin(cn.nation, pk.nation))
        world.carry(cn, pk)
        assert pk.store.logs.size(THEIRS) == 4


# Texts erased beside a process that reads them.


path = store_fixtures.path
place = store_fixtures.path  # an engine that a second process opens by its file
log = store_fixtures.log
store = store_fixtures.store


def test_a5_beside_another_process_that_has_it_open(log: Log, path: Path) -> None:
    """A second Store is a second process to SQLite."""
    draw = random.Random(7)  # noqa: S311
    entries = [sealed(number, draw) for number in range(4)]
    log.append(*entries)

    with closing(Store(path)) as beside:
        assert beside.retention.erase(Erasure(ORIGIN, [0, 1, 2], NOW)) == 3
        log.append(entry(9))
        beside.retention.empty_wal()

        assert [traces(path, new) for new in entries[:3]] == [0, 0, 0]
        assert [bool(one.body) for one in log.store.entries.page(ORIGIN, 0, 9)] == [
            *(False, False, False),
            *(True, True),
        ]


# Two nodes on one database.


world = origin.world


def test_i11_two_nodes_on_one_database_do_not_both_write(world: Three) -> None:
    """The older one was paused, and wakes up."""
    store = Store(world.folder / f"{PK}.db")
    store.claim(b"later" * 3 + b"!")

    with nothing_kept(store):
        (answer,) = world.send(b"too late")

    assert answer.reason == Reason.NOT_WRITER
    assert answer.later
    store.close()
