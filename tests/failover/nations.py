"""Two nations: Islamabad by two processes on the cluster, Beijing by one on SQLite.

An officer on each side sends to the other. Beijing writes down every head that it
verifies, so that two heads of one log that exclude each other are found, even if no
database keeps both.
"""

import contextlib
import io
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from exchange import config
from exchange.cli import run
from exchange.ledger import checkpoint
from exchange.store import Store
from tests.chaos.served import PATIENCE, Officer, acquainted, make_homes, settle
from tests.cli.desk.conftest import SERVE, free_port
from tests.failover.cluster import PASSWORD, Cluster
from tests.failover.relay import Relay
from tests.stored import all_names

DATABASE = "fusion"
PROCESSES = 2
PAUSE = 0.05  # s between two bulletins of an officer
VERIFYING = (["fsck"], ["audit", "verify"])
SERVING = ("serve", "--until-eof", "--home")
RECORDING = f"""
import os
from exchange.ledger import checkpoint

verify = checkpoint.verify_head
seen = os.open(os.environ["HEADS_SEEN"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)

def verify_and_write_down(note, log_keys):
    verified = verify(note, log_keys)
    head = verified.head
    os.write(seen, f"{{head.origin}} {{head.size}} {{head.root.hex()}}\\n".encode())
    return verified

checkpoint.verify_head = verify_and_write_down
{SERVE}
"""
"""`fusion serve` that writes every head that it verifies to the file HEADS_SEEN."""
NAMES = (
    "SELECT name FROM entry WHERE log = (SELECT number FROM log WHERE origin = %s)"
    ' ORDER BY "index"'
)
WRITER = "SELECT replica.name FROM replica JOIN lease ON lease.holder = replica.holder"


@dataclass
class Serving:
    """A process of a node, in a home; its output is kept in a file."""

    home: Path
    listen: str
    said: Path
    code: str = SERVE
    doors: list[Relay] = field(default_factory=list)
    """Its lines to the servers of its database."""
    process: "subprocess.Popen[str] | None" = None
    stopped: bool = False

    def start(self) -> None:
        """Start it if it does not run, and wait until it is ready."""
        if self.process is not None and self.process.poll() is None:
            return
        self.kill()
        with self.said.open("a") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", self.code, *SERVING, str(self.home)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env={**os.environ, "HEADS_SEEN": str(self.said.with_suffix(".heads"))},
                start_new_session=True,
            )
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        assert "ready" in line, self.said.read_text()[-2_000:]

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.stopped = number == signal.SIGSTOP

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.communicate(timeout=PATIENCE)
            self.stopped = False


@dataclass
class Nations:
    """Both nations, whose nodes run, and an officer on each side."""

    cluster: Cluster
    homes: list[Path]
    served: list[Serving]
    """The processes of the first nation's node, then that of the second's."""
    taken: list[set[bytes]] = field(default_factory=lambda: [set(), set()])
    _officers: list[Officer] = field(default_factory=list)

    @property
    def last(self) -> float:
        """When the first nation's node last took a bulletin, s of a steady clock."""
        return self._officers[0].last

    def begin(self) -> None:
        """Let each officer send again and again; wait for the first of each."""
        ways = zip(self.homes, reversed(self.homes), strict=True)
        self._officers = [
            Officer(home, f"ops.{other.name}", pause=PAUSE) for home, other in ways
        ]
        for officer in self._officers:
            officer.start()
        for officer in self._officers:
            assert officer.began.wait(PATIENCE)

    def stop(self) -> None:
        for names, officer in zip(self.taken, self._officers, strict=True):
            names.update(officer.stop())

    def mend(self) -> None:
        """Wake processes that were stopped, and start those that were killed."""
        for one in self.served:
            if one.stopped:
                one.signal(signal.SIGCONT)
            one.start()

    def doors_to(self, port: int) -> list[Relay]:
        """Return the lines of the node's processes to one server."""
        return [d for one in self.served for d in one.doors if d.target == port]

    def writer(self) -> Serving:
        """Return the process that holds the lease."""
        with self._connect() as connection:
            row = connection.execute(WRITER).fetchone()
        assert row is not None, "nobody holds the lease"
        return next(one for one in self.served if one.listen == row[0])

    def verify(self) -> int:
        """Look for all acknowledged bulletins at both nodes; return how many they are.

        1. Both desks see all that they sent cosigned.
        2. All acknowledged entries are in their log once, the same at both nodes.
        3. No log is forked; every head that Beijing ever verified fits these logs.
        4. `fsck` and `audit verify` find nothing wrong at either node.
        """
        # 1
        settle(self.homes)
        # 2
        here = [checkpoint.log_origin(home.name) for home in self.homes]
        with self._connect() as connection:
            found = [
                [bytes(name) for (name,) in connection.execute(NAMES, (origin,))]
                for origin in here
            ]
            forks = connection.execute("SELECT count(*) FROM fork").fetchone()
        place = config.node_home(self.homes[1])
        with contextlib.closing(Store(place.database, read_only=True)) as store:
            for origin, names, taken in zip(here, found, self.taken, strict=True):
                assert len(set(names)) == len(names), "an entry stands twice"
                assert taken <= set(names), f"{len(taken - set(names))} entries lost"
                assert all_names(store, origin) == names, "the copies differ"
            # 3
            assert forks == (0,)
            assert not store.forks.all()
            for origin, size, root in self._heads_seen():
                held = store.logs.root_at(origin, size).hex()
                assert held == root, f"two heads of {origin} at {size}"
        # 4
        for home, command in product(self.homes, VERIFYING):
            with contextlib.redirect_stdout(io.StringIO()) as said:
                code = run([*command, "--home", str(home)])
            assert code == 0, f"{' '.join(command)} {home.name}: {said.getvalue()}"
        return sum(map(len, self.taken))

    def _heads_seen(self) -> set[tuple[str, int, str]]:
        lines = self.served[-1].said.with_suffix(".heads").read_text().splitlines()
        seen = {tuple(line.split()) for line in lines}
        return {(origin, int(size), root) for origin, size, root in seen}

    def _connect(self) -> "psycopg.Connection[Any]":
        return self.cluster.primary().connect(DATABASE)


