"""Two nations' homes and their nodes as `fusion serve`, to be killed."""

import contextlib
import random
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from exchange import config
from exchange.audit.verify_database import verify_home
from exchange.bulletin.content import from_json
from exchange.desk.client import Desk
from exchange.desk.mailbox import Filter
from exchange.errors import FusionError
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from exchange.ledger import checkpoint
from exchange.store import Store
from keys import keystore
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import SERVE, bulletin, make
from tests.stored import all_names

NODES = ("islamabad.pk", "beijing.cn")
PATIENCE = 60  # s
TAKEN = frozenset({"local", "delivered", "cosigned"})
COSIGNED = Filter(direction="out", states=frozenset({"cosigned"}))
SENT = Filter(direction="out")


def make_homes(folder: Path) -> list[Path]:
    """Make both homes, acquainted."""
    with pytest.MonkeyPatch.context() as patch:
        assert keystore.create.__kwdefaults__
        patch.setitem(keystore.create.__kwdefaults__, "cost", keystore.FLOOR)
        homes = [make(folder / node) for node in NODES]
    bundles = [own_bundle(home).data for home in homes]
    for home, bundle in zip(homes, reversed(bundles), strict=True):
        install_partner(home, bundle)
    return homes


@dataclass
class Served:
    """One node as a process, in a home."""

    home: Path
    before: Sequence[object] = ()
    """What the command is run by: strace, prlimit."""
    code: str = SERVE
    """The program: another one is another release."""
    process: "subprocess.Popen[str] | None" = None

    def start(self) -> str:
        """Start it; return what it says first, "" where it ended instead."""
        asked = [*self.before, sys.executable, "-c", self.code, "serve"]
        self.process = subprocess.Popen(
            [*map(str, asked), "--home", str(self.home), "--until-eof"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        return self.process.stdout.readline() if ready else ""

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send it a signal; return its exit code and what it said on stderr."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@dataclass
class Officer(threading.Thread):
    """Somebody who sends without a pause until told to stop."""

    home: Path
    to: str
    most: int = 10**9
    pause: float = 0.0
    """s between an answer and the next bulletins."""
    taken: set[bytes] = field(default_factory=set)
    """The names that the node said are on its disk."""
    last: float = 0.0
    """When it last said so, s of the monotonic clock."""
    failed: BaseException | None = None

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.began = threading.Event()
        self._over = threading.Event()
        self._draws = random.Random()  # noqa: S311  own: other tests fix the shared one

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        try:
            with Desk.open(self.home, "", PASSPHRASE) as desk:
                self._send(desk)
        except BaseException as error:  # noqa: BLE001  told by stop()
            self.failed = error
        finally:
            self.began.set()

    def _send(self, desk: Desk) -> None:
        desk.try_sync(1)
        draft = from_json(bulletin(to=[self.to], translations=[]))
        for _ in range(self.most):
            if self._over.is_set():
                return
            for sent in desk.send_all([draft] * self._draws.randint(1, 5)):
                if sent.state in TAKEN:
                    self.taken.add(sent.name)
                    self.last = time.monotonic()
            self.began.set()
            self._over.wait(self.pause)

    def stop(self) -> set[bytes]:
        """Wait until it has ended; return what was taken."""
        self._over.set()
        self.join(PATIENCE)
        assert not self.is_alive()
        if self.failed is not None:
            raise self.failed
        return self.taken


def names_of(home: Path) -> list[bytes]:
    """Return the names in a node's own log, also of what it had no time to sign."""
    store = Store(config.node_home(home).database, read_only=True)
    try:
        log = checkpoint.log_origin(home.name)
        waiting = [one.name for one in store.desk_queue.pending(10**6)]
        names = all_names(store, log)
        # A node that is up may have found one its place between the two reads.
        return [*names, *(name for name in waiting if name not in set(names))]
    finally:
        store.close()


def verify(home: Path, taken: set[bytes]) -> None:
    """Fsck is clean; what was taken stands there, nothing twice."""
    report = verify_home(home)
    assert report.ok, report.faults
    names = names_of(home)
    assert len(set(names)) == len(names)
    assert taken <= set(names), len(taken - set(names))


def settle(homes: Sequence[Path]) -> None:
    """Wait until both desks see all that they sent cosigned, and none of it twice."""
    until = time.monotonic() + PATIENCE
    with contextlib.ExitStack() as stack:
        desks = [stack.enter_context(Desk.open(h, "", PASSPHRASE)) for h in homes]
        left = desks
        while left:
            assert time.monotonic() < until, [whole(desk) for desk in left]
            for desk in left:
                desk.try_sync(1)
            left = [desk for desk in left if not all_cosigned(desk)]


def whole(desk: Desk) -> tuple[int, int]:
    """Return how much was sent, and how much of it is cosigned."""
    return len(desk.mailbox.search.ids(SENT)), len(desk.mailbox.search.ids(COSIGNED))


def all_cosigned(desk: Desk) -> bool:
    sent, cosigned = whole(desk)
    return sent == cosigned > 0


@contextlib.contextmanager
def serving(nodes: Sequence[Served]) -> Iterator[None]:
    """Have nodes up as long as the block lasts, whatever happens to them in it."""
    try:
        for node in nodes:
            assert "ready" in node.start()
        yield
    finally:
        for node in nodes:
            if node.process is not None and node.process.poll() is None:
                node.end()


def acquainted(homes: Sequence[Path]) -> None:
    """Wait until each desk knows the keys of all."""
    desks = {f"ops.{home.name}" for home in homes}
    until = time.monotonic() + PATIENCE
    for home in homes:
        with Desk.open(home, "", PASSPHRASE) as desk:
            while not desks <= set(desk.pinned.desks()):
                assert time.monotonic() < until
                with contextlib.suppress(FusionError):
                    desk.try_sync(1)
