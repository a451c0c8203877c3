"""A desk whose program is older than its node's stops where newer rules begin."""

from exchange.errors import Reason
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.test_rules import NEWER, newer_release, stated
from tests.node.world import CN, PK


def test_it_files_nothing_by_rules_that_it_does_not_know(bench: Bench) -> None:
    pk, cn = bench.world.nations[PK], bench.world.nations[CN]
    with newer_release():
        assert not bench.site(PK).submit(stated(pk))[0].reason
        bench.world.meet()
    theirs = bench.cn.send(said(pk)).name
    bench.world.carry(bench.world.cn, bench.world.pk)
    before = bench.pk.mailbox.logs.cursor(PK)

    for _ in range(2):
        with refusing(Reason.UPGRADE):
            bench.pk.sync()

    assert bench.pk.mailbox.logs.cursor(PK) == before
    assert not bench.pk.mailbox.messages.knows(theirs)
    with newer_release():
        bench.pk.sync()
    assert bench.pk.mailbox.messages.knows(theirs)
    assert bench.pk.pinned.directory(PK).rules == NEWER
    assert cn.desk in bench.pk.pinned.desks()
