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

from exchange.envelope_parser import ReceivedBatch, parse_batch
from exchange.errors import Reason
from exchange.limits import LACKING_MAX, PAUSE_TICKS, TEXTS_AT_ONCE
from exchange.node import effects
from exchange.node.effects import Alarm, Close, Disk, Effect, Send
from exchange.node.express_states import LoadedExpress
from exchange.node.missing_texts import ROUND
from exchange.node.recent_batches import frame_batch
from exchange.node.session import ASK_AGAIN, VERSION, Session
from exchange.node.window import IncomingLog
from exchange.v1 import envelope_pb2, ledger_pb2
from exchange.v1 import exchange_service_pb2 as pb
from tests.batches import put, serialized

BATCH = 3


class Side:
    """One node: its log, its replica, and what it may believe is cosigned."""

    def __init__(self, me: str, peer: str) -> None:
        self.me, self.peer = me, peer
        self.log: list[bytes] = []
        self.replica: list[bytes] = []
        self.chain: list[bytes] = []  # judged, and not stored
        self.works: deque[Disk] = deque()  # what is done when it is its turn
        self.cosigned = 0
        self.inbox: deque[pb.Frame] = deque()
        self.alarms: list[Reason] = []
        self.session: Session | None = None
        self.other: Side

    def connect(self) -> None:
        self.inbox.clear()
        self.works.clear()
        self.chain.clear()
        held = [
            ledger_pb2.LogPosition(origin=self.me, size=len(self.log)),
            ledger_pb2.LogPosition(origin=self.peer, size=len(self.replica)),
        ]
        self.session = Session(self.peer, self.me, [self.me], [self.peer], held)

    def perform(self, acts: list[Effect]) -> None:
        pending = deque(acts)
        while pending and self.session is not None:
            effect = pending.popleft()
            if isinstance(effect, Send):
                self.other.inbox.append(effect.frame)
            elif isinstance(effect, Close):
                self.session = None
            elif isinstance(effect, Alarm):
                self.alarms.append(effect.reason)
            else:
                self.works.append(effect)

    def work(self, *, track: int | None = None) -> bool:
        """Do the first thing that waits, of a track or of all; whether there was one.

        Those of one track are done in order; tracks pass each other at will.
        """
        for effect in self.works:
            if track in {None, effects.TRACKS.get(type(effect), effects.REST)}:
                self.works.remove(effect)
                if self.session is not None:
                    self.perform(self.carry_out(self.session, effect))
                return True
        return False

    def settle(self) -> None:
        """Do all that is to be done."""
        while self.work():
            pass

    def carry_out(self, session: Session, effect: Disk) -> list[Effect]:  # noqa: PLR0911  one line an effect
        if isinstance(effect, effects.CompareHeads):
            return session.heard()
        if isinstance(effect, effects.LoadBatch):
            return session.loaded(self._batch(self.me, self.log, effect.start))
        if isinstance(effect, effects.LoadLent):
            return session.lent(self._batch(self.peer, self.replica, effect.start))
        if isinstance(effect, effects.RecordCosigned):
            self.cosigned = max(self.cosigned, effect.cosigned.size)
            return session.recorded(self.me, effect.cosigned.size)
        if isinstance(effect, effects.LoadExpress):
            return session.express.loaded(LoadedExpress((), {}, 0))
        if isinstance(effect, effects.RestoreBatch):
            return session.restored(self.me, self._restore(effect.batch))
        incoming = session.incoming[self.peer]
        if isinstance(effect, effects.JudgeBatch):
            return self._judge(incoming, effect.batch)
        if isinstance(effect, effects.StoreJudged):
            self.replica += self.chain
            self.chain = []
            return incoming.committed(self._held(), more=False)
        assert isinstance(effect, effects.AnswerHeld)
        return session.stored(self._held())

    def _held(self) -> pb.Cosigned:
        return pb.Cosigned(origin=self.peer, size=len(self.replica))

    def _judge(self, incoming: IncomingLog, batch: ReceivedBatch) -> list[Effect]:
        entries = [sent.entry for sent in batch.envelopes]
        if not incoming.wants(batch):
            return []
        if batch.start + len(entries) <= len(self.replica):
            return [effects.AnswerHeld(batch)]
        if b"damaged" in entries:
            return incoming.failed(len(self.replica), Reason.ROOT)
        if batch.start != len(self.replica) + len(self.chain):
            return incoming.failed(len(self.replica), Reason.POSITION)
        self.chain += entries
        return incoming.judged()

    def _batch(self, origin: str, log: list[bytes], start: int) -> pb.Frame:
        sent = serialized(
            envelope_pb2.Envelope(entry=entry) for entry in log[start : start + BATCH]
        )
        return frame_batch(origin, start, sent, b"", b"")

    def _restore(self, batch: ReceivedBatch) -> int:
        entries = [sent.entry for sent in batch.envelopes]
        if batch.start == len(self.log) and b"damaged" not in entries:
            self.log.extend(entries)
        return len(self.log)


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

    @rule(which=st.sampled_from([0, 1]), back=st.integers(1, 8))
    def restart_from_an_old_copy(self, which: int, back: int) -> None:
        """Lose the newest of what the other one holds; the rest was never signed."""
        side = self.sides[which]
        held = len(side.other.replica)
        del side.log[max(held - back, 0) :]
        self.reconnect()
        self.come_together()
        assert len(side.log) == held

    def come_together(self) -> None:
        """Let all arrive and be done."""
        for side in self.sides:
            side.settle()
        while any(side.inbox for side in self.sides):
            for which, side in enumerate(self.sides):
                self.deliver(which)
                side.settle()

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
            while side.work(track=effects.REST):  # before anything more is taken
                pass
            side.perform(side.session.receive(side.inbox.popleft()))

    @rule(which=st.sampled_from([0, 1]), track=st.integers(0, effects.REST))
    def work(self, which: int, track: int) -> None:
        """A thread is done with something, while others are at work still."""
        self.sides[which].work(track=track)

    @rule(which=st.sampled_from([0, 1]))
    def damage(self, which: int) -> None:
        """Flip the bytes of the next batch on its way."""
        for frame in self.sides[which].inbox:
            if frame.WhichOneof("frame") == "batch":
                put(frame.batch, 0, envelope_pb2.Envelope(entry=b"damaged"))
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
        self.come_together()
        for side in self.sides:
            assert side.other.replica == side.log
            assert side.cosigned == len(side.log)


