"""Bulletins that a node withholds from its desk."""

from exchange.desk.mailbox.desk_numbers import NumberGap
from exchange.limits import DAY
from tests.desk.bench import Bench, client
from tests.desk.test_numbers import gaps, withhold
from tests.node.world import PK


def test_p46_i6_a_bulletin_that_is_withheld_shows_until_it_comes(bench: Bench) -> None:
    desk = bench.world.nations[PK].desk
    for n in (1, 2, 3, 4):
        bench.send(f"Number {n}")
    bench.world.meet()
    honest = client(bench.cn).page
    withhold(bench, 4, 5)

    bench.cn.sync()

    assert gaps(bench) == [NumberGap(desk, [2, 3])]
    client(bench.cn).page = honest  # type: ignore[method-assign]
    bench.now += DAY
    bench.cn.sync()
    assert gaps(bench) == []
