"""What a node leaves out or lacks, entries and texts, and that it comes later."""

from collections.abc import Callable

import pytest

from exchange.desk.client import Desk
from exchange.desk.link.log_states import LogStates
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.ledger.merkle import leaf_hash
from exchange.limits import LOOK_PAUSE, LOOK_ROUND
from exchange.node import outbox, peer_heads, replicas
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2, ledger_pb2
from tests.desk.bench import Bench, client, spoil_pages
from tests.expecting import present
from tests.node.texts import bring_back, lose
from tests.node.world import CN, PK

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
    bench.deliver("One that is shown")

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


# A text that did not come, or came damaged on the way: never the author's fault.


SpoilText = Callable[[envelope_pb2.Envelope], None]


def flip_body(sent: envelope_pb2.Envelope) -> None:
    sent.body = bytes([sent.body[0] ^ 1]) + sent.body[1:]


def flip_wrap(sent: envelope_pb2.Envelope) -> None:
    wrap = sent.wraps[0]
    sent.wraps[0] = wrap[:-1] + bytes([wrap[-1] ^ 1])


def drop(sent: envelope_pb2.Envelope) -> None:
    sent.ClearField("wraps")
    sent.ClearField("body")


def spoil_watch(desk: Desk, spoil: SpoilText) -> Callable[[], None]:
    """Spoil each text of Islamabad's log on its way; return how to end that."""
    node = client(desk)
    honest, entry = node.page, node.entry

    def on_its_way(arrived: pb.EntryArrived) -> None:
        if arrived.origin == ISLAMABAD and arrived.envelope.body:
            spoil(arrived.envelope)

    def spoilt_entry(name: bytes) -> pb.EntryArrived:
        found = entry(name)
        on_its_way(found)
        return found

    spoil_pages(desk, lambda arrival: on_its_way(arrival.entry))
    node.entry = spoilt_entry  # type: ignore[method-assign]

    def end() -> None:
        node.page, node.entry = honest, entry  # type: ignore[method-assign]

    return end


DAMAGE = [
    pytest.param(flip_body, "BODY", id="a bit of the body"),
    pytest.param(flip_wrap, "WRAPS", id="a bit of a wrap"),
]


@pytest.mark.parametrize(("spoil", "reason"), DAMAGE)
def test_a_text_damaged_on_the_way_is_asked_for_again(
    bench: Bench, spoil: SpoilText, reason: str
) -> None:
    name = bench.send()
    end = spoil_watch(bench.cn, spoil)
    bench.meet()
    message = bench.cn.mailbox.messages.read(name)
    assert (message.row.verdict, message.content) == (Reason.MISSING, None)
    assert message.row.state != "refused"
    assert bench.cn.node_faults() == [(reason, "islamabad.pk#3")]
    assert bench.cn.agree() is False
    assert not bench.cn.mailbox.outbox.count_queued(), (
        "nothing was said against the author"
    )

    end()
    bench.now += LOOK_PAUSE
    bench.cn.sync()

    message = bench.cn.mailbox.messages.read(name)
    assert message.row.verdict == "ACCEPTED"
    assert message.row.subject == "Convoy delayed"
    assert message.row.acknowledge == "READ"
    assert bench.cn.mailbox.database.count() == 1
    assert list(bench.cn.mailbox.search.text("Convoy")) == [1]
    assert bench.cn.node_faults() == []
    assert bench.cn.agree() is True
    assert not bench.cn.mailbox.missing_texts.due(bench.now, 0, 9)


def test_the_author_hears_of_no_unopenable_text(bench: Bench) -> None:
    name = bench.send()
    spoil_watch(bench.cn, flip_body)
    bench.meet()
    bench.meet()

    receipts = bench.pk.mailbox.receipts.of(name)

    assert [receipt.relation for receipt in receipts] == []


def test_a_text_that_did_not_come_is_no_fault_and_is_completed(bench: Bench) -> None:
    name = bench.send()
    end = spoil_watch(bench.cn, drop)
    bench.meet()
    assert bench.cn.mailbox.messages.row(name).verdict == Reason.MISSING
    assert bench.cn.node_faults() == []

    end()
    shown = client(bench.cn).entry(name)
    text = pb.Arrival(number=bench.cn.load() + 1, text=shown)
    bench.cn.apply([text])

    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    assert not bench.cn.mailbox.missing_texts.due(bench.now, 0, 9)


@pytest.mark.parametrize("spoil", [flip_body, drop])
def test_a_recall_without_its_text_takes_back_at_once(
    bench: Bench, spoil: SpoilText
) -> None:
    name = bench.deliver()
    bench.pk.recall(name, "SOURCE_WITHDRAWN", "The patrol saw a drain pipe.")
    end = spoil_watch(bench.cn, spoil)
    bench.meet()
    (recall,) = bench.cn.mailbox.receipts.of(name)
    assert (recall.relation, recall.remark) == ("RECALLS", None)

    end()
    bench.now += LOOK_PAUSE
    bench.cn.sync()

    (recall,) = bench.cn.mailbox.receipts.of(name)
    assert recall.reason == "SOURCE_WITHDRAWN"
    assert recall.remark is not None


def test_a_sealed_receipt_counts_once_its_text_is_here(bench: Bench) -> None:
    name = bench.deliver()
    relation = envelope_pb2.RELATION_ACKNOWLEDGED
    bench.cn.acknowledge(name, relation, "The convoy holds.")
    beijing = checkpoint.log_origin(CN)

    def flip(arrival: pb.Arrival) -> None:
        if arrival.entry.origin == beijing and arrival.entry.envelope.body:
            flip_body(arrival.entry.envelope)

    spoil_pages(bench.pk, flip)
    bench.world.meet()
    bench.pk.sync()

    (receipt,) = bench.pk.mailbox.receipts.of(name)
    assert receipt.remark is not None, "GetEntry brought it in the same sync"
    assert not bench.pk.mailbox.missing_texts.due(bench.now, 0, 9)


def test_own_text_stays_open_though_its_entry_comes_without(bench: Bench) -> None:
    name = bench.send()
    spoil_watch(bench.pk, drop)
    bench.meet()

    message = bench.pk.mailbox.messages.read(name)

    assert message.row.verdict == "ACCEPTED"
    assert message.content is not None


def test_a_text_of_another_entry_is_passed_over(bench: Bench) -> None:
    name, other = bench.send(), bench.send("Another")
    spoil_watch(bench.cn, drop)
    bench.meet()
    shown = client(bench.pk).entry(other)
    shown.index = 3

    bench.cn.apply([pb.Arrival(number=bench.cn.load() + 1, text=shown)])

    assert bench.cn.mailbox.messages.row(name).verdict == Reason.MISSING
    assert LogStates(bench.cn.mailbox).alarm(ISLAMABAD) == ""


# What a desk says of a message whose text a node lacks, and what comes of it.


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
        answer = present(replicas.complete_text(cn, PK, one))
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
    bench.deliver()

    bench.pk.apply([pb.Arrival(number=bench.pk.load() + 1, lacking=told)])

    assert lacking(bench.pk) == {}
