"""What was just appended is sent from memory, as it would be from the database."""

import pytest

from exchange.ledger.checkpoint import Head
from exchange.limits import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, MESSAGE_MAX
from exchange.node import outbox, own_log, retention
from exchange.node.node import Node
from exchange.node.recent_batches import RecentBatches, RecentEntry
from exchange.store import StoredHead
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.batches import envelopes_in
from tests.expecting import present
from tests.node.receiving import fetch
from tests.node.test_restart import restart
from tests.node.world import CN, PK, World, bulletin, own_copy, receipt
from tests.trust.nation import NOW

ORIGIN = "islamabad.pk.fusion/log/1"
LARGE = 250_000  # bytes of a text; six of them make a head


def entry(text: bytes, *desks: str) -> RecentEntry:
    sent = pb.Envelope(entry=b"entry", wraps=[b"w" * 1_200], body=text)
    return RecentEntry.of(sent, desks)


def head(size: int, origin: str = ORIGIN) -> StoredHead:
    return StoredHead(Head(origin, size, bytes(32)), b"head %d" % size, NOW)


def ends(recent: RecentBatches, start: int) -> int | None:
    frame = recent.batch(ORIGIN, start, CN)
    return frame.batch.start + len(frame.batch.envelopes) if frame else None


def from_store(node: Node, peer: str, start: int) -> ledger_pb2.Batch:
    node.recent.clear()
    return outbox.next_batch(node, peer, start).batch


@pytest.mark.parametrize("peer", [CN, "karachi.pk"])
def test_it_is_what_the_database_has(met: World, peer: str) -> None:
    """The whole of it for the node of a desk that it is for, to others the entry."""
    pk, cn = met.nations[PK], met.nations[CN]
    start = met.pk.store.logs.size(ORIGIN)
    first = bulletin(pk, cn, b"first")
    answer = receipt(pk, bytes(32), pb.RELATION_OPENED)
    met.pk.from_desk(
        first, bulletin(pk, cn, b"among us", recipients=own_copy(pk)), answer
    )
    met.pk.from_desk(bulletin(pk, cn, b"second"))

    sent = present(met.pk.node.recent.batch(ORIGIN, start, peer)).batch

    assert sent == from_store(met.pk.node, peer, start)
    assert start + len(sent.envelopes) == met.pk.store.logs.size(ORIGIN) > start


def test_a_desk_does_not_say_that_a_text_is_absent(met: World) -> None:
    pk, cn = met.nations[PK], met.nations[CN]
    start = met.pk.store.logs.size(ORIGIN)
    told = bulletin(pk, cn, b"text")
    told.absent = pb.ABSENT_LOST
    assert not any(answer.reason for answer in met.pk.from_desk(told))

    sent = present(met.pk.node.recent.batch(ORIGIN, start, CN)).batch

    assert sent == from_store(met.pk.node, CN, start)
    assert not envelopes_in(sent)[0].absent
    met.meet()


def test_what_is_erased_is_forgotten(met: World) -> None:
    pk, cn = met.nations[PK], met.nations[CN]
    start = met.pk.store.logs.size(ORIGIN)
    met.pk.from_desk(bulletin(pk, cn, b"text"))
    assert met.pk.node.recent.batch(ORIGIN, start, CN)

    retention.erase_expired(met.pk.node)

    assert met.pk.node.recent.batch(ORIGIN, start, CN) is None
    assert outbox.next_batch(met.pk.node, CN, start).batch.envelopes


def test_nothing_is_given_out_before_its_head_is_stored() -> None:
    recent = RecentBatches()
    recent.keep(ORIGIN, 3, [entry(b"a"), entry(b"b")])
    recent.keep(ORIGIN, 5, [entry(b"c")])
    assert ends(recent, 3) is None

    recent.publish([head(5)])
    assert ends(recent, 3) == 5
    assert ends(recent, 5) is None

    recent.publish([head(6), head(5, "another log")])
    assert ends(recent, 3) == 6
    assert ends(recent, 4) is None  # not where a group begins
    batch = present(recent.batch(ORIGIN, 3, CN)).batch
    assert batch.head == b"head 6"


