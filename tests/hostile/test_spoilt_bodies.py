"""A text that is withheld or spoilt on its way to a desk."""

import pytest

from exchange import envelope
from exchange.limits import RETENTION
from tests.desk.bench import Bench
from tests.desk.forging import feed
from tests.desk.test_erased import bare
from tests.node.world import PK


@pytest.mark.parametrize(("late", "verdict"), [(-1, "MISSING"), (0, "ERASED")])
def test_a7_a_node_that_withholds_a_body_before_it_expires_is_seen_to(
    bench: Bench, late: int, verdict: str
) -> None:
    one, expires = bare(bench)
    bench.now = expires + late

    feed(bench.cn, one, node=PK)

    row = bench.cn.mailbox.messages.row(envelope.split(one.entry).name)
    assert row.verdict == verdict
    assert row.state == "local"
    wanted = bench.cn.mailbox.missing_texts.due(bench.now, 0, 9)
    assert len(wanted) == (verdict == "MISSING")


def test_a7_i1_a_body_that_is_not_the_signed_one_is_the_nodes_fault_at_any_time(
    bench: Bench,
) -> None:
    one, expires = bare(bench)
    one.body = b"x"
    bench.now = expires + RETENTION

    feed(bench.cn, one, node=PK)

    row = bench.cn.mailbox.messages.row(envelope.split(one.entry).name)
    assert (row.verdict, row.state) == ("MISSING", "local")
    assert [reason for reason, _ in bench.cn.node_faults()] == ["WRAPS"]