TwoNodes.TestCase.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None
)
TestTwoNodes = TwoNodes.TestCase


def _session(size: int = 4) -> Session:
    held = [ledger_pb2.LogPosition(origin="a", size=size)]
    session = Session("b", "a", ["a"], ["b"], held, window=1)  # a batch at a time
    session.express._pause = 1_000  # nothing passes the backlog here
    return session


def _hello(size: int, node: str = "b", version: int = VERSION) -> pb.Frame:
    logs = [ledger_pb2.LogPosition(origin="a", size=size)]
    return pb.Frame(hello=pb.Hello(node=node, logs=logs, version=version))


def _refused(size: int, reason: str, number: int = 0) -> pb.Frame:
    said = pb.Refused(origin="a", size=size, reason=reason, round=number)
    return pb.Frame(refused=said)


def _load(session: Session, start: int, count: int) -> list[Effect]:
    """Let the batch asked for be loaded; return what follows its being sent."""
    sent = serialized([envelope_pb2.Envelope(entry=b"e")] * count)
    frame = frame_batch("a", start, sent, b"", b"")
    first, *rest = session.loaded(frame)
    assert first == Send(frame)
    return rest


def _closed(acts: list[Effect]) -> str:
    assert isinstance(acts[-1], Close)
    return acts[-1].reason


def _greet(session: Session, size: int) -> list[Effect]:
    """Open, take the peer's hello, and compare its heads."""
    session.open()
    hello = _hello(size)
    assert session.receive(hello) == [effects.CompareHeads(list(hello.hello.logs))]
    return session.heard()


def _restores(batch: ledger_pb2.Batch) -> Effect:
    return effects.RestoreBatch(parse_batch(batch))


def _goes_on(session: Session) -> bool:
    """Return whether a batch of the peer's log is judged."""
    batch = ledger_pb2.Batch(origin="b")
    judged = [effects.JudgeBatch(parse_batch(batch))]
    return session.receive(pb.Frame(batch=batch)) == judged


