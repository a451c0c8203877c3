"""The demo's two nations: their homes, and their nodes as processes."""

import os
import secrets
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from typing import IO

from exchange.clock import wall_ms
from exchange.errors import Reason, Refusal, Unreachable
from exchange.home import plan
from exchange.home.partner_bundles import install_partner
from exchange.home.trust_files import own_bundle
from exchange.words import say
from keys.secret_records import SecretRecord

ISLAMABAD, BEIJING = "islamabad.pk", "beijing.cn"
OFFICERS = ("duty-1", "duty-2")
READY_S = 60.0  # for a node to report that it is ready
STOP_S = 10.0  # for it to shut down cleanly
LOG = "serve.log"  # in its home: the node's output
PROGRAM = "from exchange.cli import main; main()"
LOCAL = "127.0.0.1"
PORTS = range(20_000, 32_768)  # below Linux's range for outgoing connections
AGAIN_S = 0.5  # before a killed node is restarted

Tell = Callable[[str], None]


def in_turn(some: Sequence[int]) -> Iterator[int]:
    """Yield them again and again, from a random one on."""
    start = secrets.randbelow(len(some))
    return cycle([*some[start:], *some[:start]])


ports = in_turn(PORTS)  # so that none is given twice in a short time


class DemoSite(SecretRecord, frozen=True):
    node: str
    home: Path
    passphrase: str

    @property
    def desk(self) -> str:
        return f"ops.{self.node}"


def prepare(folder: Path, tell: Tell) -> tuple[DemoSite, DemoSite]:
    """Make and pair them if the folder is empty; Refusal(HOME) if it holds a part."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = passphrase_file(folder)
    homes = [folder / ISLAMABAD, folder / BEIJING]
    if kept.exists() and all(home.is_dir() for home in homes):
        tell(say("using the two nations that are there"))
        passphrase = kept.read_text().strip()
    elif kept.exists() or any(home.exists() for home in homes):
        raise Refusal(Reason.HOME, folder.name)
    else:
        passphrase = secrets.token_hex(8)
        make_homes(homes, passphrase, tell)
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"{passphrase}\n")
    return DemoSite(ISLAMABAD, homes[0], passphrase), DemoSite(
        BEIJING, homes[1], passphrase
    )


def passphrase_file(folder: Path) -> Path:
    return folder / "passphrase"


def make_homes(homes: Sequence[Path], passphrase: str, tell: Tell) -> None:
    """Name each nation like its folder."""
    tell(say("making the roots, node, desk and two officers of each nation"))

    def make(home: Path, listen: str) -> bytes:
        plan.make_home(
            home,
            plan.Plan(node=home.name, desk="ops", officers=OFFICERS, listen=listen),
            passphrase,
            wall_ms(),
        )
        return own_bundle(home).data

    with ThreadPoolExecutor(len(homes)) as pool:
        listens = [f"{LOCAL}:{port}" for port in free_ports(len(homes))]
        bundles = list(pool.map(make, homes, listens))
    tell(say("exchanging trust bundles"))
    for home in homes:
        for other, bundle in zip(homes, bundles, strict=True):
            if other != home:
                install_partner(home, bundle)


def free_ports(count: int) -> list[int]:
    """Return ports that no outgoing connection takes before the node listens."""
    held = list[socket.socket]()
    with ExitStack() as stack:
        while len(held) < count:
            try:
                found = socket.create_server((LOCAL, next(ports)))
            except OSError:  # in use
                continue
            held.append(stack.enter_context(found))
        return [each.getsockname()[1] for each in held]


@contextmanager
def running(site: DemoSite) -> "Iterator[Keeper]":
    """Run it during the block; restart it if it is killed."""
    keeper = Keeper(site)
    keeper.start()
    try:
        yield keeper
    finally:
        keeper.stop()


class Keeper:
    """Holds a node process and its input pipe, which tells the node when we exit."""

    def __init__(self, site: DemoSite) -> None:
        self._site = site
        self._over = threading.Event()
        self._wanted = threading.Event()
        self._wanted.set()
        self._ready = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(READY_S):
            self.stop()
            raise Unreachable(self._site.node)

    def cut(self) -> None:
        """Stop the node until `mend`; returns at once."""
        self._wanted.clear()
        if self._process is not None:
            self._process.terminate()

    def mend(self) -> None:
        self._wanted.set()

    def stop(self) -> None:
        self._over.set()
        self._wanted.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
        self._thread.join(STOP_S)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _keep(self) -> None:
        while not self._over.is_set():
            log = self._site.home / LOG
            with log.open("ab") as said, spawn_node(self._site.home, said) as process:
                self._process = process
                if process.stdout is not None and process.stdout.readline():
                    self._ready.set()
                process.wait()
            self._over.wait(AGAIN_S)
            self._wanted.wait()


def spawn_node(
    home: Path, output: IO[bytes], prefix: Sequence[str] = (), program: str = PROGRAM
) -> subprocess.Popen[str]:
    """Start `fusion serve`; it prints a line when ready, and ends with us.

    Its log goes to `output`; `prefix` goes before the command, and `program` is the
    code that Python runs.
    """
    serve = ("serve", "--until-eof")
    # -P: import nothing from the current folder.
    return subprocess.Popen(  # noqa: S603  this very interpreter and program
        [*prefix, sys.executable, "-P", "-c", program, *serve, "--home", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=output,  # not the terminal: the screen is drawn there
        text=True,
        start_new_session=True,  # we handle ctrl+C
    )
