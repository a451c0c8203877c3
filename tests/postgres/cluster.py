"""A server of PostgreSQL for the tests of one process, and a new database for each.

The server refuses to run as root, so it runs as another user where the tests do. It
listens on a socket in a folder of its own, syncs nothing, and dies with its parent.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest

from exchange.config.database_url import DatabaseUrl, read_url
from exchange.store import Store
from tests.quick import MEMORY, ROOM

INSTALLED = Path("/usr/lib/postgresql")
TEMPLATE = "template_of_tests"
START_S = 60  # s that a server may take to begin
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
}
SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "16MB",
    "max_connections": "200",
    "max_wal_size": "128MB",
    "autovacuum_naptime": "10min",
}


def versions() -> list[int]:
    """Return the versions of PostgreSQL that are installed, the newest first."""
    found = INSTALLED.glob("*/bin/postgres")
    return sorted((int(one.parent.parent.name) for one in found), reverse=True)


def unprivileged() -> pwd.struct_passwd | None:
    """Return the user that runs a server; None: the user of the tests."""
    if os.geteuid() != 0:
        return None
    names = {one.pw_name: one for one in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def as_unprivileged(*command: str | Path) -> list[str]:
    """Return a command that runs as that user, and is killed with its parent."""
    user = unprivileged()
    change = (
        ()
        if user is None
        else (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")
    )
    return ["setpriv", *change, "--pdeathsig=KILL", *map(str, command)]


@contextmanager
def unprivileged_folder(prefix: str, *, on_disk: bool = False) -> Iterator[Path]:
    """Yield a folder that belongs to that user, in memory if there is room."""
    room = not on_disk and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if room else None))
    try:
        if (user := unprivileged()) is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        folder.chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Cluster:
    """A running server; its databases are reached by `url`."""

    folder: Path
    binaries: Path
    port: int = 5432
    durable: bool = False
    """Whether what is committed survives a power cut, as in use."""
    process: "subprocess.Popen[bytes] | None" = None
    _names: Iterator[int] = field(default_factory=count)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str, user: str = "fusion", more: str = "") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{user}@/{database}?host={self.folder}{more}"

    def admin(self, database: str = "postgres") -> "psycopg.Connection[tuple[object]]":
        """Open a connection as the server's owner; each statement is committed."""
        return psycopg.connect(self.url(database, "admin"), autocommit=True)

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements as the server's owner."""
        with self.admin(database) as connection:
            for one in statements:
                connection.execute(one)

    def make(self) -> None:
        """Make the server's files."""
        command = as_unprivileged(
            self.binaries / "initdb",
            *("--no-sync", "--no-instructions", "--username=admin", "--auth=trust"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--pgdata", self.data),
        )
        subprocess.run(command, check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        quick = {} if self.durable else QUICK
        settings = {**SETTINGS, **quick, "unix_socket_directories": str(self.folder)}
        options = [f"--{name}={value}" for name, value in settings.items()]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            as_unprivileged(self.binaries / "postgres", "-D", self.data, *options),
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
        )
        log.close()
        end = time.monotonic() + START_S
        while True:
            try:
                self.admin().close()
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.02)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop the server at once, as a power cut would; kill what does not stop."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)

    def prepare(self) -> None:
        """Make the user of the tests, and a database with the tables of a store."""
        self.execute(
            "CREATE ROLE fusion LOGIN", f"CREATE DATABASE {TEMPLATE} OWNER fusion"
        )
        Store(read_url(self.url(TEMPLATE), "database")).close()

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[DatabaseUrl]:
        """Yield a new database, with a store's tables or empty."""
        name = f"ledger_{os.getpid()}_{next(self._names)}"
        template = "template0" if empty else TEMPLATE
        self.execute(f"CREATE DATABASE {name} OWNER fusion TEMPLATE {template}")
        try:
            yield read_url(self.url(name), "database")
        finally:
            if self.process is not None:
                self.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_cluster(
    version: int | None = None, *, durable: bool = False
) -> Iterator[Cluster]:
    """Yield a server of a version, or of the newest; skip if none is installed."""
    found = versions()
    if not found or shutil.which("setpriv") is None:
        pytest.skip("no PostgreSQL: postgresql is not installed")
    if version is not None and version not in found:
        pytest.skip(f"no PostgreSQL {version}: postgresql-{version} is not installed")
    binaries = INSTALLED / str(version or found[0]) / "bin"
    with unprivileged_folder("fusion-postgres-", on_disk=durable) as folder:
        cluster = Cluster(folder, binaries, durable=durable)
        cluster.make()
        try:
            cluster.start()
            cluster.prepare()
            yield cluster
        finally:
            cluster.stop()
