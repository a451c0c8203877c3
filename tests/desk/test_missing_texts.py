"""A text that did not come, or came damaged on the way: never the author's fault."""

from collections.abc import Callable

import pytest

from exchange.desk.client import Desk
from exchange.desk.link.log_states import LogStates
from exchange.errors import Reason
from exchange.ledger import checkpoint
from exchange.limits import LOOK_PAUSE
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from tests.desk.bench import Bench, client
from tests.node.world import CN, PK

ISLAMABAD = checkpoint.log_origin(PK)
Spoil = Callable[[envelope_pb2.Envelope], None]


def flip_body(sent: envelope_pb2.Envelope) -> None:
    sent.body = bytes([sent.body[0] ^ 1]) + sent.body[1:]


def flip_wrap(sent: envelope_pb2.Envelope) -> None:
    wrap = sent.wraps[0]
    sent.wraps[0] = wrap[:-1] + bytes([wrap[-1] ^ 1])


def drop(sent: envelope_pb2.Envelope) -> None:
    sent.ClearField("wraps")
    sent.ClearField("body")


def spoil_watch(desk: Desk, spoil: Spoil) -> Callable[[], None]:
    """Spoil each text of Islamabad's log on its way; return how to end that."""
    honest, entry = client(desk).page, client(desk).entry

    def spoilt(arrived: pb.EntryArrived) -> pb.EntryArrived:
        if arrived.origin == ISLAMABAD and arrived.envelope.body:
            spoil(arrived.envelope)
        return arrived

    def page(after: int) -> list[pb.Arrival]:
        found = honest(after)
        for arrival in found:
            if arrival.HasField("entry"):
                spoilt(arrival.entry)
        return found

    client(desk).page = page  # type: ignore[method-assign]
    client(desk).entry = lambda name: spoilt(entry(name))  # type: ignore[method-assign]

    def end() -> None:
        client(desk).page, client(desk).entry = honest, entry  # type: ignore[method-assign]

    return end


DAMAGE = [
    pytest.param(flip_body, "BODY", id="a bit of the body"),
    pytest.param(flip_wrap, "WRAPS", id="a bit of a wrap"),
]


@pytest.mark.parametrize(("spoil", "reason"), DAMAGE)
def test_a_text_damaged_on_the_way_is_asked_for_again(
    bench: Bench, spoil: Spoil, reason: str
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
    bench: Bench, spoil: Spoil
) -> None:
    name = bench.send()
    bench.meet()
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
    name = bench.send()
    bench.meet()
    relation = envelope_pb2.RELATION_ACKNOWLEDGED
    bench.cn.acknowledge(name, relation, "The convoy holds.")
    beijing = checkpoint.log_origin(CN)
    honest = client(bench.pk).page

    def page(after: int) -> list[pb.Arrival]:
        found = honest(after)
        for arrival in found:
            if arrival.entry.origin == beijing and arrival.entry.envelope.body:
                flip_body(arrival.entry.envelope)
        return found

    client(bench.pk).page = page  # type: ignore[method-assign]
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
