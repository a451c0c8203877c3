"""PostgreSQL under Patroni, and one etcd; all connections between them go by relays.

A real cluster has three etcd; one is enough as long as etcd itself does not fail.
"""

import contextlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.cli.desk.conftest import free_port
from tests.expecting import present
from tests.failover.bouncer import Bouncer
from tests.failover.processes import (
    end,
    find_postgres,
    give,
    kill_postgres,
    reap_after_us,
    run_unprivileged,
    wait_for,
)
from tests.failover.relay import Relay
from tests.postgres.cluster import unprivileged_folder

PASSWORD = "only in tests"  # noqa: S105  of servers that live as long as a test
STARTS_WITHIN = 90.0  # s
FAILS_OVER_WITHIN = 90.0  # s
SYNCHRONOUS: dict[str, object] = {
    "ttl": 20,  # s; Patroni takes no less
    "loop_wait": 1,
    "retry_timeout": 3,
    "primary_start_timeout": 0,  # a primary that has died is replaced, not awaited
    "maximum_lag_on_failover": 1 << 26,  # bytes; unacknowledged ones count too
    "synchronous_mode": True,
    "synchronous_mode_strict": True,
}
"""The settings that docs/failover.md recommends."""
PARAMETERS = {
    "synchronous_commit": "on",
    "wal_keep_size": "256MB",
    "max_connections": 60,
    "shared_buffers": "32MB",
    "wal_sender_timeout": "5s",
    "wal_receiver_timeout": "5s",
    "tcp_user_timeout": 5000,
    "hot_standby_feedback": "on",
}


