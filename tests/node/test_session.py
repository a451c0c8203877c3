"""Two sessions and a link that loses, cuts and damages: the logs come together."""

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from exchange.errors import Reason
from exchange.node.session import Alarm, Close, Effect, Load, Record, Send, Session
from exchange.node.session import Store as StoreEffect
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb

BATCH = 3


class Side:
    """One node: its log, its replica, and what it may believe is cosigned."""

    def __init__(self, me: str, peer: str) -> None:
        self.me, self.peer = me, peer
        self.log: list[bytes] = []
        self.replica: list[bytes] = []
        self.cosigned = 0
        self.inbox: deque[pb.Frame] = deque()
        self.alarms: list[Reason] = []
        self.session: Session | None = None
        self.other: Side

    def connect(self) -> None:
        self.inbox.clear()
        held = [
            ledger_pb2.LogPosition(origin=self.me, size=len(self.log)),
            ledger_pb2.LogPosition(origin=self.peer, size=len(self.replica)),
        ]
        self.session = Session(self.peer, self.me, self.me, self.peer, held)

    def perform(self, effects: list[Effect]) -> None:
        pending = deque(effects)
        while pending and self.session is not None:
            effect = pending.popleft()
            if isinstance(effect, Send):
                self.other.inbox.append(effect.frame)
            elif isinstance(effect, Close):
                self.session = None
            elif isinstance(effect, Alarm):
                self.alarms.append(effect.reason)
            else:
                pending.extend(self.carry_out(self.session, effect))

    def carry_out(
        self, session: Session, effect: Load | StoreEffect | Record
    ) -> list[Effect]:
        if isinstance(effect, Load):
            end = min(effect.start + BATCH, len(self.log))
            sent = [
                envelope_pb2.Envelope(entry=e) for e in self.log[effect.start : end]
            ]
            batch = ledger_pb2.Batch(origin=self.me, start=effect.start, envelopes=sent)
            return session.loaded(batch)
        if isinstance(effect, Record):
            self.cosigned = max(self.cosigned, effect.cosigned.size)
            return session.recorded(effect.cosigned.size)
        batch = effect.batch
        entries = [sent.entry for sent in batch.envelopes]
        if batch.start + len(entries) > len(self.replica):
            if b"damaged" in entries:
                return session.refused(len(self.replica), Reason.ROOT)
            if batch.start != len(self.replica):
                return session.refused(len(self.replica), Reason.POSITION)
            self.replica.extend(entries)
        return session.stored(pb.Cosigned(origin=self.peer, size=len(self.replica)))


