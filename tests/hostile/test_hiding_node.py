"""A node that hides entries from its own desk, or says untruths of them."""

import pytest

from exchange.desk.link.log_states import LogStates
from tests.desk.bench import Bench
from tests.desk.test_hidden_entries import (
    ISLAMABAD,
    Spoil,
    as_duplicate,
    as_leaf,
    as_refused,
    as_refused_leaf,
    pages,
    spoilt,
)


def test_a6_an_entry_that_the_node_calls_refused_is_judged_here(bench: Bench) -> None:
    name = bench.send()
    bench.world.meet()

    bench.cn.apply(spoilt(pages(bench.cn), as_refused))

    assert bench.cn.mailbox.messages.row(name).verdict == "ACCEPTED"
    assert bench.cn.node_faults() == [("HIDDEN", "islamabad.pk#3")]
    assert bench.cn.agree() is False


@pytest.mark.parametrize("spoil", [as_leaf, as_refused_leaf, as_duplicate])
def test_a6_what_was_hidden_once_comes_with_the_next_look(
    bench: Bench, spoil: Spoil
) -> None:
    name = bench.send()
    bench.world.meet()
    bench.cn.apply(spoilt(pages(bench.cn), spoil))
    assert not bench.cn.mailbox.messages.knows(name)
    assert bench.cn.node_faults() == []

    bench.cn.sync()

    message = bench.cn.mailbox.messages.read(name)
    assert (message.row.verdict, message.row.index) == ("ACCEPTED", 3)
    assert bench.cn.mailbox.database.count() == 1
    assert bench.cn.node_faults() == [("HIDDEN", "islamabad.pk#3")]
    assert bench.cn.mailbox.bare_leaves.get(ISLAMABAD, 3) is None


def test_a6_i1_another_entry_for_a_leaf_is_an_alarm_and_not_filed(bench: Bench) -> None:
    name, other = bench.send(), bench.send("Another")
    bench.world.meet()
    bench.cn.apply(spoilt(pages(bench.cn), as_leaf))
    page = pages(bench.cn, 0)
    shown = {a.entry.index: a.entry for a in page if a.entry.origin == ISLAMABAD}
    shown[3].envelope.CopyFrom(shown[4].envelope)

    assert bench.cn.arrivals.apply_again(page) is False

    assert not bench.cn.mailbox.messages.knows(name)
    assert bench.cn.mailbox.messages.knows(other)
    assert LogStates(bench.cn.mailbox).alarm(ISLAMABAD) == "ROOT #3"
