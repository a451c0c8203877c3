"""A process that holds the lease and cannot open its node leaves it to another."""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from exchange import config
from exchange.cli import serve_loop
from exchange.clock import Clock
from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.limits import LEASE_LOOK, SECOND
from exchange.node.writer_turn import WriterTurn
from exchange.store import Store, postgres
from exchange.store.postgres_connection import connect

HOLDER = b"another process!"
PATIENCE = 60.0  # s; the lease of a killed one would end after 4


def full_disk(*_: object) -> None:
    """Fail as a node whose home has no room left, after it has served once."""
    raise Refusal(Reason.DISK, "node")


async def test_who_cannot_open_its_node_keeps_nobody_from_writing(
    database_url: DatabaseUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node").mkdir(mode=0o700)
    given = {"name": "islamabad.pk", "listen": "localhost:1"}
    place = config.node_home(tmp_path)
    place.config.write_bytes(config.write_settings(**given, database=database_url.text))
    monkeypatch.setattr(serve_loop, "open_home", full_disk)
    monkeypatch.setattr(serve_loop._Served, "may_pass", lambda *_: True)
    serving = asyncio.create_task(serve_loop.serve(tmp_path, until_eof=False))
    turn = WriterTurn(Store(database_url), HOLDER, "two:1", tmp_path / "emitted")
    with contextlib.closing(turn):
        async with asyncio.timeout(PATIENCE):
            while (lease := turn.store.leases.read()) is None or not lease.claim.epoch:
                assert not serving.done()
                await asyncio.sleep(LEASE_LOOK / SECOND)
            while not turn.term().writes:
                assert not serving.done()
                await asyncio.to_thread(turn.look)
                await asyncio.sleep(LEASE_LOOK / SECOND)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def test_before_it_was_ready_a_process_waits_for_what_is_locked_alone(
    database_url: DatabaseUrl, tmp_path: Path
) -> None:
    """Wrong settings end it; another process of the node may be in its way."""
    store = Store(database_url)
    with contextlib.closing(WriterTurn(store, HOLDER, "one:1", tmp_path / "e")) as turn:
        served = serve_loop._Served(tmp_path, Clock(), "", turn)
        reasons = (Reason.LOCKED, Reason.NOT_WRITER, Reason.DATABASE, Reason.DISK)
        passing = {one for one in reasons if served.may_pass(Refusal(one, "node"))}
        assert passing == {Reason.LOCKED, Reason.NOT_WRITER}

        served._ready = True
        assert all(served.may_pass(Refusal(one, "node")) for one in reasons)
    alone = serve_loop._Served(tmp_path, Clock(), "", None)
    assert not any(alone.may_pass(Refusal(one, "node")) for one in reasons)


# A process that stands still in the midst of a write.


FIRST, OTHER = b"h" * 16, b"o" * 16


@contextmanager
def stopped(url: DatabaseUrl) -> Iterator[psycopg.Connection]:
    """Begin a write of rows, and send no more of them."""
    with closing(connect(url)) as connection:
        connection.execute(postgres.WRITE)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        connection.pgconn.exec_(b"COPY replica FROM STDIN")
        connection.pgconn.put_copy_data(b"half a row")
        connection.pgconn.flush()
        yield connection


def test_who_takes_over_ends_a_write_that_stands_still(
    database_url: DatabaseUrl, tmp_path: Path
) -> None:
    """Within a COPY: the server's own timeouts do not end that."""
    store = Store(database_url)
    assert store.leases.take(OTHER).claim.holder == OTHER
    store.leases.give_up(store.leases.take(OTHER).claim)
    turn = WriterTurn(store, FIRST, "one:1", tmp_path / "emitted")
    with closing(turn), stopped(database_url):
        with pytest.raises(Refusal) as refused:
            turn.look()
        assert refused.value.reason is Reason.LOCKED

        turn.look()

        assert turn.term().writes
        assert store.writer() == turn.term().claim


def test_a_write_that_goes_on_is_let_be(database_url: DatabaseUrl) -> None:
    with closing(Store(database_url)) as store, stopped(database_url) as connection:
        store.leases.end_stopped_writers()

        with closing(connect(database_url)) as admin:
            (held,) = admin.execute(
                "SELECT count(*) FROM pg_locks"
                " WHERE locktype = 'advisory' AND pid = %s",
                [connection.info.backend_pid],
            ).fetchone() or (0,)
        assert held == 1
