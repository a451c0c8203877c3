"""What a partner's node erased before its desk took it is said at the sender's desk."""

import pytest

from exchange import envelope
from exchange.limits import LACKING_KEPT, RETENTION
from exchange.node import retention
from exchange.v1 import desk_service_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.test_erased import pass_by
from tests.node.world import CN, PK

OURS = "islamabad.pk.fusion/log/1"


@pytest.fixture
def sent(bench: Bench) -> bytes:
    """A bulletin that both nodes hold, and only its own desk has read."""
    name = bench.send("Convoy delayed")
    bench.world.meet()
    bench.pk.sync()
    bench.world.pk.read_all()
    return name


def test_the_sender_reads_it_as_that_node_s_word(bench: Bench, sent: bytes) -> None:
    pass_by(bench, sent)
    (told,) = retention.next_undelivered(bench.world.cn.node, PK, ())
    retention.record_undelivered(bench.world.pk.node, CN, told)

    bench.pk.sync()

    message = bench.pk.mailbox.messages.read(sent)
    assert message.row.state == "undelivered"
    (step,) = [one for one in message.states if one.state == "undelivered"]
    assert (step.by, step.why) == (CN, bench.cn.officer.desk)
    assert step.reporter == CN
    bench.pk.sync()
    assert bench.pk.mailbox.messages.row(sent).state == "undelivered"


@pytest.mark.parametrize("time", [-1, 0])
def test_before_the_180_days_are_over_it_comes_to_the_desk(
    bench: Bench, sent: bytes, time: int
) -> None:
    entry = bench.pk.mailbox.messages.read(sent).entry
    bench.now = envelope.split(entry).core.expires + RETENTION + LACKING_KEPT + time
    retention.erase_expired(bench.world.cn.reach(bench.now).node)

    bench.cn.sync()

    assert bench.cn.mailbox.messages.read(sent).content is not None


@pytest.mark.parametrize(
    "changed",
    [
        {"by": "nobody.example"},
        {"desks": ["ops.islamabad.pk"]},
        {"desks": []},
        {"index": 99},
        {"origin": "beijing.cn.fusion/log/1"},
    ],
)
def test_what_does_not_fit_the_message_says_nothing(
    bench: Bench, sent: bytes, changed: dict[str, object]
) -> None:
    row = bench.pk.mailbox.messages.row(sent)
    told = pb.UndeliveredArrived(
        origin=OURS, index=row.index or 0, by=CN, desks=[bench.cn.officer.desk]
    )
    other = pb.UndeliveredArrived(**changed)  # type: ignore[arg-type]
    for key in changed:
        told.ClearField(key)  # type: ignore[arg-type]
    told.MergeFrom(other)
    cursor = bench.pk.arrivals.load()

    arrival = pb.Arrival(number=cursor + 1, undelivered=told, mark="x")
    bench.pk.arrivals.apply([arrival])

    assert bench.pk.mailbox.messages.row(sent).state == row.state
