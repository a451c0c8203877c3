"""Signatures that a desk does not believe."""

from tests.desk.bench import Bench
from tests.desk.forging import (
    feed,
    sealed,
    text,
)
from tests.desk.test_examine_entry import shown
from tests.node.world import CN, PK
from tests.trust.nation import Nation


def test_i7_a_strangers_signature_is_not_believed(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    stranger = Nation("cn", "beijing")
    stranger.author = pk.author  # known, but in Islamabad's log only
    feed(bench.pk, sealed(stranger, pk, text(pk)))
    assert shown(bench.pk) == 0
    assert bench.pk.agree() is False
    assert cn.author.kid != pk.author.kid


def test_i7_a_bulletin_in_anothers_log_is_not_believed(bench: Bench) -> None:
    cn, pk = bench.world.nations[CN], bench.world.nations[PK]
    feed(bench.pk, sealed(cn, pk, text(pk)), node=PK)
    assert shown(bench.pk) == 0
