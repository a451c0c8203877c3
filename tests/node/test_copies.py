"""Two live copies of one node, and stolen keys: never are two heads beside each other
both cosigned, and whoever sees both has the proof.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.ledger import checkpoint
from exchange.node import outbox, peer_heads, replicas
from tests.node import world as worlds
from tests.node.receiving import restore_batch
from tests.node.world import CN, PK, Site, World, bulletin

OURS = checkpoint.log_origin(PK)


@pytest.fixture
def met(tmp_path: Path) -> Iterator[World]:
    with worlds.world(tmp_path) as world:
        world.meet()
        yield world


@contextmanager
def copy_of(world: World, folder: Path) -> Iterator[Site]:
    """Start a second Islamabad from a copy, while the first one runs."""
    folder.mkdir()
    world.pk.store.close()
    shutil.copy(world.folder / f"{PK}.db", folder)
    world.pk = world._site(PK)
    twin = Site(world.nations[PK], folder, [world.nations[CN]])
    for site in (world.pk, twin):
        peer_heads.hear_partner(
            site.node, CN, outbox.log_positions(world.cn.node.store)
        )
    yield twin
    twin.store.close()


def test_a_copy_that_is_behind_takes_what_the_other_signed(
    met: World, tmp_path: Path
) -> None:
    """As long as one of them writes, the partner keeps both on one branch."""
    pk, cn = met.nations[PK], met.nations[CN]
    with copy_of(met, tmp_path / "twin") as twin:
        met.pk.from_desk(bulletin(pk, cn, b"of one"))
        met.carry(met.pk, met.cn)
        peer_heads.hear_partner(twin.node, CN, outbox.log_positions(met.cn.node.store))

        (answer,) = twin.from_desk(bulletin(pk, cn, b"of the other"))

        assert answer.waiting
        peer_heads.hear_desk(twin.node, twin.nation.desk, [])  # a copy hears who calls
        restore_batch(twin.node, CN, replicas.load_lent(met.cn.node, PK, OURS, 3))
        assert twin.store.logs.size(OURS) == 5  # and behind it what waited
        met.carry(twin, met.cn)
        assert met.cn.store.logs.size(OURS) == 5
        assert not met.cn.node.forks
