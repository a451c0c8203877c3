"""The state of my urgent envelopes ahead of the backlog, in one stream; pure.

A name is sent, held by the peer, or declined, until its log has brought it there. Any
other is due: the log and the peer's position determine them, so a new stream begins
empty (docs/spec/express.md, "Sender").
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct, field

from exchange.errors import Reason
from exchange.limits import (
    EXPRESS_CLOSED_MAX,
    EXPRESS_DESK_SHARE,
    EXPRESS_HELD_MAX,
    EXPRESS_NAMED_MAX,
    EXPRESS_OPEN_MAX,
    EXPRESS_REVOCATIONS_MAX,
    PAUSE_TICKS,
)
from exchange.node.effects import Alarm, Effect, LoadExpress, Send
from exchange.v1 import exchange_service_pb2 as rpc

IN_TURN = 16  # missing entries, at most, of which the first is on its way already
LATE = frozenset({Reason.NOT_LOGGED, Reason.STALLED})


class DueExpress(Struct, frozen=True):
    """`index` is None if it has no place yet; `desk` is "" for a revocation."""

    name: bytes
    index: int | None
    frame: rpc.Express
    desk: str

    @property
    def revokes(self) -> bool:
        return not self.desk


class LoadedExpress(Struct, frozen=True):
    """`whole`: there are no more.

    The due envelopes, the places that names have by now, and the number up to which the
    queue without places was read.
    """

    due: Sequence[DueExpress]
    places: Mapping[bytes, int]
    after: int
    whole: bool = True


class ExpressStates(Struct):
    _open: dict[bytes, int | None] = field(default_factory=dict)  # name -> index
    _desks: dict[bytes, str] = field(default_factory=dict)
    """The author's desk of each open one that this stream sent; "" for a
    revocation."""
    _held: set[bytes] = field(default_factory=set)
    _declined: dict[bytes, int | None] = field(default_factory=dict)
    _loading: LoadExpress | None = None
    _looked: int = 0  # urgent entries below this index were handled
    _after: int = 0  # likewise in the queue of those without a place
    _pause: int = 0
    _told: set[tuple[bytes, str]] = field(default_factory=set)

    def greet(self, hello: rpc.Hello) -> None:
        """Take the names that the peer holds without a place."""
        names = hello.expressed[:EXPRESS_NAMED_MAX]
        self._open = dict.fromkeys(names)
        self._held = set(names)

    @property
    def held(self) -> frozenset[bytes]:
        return frozenset(self._held)

    def due(
        self, position: int, size: int, *, unplaced: bool = False, held: bool = False
    ) -> Iterator[LoadExpress]:
        """Load more: the peer holds `position` of `size` entries.

        If it is only a few entries behind, the first of them goes in its turn.
        `unplaced`: include envelopes without a place. `held`: the peer accepts no
        batches now, and more ahead of them.
        """
        self._forget(position)
        most = EXPRESS_HELD_MAX if held else EXPRESS_OPEN_MAX
        authors = Counter(self._desks.values())
        revocations = authors.pop("", 0)
        room = max(0, most - (len(self._open) - revocations))
        beside = EXPRESS_REVOCATIONS_MAX - revocations
        full = room + beside <= 0 or len(self._declined) >= EXPRESS_CLOSED_MAX
        start = max(position + (size - position <= IN_TURN), self._looked)
        if full or self._loading is not None or self._pause:
            return
        if start >= size and not unplaced:
            return
        self._loading = LoadExpress(
            start=start,
            size=size,
            position=position,
            after=self._after,
            known=frozenset([*self._open, *self._declined]),
            unplaced=frozenset(n for n, at in self._open.items() if at is None),
            room=min(room, EXPRESS_OPEN_MAX),
            beside=beside,
            authors=authors,
            of_a_desk=most // EXPRESS_DESK_SHARE if held else most,
        )
        yield self._loading

    def _forget(self, position: int) -> None:
        for places in (self._open, self._declined):
            for name, index in list(places.items()):
                if index is not None and index < position:
                    del places[name]
                    self._held.discard(name)
                    self._desks.pop(name, None)

    def loaded(self, found: LoadedExpress) -> list[Effect]:
        asked, self._loading = self._loading, None
        if asked is None:
            return []
        for name, index in found.places.items():
            if name in self._open:
                self._open[name] = index
        if found.whole:
            self._looked = max(asked.start, asked.size)
        self._after = found.after
        self._open.update((one.name, one.index) for one in found.due)
        self._desks.update((one.name, one.desk) for one in found.due)
        return [Send(rpc.Frame(express=one.frame)) for one in found.due]

    def answered(self, answer: rpc.Expressed) -> list[Effect]:
        """Raise an alarm for a late one; RATE pauses all, and this one is due again."""
        name, reason = answer.name, answer.reason
        if reason in LATE and (name not in self._open or name in self._held):
            return [Alarm(Reason(reason))]
        if name not in self._open:
            return []
        if not reason:
            self._held.add(name)
            return []
        index = self._open.pop(name)
        self._held.discard(name)
        self._desks.pop(name, None)
        if reason == Reason.RATE:
            self._pause, self._looked, self._after = PAUSE_TICKS, 0, 0
        else:
            self._declined[name] = index
        return []

    def tick(self) -> None:
        self._pause = max(0, self._pause - 1)

    def tell(self, late: Iterable[rpc.Expressed]) -> list[Effect]:
        new = [one for one in late if (one.name, one.reason) not in self._told]
        self._told = {(one.name, one.reason) for one in late}
        return [Send(rpc.Frame(expressed=one)) for one in new]

    def answer(self, answer: rpc.Expressed) -> list[Effect]:
        return [Send(rpc.Frame(expressed=answer))]
