"""A process that stands still in the midst of a write keeps nobody from taking over."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.node.writer_turn import WriterTurn
from exchange.store import Store, postgres
from exchange.store.postgres_connection import connect

HOLDER, OTHER = b"h" * 16, b"o" * 16


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
    turn = WriterTurn(store, HOLDER, "one:1", tmp_path / "emitted")
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
