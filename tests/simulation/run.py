"""One run: two nodes, two desks, a line between, and faults, from one seed.

    python -m tests.simulation SEED        replays a run and tells what happened

Each seed draws what is rare: tiny windows, batches of one, forced reconnects, slow
disks, lost answers, cut and half-open streams, clock steps, kills. At its end faults
stop, and all must converge. `reached` counts the states that runs come to.
"""

import asyncio
import gc
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from unittest.mock import patch

from exchange import envelope
from exchange.errors import FusionError, Reason
from exchange.node import node as nodes
from exchange.node import recent_batches, session
from exchange.store import sqlite_database
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.batches import envelopes_in, put
from tests.model.parts import bounded
from tests.node.world import CN, PK
from tests.quick import folder_in_memory
from tests.simulation.checks import Checks
from tests.simulation.loop import Loop
from tests.simulation.network import Network, Pipe, Stream
from tests.simulation.site import DeskSite, NodeSite, Program, start

BYES = frozenset({"", Reason.BUSY})
"""Why an honest node leaves an honest one, whose frames are never wrong."""
ACTIVE = 60.0  # s of faults
SETTLE = 240.0  # s in which all converges once they have stopped
SPARE = 5  # bulletins of a desk that are kept for the end
AT_ONCE = 8.0  # s from sending to filed at the other desk, nothing being wrong


@dataclass
class Mix:
    """What a seed draws: what is rare in it, and how rare."""

    batch: int  # entries a frame
    window: int  # bytes of a stream that nobody has read
    latency: float  # s
    jitter: float
    rate: float  # bytes a second
    recent: int  # bytes that are sent from memory
    flight: int  # bytes of batches in flight
    chain: int  # bytes of batches judged and not stored
    turn: int  # envelopes that desks submit at once
    page: int  # bytes of a page of arrivals
    faults: tuple[str, ...]
    every: float  # s between two of them, on average

    @classmethod
    def draw(cls, chance: random.Random) -> "Mix":
        faults = tuple(one for one in FAULTS if chance.random() < 0.35)
        return cls(
            batch=chance.choice([1, 2, 3, 1024]),
            window=chance.choice([1, 4096, 65536]),
            latency=chance.choice([0.0005, 0.02, 0.15, 0.5]),
            jitter=chance.choice([0.0, 0.01, 0.3]),
            rate=chance.choice([8e3, 2.5e5, 1e7]),
            recent=chance.choice([1, 20_000, 1 << 23]),
            flight=chance.choice([1, 20_000, 1 << 24]),
            chain=chance.choice([1, 20_000, 1 << 24]),
            turn=chance.choice([1, 3, 256]),
            page=chance.choice([1, 10_000, 1 << 18]),
            faults=faults,
            every=chance.choice([2.0, 6.0, 15.0]),
        )


@dataclass
class Run:
    """A run, and what came of it."""

    seed: int
    mix: Mix
    reached: Counter[str] = field(default_factory=Counter)
    trace: list[str] = field(default_factory=list)


