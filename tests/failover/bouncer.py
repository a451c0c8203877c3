"""A PgBouncer on the machine of a server; it lends a connection for a transaction.

A server that is promoted keeps its connections. PgBouncer told its clients of the first
of them that it is a standby, and goes on to say so: libpq, which looks for the server
that takes writes, passes it by. So Patroni has it connect again when the role changes.
"""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.cli.desk.conftest import free_port
from tests.failover.processes import end, give, run_unprivileged

PROGRAM = "/usr/sbin/pgbouncer"
SETTINGS = """
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
pool_mode = transaction
default_pool_size = 40
auth_type = scram-sha-256
auth_file = {folder}/users.txt
admin_users = {user}
server_connect_timeout = 2
server_login_retry = 1
query_wait_timeout = 5
"""
RECONNECT = """#!/bin/sh
export PGPASSWORD='{password}'
exec '{psql}' -h 127.0.0.1 -p {port} -U {user} -d pgbouncer -c RECONNECT
"""


@dataclass
class Bouncer:
    """A PgBouncer in front of a server, for one user of its databases."""

    folder: Path
    server: int
    user: str
    password: str
    log: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.folder.mkdir()
        give(self.folder)
        about = {"server": self.server, "port": self.port, "user": self.user}
        self._write("pgbouncer.ini", SETTINGS.format(folder=self.folder, **about))
        self._write("users.txt", f'"{self.user}" "{self.password}"\n')

    def script(self, psql: Path) -> Path:
        """Return a program that has it open its connections to the server again."""
        about = {"port": self.port, "user": self.user, "password": self.password}
        path = self._write("reconnect", RECONNECT.format(psql=psql, **about))
        path.chmod(0o700)
        return path

    def start(self) -> None:
        if self.process is None:
            command = [PROGRAM, "--quiet", self.folder / "pgbouncer.ini"]
            self.process = run_unprivileged(command, self.folder, self.log)

    def stop(self) -> None:
        end(self.process)
        self.process = None

    def _write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        give(path)
        return path


def lacks_pgbouncer() -> str:
    """Return its name if it is not installed, else ""."""
    return "" if shutil.which(PROGRAM) else "pgbouncer"
