"""What waits, as a watch and a locked terminal count it."""

from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import DAY
from exchange.net.desk_client import NodeClient
from exchange.v1 import envelope_pb2 as pb
from exchange.v1.desk_service_pb2 import GetStatusResponse
from exchange.watch import tally_reader as module
from exchange.watch.memory import WatchMemory
from exchange.watch.node_reader import AheadReader, SeenEnvelope
from exchange.watch.rounds import Watch
from exchange.watch.tally_reader import TallyReader
from tests.watch.test_flash_tally import NOW, OWN, core, take

LATE = NOW + 40 * DAY


class Node(NodeClient):
    """A node with nothing new, which says what time it is."""

    def __init__(self) -> None:
        self.time = NOW

    def status(self) -> GetStatusResponse:
        return GetStatusResponse(time=self.time)


def test_a_clock_far_ahead_of_its_node_hides_no_flash() -> None:
    node, memory = Node(), WatchMemory(OWN)
    reading, ahead = TallyReader(OWN, node, memory), AheadReader(node, Event())
    take(memory.tally, b"a", core())
    reading.look(ahead, LATE)
    assert [one.name for one in reading.waiting(LATE)] == [b"a".hex()]
    node.time = LATE
    reading.look(ahead, LATE)
    assert not reading.waiting(LATE), "its node says so, too"


class Silent(Node):
    """A node that says how it stands, and not who its officers are."""

    def directory(self, origin: str, start: int) -> list[tuple[int, bytes]]:
        raise Refusal(Reason.DATABASE, f"{origin}#{start}")


class Coming(AheadReader):
    """Hears of receipts without a remark each time that it is asked."""

    def take(self) -> list[SeenEnvelope]:
        return [
            SeenEnvelope(bytes([at]), pb.Core(kind=pb.KIND_RECEIPT)) for at in range(3)
        ]


def test_what_cannot_be_counted_is_kept_within_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WATCHED_MAX", 4)
    node = Silent()
    reading = TallyReader(OWN, node, WatchMemory(OWN, {"log": 0}))
    for _ in range(3):
        with pytest.raises(Refusal):
            reading.look(Coming(node, Event()), NOW)
    assert len(reading._ahead) == 4


# What its rounds say of what goes wrong.


def test_what_a_node_answers_reaches_a_terminal_as_plain_text_once() -> None:
    said: list[str] = []
    watch = cast("Watch", SimpleNamespace(say=said.append, _trouble=""))
    for _ in range(2):
        Watch._complain(watch, Refusal(Reason.NOT_FOUND, "\x1b[2J\u202eevil\n"))
    (line,) = said
    assert "evil" in line
    assert line.isprintable()
