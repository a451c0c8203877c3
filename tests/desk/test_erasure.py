"""A text whose author's desk asks for that is erased by an officer, and answered."""

import pytest

from exchange.cli import desk
from exchange.desk.client import Desk
from exchange.desk.deadlines import due_list
from exchange.desk.erasure import erase_recalled, list_orders
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Filter
from exchange.desk.terminal.desk import TerminalDesk
from exchange.errors import Reason
from exchange.v1 import envelope_pb2 as pb
from tests.desk.bench import Bench, said
from tests.expecting import refusing
from tests.node.world import CN

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
    draft = said(bench.world.nations[CN], WORD, translations=[TRANSLATED])
    sent = bench.deliver(draft)
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


def test_again_is_safe_and_is_answered_once(bench: Bench, name: bytes) -> None:
    recall(bench, name)

    first = erase_recalled(bench.cn, name)

    assert erase_recalled(bench.cn, name) == first


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
    draft = said(bench.world.nations[CN], WORD, translations=[TRANSLATED])
    bench.pk.send(draft)
    bench.meet()
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
