"""From the outbox to the node: order, batches, answers, what the nation issued."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from exchange.desk.link import outbox
from exchange.errors import Reason
from exchange.limits import MESSAGE_MAX
from exchange.refusal_classes import OF_THE_NODE
from exchange.trust import statements
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from keys.sealing import Opener
from tests.desk.bench import Bench, client, said
from tests.expecting import refusing
from tests.node.world import CN, PK, directory
from tests.trust.nation import DAY, NOW


class Answering:
    """A node that answers every envelope alike, and remembers the calls."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self.calls: list[list[envelope_pb2.Envelope]] = []

    def submit(self, envelopes: Sequence[envelope_pb2.Envelope]) -> list[pb.Submitted]:
        self.calls.append(list(envelopes))
        origin = f"{PK}.fusion/log/1"
        return [pb.Submitted(origin=origin, reason=self.reason) for _ in envelopes]


def queue(bench: Bench, *drafts: dict[str, object]) -> None:
    client(bench.pk).down = True
    for changes in drafts:
        draft = said(bench.world.nations[CN], "Convoy delayed", **changes)
        bench.pk.send(draft)


def push(bench: Bench, node: Answering) -> int:
    return outbox.push(bench.pk.mailbox, node, PK, lambda: bench.now)


RENDERING = {
    "lang": "zh",
    "state": "INITIAL",
    "origin": "HUMAN",
    "segments": {"s0": "车队延误"},
}


def test_a_translation_goes_after_its_source(bench: Bench) -> None:
    queue(bench, {"translations": [RENDERING]}, {"translations": [RENDERING]})
    node = Answering()
    assert push(bench, node) == 4
    assert [len(call) for call in node.calls] == [2, 2]


def test_flash_overtakes_what_waits(bench: Bench) -> None:
    queue(bench, {"precedence": "ROUTINE"}, {"precedence": "FLASH"})
    node = Answering()
    push(bench, node)
    first = envelope_pb2.Entry.FromString(node.calls[0][0].entry).core
    assert envelope_pb2.Core.FromString(first).precedence == 1


def test_a_call_stays_within_a_message(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(bench, {}, {}, {})
    size = bench.pk.mailbox.outbox.pending()[0].envelope.ByteSize()
    assert size < MESSAGE_MAX
    monkeypatch.setattr(outbox, "CALL_BYTES_MAX", 2 * size + 10)
    node = Answering()
    push(bench, node)
    assert [len(call) for call in node.calls] == [2, 1]


@pytest.mark.parametrize("reason", sorted(OF_THE_NODE))
def test_a_passing_fault_keeps_it_queued(bench: Bench, reason: str) -> None:
    queue(bench, {})
    node = Answering(reason)
    assert push(bench, node) == 0
    assert (len(node.calls), bench.pk.mailbox.outbox.count_queued()) == (1, 1)
    assert bench.pk.mailbox.messages.row(1).state == "queued"


@pytest.mark.parametrize(
    ("reason", "shown"), [("LABEL", "LABEL"), ("\x1b[2J", "INTERNAL")]
)
def test_a_refusal_for_good_is_shown_with_a_reason_of_ours(
    bench: Bench, reason: str, shown: str
) -> None:
    queue(bench, {})
    push(bench, Answering(reason))
    assert bench.pk.mailbox.outbox.count_queued() == 0
    step = bench.pk.mailbox.messages.states(1)[-1]
    assert (step.state, step.why, step.by) == ("refused", shown, PK)


def test_an_answer_too_few_is_not_guessed_at(bench: Bench) -> None:
    queue(bench, {}, {})
    node = Answering()
    node.submit = lambda _: []  # type: ignore[assignment, method-assign]  # a broken node
    with refusing(Reason.INTERNAL):
        push(bench, node)
    assert bench.pk.mailbox.outbox.count_queued() == 2


def test_a_new_sealing_key_is_handed_in_and_used(bench: Bench, tmp_path: Path) -> None:
    pk = bench.world.nations[PK]
    newer = Opener(b"n" * 32)
    stated = statements.sealing_statement(pk.desk, newer.public, (NOW, NOW + 7 * DAY))
    sent = directory(pk, stated, [("author", pk.author)])
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "0001.envelope").write_bytes(sent.SerializeToString())
    bench.pk.inbox = inbox
    bench.meet()
    assert not list(inbox.iterdir())
    bench.meet()
    key = bench.cn.pinned.sealing_key(pk.desk, NOW)
    assert key is not None
    assert key.kid == newer.kid


def test_two_that_hand_in_the_same_files_do_not_stop_each_other(tmp_path: Path) -> None:
    """The terminal's thread meets files that a command beside it has just taken."""
    for number in range(3):
        sent = envelope_pb2.Envelope(body=bytes([number]))
        (tmp_path / f"{number}.envelope").write_bytes(sent.SerializeToString())

    class Overtaken(Answering):
        def submit(
            self, envelopes: Sequence[envelope_pb2.Envelope]
        ) -> list[pb.Submitted]:
            for path in tmp_path.iterdir():
                path.unlink()
            return super().submit(envelopes)

    node = Overtaken()
    outbox.hand_in(tmp_path, node)

    assert [[one.body for one in call] for call in node.calls] == [[b"\x00"]]


def test_what_may_not_be_handed_in_stays_and_is_named(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "0001.envelope").write_bytes(b"\xff\xff")
    with refusing(where="inbox/0001.envelope"):
        outbox.hand_in(tmp_path, client(bench.pk))
    (tmp_path / "0001.envelope").write_bytes(b"")
    with refusing(where="inbox/0001.envelope"):
        outbox.hand_in(tmp_path, client(bench.pk))
    assert (tmp_path / "0001.envelope").exists()
