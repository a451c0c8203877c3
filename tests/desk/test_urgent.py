"""What a desk does with what comes ahead of its log."""

import pytest

from exchange.desk.client import Desk
from exchange.desk.terminal.urgent_rows import FLASH_WAITING
from exchange.node import express_inbox, express_outbox
from exchange.node.effects import LoadExpress
from exchange.node.express_states import DueExpress
from exchange.node.urgent import UrgentWatch
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from tests.desk.bench import CHINA, PAKISTAN, Bench
from tests.expecting import present
from tests.node.receiving import receive_batch
from tests.node.world import PK, Site, directory, forged
from tests.trust.nation import revocation

FLASH: dict[str, object] = {"precedence": "FLASH", "mode": "ACTUAL"}


def flash(bench: Bench, words: str = "Flood at the bridge", **changes: object) -> bytes:
    """Send a FLASH from Islamabad's desk; return its name."""
    return bench.send(words, **FLASH | changes)


def carry_ahead(bench: Bench) -> list[str]:
    """Have what is urgent pass Islamabad's backlog; return the answers' reasons."""
    sender, receiver = bench.world.pk, bench.world.cn
    return [
        express_inbox.receive(receiver.node, PK, one.frame).reason
        for one in due(sender, receiver)
    ]


def due(sender: Site, receiver: Site) -> list[DueExpress]:
    position = receiver.store.logs.size(sender.node.origin)
    size = sender.store.logs.size(sender.node.origin)
    asked = LoadExpress(position, size, position, 0, frozenset(), frozenset(), 64)
    return list(express_outbox.load_due(sender.node, receiver.node.name, asked).due)


def state(desk: Desk, name: bytes) -> tuple[str, int | None]:
    row = desk.mailbox.messages.row(name)
    return row.state, row.index


def test_a_flash_is_there_before_its_log_has_it_and_once(bench: Bench) -> None:
    before = bench.cn.mailbox.database.count()
    name = flash(bench)

    assert carry_ahead(bench) == [""]
    bench.cn.sync()

    assert state(bench.cn, name) == ("ahead", None)
    assert bench.cn.mailbox.messages.read(name).content is not None
    bench.meet()
    assert state(bench.cn, name)[1] is not None
    assert state(bench.cn, name)[0] in {"local", "delivered", "cosigned"}
    assert bench.cn.mailbox.database.count() == before + 1


def test_an_officer_answers_it_before_its_log_has_it(bench: Bench) -> None:
    name = flash(bench)
    carry_ahead(bench)
    bench.cn.sync()

    receipt = bench.cn.acknowledge(name, envelope_pb2.RELATION_ACKNOWLEDGED)

    assert bench.world.cn.store.entries.by_name(receipt) is not None
    bench.meet()
    given = bench.pk.mailbox.messages.read(name).receipts
    assert "ACKNOWLEDGED" in {one.relation for one in given}


@pytest.mark.parametrize("revoked", [False, True])
def test_a_receipt_that_arrives_before_its_target_waits_for_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, *, revoked: bool
) -> None:
    """A desk that reads its node from the start, and is told of nothing ahead.

    Its node has the receipt at a lower number than what it speaks of. A signer who is
    revoked later could sign it there.
    """
    name = flash(bench)
    carry_ahead(bench)
    bench.cn.sync()
    bench.cn.acknowledge(name, envelope_pb2.RELATION_ACKNOWLEDGED)
    if revoked:
        said_so = revocation(CHINA.officer, CHINA.author.kid, bench.now)
        bench.world.cn.submit(directory(CHINA, said_so, [("issuer", CHINA.issuer)]))
    bench.meet()
    monkeypatch.setattr(UrgentWatch, "news", lambda _: [])
    bench.folder /= "again"
    bench.folder.mkdir()
    bench.reopen()

    bench.cn.sync()

    given = bench.cn.mailbox.messages.read(name).receipts
    assert [one.relation for one in given] == ["ACKNOWLEDGED"]
    assert not bench.cn.mailbox.early_notes.ready()


def test_what_its_log_does_not_bring_is_struck(bench: Bench) -> None:
    name = flash(bench)
    (one,) = due(bench.world.pk, bench.world.cn)
    express_inbox.receive(bench.world.cn.node, PK, one.frame)
    bench.cn.sync()
    edge = bench.world.cn.store.logs.edge(bench.world.pk.node.origin)
    batch = forged(PAKISTAN, edge, [b"junk"])
    receive_batch(bench.world.cn.node, PK, batch)

    bench.cn.sync()

    assert state(bench.cn, name) == ("refused", None)
    (step,) = [
        one
        for one in bench.cn.mailbox.messages.read(name).states
        if one.state == "refused"
    ]
    assert step.why == "NOT_LOGGED"


