"""Texts that a node erased, or an officer because their author's desk asks for it."""

import pytest

from exchange import envelope
from exchange.cli import desk
from exchange.desk.client import Desk
from exchange.desk.deadlines import due_list
from exchange.desk.erasure import erase_recalled, list_orders
from exchange.desk.link.log_states import LogStates
from exchange.desk.link.proof_chain import Chain
from exchange.desk.mailbox import Filter
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.limits import LACKING_KEPT, RETENTION
from exchange.node import retention
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.forging import sealed, text
from tests.expecting import refusing
from tests.node.world import CN, PK


def pass_by(bench: Bench, name: bytes) -> None:
    """Let the retention of a message end, everywhere; both nodes erase it."""
    entry = bench.pk.mailbox.messages.read(name).entry
    bench.now = envelope.split(entry).core.expires + RETENTION + LACKING_KEPT + 1
    for site in (bench.world.pk, bench.world.cn):
        retention.erase_expired(site.reach(bench.now).node)


def test_what_was_not_opened_yet_is_erased_and_not_refused(bench: Bench) -> None:
    name = bench.send()
    bench.world.meet()
    pass_by(bench, name)

    bench.cn.sync()

    row = bench.cn.mailbox.messages.row(name)
    assert (row.verdict, row.author) == (Reason.ERASED, "duty-1@ops.islamabad.pk")
    assert (row.kind, row.acknowledge) == ("", "NONE")
    assert row.state == "cosigned"
    message = bench.cn.mailbox.messages.read(name)
    assert message.content is None
    assert bench.cn.agree() is True
    chain = Chain(bench.cn.mailbox, bench.cn.pinned, bench.cn.client, message)
    steps = {step.what: step.ok for step in chain.steps()}
    assert steps.pop("SEAL") is None
    assert set(steps.values()) == {True}


def test_what_was_opened_stays_open(bench: Bench) -> None:
    name = bench.deliver()
    pass_by(bench, name)
    bench.cn.mailbox.logs.set_cursor(CN, 0)  # as when another nation is imported

    bench.reopen()
    bench.cn.sync()

    message = bench.cn.mailbox.messages.read(name)
    assert message.row.verdict == "ACCEPTED"
    assert message.content is not None
    assert bench.cn.mailbox.database.count() == 1


def test_what_was_written_here_stays_open_though_it_is_recorded_late(
    bench: Bench,
) -> None:
    name = bench.send()
    bench.world.meet()
    pass_by(bench, name)

    bench.pk.sync()

    message = bench.pk.mailbox.messages.read(name)
    assert (message.row.verdict, message.row.state) == ("ACCEPTED", "cosigned")
    assert message.row.index == 3
    assert message.content is not None


def bare(bench: Bench) -> tuple[pb.Envelope, int]:
    """Return an envelope from Islamabad whose node sends no body, and its end."""
    ours, theirs = bench.world.nations[PK], bench.world.nations[CN]
    one = sealed(ours, theirs, text(theirs))
    return pb.Envelope(entry=one.entry), envelope.split(one.entry).core.expires


# What a partner's node erased before its desk took it is said at the sender's desk.


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
    told = desk_pb.UndeliveredArrived(
        origin=OURS, index=row.index or 0, by=CN, desks=[bench.cn.officer.desk]
    )
    other = desk_pb.UndeliveredArrived(**changed)  # type: ignore[arg-type]
    for key in changed:
        told.ClearField(key)  # type: ignore[arg-type]
    told.MergeFrom(other)
    cursor = bench.pk.arrivals.load()

    arrival = desk_pb.Arrival(number=cursor + 1, undelivered=told, mark="x")
    bench.pk.arrivals.apply([arrival])

    assert bench.pk.mailbox.messages.row(sent).state == row.state


# A text whose author's desk asks for that is erased by an officer, and answered.


WORD = "canaryword"
TRANSLATED = {
    "lang": "zh",
    "state": "REVIEWED",
    "origin": "HUMAN",
    "segments": {"s0": "车队延误金丝雀", "s1": "详情：车队延误金丝雀。"},
}


@pytest.fixture
def name(bench: Bench) -> bytes:
    """A bulletin, translated, that both desks have opened."""
    sent = bench.deliver(WORD, translations=[TRANSLATED])
    bench.pk.sync()
    assert found(bench.cn) == [1]
    assert bench.cn.mailbox.messages.read(sent).translations
    assert bench.cn.mailbox.memory.counts()
    return sent


def found(desk: Desk) -> list[int]:
    return list(desk.mailbox.search.ids(Filter.read(WORD)))


def recall(bench: Bench, name: bytes, instruction: str = "DESTROY") -> bytes:
    sent = bench.pk.recall(name, "PERSONAL_DATA", "", instruction).name
    bench.meet()
    return sent


def test_the_text_goes_and_its_author_is_told(bench: Bench, name: bytes) -> None:
    order = recall(bench, name)

    receipt = erase_recalled(bench.cn, name)
    assert erase_recalled(bench.cn, name) == receipt, "again is safe"

    message = bench.cn.mailbox.messages.read(name)
    assert (message.content, message.cek, message.facts) == (None, None, "")
    assert (message.row.subject, message.row.verdict) == ("", "ERASED")
    assert message.translations == ()
    assert found(bench.cn) == []
    assert bench.cn.mailbox.memory.counts() == []
    assert message.entry == bench.pk.mailbox.messages.read(name).entry
    bench.meet()
    bench.pk.sync()
    (told,) = [
        one for one in bench.pk.mailbox.receipts.of(order) if one.name == receipt
    ]
    assert (told.relation, told.author) == ("COMPLETED", bench.cn.officer.name)