def test_it_holds_so_many_bytes_the_newest() -> None:
    recent = RecentBatches(limit=4_000)
    for index in range(9):
        recent.keep(ORIGIN, index, [entry(b"x" * 500, f"ops.{CN}")])
        recent.publish([head(index + 1)])

    assert [ends(recent, start) for start in range(9)] == [None] * 7 + [9] * 2


@pytest.mark.parametrize(
    ("origin", "start"), [("another log", 4), (ORIGIN, 5), (ORIGIN, 2)]
)
def test_what_does_not_follow_takes_the_place_of_all(origin: str, start: int) -> None:
    """A log that was continued, or came back from a partner meanwhile."""
    recent = RecentBatches()
    recent.keep(ORIGIN, 3, [entry(b"a")])
    recent.publish([head(4)])

    recent.keep(origin, start, [entry(b"b")])

    assert ends(recent, 3) is None


def test_groups_that_fit_one_frame_go_together() -> None:
    recent = RecentBatches(limit=64 * 1024 * 1024)
    for index in range(10):
        recent.keep(ORIGIN, index, [entry(b"x" * 400_000, f"ops.{CN}")])
        recent.publish([head(index + 1)])

    assert ends(recent, 0) == 3
    assert ends(recent, 8) == 10


# A group never exceeds a frame, on any path: what does would never be sent.


def assert_fits(node: Node, origin: str, at_least: int) -> None:
    """Each head of a log is within a frame of the one before, and all can be sent."""
    spans = node.store.heads.spans(origin, 0, 10_000)
    assert len(spans) >= at_least
    for span in spans:
        assert span.entries == 1 or span.weight <= BATCH_BYTES_MAX
        assert span.entries <= BATCH_ENTRIES_MAX
    start, size = 0, node.store.logs.signed_size(origin)
    while start < size:
        batch = outbox.next_batch(
            node, CN if node.name == PK else PK, start, origin
        ).batch
        assert rpc.Frame(batch=batch).ByteSize() < MESSAGE_MAX
        start += len(batch.envelopes)


def large(met: World, count: int) -> list[pb.Envelope]:
    pk, cn = met.nations[PK], met.nations[CN]
    return [bulletin(pk, cn, bytes([n]) * LARGE) for n in range(count)]


@pytest.mark.parametrize("remembered", [True, False])
def test_groups_of_the_own_log_fit(met: World, *, remembered: bool) -> None:
    for sent in (large(met, 14)[:13], large(met, 14)[13:]):
        assert not any(answer.reason for answer in met.pk.from_desk(*sent))
    if not remembered:
        met.pk.node.recent.clear()

    assert_fits(met.pk.node, ORIGIN, 4)
    met.meet()
    assert_fits(met.cn.node, ORIGIN, 4)  # and can be lent


def test_groups_of_what_waited_fit(met: World) -> None:
    met.reopen(greet=False)
    assert all(answer.waiting for answer in met.pk.from_desk(*large(met, 13)))

    met.greet()

    assert not met.pk.store.desk_queue.count_pending()
    assert_fits(met.pk.node, ORIGIN, 4)


def test_groups_of_what_came_back_fit(met: World) -> None:
    met.pk.from_desk(*large(met, 13))
    met.meet()
    whole = met.pk.store.logs.size(ORIGIN)
    restart(met)

    assert fetch(met.pk.node, met.cn.node) == whole

    assert_fits(met.pk.node, ORIGIN, 3)


def test_an_unsigned_group_is_signed_before_the_next_is_stored(met: World) -> None:
    """So that no head ever covers two groups which are too large together."""
    start = met.pk.store.logs.size(ORIGIN)
    met.pk.from_desk(*large(met, 5))
    met.pk.from_desk(*large(met, 10)[5:])
    own_log.publish(met.pk.node)

    spans = met.pk.store.heads.spans(ORIGIN, start, 10)

    assert [span.entries for span in spans] == [5, 5]
