"""Two `fusion serve` of one node on one PostgreSQL: paused, killed, and stopped."""

import contextlib
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from exchange import config
from exchange.config.database_url import DatabaseUrl
from exchange.desk.link.connect import connect
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.limits import LET_IN_FOR, SECOND
from exchange.net.desk_client import NodeClient
from exchange.store import Store, postgres
from tests.chaos.served import PATIENCE
from tests.postgres.two_processes import Site, hanging, running_site, stands_by, writes
from tests.stored import all_names

LOG = checkpoint.log_origin("islamabad.pk")


@pytest.fixture
def site(tmp_path: Path, database_url: DatabaseUrl) -> Iterator[Site]:
    with running_site(tmp_path, database_url) as made:
        yield made


def refused_at(client: NodeClient) -> Reason:
    """Return how a process refuses a call that only the writer takes."""
    with pytest.raises(Refusal) as refused:
        client.submit([])
    return refused.value.reason


def keeps_how_far_a_desk_has_read(client: NodeClient, url: DatabaseUrl) -> None:
    """One that only reads stays at a standby."""
    with contextlib.closing(Store(url, read_only=True)) as store:
        newest = store.arrivals.newest()
        until = time.monotonic() + PATIENCE
        while store.retention.desk_read("ops.islamabad.pk") < newest:
            assert time.monotonic() < until
            with client.watch(newest, seconds=PATIENCE) as pages:
                assert any(not page for page in pages)  # all is told


def answers_while_its_database_hangs(client: NodeClient, url: DatabaseUrl) -> None:
    """Longer than the gate lets a caller in without asking who he is."""
    with hanging(url):
        for _ in range(3):
            assert refused_at(client) is Reason.NOT_WRITER
            time.sleep(LET_IN_FOR / SECOND)


@pytest.mark.timeout(180)
def test_the_other_takes_over_and_nothing_is_lost(
    site: Site, database_url: DatabaseUrl
) -> None:
    """A writer is paused past its lease and woken, killed by -9, stopped normally."""
    site.wait_for(0, writes)
    site.wait_for(1, stands_by)
    sent = [site.send(1, 0)]  # the standby sends on to the writer
    site.wait_for(1, stands_by)  # it knows the desk by now
    with contextlib.closing(connect(site.homes[0])) as client:
        assert refused_at(client) is Reason.NOT_WRITER
        keeps_how_far_a_desk_has_read(client, database_url)
        answers_while_its_database_hangs(client, database_url)

    paused = site.nodes[0].process
    assert paused is not None
    paused.send_signal(signal.SIGSTOP)
    site.wait_for(1, writes)
    sent.append(site.send(1))
    paused.send_signal(signal.SIGCONT)
    site.wait_for(0, stands_by)
    sent.append(site.send(0, 1))

    site.nodes[1].end(signal.SIGKILL)
    site.wait_for(0, writes)
    sent.append(site.send(1, 0))

    assert "ready" in site.nodes[1].start()
    site.wait_for(1, stands_by)
    assert site.nodes[0].end()[0] == 0
    site.wait_for(1, writes)
    sent.append(site.send(0, 1))

    with contextlib.closing(Store(database_url, read_only=True)) as store:
        names = all_names(store, LOG)
    assert [name for name in names if name in sent] == sent
    until = time.monotonic() + PATIENCE
    with contextlib.closing(
        Store(config.node_home(site.beijing).database, read_only=True)
    ) as store:
        while sent[-1] not in all_names(store, LOG):
            assert time.monotonic() < until
            time.sleep(0.1)
        assert [name for name in all_names(store, LOG) if name in sent] == sent
        assert store.forks.all() == {}


@pytest.mark.timeout(180)
def test_a_process_that_starts_during_a_takeover_waits(
    site: Site, database_url: DatabaseUrl
) -> None:
    """The writer was killed, and a transaction of it is open at the server still."""
    site.wait_for(0, writes)
    assert site.nodes[1].end()[0] == 0
    begin = f"{postgres.WRITE}; SELECT 1"
    with contextlib.closing(psycopg.connect(database_url.text)) as left:
        left.autocommit = True
        left.execute(begin.replace(str(postgres.WRITER_IDLE), "0").encode())
        site.nodes[0].end(signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        with contextlib.closing(Store(database_url, read_only=True)) as store:
            while not (lease := store.leases.read()) or not lease.over:
                assert time.monotonic() < until
                time.sleep(0.1)

        assert "ready" in site.nodes[1].start()
        site.wait_for(1, writes)
        site.send(1)