def test_no_word_of_it_is_left_in_the_rows_of_the_mailbox(
    bench: Bench, name: bytes
) -> None:
    recall(bench, name)
    erase_recalled(bench.cn, name)
    database = bench.cn.mailbox.database
    tables = database.select(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'words%' AND name NOT LIKE 'memory_%' AND name != 'term'"
    )

    for (table,) in tables:
        for row in database.select(f"SELECT * FROM {table}"):  # noqa: S608 - a table of ours
            assert WORD not in repr(row)
            assert "金丝雀" not in repr(row)
            assert "金丝雀".encode() not in b"".join(
                value for value in row if isinstance(value, bytes)
            )


def test_what_is_read_again_brings_nothing_back(bench: Bench, name: bytes) -> None:
    recall(bench, name)
    erase_recalled(bench.cn, name)

    for origin in bench.cn.pinned.origins:  # as where a log goes on after a fork
        bench.cn.mailbox.logs.forget(origin)
        LogStates(bench.cn.mailbox).forget(origin)
    bench.cn.arrivals.begin_again()
    bench.reopen()
    bench.cn.sync()
    assert bench.cn.mailbox.messages.row(name).index is not None

    message = bench.cn.mailbox.messages.read(name)
    assert (message.content, message.row.verdict) == (None, "ERASED")
    assert message.translations == ()
    assert found(bench.cn) == []


def test_the_author_s_own_desk_erases_it_and_owes_no_answer(
    bench: Bench, name: bytes
) -> None:
    recall(bench, name)
    bench.pk.sync()

    assert erase_recalled(bench.pk, name) is None
    assert bench.pk.mailbox.messages.read(name).content is None


@pytest.mark.parametrize("instruction", ["", "STOP_USE"])
def test_nothing_is_erased_that_its_author_does_not_give_up(
    bench: Bench, name: bytes, instruction: str
) -> None:
    if instruction:
        recall(bench, name, instruction)

    with refusing(Reason.REFERENCES):
        erase_recalled(bench.cn, name)
    assert bench.cn.mailbox.messages.read(name).content is not None
    assert found(bench.cn) == [1]


def test_what_the_memory_knows_from_elsewhere_stays(bench: Bench, name: bytes) -> None:
    bench.deliver(WORD, translations=[TRANSLATED])
    recall(bench, name)

    erase_recalled(bench.cn, name)

    assert bench.cn.mailbox.memory.counts()
    assert len(found(bench.cn)) == 1


# Who has answered, and who has not.


def due_at(desk: Desk, now: int) -> list[tuple[str, tuple[str, ...], bytes]]:
    return [
        (one.kind.value, one.desks, one.text)
        for one in due_list.due(desk, now)
        if one.row.envelope == pb.KIND_RECALL
    ]


def test_it_is_due_until_it_is_done_whatever_was_acknowledged(
    bench: Bench, name: bytes
) -> None:
    order = recall(bench, name)
    there = bench.cn.officer.desk
    bench.cn.acknowledge(order, pb.RELATION_ACKNOWLEDGED)
    bench.meet()
    bench.pk.sync()

    assert due_at(bench.cn, bench.now) == [("TO_ERASE", (there,), name)]
    assert due_at(bench.pk, bench.now) == [("TO_ERASE", (there,), b"")]
    sections = {one.name: one for one in TerminalDesk(bench.cn).handover()}
    assert sections["to_erase"].title == "Texts not erased: none (Test: 1)"
    (item,) = sections["to_erase"].items
    command = f"fusion desk erase {name.hex()[:8]}"
    assert f"its author asks to destroy it: {command}" in item.notes

    erase_recalled(bench.cn, name)
    bench.meet()
    bench.pk.sync()

    assert due_at(bench.cn, bench.now) == due_at(bench.pk, bench.now) == []


def test_another_recall_is_only_to_be_acknowledged(bench: Bench, name: bytes) -> None:
    order = recall(bench, name, "STOP_USE")
    bench.pk.sync()

    assert [kind for kind, _, _ in due_at(bench.pk, bench.now)] == ["RECALLED"]
    bench.cn.acknowledge(order, pb.RELATION_ACKNOWLEDGED)
    assert "TO_ERASE" not in {kind for kind, _, _ in due_at(bench.cn, bench.now)}
    assert list_orders(bench.cn.mailbox) == []


def test_the_list_says_who_has_answered_and_what_of_the_node(
    bench: Bench, name: bytes
) -> None:
    order = recall(bench, name)
    there = bench.cn.officer.desk

    (before,) = list_orders(bench.pk.mailbox)
    assert (before.recall, before.text, before.own) == (order, name, True)
    assert (before.answers, before.waiting) == ((), (there,))
    lines = list(desk.order_lines(before))
    assert lines[1:] == [f"  {there} has not answered"]

    erase_recalled(bench.cn, name, "Erased at our node too.")
    bench.meet()
    bench.pk.sync()

    (after,) = list_orders(bench.pk.mailbox)
    assert (after.erased, after.waiting) == (False, ())
    (line,) = list(desk.order_lines(after))[1:]
    assert line.endswith(f"{bench.cn.officer.name} Erased at our node too.")
    told = desk.order_json(after)
    assert told["erased_here"] is False
    assert told["waiting"] == []
    (here,) = list_orders(bench.cn.mailbox)
    assert (here.own, here.erased, here.waiting) == (False, True, ())


def test_a_remark_that_may_not_go_erases_nothing(bench: Bench, name: bytes) -> None:
    recall(bench, name)

    with refusing(Reason.PERSONAL_DATA):
        erase_recalled(bench.cn, name, "Call +92 300 1234567.")
    assert bench.cn.mailbox.messages.read(name).content is not None
