"""From the outbox to the node: order, batches, answers, what the nation issued."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from exchange.desk.client import Desk
from exchange.desk.link import outbox
from exchange.desk.mailbox.outbox import Outbox
from exchange.desk.mailbox.settings import RESTORED
from exchange.errors import FusionError, Reason, Refusal, Unreachable
from exchange.limits import DAY, FILED_AHEAD_MAX, MESSAGE_MAX, MINUTE, REFUSED_KEPT
from exchange.node import upkeep
from exchange.refusal_classes import OF_THE_NODE
from exchange.trust import statements
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from keys.sealing import Opener
from tests.desk.bench import CHINA, PAKISTAN, RENDERED, Bench, client, refers, said
from tests.expecting import present, refusing
from tests.node.world import CN, FILED, PK, directory
from tests.trust.nation import NOW


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
        bench.send("Convoy delayed", **changes)


def push(bench: Bench, node: "Answering | Judging") -> int:
    return outbox.push(bench.pk.mailbox, node, PK, lambda: bench.now)


def test_a_translation_goes_after_its_source(bench: Bench) -> None:
    queue(bench, {"translations": [RENDERED]}, {"translations": [RENDERED]})
    node = Answering()
    assert push(bench, node) == 4
    assert [len(call) for call in node.calls] == [2, 2]


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
    newer = Opener(b"n" * 32)
    stated = statements.sealing_statement(
        PAKISTAN.desk, newer.public, (NOW, NOW + 7 * DAY)
    )
    sent = directory(PAKISTAN, stated, [("author", PAKISTAN.author)])
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "0001.envelope").write_bytes(sent.SerializeToString())
    bench.pk.inbox = inbox
    bench.meet()
    assert not list(inbox.iterdir())
    bench.meet()
    key = present(bench.cn.pinned.sealing_key(PAKISTAN.desk, NOW))
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


# A queue is a promise: what a desk kept is sent, or its officer is told why not.


LATER = frozenset({"BUSY"})


class Judging:
    """A node that answers by precedence or kind, and takes the rest."""

    def __init__(self, judge: Callable[[envelope_pb2.Core], str]) -> None:
        self.judge = judge
        self.taken: list[envelope_pb2.Core] = []
        self.calls = 0

    def submit(self, envelopes: Sequence[envelope_pb2.Envelope]) -> list[pb.Submitted]:
        self.calls += 1
        return [self._answer(core_of(one)) for one in envelopes]

    def _answer(self, core: envelope_pb2.Core) -> pb.Submitted:
        reason = self.judge(core)
        if not reason:
            self.taken.append(core)
        return pb.Submitted(
            origin=f"{PK}.fusion/log/1", reason=reason, index=len(self.taken)
        )


def core_of(sent: envelope_pb2.Envelope) -> envelope_pb2.Core:
    return envelope_pb2.Core.FromString(envelope_pb2.Entry.FromString(sent.entry).core)


def queued(bench: Bench, **changes: object) -> bytes:
    """Return a bulletin that is kept while the node is stopped."""
    client(bench.pk).down = True
    sent = bench.pk.send(said(CHINA, "Convoy delayed", **changes))
    client(bench.pk).down = False
    assert sent.state == "queued"
    return sent.name


def state(desk: Desk, name: bytes) -> str:
    return desk.mailbox.messages.row(name).state


# The hour.


def test_a_node_whose_clock_is_behind_takes_all_once_it_is_right(bench: Bench) -> None:
    """F2: four bulletins are queued, and the node starts ten minutes behind."""
    names = [queued(bench, details={"posture": "NORMAL"}) for _ in range(4)]
    bench.world.restart_pk(step=-10 * MINUTE)
    bench.world.greet()
    client(bench.pk).site = bench.world.pk
    bench.meet()
    assert [state(bench.pk, name) for name in names] == ["queued"] * 4
    assert bench.pk.mailbox.outbox.tally() == [("LATER", "TIME", 4, FILED)]
    assert bench.pk.client.status().refused == []

    bench.world.pk.step = 0
    upkeep.tick(bench.world.pk.node)
    bench.world.pk.clock.bear_out(FILED)  # as the partner's next line does
    bench.meet()
    bench.meet()
    assert [state(bench.pk, name) for name in names] == ["cosigned"] * 4
    assert bench.cn.mailbox.database.count() == 4


def test_what_was_signed_by_a_clock_far_ahead_is_signed_anew(bench: Bench) -> None:
    bench.now += 3 * DAY
    old = queued(bench)
    bench.now = FILED
    bench.meet()
    assert state(bench.pk, old) == "resign"
    assert bench.pk.mailbox.outbox.count_queued() == 0
    assert bench.pk.mailbox.outbox.find(old) is not None

    sent = bench.pk.sign_again(old)
    assert (sent.state, sent.name != old) == ("local", True)
    assert (state(bench.pk, old), bench.pk.mailbox.outbox.find(old)) == (
        "refused",
        None,
    )
    bench.meet()
    assert state(bench.pk, sent.name) == "cosigned"
    before, after = (
        bench.pk.mailbox.messages.read(old),
        bench.cn.mailbox.messages.read(sent.name),
    )
    assert before.content == after.content
    assert core_of_entry(after.entry).id != core_of_entry(before.entry).id


def core_of_entry(entry: bytes) -> envelope_pb2.Core:
    return core_of(envelope_pb2.Envelope(entry=entry))


def test_what_is_held_for_its_hour_is_not_tried_before_it(bench: Bench) -> None:
    bench.now += 60 * MINUTE
    queued(bench)
    bench.now = FILED
    node = Judging(lambda _: "TIME")
    push(bench, node)
    push(bench, node)
    assert node.calls == 1
    bench.now = FILED + 60 * MINUTE - FILED_AHEAD_MAX
    push(bench, node)
    assert node.calls == 2
    bench.now = FILED - 90 * DAY  # a dead battery: this clock holds nothing up
    push(bench, node)
    assert node.calls == 3


def test_only_what_waits_for_that_is_signed_anew(bench: Bench) -> None:
    for name in (queued(bench), bytes(32)):
        with refusing(Reason.NOT_FOUND):
            bench.pk.sign_again(name)


def test_a_receipt_and_a_translation_are_signed_anew(bench: Bench) -> None:
    name = bench.send_back()
    bench.meet()
    bench.now += 3 * DAY
    client(bench.pk).down = True
    old = bench.pk.acknowledge(name, envelope_pb2.RELATION_ACKNOWLEDGED)
    client(bench.pk).down = False
    bench.now = FILED
    bench.meet()
    assert bench.pk.state_of(old) == "resign"

    new = bench.pk.sign_again(old)
    assert new.state == "local"
    (kept,) = [
        one
        for one in bench.pk.mailbox.receipts.of(name)
        if one.relation == "ACKNOWLEDGED"
    ]
    assert kept.name == new.name
    bench.meet()
    said_there = {r.relation for r in bench.cn.mailbox.receipts.of(name)}
    assert "ACKNOWLEDGED" in said_there


def test_a_translation_goes_with_its_source_and_what_updates_it_waits(
    bench: Bench,
) -> None:
    bench.now += 3 * DAY
    old = queued(bench, translations=[RENDERED])
    update = queued(bench, references=refers("UPDATES", old))
    bench.now = FILED
    bench.meet()
    assert (state(bench.pk, old), state(bench.pk, update)) == ("resign", "queued")

    new = bench.pk.sign_again(old).name
    assert state(bench.pk, update) == "resign"
    latest = bench.pk.sign_again(update).name
    bench.meet()
    assert [t.lang for t in bench.cn.mailbox.translations.of(new)] == ["zh-Hans"]
    core = core_of_entry(bench.cn.mailbox.messages.read(latest).entry)
    assert [one.name for one in core.references] == [new]


# What is in the way of what.


def test_what_must_wait_holds_up_only_what_speaks_of_it(bench: Bench) -> None:
    waits = queued(bench, precedence="ROUTINE")
    speaks = queued(bench, references=refers("UPDATES", waits))
    others = [queued(bench) for _ in range(3)]
    routine = envelope_pb2.PRECEDENCE_ROUTINE
    node = Judging(lambda core: "MINIMIZE" if core.precedence == routine else "")
    assert push(bench, node) == 3
    assert {state(bench.pk, name) for name in others} == {"local"}
    assert {state(bench.pk, name) for name in (waits, speaks)} == {"queued"}

    node.judge = lambda _: ""
    assert push(bench, node) == 2
    assert [core.precedence for core in node.taken[-2:]] == [4, 3]


def test_more_than_a_batch_in_the_way_is_passed_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    for _ in range(5):
        queued(bench, precedence="ROUTINE")
    last = queued(bench)
    routine = envelope_pb2.PRECEDENCE_ROUTINE
    node = Judging(lambda core: "QUOTA" if core.precedence == routine else "")
    assert push(bench, node) == 1
    assert state(bench.pk, last) == "local"


def test_flash_pulls_what_it_speaks_of_ahead_of_the_rest(bench: Bench) -> None:
    for _ in range(3):
        queued(bench, precedence="ROUTINE")
    about = queued(bench, precedence="ROUTINE", subject=segment("Bridge closed"))
    queued(bench, precedence="FLASH", references=refers("UPDATES", about))
    node = Judging(lambda _: "")
    assert push(bench, node) == 5
    found = [core.precedence for core in node.taken]
    assert found == [4, 1, 4, 4, 4]
    assert [one.name for one in node.taken[1].references] == [about]


def segment(text: str) -> dict[str, str]:
    return {"id": "s0", "lang": "en", "text": text}


def test_a_node_that_takes_nothing_is_asked_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH", 2)
    for _ in range(5):
        queued(bench)
    node = Judging(lambda _: "DISK")
    assert push(bench, node) == 0
    assert (node.calls, bench.pk.mailbox.outbox.count_queued()) == (1, 5)


# The end of its time.


def test_what_nobody_took_before_it_expired_is_told(bench: Bench) -> None:
    name = queued(bench)
    bench.now = bench.pk.mailbox.messages.row(name).expires
    bench.meet()
    assert state(bench.pk, name) == "expired"
    assert bench.cn.mailbox.database.count() == 0
    assert bench.pk.mailbox.messages.read(name).content
    assert bench.pk.mailbox.outbox.count_queued() == 0
    ((kept, held),) = bench.pk.mailbox.outbox.list_held(9)
    assert (kept.name, held.hold_reason) == (name, "EXPIRED")

    bench.now += REFUSED_KEPT + MINUTE
    bench.meet()
    assert bench.pk.mailbox.outbox.list_held(9), "no partner has signed so late a time"

    for site in (bench.world.pk, bench.world.cn):
        site.reach(bench.now)
    bench.deliver("Later")
    bench.meet()
    assert bench.pk.mailbox.outbox.list_held(9) == []
    assert state(bench.pk, name) == "expired"


def test_a_desk_s_own_clock_drops_no_sealed_envelope(bench: Bench) -> None:
    name = queued(bench)
    for ahead in (125 * DAY, 4_000 * DAY, 9_000 * DAY):
        bench.now = FILED + ahead
        bench.pk.sync()
    assert state(bench.pk, name) == "expired"

    bench.now = FILED
    bench.meet()
    bench.meet()
    assert state(bench.pk, name) == "cosigned"
    states = bench.pk.mailbox.messages.read(name).states
    assert "expired" not in {one.state for one in states}


# What is kept is sent, whatever happens after.


TROUBLES: list[FusionError] = [
    Refusal(Reason.LOCKED, "ledger.db"),
    Refusal(Reason.DISK, "ledger.db"),
    Refusal(Reason.INTERNAL, "node"),
    Unreachable("node"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: str(one.reason))
def test_a_bulletin_that_is_kept_is_queued_whatever_its_node_says(
    bench: Bench, trouble: FusionError
) -> None:
    def fails(_: object) -> list[pb.Submitted]:
        raise trouble

    client(bench.pk).submit = fails  # type: ignore[assignment, method-assign]
    sent = bench.pk.send(said(CHINA))
    assert (sent.state, sent.reason) == ("queued", "")
    receipt = bench.send_back()
    assert receipt
    del client(bench.pk).submit
    bench.meet()
    bench.meet()
    assert state(bench.pk, sent.name) == "cosigned"
    assert bench.cn.mailbox.messages.row(1).name in {sent.name, receipt}


def test_an_answer_that_the_mailbox_cannot_keep_doubles_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Outbox, "note_sent", _locked)
        sent = bench.pk.send(said(CHINA))
    assert sent.state == "queued"
    assert bench.pk.trouble is not None
    bench.meet()
    bench.meet()
    assert (state(bench.pk, sent.name), bench.cn.mailbox.database.count()) == (
        "cosigned",
        1,
    )


def _locked(*_: object) -> None:
    raise Refusal(Reason.LOCKED, "mailbox.db")


# The outbox lets go when each addressed node holds it.


def test_what_one_of_two_addressed_nodes_holds_is_kept(bench: Bench) -> None:
    name = bench.send()
    box = bench.pk.mailbox
    assert box.outbox.find(name) is not None
    with box.database.transaction():
        box.database.write("UPDATE outbox SET nodes = nodes || ' gilgit.pk'", ())
    bench.pk.pinned._nodes["gilgit.pk"] = bench.pk.pinned._nodes[CN]
    bench.meet()
    assert state(bench.pk, name) == "cosigned"
    assert box.outbox.find(name) is not None
    del bench.pk.pinned._nodes["gilgit.pk"]
    bench.world.cn.now += MINUTE
    bench.deliver()
    assert box.outbox.find(name) is None


# A desk that came out of a backup sends no bulletin before it has caught up.


def test_it_sends_again_once_it_has_taken_what_its_node_holds(bench: Bench) -> None:
    asked = bench.send_back("Is the road open?")
    bench.meet()
    bench.pk.mailbox.settings.set(RESTORED, "1")
    client(bench.pk).down = True

    with refusing(Reason.BUSY):
        bench.send()
    assert bench.pk.acknowledge(asked, envelope_pb2.RELATION_ACKNOWLEDGED)
    assert not bench.pk.try_sync()
    assert bench.pk.mailbox.settings.get(RESTORED)

    client(bench.pk).down = False
    bench.pk.sync()
    assert not bench.pk.mailbox.settings.get(RESTORED)
    assert bench.pk.send(said(CHINA)).state == "local"