@contextlib.contextmanager
def running_nations(cluster: Cluster, folder: Path) -> Iterator[Nations]:
    """Make two nations, one of them on the cluster; kill their nodes in the end."""
    _make_database(cluster)
    homes = make_homes(folder)
    listens = [f"127.0.0.1:{free_port()}" for _ in range(PROCESSES)]
    served = []
    for number, listen in enumerate(listens):
        home = homes[0] if not number else folder / f"process-{number}" / homes[0].name
        if number:
            left = shutil.ignore_patterns("emitted", "lock")
            node = config.node_home(homes[0]).folder
            shutil.copytree(node, home / "node", ignore=left)
        one = Serving(home, listen, folder / f"process-{number}.log")
        one.doors = [member.door() for member in cluster.members]
        served.append(one)
    for one in served:
        _share_database(one)
    _write(config.desk_home(homes[0]).config, f"address = {_toml(listens)}")
    there = f"[addresses]\n{homes[0].name!r} = {_toml(listens)}"
    _write(config.node_home(homes[1]).config, there)
    served.append(Serving(homes[1], "", folder / "partner.log", RECORDING))
    try:
        for one in served:
            one.start()
        acquainted(homes)
        yield Nations(cluster, homes, served)
    finally:
        for one in served:
            one.kill()


def _make_database(cluster: Cluster) -> None:
    with cluster.primary().connect() as connection:
        role = sql.SQL("CREATE ROLE fusion LOGIN PASSWORD {}")
        connection.execute(role.format(sql.Literal(PASSWORD)))
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER fusion")


def _share_database(one: Serving) -> None:
    """Make a process use the cluster, and listen at its own address."""
    place = config.node_home(one.home)
    hosts = ",".join(f"127.0.0.1:{door.port}" for door in one.doors)
    url = (
        f"postgresql://fusion@{hosts}/{DATABASE}?target_session_attrs=read-write"
        "&sslmode=disable&gssencmode=disable&connect_timeout=2"
    )
    password = place.folder / "database.password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    text = place.config.read_text()
    place.config.write_text(
        re.sub('^listen = ".*"$', f'listen = "{one.listen}"', text, flags=re.MULTILINE)
    )
    _write(place.config, f'database = "{url}"\ndatabase_password = "{password.name}"')


def _write(path: Path, lines: str) -> None:
    path.write_text(f"{path.read_text()}\n{lines}\n")


def _toml(addresses: list[str]) -> str:
    if len(addresses) == 1:
        return f'"{addresses[0]}"'
    return "[" + ", ".join(f'"{one}"' for one in addresses) + "]"
