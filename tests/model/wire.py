"""The link: the real driver's words, one event at a time, over a stream that breaks."""

from collections import deque
from collections.abc import Iterable
from typing import Any, cast

from exchange.errors import FusionError, Reason
from exchange.net.frames import BULK
from exchange.net.link import Link
from exchange.net.link_state import LinkStates
from exchange.node import effects, outbox
from exchange.v1 import exchange_service_pb2 as rpc
from tests.model.site import Site


class End:
    """One end of a stream: what comes in order, and what it answers.

    Imitates Link.drive; what an effect does, and what becomes of its failure, is the
    product's own code.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.inbox: deque[rpc.Frame] = deque()
        self.other: End | None = None  # where it is honest
        self.cosigned = site.cosigned_by_partner()
        self.out: deque[rpc.Frame] = deque()  # the inbox of the other end
        self.open, self.bye = True, ""
        self.grew = True  # it may have since the link was made
        self.cut = False  # what it sends is lost
        self.done = False  # what it still does is done before the next stream begins
        self.alarms: list[Reason] = []
        # Nothing of asyncio is used: events are handed over here, one by one.
        nothing = cast("Any", None)
        states = LinkStates(site.node.store, site.node.clock)
        held = outbox.hello_positions(site.node, site.peer)
        self.link = Link(site.node, site.peer, nothing, states, held)

    def begin(self) -> None:
        self._perform(self.link._session.open())

    def deliver(self) -> None:
        """Let the next frame arrive."""
        self._perform(self.link._session.receive(self.inbox.popleft()))

    def grow(self) -> None:
        """Let word of the own log's growth arrive."""
        self.grew = False
        self._perform(self.link._session.grew(self.link._size()))

    def tick(self) -> None:
        self._perform(self.link._session.tick())

    def _perform(self, acts: Iterable[effects.Effect]) -> None:
        pending = deque(acts)
        while pending and self.open:
            match pending.popleft():
                case effects.Close(reason):
                    self.open, self.bye = False, reason
                case effects.Send(frame):
                    self._send(frame)
                case effects.Alarm(reason):
                    self.alarms.append(reason)
                case effect:
                    pending.extendleft(reversed(self._do(effect)))

    def _do(self, effect: effects.Disk) -> list[effects.Effect]:
        cosigned = self.other.cosigned if self.other else 0
        before = self.site.is_told(effect, cosigned)
        self.site.medium.works(type(effect).__name__)
        disk = self.link.disk
        try:
            finish, failed = disk.prepare(effect)(), None
        except FusionError as error:
            finish, failed = disk.fail(effect, error), error
        more = finish()
        if isinstance(effect, effects.RestoreBatch) and failed is None:
            self.site.has_texts()
        self.site.was_told(before, failed)
        return more

    def _send(self, frame: rpc.Frame) -> None:
        """Put a frame on the wire; what is urgent passes what waits, as it may."""
        if self.cut:
            return
        self.site.sends(frame)
        place = len(self.out)
        if frame.WhichOneof("frame") == "express":
            waits = (one.WhichOneof("frame") in BULK for one in self.out)
            place = next((at for at, bulk in enumerate(waits) if bulk), place)
        self.out.insert(place, rpc.Frame.FromString(frame.SerializeToString()))
