"""Streams between nodes without a network: sessions, and their effects on the disk."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from exchange.net.link_disk import LinkDisk
from exchange.net.link_state import LinkStates
from exchange.node import outbox
from exchange.node.effects import Alarm, Close, Effect, Send
from exchange.node.session import Session
from exchange.v1 import exchange_service_pb2 as rpc
from tests.node.world import Site


@dataclass
class End:
    """One end of a stream; what comes waits until it is told to take it."""

    site: Site
    peer: str
    inbox: deque[rpc.Frame] = field(default_factory=deque)
    told: list[rpc.Frame] = field(default_factory=list)
    """What it has sent."""
    session: Session = field(init=False)
    disk: LinkDisk = field(init=False)
    to: "End" = field(init=False)

    def __post_init__(self) -> None:
        node = self.site.node
        self.session = Session(
            peer=self.peer,
            me=node.name,
            mine=node.members.logs(node.name),
            theirs=node.members.logs(self.peer),
            held=outbox.hello_positions(node, self.peer),
        )
        states = LinkStates(node.store, node.clock.now, node.clock.elapsed)
        self.disk = LinkDisk(node, self.peer, self.session, states)

    def perform(self, acts: Sequence[Effect]) -> None:
        for act in acts:
            match act:
                case Send(frame):
                    self.told.append(frame)
                    self.to.inbox.append(frame)
                case Close(reason):
                    raise AssertionError(reason)
                case Alarm():
                    pass
                case _:
                    self.perform(self.disk.carry_out(act, self.disk.prepare(act))())

    def take(self) -> None:
        """Take one frame that has come."""
        self.perform(self.session.receive(self.inbox.popleft()))


def open_stream(one: Site, other: Site) -> tuple[End, End]:
    """Open a stream: both hellos have come, and nothing else."""
    ends = End(one, other.node.name), End(other, one.node.name)
    ends[0].to, ends[1].to = ends[1], ends[0]
    for end in ends:
        end.perform(end.session.open())
    for end in ends:
        end.take()
    return ends


def settle(ends: Sequence[End]) -> None:
    """Let both ends of a stream take all that comes, until nothing is on the way."""
    while any(end.inbox for end in ends):
        for end in ends:
            if end.inbox:
                end.take()


def tick(ends: Sequence[End]) -> None:
    """Let a second go by at both ends of a stream, and what it brings about."""
    for end in ends:
        end.perform(end.session.tick())
    settle(ends)