@dataclass
class Member:
    """A machine of the cluster: Patroni and PostgreSQL."""

    name: str
    folder: Path
    etcd: int
    log: Path
    port: int = field(default_factory=free_port)
    rest: int = field(default_factory=free_port)
    pooled: bool = False
    """Whether its clients come by a PgBouncer."""
    patroni: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        give(self.folder)
        self.bouncer: Bouncer | None = None
        if self.pooled:
            about = ("fusion", PASSWORD, self.log.with_suffix(".bouncer.log"))
            self.bouncer = Bouncer(self.folder / "bouncer", self.port, *about)
        self.data = self.folder / "data"
        self.to_etcd = Relay(self.etcd)
        self.from_members = Relay(self.port)
        self.from_patroni = Relay(self.rest)
        self.doors: list[Relay] = []
        settings = self.folder / "patroni.json"
        settings.write_text(json.dumps(self._settings(), indent=1))
        give(settings)

    def door(self) -> Relay:
        """Return a new line for a client of this member alone."""
        self.doors.append(Relay(self.entrance))
        return self.doors[-1]

    @property
    def entrance(self) -> int:
        """The port at which it takes clients."""
        return self.bouncer.port if self.bouncer else self.port

    @property
    def lines(self) -> list[Relay]:
        """Its lines to the other machines, without those of clients."""
        return [self.to_etcd, self.from_members, self.from_patroni]

    def start(self) -> None:
        if self.bouncer:
            self.bouncer.start()
        self.patroni = run_unprivileged(
            ["patroni", self.folder / "patroni.json"], self.folder, self.log
        )

    def lose(self) -> None:
        """Let the machine die: Patroni, PostgreSQL and PgBouncer at once."""
        end(self.patroni)
        self.patroni = None
        kill_postgres(self.data)
        if self.bouncer:
            self.bouncer.stop()

    def is_primary(self) -> bool:
        """Whether its PostgreSQL answers, and takes writes."""
        return self.answers("SELECT pg_is_in_recovery()") is False

    def answers(self, query: str) -> Any:  # noqa: ANN401  whatever stands there
        """Return the first value of a query, None if the server does not answer."""
        row = self.row(query)
        return row[0] if row else None

    def row(self, query: str) -> tuple[Any, ...] | None:
        """Return the first row of a query, None if the server does not answer."""
        try:
            with self.connect() as connection:
                return connection.execute(query).fetchone()
        except psycopg.Error:
            return None

    def connect(self, database: str = "postgres") -> "psycopg.Connection[Any]":
        """Connect as the superuser, without a relay."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=PASSWORD,
            dbname=database,
            connect_timeout=2,
            autocommit=True,
            sslmode="disable",
            gssencmode="disable",
        )

    def ask(self, path: str) -> Any:  # noqa: ANN401  JSON
        """Return the answer of its Patroni."""
        url = f"http://127.0.0.1:{self.rest}/{path}"
        with urllib.request.urlopen(url, timeout=3) as answer:
            return json.load(answer)

    def close(self) -> None:
        self.lose()
        for line in (*self.lines, *self.doors):
            line.close()

    def _settings(self) -> dict[str, object]:
        postgres = present(find_postgres())
        login = {"password": PASSWORD}
        shared: dict[str, object] = {
            **SYNCHRONOUS,
            "postgresql": {"use_pg_rewind": True, "parameters": PARAMETERS},
        }
        return {
            "scope": "nation",
            "namespace": "/fusion/",
            "name": self.name,
            "restapi": {
                "listen": f"127.0.0.1:{self.rest}",
                "connect_address": f"127.0.0.1:{self.from_patroni.port}",
            },
            "etcd3": {"hosts": [f"127.0.0.1:{self.to_etcd.port}"], "use_proxies": True},
            "bootstrap": {
                "dcs": shared,
                "initdb": ["data-checksums", "no-sync", {"encoding": "UTF8"}],
            },
            "postgresql": {
                "bin_dir": str(postgres),
                "data_dir": str(self.data),
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{self.from_members.port}",
                "pgpass": str(self.folder / "pgpass"),
                "parameters": {"unix_socket_directories": str(self.folder)},
                "pg_hba": [
                    "host all all 127.0.0.1/32 scram-sha-256",
                    "host replication all 127.0.0.1/32 scram-sha-256",
                ],
                "authentication": {
                    "superuser": {"username": "postgres", **login},
                    "replication": {"username": "replicator", **login},
                },
                "basebackup": [{"checkpoint": "fast"}],
                "callbacks": self._callbacks(postgres),
                "remove_data_directory_on_rewind_failure": True,
                "remove_data_directory_on_diverged_timelines": True,
            },
            "watchdog": {"mode": "off"},
        }

    def _callbacks(self, postgres: Path) -> dict[str, str]:
        if self.bouncer is None:
            return {}
        return {"on_role_change": str(self.bouncer.script(postgres / "psql"))}


@dataclass
class Cluster:
    """A cluster of two members, or of three, which go on without one of them."""

    folder: Path
    members: list[Member]

    def primary(self, but: Member | None = None) -> Member:
        """Wait for a primary, other than one; return it."""
        found: list[Member] = []

        def there_is_one() -> bool:
            found[:] = [m for m in self.members if m is not but and m.is_primary()]
            return bool(found)

        wait_for(there_is_one, FAILS_OVER_WITHIN, "no primary")
        return found[0]

    def is_whole(self) -> bool:
        """Whether there is one primary with its synchronous standby."""
        primaries = [member for member in self.members if member.is_primary()]
        if len(primaries) != 1:
            return False
        states = (
            "SELECT count(*), count(*) FILTER (WHERE sync_state = 'sync')"
            " FROM pg_stat_replication WHERE state = 'streaming'"
        )
        standbys = len(self.members) - 1
        return primaries[0].row(states) == (standbys, 1) and self._may_fail_over()

    def _may_fail_over(self) -> bool:
        """Whether Patroni knows a standby that it may promote."""
        with contextlib.suppress(OSError):
            named = self.members[0].ask("cluster")["members"]
            return any(one["role"] == "sync_standby" for one in named)
        return False

    def mend(self) -> None:
        """Bring back machines that were lost, and lines that were cut."""
        for member in self.members:
            for line in (*member.lines, *member.doors):
                line.disarm()
                line.resume()
            if member.patroni is None or member.patroni.poll() is not None:
                member.start()

    def wait_until_whole(self) -> None:
        wait_for(self.is_whole, STARTS_WITHIN, "the cluster is not whole")


@contextlib.contextmanager
def running_cluster(
    logs: Path, size: int = 2, *, pooled: bool = False
) -> Iterator[Cluster]:
    """Start a cluster of so many members; kill all of it in the end, whatever happened.

    The output of its servers is written to `logs`. `pooled`: with a PgBouncer each.
    """
    with unprivileged_folder("fusion-pg-") as folder, contextlib.ExitStack() as stack:
        reaper = reap_after_us(folder)
        client, peer = free_port(), free_port()
        data = folder / "etcd"
        data.mkdir(mode=0o700)
        give(data)
        urls = {
            "listen-client-urls": f"http://127.0.0.1:{client}",
            "advertise-client-urls": f"http://127.0.0.1:{client}",
            "listen-peer-urls": f"http://127.0.0.1:{peer}",
            "initial-advertise-peer-urls": f"http://127.0.0.1:{peer}",
            "initial-cluster": f"default=http://127.0.0.1:{peer}",
        }
        options = [f"--{name}={url}" for name, url in urls.items()]
        command = ["etcd", *options, f"--data-dir={data}", "--unsafe-no-fsync"]
        etcd = run_unprivileged(command, data, logs / "etcd.log")
        stack.callback(end, etcd)
        members: list[Member] = []
        for name in ("one", "two", "three")[:size]:
            about = (name, folder / name, client, logs / f"{name}.log")
            member = Member(*about, pooled=pooled)
            stack.callback(member.close)
            members.append(member)
            member.start()
        cluster = Cluster(folder, members)
        stack.callback(end, reaper)  # the first to end, since it kills by process id
        cluster.wait_until_whole()
        yield cluster
