"""The own node leaves something out, once: it comes when the node is honest again."""

from collections.abc import Callable

from exchange.desk.client import Desk
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.merkle import leaf_hash
from exchange.limits import LOOK_PAUSE, LOOK_ROUND
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import ledger_pb2
from tests.desk.bench import Bench, client
from tests.node.world import PK

ISLAMABAD = checkpoint.log_origin(PK)
Spoil = Callable[[pb.EntryArrived], None]


def pages(desk: Desk, after: int | None = None) -> list[pb.Arrival]:
    found: list[pb.Arrival] = []
    after = desk.load() if after is None else after
    while page := client(desk).page(after):
        found += page
        after = page[-1].number
    return found


def spoilt(page: list[pb.Arrival], spoil: Spoil) -> list[pb.Arrival]:
    """Return a page in which the node treats the bulletin of Islamabad so."""
    for arrival in page:
        if arrival.entry.origin == ISLAMABAD and arrival.entry.index == 3:
            spoil(arrival.entry)
    return page


def as_leaf(entry: pb.EntryArrived) -> None:
    entry.leaf = leaf_hash(entry.envelope.entry)
    entry.ClearField("envelope")


def as_refused_leaf(entry: pb.EntryArrived) -> None:
    as_leaf(entry)
    entry.verdict, entry.reason = ledger_pb2.VERDICT_REFUSED, Reason.LABEL


def as_duplicate(entry: pb.EntryArrived) -> None:
    entry.verdict, entry.reason = ledger_pb2.VERDICT_REFUSED, Reason.DUPLICATE_ID


def as_refused(entry: pb.EntryArrived) -> None:
    entry.verdict, entry.reason = ledger_pb2.VERDICT_REFUSED, Reason.LABEL


def test_an_entry_that_breaks_a_rule_and_is_called_so_is_no_fault(bench: Bench) -> None:
    bench.send()
    bench.world.meet()

    def break_it(entry: pb.EntryArrived) -> None:
        entry.verdict, entry.reason = ledger_pb2.VERDICT_REFUSED, Reason.NOT_CANONICAL
        entry.envelope.entry += b"\x00"

    bench.cn.apply(spoilt(pages(bench.cn), break_it)[:4])

    assert bench.cn.node_faults() == []


def test_the_fault_is_over_after_a_round_without_a_finding(bench: Bench) -> None:
    bench.send()
    bench.world.meet()
    bench.cn.apply(spoilt(pages(bench.cn), as_leaf))
    bench.cn.sync()
    assert bench.cn.node_faults()

    bench.cn.sync()
    assert bench.cn.node_faults(), "not within the pause"
    bench.now += LOOK_ROUND
    bench.send("One that is shown")
    bench.meet()

    assert bench.cn.node_faults() == []
    assert bench.cn.agree() is True


def test_a_node_that_goes_on_hiding_is_asked_again_but_rarely(bench: Bench) -> None:
    bench.send()
    bench.world.meet()
    bench.cn.apply(spoilt(pages(bench.cn), as_leaf))
    honest = client(bench.cn).page
    asked: list[int] = []

    def page(after: int) -> list[pb.Arrival]:
        asked.append(after)
        return spoilt(honest(after), as_leaf)

    client(bench.cn).page = page  # type: ignore[method-assign]
    for _ in range(5):
        bench.cn.ask_again()
        bench.now += LOOK_PAUSE

    assert asked.count(bench.cn.mailbox.bare_leaves.oldest() - 1) == 1
    assert bench.cn.mailbox.bare_leaves.get(ISLAMABAD, 3) is not None