def _tick(held: int) -> list[Effect]:
    """What a tick asks for once the peer holds so many of our entries."""
    return [
        effects.CosignAgain(),
        effects.LoadShownLines(held),
        effects.LoadLostTexts(),
        effects.CountExpress(),
        effects.LoadUndelivered(()),
    ]


def _want(start: int) -> pb.Frame:
    return pb.Frame(want=pb.Want(origin="a", start=start))


def test_what_the_peer_holds_of_my_log_and_i_do_not_is_fetched() -> None:
    session = _session(4)
    batch = ledger_pb2.Batch(origin="a", start=4)

    assert _greet(session, 6) == [Send(_want(4))]
    assert session.grew(4) == []  # nothing is sent meanwhile
    assert session.receive(pb.Frame(batch=batch)) == [_restores(batch)]
    assert session.restored("a", 5) == [Send(_want(5))]
    assert session.receive(pb.Frame(batch=batch)) == [_restores(batch)]
    (effect,) = session.restored("a", 6)
    assert isinstance(effect, effects.RecordCosigned)
    assert session.recorded("a", 6) == []
    assert session.grew(7) == [effects.LoadBatch("a", 6)]


def test_a_peer_that_sends_nothing_of_what_it_claims_is_given_up() -> None:
    session = _session(4)
    _greet(session, 6)
    batch = pb.Frame(batch=ledger_pb2.Batch(origin="a", start=4))
    for _ in range(5):
        session.receive(batch)
        assert session.restored("a", 4) == [Send(_want(4))]
    session.receive(batch)

    assert _closed(session.restored("a", 4)) == Reason.BUSY


def test_my_own_log_is_taken_once_a_want() -> None:
    session = _session(4)
    _greet(session, 6)
    batch = pb.Frame(batch=ledger_pb2.Batch(origin="a", start=4))
    session.receive(batch)

    assert _closed(session.receive(batch)) == Reason.INPUT


def test_a_peer_is_lent_its_own_log() -> None:
    session = _session()
    _greet(session, 0)
    want = pb.Frame(want=pb.Want(origin="b", start=7))

    assert session.receive(want) == [effects.LoadLent("b", 7)]
    assert _closed(session.receive(_want(0))) == Reason.INPUT


def test_a_frozen_log_goes_no_further_and_the_other_does() -> None:
    session = _session(4)
    _greet(session, 0)
    forked = pb.Forked(origin="a", proof=b"proof")

    assert session.receive(pb.Frame(forked=forked)) == [effects.JudgeFork(forked)]
    assert session.frozen("a") == [Alarm(Reason.FORK)]
    assert session.frozen("a") == []
    assert session.grew(9) == []
    assert _goes_on(session)


def test_a_fork_found_here_is_told() -> None:
    session = _session(4)
    _greet(session, 0)
    forked = pb.Forked(origin="b", proof=b"proof")

    assert session.forked(forked) == [
        Send(pb.Frame(forked=forked)),
        Alarm(Reason.FORK),
    ]
    assert session.tick() == _tick(0)[1:]


def test_a_line_is_renewed_in_between() -> None:
    session = _session(9)
    assert session.tick() == []
    assert _greet(session, 0) == [effects.LoadBatch("a", 0)]
    renewed = pb.Cosigned(origin="a", size=0)

    assert _load(session, 0, 4) == []
    assert session.tick() == _tick(0)
    assert session.receive(pb.Frame(cosigned=renewed)) == [
        effects.RecordCosigned(renewed)
    ]
    assert session.recorded("a", 0) == []  # the batch in flight is not answered by it
    assert session.recorded("a", 4) == [effects.LoadBatch("a", 4)]


def test_lines_of_others_are_sought_under_what_the_peer_holds_and_taken() -> None:
    session = _session(9)
    _greet(session, 0)
    ours = pb.Cosigned(origin="a", size=9, head=b"with a witness's line")
    theirs = pb.Cosigned(origin="b", size=4)

    assert effects.LoadShownLines(0) in session.tick()
    session.recorded("a", 9)
    assert effects.LoadShownLines(9) in session.tick()
    assert session.shown(ours) == [Send(pb.Frame(cosigned=ours))]
    assert session.receive(pb.Frame(cosigned=theirs)) == [
        effects.RecordShownLines(theirs)
    ]


