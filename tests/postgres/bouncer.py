"""A PgBouncer in front of the tests' server; it lends a connection per transaction.

So whatever a connection keeps from one transaction to the next goes to somebody else.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.postgres.cluster import START_S, Cluster, as_unprivileged

SETTINGS = """
[databases]
{database} = host={server} user=fusion
[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
pool_mode = transaction
default_pool_size = 3
query_wait_timeout = 20
auth_type = any
logfile =
pidfile =
max_prepared_statements = 0
"""


@contextmanager
def pooling(cluster: Cluster, database: str) -> Iterator[Path]:
    """Yield the folder of its socket; skip if it is not installed."""
    program = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("no PgBouncer: pgbouncer is not installed")
    folder = cluster.folder / "pool"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    settings = folder / "pgbouncer.ini"
    server = cluster.folder
    settings.write_text(
        SETTINGS.format(database=database, server=server, folder=folder)
    )
    process = subprocess.Popen(
        as_unprivileged(program, settings),
        stdout=subprocess.DEVNULL,
        stderr=(log := (folder / "log").open("wb")),
        cwd="/",
        start_new_session=True,
    )
    log.close()
    try:
        end = time.monotonic() + START_S
        while not list(folder.glob(".s.PGSQL.*")):
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.02)
        yield folder
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