def test_a_flash_rings_again_whose_acknowledgement_is_refused(bench: Bench) -> None:
    """The acknowledgement came ahead of its log, which then brings something else."""
    name = flash(bench)
    bench.meet()
    waiting = bench.cn.mailbox.search.ids(FLASH_WAITING)
    owing = bench.cn.mailbox.obligations.owing(list(waiting), 0)
    assert len(waiting) == 1
    receipt = bench.cn.acknowledge(name, envelope_pb2.RELATION_ACKNOWLEDGED)
    mailbox = bench.cn.mailbox
    assert not mailbox.search.ids(FLASH_WAITING)

    mailbox.receipts.drop(receipt)

    assert mailbox.search.ids(FLASH_WAITING) == waiting
    assert mailbox.obligations.owing(list(waiting), 0) == owing
    bench.cn.acknowledge(name, envelope_pb2.RELATION_ACKNOWLEDGED)
    assert not mailbox.search.ids(FLASH_WAITING)


def test_a_recall_before_its_target_waits_for_it(bench: Bench) -> None:
    name = flash(bench)
    recall = bench.pk.recall(name, "WRONG_CONTENT").name
    first, second = due(bench.world.pk, bench.world.cn)
    assert {first.name, second.name} == {name, recall}
    frames = {one.name: one.frame for one in (first, second)}
    node = bench.world.cn.node
    assert not express_inbox.receive(node, PK, frames[recall]).reason

    bench.cn.sync()
    assert not bench.cn.mailbox.messages.knows(recall)

    bench.meet()
    assert bench.cn.mailbox.messages.row(name).standing == ""  # of a single row
    (link,) = bench.cn.mailbox.references.marking([name])
    assert (link.relation, link.name) == ("RECALLS", recall)


def test_ahead_of_its_log_a_recall_marks_what_is_here(bench: Bench) -> None:
    name = flash(bench)
    bench.meet()
    recall = bench.pk.recall(name, "WRONG_CONTENT").name

    assert carry_ahead(bench) == [""]
    bench.cn.sync()

    assert state(bench.cn, recall) == ("ahead", None)
    (link,) = bench.cn.mailbox.references.marking([name])
    assert link.name == recall


def spoil(urgent: pb.Urgent, how: str) -> None:
    """What a node may do to what it shows ahead of a log."""
    match how:
        case "text":
            body = urgent.envelope.body
            urgent.envelope.body = body[:-1] + bytes([body[-1] ^ 1])
        case "entry":
            entry = envelope_pb2.Entry.FromString(urgent.envelope.entry)
            entry.signatures[0].signature = bytes(64)
            urgent.envelope.entry = entry.SerializeToString(deterministic=True)
        case "log":
            urgent.origin = "nobody.pk.fusion/log/1"


@pytest.mark.parametrize("how", ["text", "entry", "log"])
def test_nothing_is_taken_on_the_node_s_word(bench: Bench, how: str) -> None:
    flash(bench)
    (one,) = due(bench.world.pk, bench.world.cn)
    urgent = pb.Urgent(envelope=one.frame.envelope, origin=bench.world.pk.node.origin)
    spoil(urgent, how)
    before = bench.cn.mailbox.database.count()

    bench.cn.apply_out_of_turn(pb.WatchResponse(urgent=[urgent]))

    assert bench.cn.mailbox.database.count() == before


def test_a_node_s_word_takes_back_nothing_that_a_log_has(bench: Bench) -> None:
    name = flash(bench)
    bench.meet()
    entry = present(bench.world.cn.store.entries.by_name(name))
    urgent = pb.Urgent(
        envelope=envelope_pb2.Envelope(entry=entry.entry),
        origin=entry.origin,
        refused_reason="NOT_LOGGED",
    )

    bench.cn.apply_out_of_turn(pb.WatchResponse(urgent=[urgent]))

    assert state(bench.cn, name)[0] != "refused"


def test_a_desk_that_knows_no_keys_yet_sees_it_at_once(bench: Bench) -> None:
    """As one that has just joined, with all of the logs still to come."""
    name = flash(bench)
    bench.world.meet()
    (bench.folder / "new").mkdir()
    new = Bench(bench.world, bench.folder / "new")
    try:
        new.cn.load()
        news = UrgentWatch(bench.world.cn.node, "ops.beijing.cn", 0).news()

        new.cn.apply_out_of_turn(pb.WatchResponse(urgent=news))

        assert state(new.cn, name) == ("ahead", None)
        new.meet()
        assert state(new.cn, name)[1] is not None
    finally:
        new.close()
