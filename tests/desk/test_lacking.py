"""What a desk says of a message whose text a node lacks, and what comes of it."""

import pytest

from exchange.desk.client import Desk
from exchange.desk.link.log_states import LogStates
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.node import outbox, peer_heads, replicas
from exchange.v1 import desk_service_pb2 as pb
from tests.desk.bench import Bench, client
from tests.node.texts import bring_back, lose
from tests.node.world import CN, PK

OURS = checkpoint.log_origin(PK)
FIRST = 3
LATER = 60_000  # ms


def steps(desk: Desk, name: bytes) -> list[str]:
    """Return the states that a message came to."""
    return [
        one.state
        for one in desk.mailbox.messages.states(desk.mailbox.messages.row(name).number)
    ]


def give(bench: Bench, *indexes: int) -> None:
    """Let the texts go that the sender's node has, and the answers come back."""
    pk, cn = bench.world.pk.node, bench.world.cn.node
    for one in outbox.load_texts(pk, CN, OURS, indexes):
        answer = replicas.complete_text(cn, PK, one)
        assert answer is not None
        peer_heads.record_cosignature(pk, CN, answer)


def lacking(desk: Desk) -> dict[str, set[int]]:
    return LogStates(desk.mailbox).lacking(OURS)


def test_what_a_node_lacks_is_not_delivered_until_it_came(bench: Bench) -> None:
    first, second = bench.send(), bench.send("Another")
    text = lose(bench.world.pk, OURS, FIRST)
    bench.meet()

    assert lacking(bench.pk) == {CN: {FIRST}}
    assert "delivered" not in steps(bench.pk, first)
    assert "delivered" in steps(bench.pk, second)
    assert bench.cn.mailbox.messages.row(first).verdict == Reason.MISSING
    assert bench.cn.mailbox.messages.row(first).subject == ""

    bring_back(bench.world.pk, OURS, FIRST, text)
    give(bench, FIRST)
    bench.now += LATER
    bench.meet()

    assert lacking(bench.pk) == {}
    assert "delivered" in steps(bench.pk, first)
    row = bench.cn.mailbox.messages.row(first)
    assert (row.verdict, row.subject) == ("ACCEPTED", "Convoy delayed")


def test_no_page_however_short_says_delivered_too_early(bench: Bench) -> None:
    """What lacks arrives before the line that covers it."""
    name = bench.send()
    lose(bench.world.pk, OURS, FIRST)
    bench.pk.sync()
    bench.world.meet()

    while page := client(bench.pk).page(bench.pk.load()):
        bench.pk.apply(page[:1])
        assert "delivered" not in steps(bench.pk, name)
    assert lacking(bench.pk) == {CN: {FIRST}}


def test_heads_of_a_status_say_no_more_than_what_arrived(bench: Bench) -> None:
    """A status may show a line before the desk has heard of what lacks."""
    name = bench.send()
    lose(bench.world.pk, OURS, FIRST)
    bench.pk.sync()
    bench.world.meet()

    bench.pk.apply_heads(bench.pk.ask())
    assert "delivered" not in steps(bench.pk, name)

    bench.pk.sync()
    bench.pk.apply_heads(bench.pk.ask())
    assert "delivered" not in steps(bench.pk, name)


def test_the_text_and_the_line_in_one_page(bench: Bench) -> None:
    name = bench.send()
    text = lose(bench.world.pk, OURS, FIRST)
    bench.world.meet()
    bring_back(bench.world.pk, OURS, FIRST, text)
    give(bench, FIRST)

    bench.pk.sync()

    assert lacking(bench.pk) == {}
    assert "delivered" in steps(bench.pk, name)


def test_a_desk_that_reads_anew_forgets_what_lacked(bench: Bench) -> None:
    """The restored node tells it again, if it is so still."""
    bench.send()
    lose(bench.world.pk, OURS, FIRST)
    bench.meet()
    assert lacking(bench.pk)

    bench.pk.arrivals.begin_again()

    assert lacking(bench.pk) == {}
    bench.pk.sync()
    assert lacking(bench.pk) == {CN: {FIRST}}


@pytest.mark.parametrize(
    "told",
    [
        pb.LackingArrived(origin=OURS, index=FIRST, by=PK, reason="MISSING"),
        pb.LackingArrived(origin=OURS, index=FIRST, by="lahore.pk", reason="MISSING"),
        pb.LackingArrived(origin=OURS, index=99, by=CN, reason="MISSING"),
        pb.LackingArrived(origin=OURS, index=2**64 - 1, by=CN, reason=""),
        pb.LackingArrived(
            origin=checkpoint.log_origin(CN), index=0, by=CN, reason="MISSING"
        ),
    ],
    ids=["the own node", "nobody", "above the log", "far above it", "another log"],
)
def test_what_no_node_can_lack_is_not_kept(
    bench: Bench, told: pb.LackingArrived
) -> None:
    bench.send()
    bench.meet()

    bench.pk.apply([pb.Arrival(number=bench.pk.load() + 1, lacking=told)])

    assert lacking(bench.pk) == {}
