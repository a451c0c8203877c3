"""A node whose own database is damaged signs nothing over it, and the others go on."""

from pathlib import Path

import pytest

from exchange.errors import Reason, Tampered
from tests.audit.ledger import OURS, THEIRS, change
from tests.node import world as worlds
from tests.node.world import bulletin


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
