"""A text whose author's desk asks for that is erased by an officer, and answered."""

import pytest

from exchange.desk.client import Desk
from exchange.desk.erasure import erase_recalled
from exchange.desk.link.log_states import LogStates
from exchange.desk.mailbox import Filter
from exchange.errors import Reason, Refusal
from tests.desk.bench import Bench, said
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
    sent = bench.pk.send(draft).name
    bench.meet()
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

    with pytest.raises(Refusal) as raised:
        erase_recalled(bench.cn, name)

    assert raised.value.reason is Reason.REFERENCES
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
