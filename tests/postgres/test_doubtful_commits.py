"""A commit whose wait for the standby is cancelled counts as unknown.

PostgreSQL has then committed on one machine alone, shows it to everybody, and answers
with no more than a warning; a failover loses it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from exchange.config.database_url import DatabaseUrl
from exchange.errors import CommitUnknown, Reason, Refusal
from exchange.ledger.checkpoint import Head
from exchange.store import Store
from exchange.store.postgres import PostgresDatabase
from tests.postgres.cluster import Cluster
from tests.store.support import ORIGIN, Log, entry

CANCEL = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
)
MAKE = "CREATE TABLE made (number INTEGER)"
TRIES = 200


def by_cursor(database: PostgresDatabase) -> None:
    with database.write_cursor() as cursor:
        cursor.execute(MAKE)


def by_side(database: PostgresDatabase) -> None:
    with database.aside_cursor() as cursor:
        cursor.execute(MAKE)


@contextmanager
def standby_lost(server: Cluster) -> Iterator[None]:
    """Have every commit wait for a standby that is not there."""
    load = "SELECT pg_reload_conf()"
    server.execute("ALTER SYSTEM SET synchronous_standby_names = 'lost'", load)
    try:
        yield
    finally:
        server.execute("ALTER SYSTEM RESET synchronous_standby_names", load)


@contextmanager
def cancelling(server: Cluster) -> Iterator[None]:
    """Cancel whatever waits for a standby, again and again."""
    over = threading.Event()

    def cancel() -> None:
        with server.admin() as connection:
            while not over.wait(0.02):
                connection.execute(CANCEL)

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def database(database_url: DatabaseUrl) -> Iterator[PostgresDatabase]:
    opened = PostgresDatabase(database_url)
    yield opened
    opened.close()


@pytest.mark.parametrize("write", [by_cursor, by_side])
def test_a_wait_that_is_cancelled_is_no_commit(
    postgres: Cluster,
    database: PostgresDatabase,
    write: Callable[[PostgresDatabase], None],
) -> None:
    with (
        standby_lost(postgres),
        cancelling(postgres),
        pytest.raises(Refusal) as refused,
    ):
        write(database)

    assert refused.value.reason is Reason.DATABASE
    assert refused.value.why is not None
    with database.write_cursor() as cursor:  # by another connection
        cursor.execute("INSERT INTO made VALUES (1)")


def repeat(act: Callable[[], object]) -> None:
    """Call some times: the server takes its settings up in a moment."""
    for _ in range(TRIES):
        act()
        time.sleep(0.02)


ASK: list[Callable[[Store], object]] = [
    lambda store: store.confirm(),
    lambda store: store.stands(Head(ORIGIN, 1, bytes(32))),
]


@pytest.mark.parametrize("ask", ASK, ids=["confirm", "stands"])
def test_what_may_be_on_no_standby_is_not_said_to_stand(
    postgres: Cluster, database_url: DatabaseUrl, ask: Callable[[Store], object]
) -> None:
    """Who asks writes, too: else the server would answer at once."""
    with closing(Store(database_url)) as store:
        store.claim(b"h" * 16)
        Log(store).append(entry(0))
        with (
            standby_lost(postgres),
            cancelling(postgres),
            pytest.raises(CommitUnknown),
        ):
            repeat(lambda: ask(store))
