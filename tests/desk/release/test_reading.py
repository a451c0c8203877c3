"""What a desk of another nation shows of a log where two officers are needed."""

from exchange.desk.link.log_states import LogStates
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.forging import feed, name_of, sealed, text
from tests.node.world import CN, PK


def test_what_one_officer_let_out_is_not_shown(strict: Bench) -> None:
    """Its own node took it, or says so: the verdict is every desk's own."""
    ours, theirs = strict.world.nations[PK], strict.world.nations[CN]
    forged = sealed(ours, theirs, text(theirs), release=pb.RELEASE_NONE)
    feed(strict.cn, forged, node=PK)
    assert not strict.cn.mailbox.messages.knows(name_of(forged))
    origin = strict.cn.pinned.origin(PK)
    assert LogStates(strict.cn.mailbox).alarm(origin).startswith("RELEASE #")


def test_what_lacks_its_releaser_is_not_shown(strict: Bench) -> None:
    ours, theirs = strict.world.nations[PK], strict.world.nations[CN]
    forged = sealed(ours, theirs, text(theirs), release=pb.RELEASE_RELEASED)
    feed(strict.cn, forged, node=PK)
    assert not strict.cn.mailbox.messages.knows(name_of(forged))
