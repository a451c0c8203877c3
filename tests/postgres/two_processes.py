"""Two nations: Islamabad in two `fusion serve` on one PostgreSQL, Beijing in one."""

import contextlib
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from exchange import config
from exchange.bulletin.content import from_json
from exchange.config.database_url import DatabaseUrl
from exchange.desk.client import Desk
from exchange.desk.link.connect import connect
from exchange.errors import FusionError, Refusal
from exchange.v1 import desk_service_pb2 as desk_pb
from tests.chaos.served import PATIENCE, Served, make_homes
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import bulletin, free_port

Found = Callable[[desk_pb.ReplicaStatus], bool]


@dataclass
class Site:
    """Islamabad in two processes, each in a home of its own, and Beijing in one."""

    homes: list[Path]
    beijing: Path
    nodes: list[Served]
    addresses: list[str]

    def ask(self, which: int) -> desk_pb.GetStatusResponse:
        """Return the status of one of the two processes, asked at its own address."""
        self.reach(which)
        with contextlib.closing(connect(self.homes[0])) as client:
            return client.status()

    def reach(self, *which: int) -> None:
        """Let the desk try these processes, in this order."""
        desk = config.desk_home(self.homes[0]).config
        lines = [
            line for line in desk.read_text().splitlines() if "address" not in line
        ]
        listed = ", ".join(f'"{self.addresses[one]}"' for one in which)
        desk.write_text("\n".join([f"address = [{listed}]", *lines, ""]))

    def wait_for(self, which: int, found: Found) -> None:
        """Wait until a process reports the wanted role, and may sign if it writes."""
        until = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(FusionError):
                said = self.ask(which)
                # One that has just woken up has not said yet that it is there.
                own = [one for one in said.replicas if one.answers]
                if own and found(own[0]) and (said.signing or not own[0].writes):
                    return
            assert time.monotonic() < until
            time.sleep(0.1)

    def send(self, *which: int) -> bytes:
        """Send by the desk, until a process takes it."""
        self.reach(*which)
        draft = from_json(bulletin(to=["ops.beijing.cn"], translations=[]))
        with Desk.open(self.homes[0], "", PASSPHRASE) as desk:
            until = time.monotonic() + PATIENCE
            sync(desk)
            while "ops.beijing.cn" not in desk.pinned.desks():
                assert time.monotonic() < until
                sync(desk)
            name = desk.send_all([draft])[0].name
            while desk.mailbox.outbox.pending(1):
                assert time.monotonic() < until
                sync(desk)
        return name


def sync(desk: Desk) -> None:
    """Sync; a standby knows a desk only once it has read its first statements."""
    with contextlib.suppress(Refusal):
        desk.try_sync(1)


@contextlib.contextmanager
def running_site(folder: Path, url: DatabaseUrl) -> Iterator[Site]:
    """Make both nations in a folder, and run their nodes as long as the block lasts."""
    first, beijing = make_homes(folder)
    second = folder / "second" / first.name
    addresses = [config.read_node(config.node_home(first)).listen]
    addresses.append(f"127.0.0.1:{free_port()}")
    place = config.node_home(first).config
    place.write_text(f'database = "{url.text}"\n{place.read_text()}')
    shutil.copytree(first, second)
    config.node_home(second).emitted.unlink()  # no part of a copy
    other = config.node_home(second).config
    other.write_text(other.read_text().replace(addresses[0], addresses[1]))
    theirs = config.node_home(beijing).config
    listed = ", ".join(f'"{one}"' for one in addresses)
    theirs.write_text(f'{theirs.read_text()}[addresses]\n"islamabad.pk" = [{listed}]\n')
    nodes = [Served(first), Served(second), Served(beijing)]
    try:
        for node in nodes:
            assert "ready" in node.start()
        yield Site([first, second], beijing, nodes, addresses)
    finally:
        for node in nodes:
            if node.process is not None and node.process.poll() is None:
                node.process.send_signal(signal.SIGCONT)
                node.end(signal.SIGKILL)


@contextlib.contextmanager
def hanging(url: DatabaseUrl) -> Iterator[None]:
    """Let every statement about a database's tables wait until the block ends."""
    asked = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    with psycopg.connect(url.text) as connection:
        names = ", ".join(f'"{name}"' for (name,) in connection.execute(asked))
        lock = f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE".encode()
        until = time.monotonic() + PATIENCE
        while not _locked(connection, lock):
            assert time.monotonic() < until
        yield


def _locked(connection: psycopg.Connection, lock: bytes) -> bool:
    """Lock tables one after the other; a transaction of a node may be in the way."""
    try:
        connection.execute(lock)
    except psycopg.errors.DeadlockDetected:
        connection.rollback()
        return False
    return True


def writes(one: desk_pb.ReplicaStatus) -> bool:
    return one.writes


def stands_by(one: desk_pb.ReplicaStatus) -> bool:
    return not one.writes