def test_a_peer_that_calls_itself_otherwise_is_left() -> None:
    session = _session()
    session.open()

    assert _closed(session.receive(_hello(0, node="c"))) == Reason.IDENTITY


TOO_EARLY = {
    "empty": pb.Frame(),
    "batch": pb.Frame(batch=ledger_pb2.Batch(origin="b")),
    "cosigned": pb.Frame(cosigned=pb.Cosigned(origin="a", size=1)),
    "refused": pb.Frame(refused=pb.Refused(origin="a", size=1)),
}
NEVER = {
    "hello again": _hello(0),
    "my own log": pb.Frame(batch=ledger_pb2.Batch(origin="a")),
    "a third log": pb.Frame(batch=ledger_pb2.Batch(origin="c")),
    "cosigned of a third": pb.Frame(cosigned=pb.Cosigned(origin="c", size=1)),
    "a text of a third": pb.Frame(bodies=pb.Bodies(origin="c", index=1)),
    "a text of none": pb.Frame(bodies=pb.Bodies(origin="", index=1)),
    "empty": pb.Frame(),
}


@pytest.mark.parametrize(
    ("frame", "greeted"),
    [
        *((frame, False) for frame in TOO_EARLY.values()),
        *((frame, True) for frame in NEVER.values()),
    ],
    ids=[*(f"{name}, before the hello" for name in TOO_EARLY), *NEVER],
)
def test_what_no_peer_may_say_ends_the_stream(
    frame: pb.Frame, *, greeted: bool
) -> None:
    session = _session()
    if greeted:
        _greet(session, 0)
    else:
        session.open()

    assert _closed(session.receive(frame)) == Reason.INPUT


def test_a_peer_that_refuses_for_ever_is_given_up() -> None:
    session = _session()
    _greet(session, 0)

    for number in range(5):
        assert _load(session, 0, 4) == []
        again = session.receive(_refused(0, "ROOT", number))
        assert again == [effects.LoadBatch("a", 0)]

    _load(session, 0, 4)
    assert _closed(session.receive(_refused(0, "ROOT", 5))) == Reason.BUSY


def test_a_log_beyond_the_peer_s_budget_goes_again_a_minute_later() -> None:
    session = _session()
    _greet(session, 0)

    for number in range(3 * 5):  # more often than what else is refused ends a stream
        assert _load(session, 0, 4) == []
        assert session.receive(_refused(0, "QUOTA", number)) == []
        assert session.held_by_peer()
        assert effects.LoadBatch("a", 0) not in session.widen(9_999)
        for _ in range(PAUSE_TICKS - 1):
            assert effects.LoadBatch("a", 0) not in session.tick()
        assert effects.LoadBatch("a", 0) in session.tick()

    _load(session, 0, 4)
    session.recorded("a", 4)
    assert not session.held_by_peer()
    assert effects.LoadBatch("a", 4) in session.grew(9)


def test_while_a_log_waits_its_missing_texts_are_given() -> None:
    session = _session()
    _greet(session, 0)
    _load(session, 0, 3)
    session.recorded("a", 3, lacking=[1])
    _load(session, 3, 4)
    session.receive(_refused(3, "QUOTA"))

    acts = [act for _ in range(ROUND) for act in session.tick()]

    assert effects.LoadTexts("a", [1]) in acts


def test_a_hello_says_what_is_stored_a_day_and_which_frames_are_known_here() -> None:
    session = _session()
    session.entries_a_day = 99

    (sent,) = session.open()

    assert isinstance(sent, Send)
    assert sent.frame.hello.entries_a_day == 99
    assert sent.frame.hello.version == VERSION == 4


def test_a_refusal_tells_where_to_go_on() -> None:
    session = _session(9)
    assert _greet(session, 0) == [effects.LoadBatch("a", 0)]
    assert _load(session, 0, 4) == []

    assert session.receive(_refused(3, "POSITION")) == [effects.LoadBatch("a", 3)]


