"""What the simulation plays with: a node and a desk on their disks, as processes.

A node is wired as net/server.py does it, but for gRPC, the gate and third witnesses. A
desk is the product's own, on a thread, and its officer does what the seed says.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exchange.clock import Clock
from exchange.desk.client import Desk
from exchange.desk.mailbox import Mailbox
from exchange.desk.officer import Officer
from exchange.desk.outgoing import enqueue
from exchange.desk.outgoing.composer import Prepared
from exchange.desk.pinned_logs import Pinned
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.net.desk_client import NodeClient
from exchange.net.group_commit import ChangeSignal, GroupCommit
from exchange.net.links import Links
from exchange.net.server import _ticks
from exchange.net.services import DeskService, ExchangeService
from exchange.net.witness_client import Witnesses
from exchange.node import views
from exchange.node.members import Members
from exchange.node.node import Node
from exchange.node.start_up import EmissionRecord
from exchange.node.upkeep import catch_up
from exchange.store import Store
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import desk_service_pb2_grpc as desk_rpc
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2_grpc as rpc
from tests.desk.bench import bench, said
from tests.model.parts import Died, Image, Medium
from tests.node.world import CN, FILED, PK, keys_of, world
from tests.quick import folder_in_memory
from tests.simulation.loop import Process, Thread
from tests.simulation.network import (
    DeskChannel,
    Handlers,
    LinkChannels,
    Listener,
    Network,
)
from tests.trust.nation import Nation, seed

STOCK = 48  # bulletins a nation, composed beforehand
ALL = 100_000


@dataclass(frozen=True)
class Start:
    """Two nations that have met, with the files of both, and sealed bulletins."""

    nations: Mapping[str, Nation]
    files: Mapping[str, bytes]
    stock: Mapping[str, tuple[Prepared, ...]]

    def lay_out(self, folder: Path) -> None:
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


@cache
def start() -> Start:
    """Make both once a process: keys and texts are fixed, what is sealed is not."""
    with folder_in_memory() as folder:
        with world(folder) as made, bench(made, folder) as desks:
            desks.meet()
            stock = {
                node: tuple(
                    desk.compose(
                        said(to, f"{node} stock {number}", **_urgency(number))
                    )[0]
                    for number in range(STOCK)
                )
                for node, desk, to in (
                    (PK, desks.pk, made.nations[CN]),
                    (CN, desks.cn, made.nations[PK]),
                )
            }
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
        return Start(made.nations, files, stock)


@dataclass
class Disk(Medium):
    """A disk that also says when it has ended the process that uses it."""

    dies: Callable[[], None] = lambda: None

    def _error(self) -> BaseException:
        error = super()._error()
        if isinstance(error, Died):
            self.dies()
        return error


def _urgency(number: int) -> dict[str, object]:
    """Return what makes some of the stock go ahead of its log; a TEST never does."""
    precedence = ("ROUTINE", "PRIORITY", "FLASH", "ROUTINE", "IMMEDIATE")[number % 5]
    return {"precedence": precedence, "mode": "EXERCISE"}


class NodeSite:
    """One node: its disk, its clock, and its process while it lives."""

    def __init__(self, name: str, peer: str, network: Network, folder: Path) -> None:
        self.name, self.peer = name, peer
        self.origin = checkpoint.log_origin(name)
        self.network, self.loop = network, network.loop
        self.nation = start().nations[name]
        self.path = folder / f"{name}.db"
        self.record = folder / f"{name}.emitted"
        self.medium = Disk(dies=self._dies)
        self.slow = 0.0  # s that a step of the disk takes at most, more than usual
        self.step = 0  # ms by which the wall clock is wrong
        self.lives = 0
        self.up = False
        self._image: Image | None = None

    def pace(self) -> float:
        chance = self.loop.chance
        return chance.choice([0.0, 0.0002, 0.001]) + chance.random() * self.slow

    def begin(self) -> None:
        """Begin a process from what is on the disk."""
        if self._image is not None:
            self._image.put(self.path)
            self._image = None
        self.lives += 1
        self.process = Process(self.name, self.pace)
        self.up = True
        self.process.context().run(self._open)

    def _open(self) -> None:
        elapsed = self.loop.elapsed
        clock = Clock(lambda: FILED + elapsed() + self.step, elapsed)
        with self.medium.aside():
            self.store = Store(self.path)
            bundles = {n.domain: n.bundle for n in start().nations.values()}
            members = Members(self.name, self.store, bundles)
            keys, record = keys_of(self.name), EmissionRecord(self.record)
            node = Node(members, self.store, keys, clock, record=record)
            self.node = catch_up(node)
        changes = ChangeSignal()
        self.node.on_change = changes.tell
        self.links = Links(self.node, changes, clock, elapsed)
        writer = GroupCommit(self.node)
        self._serve(writer, changes)
        channels = LinkChannels(self.network, self.process)
        for work in (
            writer.run(),
            _ticks(self.node, self.links.states),
            self.links.keep(self.peer, lambda: ["simulated:0"], channels),
        ):
            self.loop.begin(self.process, work)

    def _serve(self, writer: GroupCommit, changes: ChangeSignal) -> None:
        node, links = self.node, self.links
        policy: Callable[[], Any] = lambda: node.members.policy(node.name)  # noqa: E731
        witnesses = Witnesses(node, policy, node.clock, post=lambda *_: _never())
        handlers: Any = Handlers()
        rpc.add_ExchangeServiceServicer_to_server(
            ExchangeService(node, links), handlers
        )
        desk_rpc.add_DeskServiceServicer_to_server(
            DeskService(node, (links, witnesses), writer, changes), handlers
        )
        self.network.listeners[self.name] = Listener(self.process, handlers)

    def _dies(self) -> None:
        """Let nothing more happen in the process; its last step is left as it is."""
        self.process.dead = True
        self.loop.call_later_aside(0, self.kill)

    def kill(self) -> None:
        """End the process; what its disk holds is all that is left."""
        self.process.dead, self.up = True, False
        self.medium.heal()
        self._image = Image.of(self.path)
        self.store.close()
        self.network.die(self.process)

    def status(self) -> desk_pb.GetStatusResponse:
        with self.medium.aside():
            told = views.status(self.node, self.nation.desk)
            return self.links.describe(told)

    def entries(self, origin: str) -> list[tuple[bytes, bytes, str]]:
        """Return name, entry and verdict of all that stands in a log here."""
        with self.medium.aside():
            page = self.store.entries.page(origin, 0, ALL)
        return [(one.name, one.entry, one.reason) for one in page]

    def has(self, name: bytes, index: int) -> bool:
        """Whether an envelope is committed at a place of the own log.

        Entries whose head is not signed yet nobody is shown; then there is a boundary.
        """
        with self.medium.aside():
            found = self.store.entries.page(self.origin, index, 1)
            above = [one.head.size for one in self.store.boundaries(self.origin)]
        if found:
            return found[0].name == name
        return max(above, default=0) > index

    def keeps(self, name: bytes) -> bool:
        """Whether an envelope waits on the disk for its place, or has one by now."""
        with self.medium.aside():
            waits = self.store.desk_queue.pending_names([name])
            return bool(waits or self.store.entries.known_names(self.origin, [name]))

    def newest(self, origin: str) -> Head | None:
        """Return the newest head of a log here."""
        with self.medium.aside():
            held = self.store.heads.newest(origin)
        return held.head if held else None


def _never() -> Any:  # noqa: ANN401  of any type: it is not called
    raise AssertionError("no witness is asked")


class Program:
    """One program at a desk: a process, with a thread of its own."""

    def __init__(
        self, site: "DeskSite", act: Callable[["Program"], None], name: str
    ) -> None:
        self.site, self.name = site, f"{site.name} {name}"
        self.loop = site.node.loop
        self._act = act
        self.desk: Desk

    def begin(self) -> None:
        self.process = Process(self.name, float)
        self.thread = Thread(self._work)
        self.loop.begin(self.process, self.thread.drive())

    def kill(self) -> None:
        self.process.dead = True
        self.site.node.network.die(self.process)
        self.thread.kill()

    def sleep(self, seconds: float) -> None:
        self.thread.wait(asyncio.sleep(seconds))

    def _work(self, thread: Thread) -> None:
        site, nation, opener = self.site, self.site.nation, self.site.nation.sealing
        officer = Officer(
            nation.officer, nation.author, {opener.kid: opener}, seed("database")
        )
        bundles = {n.domain: n.bundle for n in start().nations.values()}
        ends = site.name, site.node.name
        channel: Any = DeskChannel(site.node.network, self.process, thread, ends)
        mailbox = Mailbox(site.path, officer.database_key)
        elapsed = self.loop.elapsed
        self.desk = Desk(
            officer,
            mailbox,
            Pinned(bundles),
            NodeClient(channel),
            lambda: FILED + elapsed(),
        )
        try:
            while True:
                self._act(self)
        finally:
            self.desk.close()

    def send(self, count: int) -> None:
        """Keep bulletins that were composed beforehand, and hand them over."""
        desk = self.desk
        stock = self.site.stock
        made = [stock.pop() for _ in range(count)]
        with desk.mailbox.database.transaction():
            for one in made:
                enqueue.keep(desk.mailbox, one, desk.officer.name, desk.clock())
        self.site.sent += [one.name for one in made]
        desk.hand_over()

    def watch(self, seconds: float) -> None:
        """Take what arrives, as a terminal does."""
        desk = self.desk
        desk.hand_over()
        if desk.resubmit():
            desk.hand_over()
        with closing(desk.pages(desk.load(), seconds)) as pages:
            for page in pages:
                desk.apply(page)
                if desk.mailbox.outbox.count_queued():  # as a terminal's pulse does
                    desk.hand_over()
        desk.apply_heads(desk.ask())
        desk.ask_again()

    def acknowledge(self) -> None:
        """Say of one message that came that it is acknowledged."""
        rows = self.desk.mailbox.messages.page(0, 50)
        if came := [row for row in rows if row.direction == "in"]:
            name = self.loop.chance.choice(came).name
            self.desk.acknowledge(name, pb.RELATION_ACKNOWLEDGED)


class DeskSite:
    """One desk: its mailbox, its terminal, and the commands of its officer."""

    def __init__(
        self,
        node: NodeSite,
        folder: Path,
        terminal: Callable[[Program], None],
        officer: Callable[[Program], None],
    ) -> None:
        self.node, self.nation = node, node.nation
        self.name = self.nation.desk
        self.path = folder / f"{node.name}.mailbox"
        self.stock = list(start().stock[node.name])
        self.sent: list[bytes] = []
        """Names of all that its officer sent, and the mailbox kept."""
        self.terminal = Program(self, terminal, "terminal")
        self.officer = Program(self, officer, "officer")

    @property
    def programs(self) -> tuple[Program, Program]:
        return self.terminal, self.officer
