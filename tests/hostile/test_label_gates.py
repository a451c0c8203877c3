"""Labels that are none, or too narrow for their readers, at node and desk."""

from tests.desk import test_gates as origin
from tests.desk.bench import Bench
from tests.desk.forging import feed, name_of
from tests.desk.test_gates import Rule, envelope, named
from tests.node.world import PK

about = origin.about


@named
def test_p59_a_bad_label_is_recorded_by_no_node(
    bench: Bench, about: bytes, rule: Rule
) -> None:
    sent = envelope(bench, rule, about)
    size = bench.world.pk.store.logs.size(bench.world.pk.node.origin)
    (answer,) = bench.world.pk.from_desk(sent)
    assert answer.reason == rule.submitted
    assert bench.world.pk.store.logs.size(bench.world.pk.node.origin) == size


@named
def test_p59_a_bad_label_is_shown_by_no_desk(
    bench: Bench, about: bytes, rule: Rule
) -> None:
    """The node of its author recorded it all the same."""
    sent = envelope(bench, rule, about)
    feed(bench.cn, sent, node=PK)
    if not rule.received:  # no member accepts it, and no desk keeps it
        assert not bench.cn.mailbox.messages.knows(name_of(sent))
        return
    message = bench.cn.mailbox.messages.read(name_of(sent))
    assert (message.row.verdict, message.row.subject) == (rule.received, "")
    assert message.content is None
    assert message.cek is None
    assert not bench.cn.mailbox.search.text("Signed by hand")