class TwoNodes(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.sides = [Side("a", "b"), Side("b", "a")]
        self.sides[0].other, self.sides[1].other = self.sides[1], self.sides[0]

    @rule()
    def reconnect(self) -> None:
        """Whatever was on the wire is gone; neither knows what the other got."""
        for side in self.sides:
            side.connect()
        for side in self.sides:
            if side.session is not None:
                side.perform(side.session.open())

    @rule(which=st.sampled_from([0, 1]), count=st.integers(1, 8))
    def append(self, which: int, count: int) -> None:
        side = self.sides[which]
        for _ in range(count):
            side.log.append(b"%s-%d" % (side.me.encode(), len(side.log)))
        if side.session is not None:
            side.perform(side.session.grew(len(side.log)))

    @precondition(lambda self: any(side.inbox for side in self.sides))
    @rule(which=st.sampled_from([0, 1]))
    def deliver(self, which: int) -> None:
        side = self.sides[which]
        if side.inbox and side.session is not None:
            side.perform(side.session.receive(side.inbox.popleft()))

    @rule(which=st.sampled_from([0, 1]))
    def damage(self, which: int) -> None:
        """Flip the bytes of the next batch on its way."""
        for frame in self.sides[which].inbox:
            if frame.WhichOneof("frame") == "batch":
                frame.batch.envelopes[0].entry = b"damaged"
                return

    @invariant()
    def replicas_are_prefixes(self) -> None:
        for side in getattr(self, "sides", []):
            assert side.replica == side.other.log[: len(side.replica)]

    @invariant()
    def nothing_is_cosigned_that_is_not_held(self) -> None:
        for side in getattr(self, "sides", []):
            assert side.cosigned <= len(side.other.replica)

    @invariant()
    def honest_nodes_raise_no_alarm(self) -> None:
        assert not any(side.alarms for side in getattr(self, "sides", []))

    def teardown(self) -> None:
        """With a link that works again, both come to hold everything, once."""
        if not hasattr(self, "sides"):
            return
        self.reconnect()
        while any(side.inbox for side in self.sides):
            self.deliver(0)
            self.deliver(1)
        for side in self.sides:
            assert side.other.replica == side.log
            assert side.cosigned == len(side.log)


TwoNodes.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestTwoNodes = TwoNodes.TestCase


def _session(size: int = 4) -> Session:
    held = [ledger_pb2.LogPosition(origin="a", size=size)]
    return Session("b", "a", "a", "b", held)


def _hello(size: int, node: str = "b") -> pb.Frame:
    logs = [ledger_pb2.LogPosition(origin="a", size=size)]
    return pb.Frame(hello=pb.Hello(node=node, logs=logs))


def _closed(effects: list[Effect]) -> str:
    assert isinstance(effects[-1], Close)
    return effects[-1].reason


def test_a_peer_that_holds_more_of_my_log_than_i_is_an_alarm() -> None:
    session = _session(4)
    session.open()

    effects = session.receive(_hello(5))

    assert effects[0] == Alarm(Reason.MISSING)
    assert _closed(effects) == Reason.MISSING


def test_a_peer_that_calls_itself_otherwise_is_left() -> None:
    session = _session()
    session.open()

    assert _closed(session.receive(_hello(0, node="c"))) == Reason.IDENTITY


@pytest.mark.parametrize(
    "frame",
    [
        pb.Frame(),
        pb.Frame(batch=ledger_pb2.Batch(origin="b")),
        pb.Frame(cosigned=pb.Cosigned(origin="a", size=1)),
        pb.Frame(refused=pb.Refused(origin="a", size=1)),
    ],
    ids=["empty", "batch", "cosigned", "refused"],
)
def test_nothing_is_taken_before_the_hello(frame: pb.Frame) -> None:
    session = _session()
    session.open()

    assert _closed(session.receive(frame)) == Reason.INPUT


@pytest.mark.parametrize(
    "frame",
    [
        _hello(0),
        pb.Frame(batch=ledger_pb2.Batch(origin="a")),
        pb.Frame(batch=ledger_pb2.Batch(origin="c")),
        pb.Frame(cosigned=pb.Cosigned(origin="b", size=1)),
        pb.Frame(),
    ],
    ids=["hello again", "my own log", "a third log", "cosigned for itself", "empty"],
)
def test_what_no_peer_may_say_ends_the_stream(frame: pb.Frame) -> None:
    session = _session()
    session.open()
    session.receive(_hello(0))

    assert _closed(session.receive(frame)) == Reason.INPUT


def test_an_unasked_cosignature_is_not_recorded() -> None:
    session = _session(0)
    session.open()
    session.receive(_hello(0))

    frame = pb.Frame(cosigned=pb.Cosigned(origin="a", size=9))

    assert _closed(session.receive(frame)) == Reason.INPUT


def test_a_peer_that_refuses_for_ever_is_given_up() -> None:
    session = _session()
    session.open()
    session.receive(_hello(0))
    refused = pb.Frame(refused=pb.Refused(origin="a", size=0, reason="ROOT"))

    for _ in range(5):
        assert session.receive(refused) == [Load(0)]

    assert _closed(session.receive(refused)) == Reason.BUSY


def test_a_refusal_tells_where_to_go_on() -> None:
    session = _session(9)
    session.open()
    assert session.receive(_hello(0)) == [Load(0)]
    refused = pb.Frame(refused=pb.Refused(origin="a", size=3, reason="POSITION"))

    assert session.receive(refused) == [Load(3)]


def test_a_position_is_taken_from_a_verified_head_only() -> None:
    """The hello's bare number sends nothing; the note with it is verified first."""
    session = _session(9)
    session.open()

    (effect,) = session.receive(_hello(4))

    assert isinstance(effect, Record)
    assert effect.cosigned.size == 4
    assert session.recorded(4) == [Load(4)]


def test_a_refusal_cannot_claim_entries_that_i_never_had() -> None:
    session = _session(4)
    session.open()
    session.receive(_hello(0))
    refused = pb.Frame(refused=pb.Refused(origin="a", size=9, reason="POSITION"))

    assert session.receive(refused)[0] == Alarm(Reason.MISSING)
