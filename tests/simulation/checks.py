"""What must hold: at each frame and answer that leaves a node, and in the end.

a head that leaves a node is of what it has committed, and holds
what a node acknowledges is on its disk, at the place that it names
in the end: replicas are equal, all that was sent stands in both, is filed once at
the other desk and cosigned at its own, and nobody has an alarm
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from exchange import envelope
from exchange.audit.verify_database import verify_file
from exchange.envelope_parser import parse_submit
from exchange.ledger.checkpoint import parse_head
from exchange.ledger.note import parse_note
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.node.world import FILED
from tests.simulation.site import ALL, DeskSite, NodeSite, start

TOLD = 8  # things that are missing, of a run that does not converge


class Checks:
    """The checks of one run; what a run must not show raises AssertionError."""

    def __init__(self, nodes: Sequence[NodeSite], desks: Sequence[DeskSite]) -> None:
        self._nodes = {node.name: node for node in nodes}
        self._desks = desks
        self.acknowledged: dict[str, dict[bytes, int | None]] = {
            node.name: {} for node in nodes
        }
        """Node -> name -> place of what it has taken; None while it waits."""

    # Whatever leaves a node.

    def sends(self, sender: str, frame: rpc.Frame) -> None:
        node = self._nodes[sender]
        for note in _notes(frame):
            head = parse_head(parse_note(note).text)
            with node.medium.aside():
                size = node.store.logs.size(head.origin)
                assert head.size <= size, f"{sender} shows what it has not committed"
                root = node.store.logs.root_at(head.origin, head.size)
            assert root == head.root, f"{sender} shows a head beside its tree"

    def answered(self, sender: str, request: bytes, answer: bytes) -> None:
        """Take the answers to a Submit, as they leave the node."""
        node, taken = self._nodes[sender], self.acknowledged[sender]
        sent = parse_submit(request)
        told = desk_pb.SubmitResponse.FromString(answer).answers
        assert len(sent) == len(told)
        for one, result in zip(sent, told, strict=True):
            name = envelope.split(one.entry).name
            if result.waiting:
                taken.setdefault(name, None)
                assert node.keeps(name), "not kept"
            elif not result.reason:
                at = f"{node.name}#{result.index}"
                assert node.has(name, result.index), f"not on disk: {at}"
                known = taken.get(name)
                assert known in {None, result.index}, f"it moved: {at}"
                taken[name] = result.index

    # In the end.

    def missing(self) -> list[str]:
        """Return what has not converged yet, the first of it."""
        whole = chain(self._logs(), self._mail(), self._alarms())
        return list(islice(whole, TOLD))

    def _logs(self) -> Iterator[str]:
        one, other = self._nodes.values()
        for node in (one, other):
            here, there = one.entries(node.origin), other.entries(node.origin)
            if here != there:
                yield f"{node.origin}: {len(here)} and {len(there)} entries"
            heads = {each.newest(node.origin) for each in (one, other)}
            if len(heads) > 1:
                yield f"{node.origin}: heads differ"
            places = {entry[0]: index for index, entry in enumerate(here)}
            for name, index in self.acknowledged[node.name].items():
                at = places.get(name)
                if at is None or index not in {None, at}:
                    yield f"{node.name}: {name.hex()[:8]} at {at}, told {index}"

    def _mail(self) -> Iterator[str]:
        for desk, other in (self._desks, self._desks[::-1]):
            mine, theirs = desk.terminal.desk.mailbox, other.terminal.desk.mailbox
            rows = {row.name: row.state for row in mine.messages.page(0, ALL)}
            came = Counter(row.name for row in theirs.messages.page(0, ALL))
            for name in desk.sent:
                if rows.get(name) != "cosigned" or came[name] != 1:
                    state, times = rows.get(name), came[name]
                    yield f"{desk.name}: {name.hex()[:8]} {state}, filed {times}"
            if waits := mine.outbox.tally():
                yield f"{desk.name}: outbox {waits}"
            if desk.terminal.desk.agree() is not True:
                yield f"{desk.name}: does not agree"

    def _alarms(self) -> Iterator[str]:
        for node in self._nodes.values():
            told = node.status()
            for alarm in told.alarms:
                yield f"{node.name}: alarm {alarm.reason} {alarm.where}"
            if not told.agree or not all(peer.up for peer in told.peers):
                yield f"{node.name}: {[(p.up, p.reason, p.queued) for p in told.peers]}"

    def audit(self) -> None:
        """Verify both disks as an auditor does, once the nodes are down."""
        bundles = {n.domain: n.bundle for n in start().nations.values()}
        for node in self._nodes.values():
            report = verify_file(node.path, node.name, bundles, now=FILED)
            assert report.ok, list(report.faults)


def _notes(frame: rpc.Frame) -> Iterable[bytes]:
    match frame.WhichOneof("frame"):
        case "hello":
            return [log.head for log in frame.hello.logs if log.head]
        case "batch":
            return [frame.batch.head] if frame.batch.head else []
        case "cosigned":
            return [frame.cosigned.head] if frame.cosigned.head else []
    return []
