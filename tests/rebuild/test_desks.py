"""Desks at a node whose arrivals a rebuild has numbered again."""

from tests.audit.ledger import Ledger, change
from tests.desk.bench import Bench, client, said
from tests.desk.conftest import bench, met
from tests.node.world import CN, PK
from tests.rebuild.support import repair

__all__ = ["bench", "met"]


def test_desks_survive_renumbered_arrivals(bench: Bench) -> None:
    world = bench.world
    to_cn, to_pk = world.nations[CN], world.nations[PK]
    for _ in range(2):
        bench.pk.send(said(to_cn))
        bench.cn.send(said(to_pk))
        world.meet()
        bench.pk.sync()
    rows = bench.pk.mailbox.database.count()
    last = len(world.pk.store.arrivals.page(0, 1_000))
    bundles = {nation.domain: nation.bundle for nation in world.nations.values()}
    world.pk.store.close()
    ledger = Ledger(world.folder / f"{PK}.db", bundles)
    change(ledger.path, "UPDATE arrival SET sum = 7 WHERE number = 3")

    assert repair(ledger).after.ok

    world.pk = world._site(PK)
    world.greet()
    assert len(world.pk.store.arrivals.page(0, 1_000)) != last
    client(bench.pk).site = world.pk
    bench.pk.sync()
    assert bench.pk.mailbox.database.count() == rows
    bench.cn.send(said(to_pk))
    sent = bench.pk.send(said(to_cn))
    world.meet()
    bench.pk.sync()
    assert bench.pk.mailbox.database.count() == rows + 2
    assert world.pk.store.entries.by_name(sent.name) is not None
