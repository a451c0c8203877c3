"""False words of a partner's desk about a bulletin that it could read."""

from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.desk.forging import clear, feed
from tests.node.world import CN


def test_p60_that_it_cannot_be_opened_is_shown_as_its_claim(bench: Bench) -> None:
    """The entry stands as it stood, and no acknowledgement is taken from the word."""
    name = bench.pk.send(said(bench.world.nations[CN])).name
    bench.meet()
    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    before = bench.pk.mailbox.messages.read(name)
    size = bench.world.pk.store.logs.size(bench.world.pk.node.origin)

    claim = clear(
        bench.world.nations[CN], pb.RELATION_UNOPENABLE, name, clear=b"KEY_GONE"
    )
    feed(bench.pk, claim)

    (found,) = bench.pk.mailbox.receipts.of(name)
    assert (found.relation, found.reason) == ("UNOPENABLE", "KEY_GONE")
    assert found.author == bench.world.nations[CN].officer
    after = bench.pk.mailbox.messages.read(name)
    assert (after.row.verdict, after.row.state) == (
        before.row.verdict,
        before.row.state,
    )
    assert after.content == before.content
    assert not after.row.acknowledged
    assert bench.world.pk.store.logs.size(bench.world.pk.node.origin) == size