def test_what_newer_rules_judge_is_sent_no_more_and_people_are_told() -> None:
    session = _session(6)
    _greet(session, 0)
    _load(session, 0, 3)

    assert session.receive(_refused(0, "UPGRADE")) == [Alarm(Reason.UPGRADE)]
    assert session.grew(9) == []
    assert _goes_on(session)


def test_a_position_is_taken_from_a_verified_head_only() -> None:
    """The hello's bare number sends nothing; the note with it is verified first."""
    session = _session(9)

    (effect,) = _greet(session, 4)

    assert isinstance(effect, effects.RecordCosigned)
    assert effect.cosigned.size == 4
    assert session.recorded("a", 4) == [effects.LoadBatch("a", 4)]


def test_a_refusal_cannot_claim_entries_that_i_never_had() -> None:
    session = _session(4)
    _greet(session, 0)
    _load(session, 0, 4)

    assert session.receive(_refused(9, "POSITION"))[0] == Alarm(Reason.MISSING)


def test_a_line_for_what_i_lack_does_not_disturb_the_fetching_of_it() -> None:
    """The partner's heartbeat, while my own log is on its way back."""
    session = _session(4)
    _greet(session, 6)

    assert session.receive(pb.Frame(cosigned=pb.Cosigned(origin="a", size=6))) == []
    batch = ledger_pb2.Batch(origin="a", start=4)
    assert session.receive(pb.Frame(batch=batch)) == [_restores(batch)]


# Texts that lack.


def _greeted() -> Session:
    """Return a session whose peer holds all four entries."""
    session = _session(4)
    _greet(session, 4)
    return session


def _texts(*indexes: int) -> list[pb.Bodies]:
    return [pb.Bodies(origin="a", index=index, body=b"text") for index in indexes]


def _frames(texts: list[pb.Bodies]) -> list[Effect]:
    return [Send(pb.Frame(bodies=one)) for one in texts]


@pytest.mark.parametrize("said", range(VERSION))
def test_a_program_made_before_the_first_release_is_refused(said: int) -> None:
    session = _session(4)
    session.open()

    assert _closed(session.receive(_hello(4, version=said))) == Reason.VERSION
    assert _closed(session.receive(pb.Frame(want=pb.Want(origin="b")))) == Reason.INPUT


def test_a_newer_program_is_served() -> None:
    session = _session(4)
    session.open()
    hello = _hello(4, version=VERSION + 1)

    assert session.receive(hello) == [effects.CompareHeads(list(hello.hello.logs))]


def test_the_position_of_a_hello_names_what_lacks() -> None:
    session = _session(4)
    session.open()
    hello = _hello(4)
    hello.hello.logs[0].lacking.extend([1, 2])
    session.receive(hello)

    (effect,) = session.heard()

    assert isinstance(effect, effects.RecordCosigned)
    assert list(effect.cosigned.lacking) == [1, 2]
    assert session.recorded("a", 4, [1, 2]) == [effects.LoadTexts("a", [1, 2])]


def test_texts_go_after_all_entries_a_few_at_once_until_they_came() -> None:
    session = _greeted()
    lacking = list(range(6))
    assert session.recorded("a", 2, lacking) == [effects.LoadBatch("a", 2)]  # first
    _load(session, 2, 2)
    assert session.recorded("a", 4, lacking) == [effects.LoadTexts("a", lacking)]

    few = _texts(0, 1, 2, 3)
    assert session.given("a", lacking, few) == _frames(few)
    for came in range(1, 4):
        assert session.recorded("a", 4, lacking[came:]) == []
    assert session.recorded("a", 4, [4, 5]) == [effects.LoadTexts("a", [4, 5])]
    assert session.given("a", [4, 5], _texts(4, 5)) == _frames(_texts(4, 5))
    assert session.recorded("a", 4, [5]) == []
    assert session.recorded("a", 4) == []


def test_no_more_is_looked_for_than_a_list_may_name() -> None:
    session = _greeted()

    acts = session.recorded("a", 4, range(2 * LACKING_MAX))

    assert acts == [effects.LoadTexts("a", list(range(LACKING_MAX)))]


