"""Answers of a node that no log could give."""

from exchange.errors import Reason
from exchange.v1 import desk_service_pb2 as pb
from tests.desk.bench import Bench
from tests.desk.test_outbox import Answering, push, queue
from tests.expecting import refusing
from tests.node.world import PK


def test_a16_a_place_that_no_log_has_is_not_kept(bench: Bench) -> None:
    """An index of 64 bits is none of the log's: the node is at fault."""
    queue(bench, {}, {})
    node = Answering()
    origin = f"{PK}.fusion/log/1"
    answers = [pb.Submitted(origin=origin, index=index) for index in (4, 2**63)]
    node.submit = lambda _: answers  # type: ignore[assignment, method-assign]  # a hostile node
    with refusing(Reason.INTERNAL):
        push(bench, node)
    assert bench.pk.mailbox.outbox.count_queued() == 2