class Simulation:
    """The world of one run."""

    def __init__(self, seed: int, folder: Path, stack: ExitStack) -> None:
        chance = random.Random(seed)  # noqa: S311  no secret
        random.seed(seed)  # of which pauses between dials are drawn
        self.chance = chance
        self.run = Run(seed, Mix.draw(chance))
        self.draw()
        self.loop = Loop(chance)
        self.network = Network(self.loop, self._seen)
        self.network.lost = self._lost
        self.line = self.network.line(PK, CN)
        self._restore_line()
        start().lay_out(folder)
        self.nodes = [
            NodeSite(PK, CN, self.network, folder),
            NodeSite(CN, PK, self.network, folder),
        ]
        for node in self.nodes:
            stack.enter_context(node.medium.attach(node.path))
            node.medium.away = False
        self.desks = [
            DeskSite(node, folder, self._watch, self._act) for node in self.nodes
        ]
        for desk in self.desks:
            local = self.network.line(desk.name, desk.node.name)
            local.latency = 0.0005
        self.checks = Checks(self.nodes, self.desks)
        self.calm = False
        self._parts: dict[tuple[int, str, int], bytes] = {}
        """Stream, direction, lane -> the pieces of a message so far."""
        self._ahead: set[bytes] = set()  # names of what was sent ahead of its log
        self._spoilt: Counter[str] = Counter()
        """Of each kind of frame, how many are to be damaged on their way."""
        self._behind: dict[tuple[int, str], int] = {}
        """Stream, sender -> how many batches followed one that was damaged."""
        self._busy: set[str] = set()
        self._due: set[Program] = set()
        """Those that are to send one more bulletin."""

    def draw(self) -> None:
        """Change what the seed drew, for a test of one thing."""

    def tell(self, what: str) -> None:
        self.run.trace.append(f"{self.loop.time():10.4f} {what}")

    def reach(self, what: str) -> None:
        self.run.reached[what] += 1
        self.tell(f"* {what}")

    # What is seen on the wire.

    def _seen(self, stream: Stream, way: str, data: bytes) -> bytes:
        one, other = stream.peers if way == "up" else stream.peers[::-1]
        method = stream.method.rpartition("/")[2]
        if method == "Replicate":
            frame = rpc.Frame.FromString(data)
            kind = frame.WhichOneof("frame") or "nothing"
            self.tell(f"{one} > {other} #{stream.number} {kind} {len(data)}")
            whole = self._joined(stream, way, frame)
            if whole is not None:
                self._frame(one, whole, whole.WhichOneof("frame") or "nothing")
            pipe = stream.up if way == "up" else stream.down
            self._window(frame, kind, pipe)
            self._refusal(frame, (stream.number, one), (stream.number, other))
            if self._spoilt[kind] and self._may_spoil(kind, pipe):
                data = self._spoil(frame, kind)
                if kind == "batch":
                    self._behind[stream.number, one] = 0
        else:
            self.tell(f"{one} > {other} #{stream.number} {method} {len(data)}")
            if method == "Submit" and way == "down":
                self.checks.answered(one, stream.first, data)
                self._answers(desk_pb.SubmitResponse.FromString(data))
            elif method == "Watch" and way == "down":
                self._shown(desk_pb.WatchResponse.FromString(data))
        return data

    def _joined(self, stream: Stream, way: str, frame: rpc.Frame) -> rpc.Frame | None:
        """Return a frame, or that whose last piece it is; None before that."""
        if not frame.HasField("piece"):
            return frame
        self.run.reached["frame piece"] += 1
        lane = stream.number, way, frame.piece.lane
        data = self._parts.pop(lane, b"") + frame.piece.data
        if frame.piece.last:
            return rpc.Frame.FromString(data)
        self._parts[lane] = data
        return None

    def _frame(self, sender: str, frame: rpc.Frame, kind: str) -> None:
        self.checks.sends(sender, frame)
        self.run.reached[f"frame {kind}"] += 1
        if kind == "bye":
            assert frame.bye.reason in BYES, f"{sender} leaves: {frame.bye.reason}"
            self.reach(f"bye {frame.bye.reason}")

    def _window(self, frame: rpc.Frame, kind: str, way: Pipe) -> None:
        """Note how batches stand that are on the same way as a frame."""
        there = sum(map(_is_batch, way.on_way))
        batch = kind == "batch" or (kind == "piece" and frame.piece.last)
        if batch and there:
            self.reach("several batches on the way")
        if kind == "batch" and frame.batch.round:
            self.reach("a batch of a later round")
        if kind == "express":
            self._ahead.add(envelope.split(frame.express.envelope.entry).name)
            if there:
                self.reach("express beside batches on the way")
        if kind == "expressed":
            self.reach(f"expressed {frame.expressed.reason or 'held'}")

    def _refusal(
        self, frame: rpc.Frame, sent: tuple[int, str], answered: tuple[int, str]
    ) -> None:
        """Note what is refused, and whether others were sent behind it by then.

        `sent` and `answered` are the stream with who sends this, and with who gets it.
        """
        if sent in self._behind:
            self._behind[sent] += _has_batch(frame)
        if frame.HasField("refused"):
            self.reach(f"refused {frame.refused.reason}")
            if self._behind.pop(answered, 0):
                self.reach("refused while others are on the way")

    def _may_spoil(self, kind: str, way: Pipe) -> bool:
        """Whether this one is damaged: of batches mostly the first of several.

        Those that follow are then on their way when it is refused.
        """
        follows = any(map(_is_batch, way.on_way))
        return kind != "batch" or not self.chance.randrange(4 if follows else 2)

    def _spoil(self, frame: rpc.Frame, kind: str) -> bytes:
        """Damage an envelope on its way, as no line under TLS does."""
        self._spoilt[kind] -= 1
        sent, place = frame.express.envelope, 0
        if kind == "batch":
            place = self.chance.randrange(len(frame.batch.envelopes))
            sent = envelopes_in(frame.batch)[place]
        # A damaged entry ahead of its log is another one, that this never brings.
        parts = ["entry", "entry", "body"]
        what = self.chance.choice(parts) if kind == "batch" else "body"
        data = bytearray(getattr(sent, what))
        if data:
            data[len(data) // 2] ^= 1
        setattr(sent, what, bytes(data))
        if kind == "batch":
            put(frame.batch, place, sent)
        self.reach(f"damaged: {what} of {kind}")
        return frame.SerializeToString()

    def _answers(self, told: desk_pb.SubmitResponse) -> None:
        for answer in told.answers:
            if answer.reason:
                self.reach(f"submit {answer.reason}")
            elif answer.waiting:
                self.reach("submitted, waits for its place")

    def _shown(self, told: desk_pb.WatchResponse) -> None:
        """Note what a desk is shown ahead of its log, and what then stands in it."""
        for urgent in told.urgent:
            self.reach(f"urgent {urgent.refused_reason or 'shown'}")
        for arrival in told.arrivals:
            if arrival.HasField("entry"):
                name = envelope.split(arrival.entry.envelope.entry).name
                if name in self._ahead:
                    self._ahead.discard(name)
                    self.reach("its log has what went ahead")

    def _lost(self, stream: Stream) -> None:
        method = stream.method.rpartition("/")[2]
        for way, pipe in (("up", stream.up), ("down", stream.down)):
            for data in pipe.on_way:
                what = f"{method} {way}"
                if method == "Replicate":
                    frame = rpc.Frame.FromString(data)
                    what = frame.WhichOneof("frame") or "nothing"
                self.reach(f"lost on its way: {what}")

    # What people do.

    def _watch(self, program: Program) -> None:
        """Let a terminal watch, stream after stream."""
        try:
            program.watch(600.0 if self.calm else self._some(1, 10, 30))
        except FusionError as error:
            self.tell(f"{program.name} {error.reason}")
        program.sleep(1.0)

    def _act(self, program: Program) -> None:
        """Let an officer do the next thing."""
        acts = ["send", "send", "sync", "acknowledge", "rest"]
        act = "rest" if self.calm else self.chance.choice(acts)
        try:
            if act != "rest":
                self.tell(f"{program.name} {act}")
            if act == "send":
                left = len(program.site.stock) - SPARE
                program.send(min(self.chance.choice([1, 1, 2, 5]), left))
            elif act == "sync":
                program.desk.sync(self._some(0.1, 2))
            elif act == "acknowledge":
                program.acknowledge()
            elif program in self._due:
                self._due.remove(program)
                self.tell(f"{program.name} sends")
                program.send(1)
        except FusionError as error:
            self.tell(f"{program.name} {error.reason}")
        program.sleep(1.0 if self.calm else self.chance.random() * 4)

    # What goes wrong.

    async def _weather(self) -> None:
        faults = self.run.mix.faults
        while faults:
            await asyncio.sleep(self.chance.expovariate(1 / self.run.mix.every))
            fault = self.chance.choice(faults)
            if fault not in self._busy:
                self.reach(f"fault: {fault}")
                FAULTS[fault](self)

    def _during(self, fault: str, seconds: float, end: Callable[[], None]) -> None:
        """Let a fault last; it does not come again meanwhile."""
        self._busy.add(fault)

        def over() -> None:
            if fault in self._busy:
                self._busy.discard(fault)
                end()

        self.loop.call_later_aside(seconds, over)

    def _restore_line(self) -> None:
        line, mix = self.line, self.run.mix
        line.latency, line.jitter = mix.latency, mix.jitter
        line.rate, line.window = mix.rate, mix.window
        line.up = True

    def _some(self, *seconds: float) -> float:
        return self.chance.choice(seconds)

    def cut(self) -> None:
        for stream in self.network.between(PK, CN):
            stream.cut(self._some(0, 0.01, 5), self._some(0, 0.01, 5))

    def half_open(self) -> None:
        for stream in self.network.between(PK, CN):
            ends = [self._some(0.01, 1), 40.0]
            self.chance.shuffle(ends)
            stream.cut(*ends)

    def dark(self) -> None:
        self.cut()
        self.line.up = False
        self._during("dark", self._some(0.5, 5, 30), self._restore_line)

    def stall(self) -> None:
        self.line.stalled = True
        self._during("stall", self._some(1, 10, 90), self._flow)

    def _flow(self) -> None:
        self.line.stalled = False
        for stream in self.network.between(PK, CN):
            stream.up.flow()
            stream.down.flow()

    def slow_line(self) -> None:
        self.line.latency, self.line.rate = self._some(0.5, 2), self._some(1e3, 8e3)
        self._during("slow line", self._some(5, 30), self._restore_line)

    def kill_node(self) -> None:
        node = self.chance.choice(self.nodes)
        if node.up:
            node.kill()
            self.loop.call_later_aside(self._some(0.1, 2, 20), self._revive, node)

    def _revive(self, node: NodeSite) -> None:
        if not node.up:
            self.tell(f"{node.name} begins again")
            node.begin()

    def kill_in_a_step(self) -> None:
        node = self.chance.choice(self.nodes)
        if node.up:
            way = self.chance.choice(["killed before", "killed after"])
            node.medium.fail(self.chance.randint(1, 40), way)
            self._during("kill in a step", 5, lambda: self._revive(node))

    def disk_error(self) -> None:
        node = self.chance.choice(self.nodes)
        if node.up and not node.medium._at:
            way = self.chance.choice(["lost", "done", "dead"])
            node.medium.fail(self.chance.randint(1, 40), way)
            node.medium.works("")
            self._during("disk error", self._some(1, 10), lambda: _heal(node))

    def slow_disk(self) -> None:
        node = self.chance.choice(self.nodes)
        node.slow = self._some(0.05, 0.5, 3)

        def end() -> None:
            node.slow = 0.0

        self._during("slow disk", self._some(3, 20), end)

    def kill_desk(self) -> None:
        program = self.chance.choice(self.chance.choice(self.desks).programs)
        program.kill()
        program.begin()

    def lose_answer(self) -> None:
        desk = self.chance.choice(self.desks)
        for stream in self.network.between(desk.name, desk.node.name):
            stream.cut(self._some(0, 1), self._some(0, 1))

    def damage(self) -> None:
        self._spoilt["batch"] = self.chance.choice([1, 3, 3])
        self._spoilt["express"] = self.chance.choice([0, 1])

    def step_clock(self) -> None:
        node = self.chance.choice(self.nodes)
        node.step = self.chance.choice([-3_600_000, -60_000, 60_000, 7_200_000])

        def end() -> None:
            node.step = 0

        self._during("step clock", self._some(3, 30), end)

    # From begin to end.

    def play(self) -> Run:
        main = self.loop.begin(None, self._play())
        try:
            self.loop.run_until_complete(main)
        finally:
            self.network.lost = lambda _: None
            for desk in self.desks:
                for program in desk.programs:
                    program.kill()
            for node in self.nodes:
                if node.up:
                    node.kill()
            self.loop.reap()
        self._nothing_wrong()
        self.checks.audit()
        return self.run

    def _nothing_wrong(self) -> bool:
        """Assert that nothing was raised that nobody caught."""
        wrong = [*self.loop.wrong, *self.network.faults]
        assert not wrong, wrong
        return True

    async def _play(self) -> None:
        for node in self.nodes:
            node.begin()
        for desk in self.desks:
            for program in desk.programs:
                program.begin()
        weather = self.loop.begin(None, self._weather())
        await asyncio.sleep(ACTIVE)
        weather.cancel()
        self._stop_faults()
        await self._until(SETTLE, self.checks.missing)
        self.tell("all has converged")
        for desk in self.desks * 2:
            before = len(desk.sent)
            self._due.add(desk.officer)
            await self._until(SETTLE, partial(_unsent, desk, before))
            await self._until(AT_ONCE, self.checks.missing)

    def _stop_faults(self) -> None:
        self.tell("faults stop")
        self.calm = True
        self._spoilt.clear()
        self._busy.clear()
        self._restore_line()
        self.line.window = max(self.line.window, 4096)
        self._flow()
        for node in self.nodes:
            node.medium.heal()
            node.slow, node.step = 0.0, 0
            self._revive(node)

    async def _until(self, seconds: float, missing: Callable[[], list[str]]) -> None:
        """Wait until nothing is missing any more; fail with what still is."""
        end = self.loop.time() + seconds
        while self._nothing_wrong() and (found := missing()):
            if self.loop.time() >= end:
                raise AssertionError(f"after {seconds} s: " + "; ".join(found))
            await asyncio.sleep(1.0)


FAULTS: dict[str, Callable[[Simulation], None]] = {
    "cut": Simulation.cut,
    "half-open": Simulation.half_open,
    "dark": Simulation.dark,
    "stall": Simulation.stall,
    "slow line": Simulation.slow_line,
    "kill node": Simulation.kill_node,
    "kill in a step": Simulation.kill_in_a_step,
    "disk error": Simulation.disk_error,
    "slow disk": Simulation.slow_disk,
    "kill desk": Simulation.kill_desk,
    "lose answer": Simulation.lose_answer,
    "damage": Simulation.damage,
    "step clock": Simulation.step_clock,
}


def _is_batch(data: bytes) -> bool:
    return _has_batch(rpc.Frame.FromString(data))


def _has_batch(frame: rpc.Frame) -> bool:
    return frame.HasField("batch") or (frame.piece.last and frame.piece.lane > 1)


def _unsent(desk: DeskSite, before: int) -> list[str]:
    return [] if len(desk.sent) > before else [f"{desk.name} sends nothing"]


def _heal(node: NodeSite) -> None:
    node.medium.heal()


class Failed(AssertionError):
    """A run that came to what must not be, and its trace."""

    def __init__(self, simulation: Simulation, error: BaseException) -> None:
        run = simulation.run
        self.trace = run.trace
        super().__init__(
            f"seed {run.seed}: {error!r}\n{run.mix}\n"
            f"replay: python -m tests.simulation {run.seed}"
        )


@contextmanager
def small_and_fast(mix: Mix) -> Iterator[None]:
    """Make frames as small as a seed wants them, and disks fast."""
    fast = tuple(p for p in sqlite_database.WRITING if p[0] != "synchronous")
    with ExitStack() as stack:
        bounds = {
            "BATCH_ENTRIES_MAX": mix.batch,
            "SUBMITTED_AT_ONCE": mix.turn,
            "WATCH_PAGE_BYTES": mix.page,
            "CHAIN_BYTES_MAX": mix.chain,
        }
        stack.enter_context(bounded(**bounds))
        recent = partial(recent_batches.RecentBatches, mix.recent)
        opened = partial(session.Session, window=mix.flight)
        for where, name, value in (
            (sqlite_database, "WRITING", (*fast, ("synchronous", 0))),
            (nodes, "RecentBatches", recent),
            (session, "Session", opened),
        ):
            stack.enter_context(patch.object(where, name, value))
        yield


def play(seed: int, way: "type[Simulation]" = Simulation) -> Run:
    """Play one run; raises Failed, which has its trace, where it fails."""
    start()
    with ExitStack() as stack:
        folder = stack.enter_context(folder_in_memory())
        simulation = way(seed, folder, stack)
        stack.enter_context(small_and_fast(simulation.run.mix))
        gc.collect()
        gc.disable()
        try:
            return simulation.play()
        except Exception as error:
            raise Failed(simulation, error) from error
        finally:
            gc.enable()
