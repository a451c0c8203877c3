"""A desk that came out of a backup sends no bulletin before it has caught up."""

from exchange.desk.mailbox.settings import RESTORED
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, client, said
from tests.expecting import refusing
from tests.node.world import CN, PK


def test_it_sends_again_once_it_has_taken_what_its_node_holds(bench: Bench) -> None:
    asked = bench.cn.send(said(bench.world.nations[PK], "Is the road open?")).name
    bench.meet()
    bench.pk.mailbox.settings.set(RESTORED, "1")
    client(bench.pk).down = True

    with refusing(Reason.BUSY):
        bench.pk.send(said(bench.world.nations[CN]))
    assert bench.pk.acknowledge(asked, pb.RELATION_ACKNOWLEDGED)
    assert not bench.pk.try_sync()
    assert bench.pk.mailbox.settings.get(RESTORED)

    client(bench.pk).down = False
    bench.pk.sync()
    assert not bench.pk.mailbox.settings.get(RESTORED)
    assert bench.pk.send(said(bench.world.nations[CN])).state == "local"