def test_what_is_not_here_or_did_not_help_is_tried_again_later() -> None:
    session = _greeted()
    session.recorded("a", 4, [0, 1, 2])
    assert session.given("a", [0, 1, 2], _texts(1)) == _frames(_texts(1))

    assert session.recorded("a", 4, [0, 1, 2]) == []  # it dropped the one
    for _ in range(ROUND - 1):
        assert session.tick() == _tick(4)
    assert session.tick() == [effects.LoadTexts("a", [0, 1, 2]), *_tick(4)]


def test_nothing_is_given_of_a_frozen_log() -> None:
    session = _greeted()
    session.recorded("a", 4)
    session.frozen("a")

    assert session.recorded("a", 4, [1]) == []


@pytest.mark.parametrize("origin", ["a", "b"])
def test_a_text_that_comes_is_completed_and_answered(origin: str) -> None:
    """Of the peer's log, or a lost one of the own."""
    session = _greeted()
    text = pb.Bodies(origin=origin, index=1, body=b"text")
    answer = pb.Cosigned(origin=origin, size=9)

    assert session.receive(pb.Frame(bodies=text)) == [effects.StoreText(text)]
    assert session.stored(answer) == [Send(pb.Frame(cosigned=answer))]


def test_texts_that_a_peer_has_lost_of_its_own_log_are_given_back() -> None:
    """A few at each tick, each once; what it names next counts instead."""
    session = _session()
    _greet(session, 4)
    lost = list(range(TEXTS_AT_ONCE + 1))
    asked = pb.Cosigned(origin="b", lacking=[90, *lost])
    assert session.receive(pb.Frame(cosigned=asked)) == []
    asked.lacking[:] = lost
    assert session.receive(pb.Frame(cosigned=asked)) == []

    for due in (lost[:TEXTS_AT_ONCE], lost[TEXTS_AT_ONCE:]):
        assert effects.LoadTexts("b", due) in session.tick()
        texts = [pb.Bodies(origin="b", index=index) for index in due]
        assert session.given("b", due, texts) == _frames(texts)
    assert not [one for one in session.tick() if isinstance(one, effects.LoadTexts)]


def test_lost_texts_of_my_log_are_asked_for_once_the_last_have_come() -> None:
    session = _greeted()
    some, more, new = (pb.Cosigned(origin="a", lacking=at) for at in ([1], [1, 2], [2]))

    assert session.asked() == []
    assert session.asked(some) == [Send(pb.Frame(cosigned=some))]
    assert session.asked(more) == []
    assert session.asked(new) == [Send(pb.Frame(cosigned=new))]
    for _ in range(ASK_AGAIN - 1):
        assert session.asked(new) == []
    assert session.asked(new) == [Send(pb.Frame(cosigned=new))]
    assert session.asked() == []


def test_a_wrong_text_is_told_once_a_stream_and_ends_it_not() -> None:
    session = _greeted()

    assert session.doubted(Reason.BODY) == [Alarm(Reason.BODY)]
    assert session.doubted(Reason.WRAPS) == []


@pytest.mark.parametrize("reason", ["WRAPS", "BODY"])
def test_texts_are_looked_at_before_they_are_sent_again(reason: str) -> None:
    """What is damaged on our disk is said to be absent then: the log goes on."""
    session = _session(9)
    _greet(session, 0)
    _load(session, 0, 3)

    again = session.receive(_refused(0, reason))
    assert again == [effects.LoadBatch("a", 0, check=True)]
    _load(session, 0, 3)
    assert session.recorded("a", 3) == [effects.LoadBatch("a", 3)]


def test_of_a_log_that_is_on_its_way_back_nothing_is_told_and_nothing_taken() -> None:
    """Its owner does not know the entry yet, and would distrust who names it."""
    missed = pb.Frame(undelivered=pb.Undelivered(origin="a", index=7, desks=["x.b"]))
    session = _session(4)
    _greet(session, 9)
    assert session.receive(missed) == []

    teller = _greeted()
    assert effects.LoadUndelivered(()) in teller.tick()
    teller.receive(pb.Frame(want=pb.Want(origin="b", start=7)))
    assert effects.LoadUndelivered(()) not in teller.tick()
