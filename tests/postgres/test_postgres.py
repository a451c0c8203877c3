"""A ledger on a server of PostgreSQL, where it differs from one in a file."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import psycopg
import pytest

from exchange.config.database_url import DatabaseUrl, read_url
from exchange.errors import Reason, Refusal
from exchange.store import Store, append, owner, postgres, raw_rows
from exchange.store.open_database import open_database
from exchange.store.owner import IN_USE, Owner
from exchange.store.postgres_lock import LOCK_TIMEOUT
from tests.postgres.bouncer import pooling
from tests.postgres.cluster import Cluster, running_cluster, versions
from tests.postgres.test_faults import hang_up
from tests.store.support import ORIGIN, Log, entry, verify
from tests.store.test_database import appending, killed, read_until


@pytest.fixture
def store(database_url: DatabaseUrl) -> Iterator[Store]:
    with closing(Store(database_url)) as made:
        yield made


def read_much(store: Store) -> None:
    """Read what others write meanwhile, each time in one view."""
    for _ in range(20):
        with store.viewing():
            size = store.logs.size(ORIGIN)
            assert size in {40, 41}
            assert store.logs.size(ORIGIN) == size
            assert store.arrivals.newest() >= size


# What every version does.


@pytest.mark.parametrize("version", versions()[1:] or [None])
def test_an_older_version_does(version: int | None) -> None:
    """The tests of the store run on the newest."""
    with (
        running_cluster(version) as cluster,
        cluster.database() as url,
        closing(Store(url)) as store,
    ):
        log = Log(store)
        log.append(entry(0), entry(1, reason="KIND"))
        log.append(*(entry(n) for n in range(2, 40)))
        assert verify(store) == 40


# Connections that were cut.


def test_what_was_cut_between_two_calls_is_not_noticed(
    postgres: Cluster, store: Store
) -> None:
    log = Log(store)
    log.append(entry(0))
    hang_up(postgres)

    log.append(entry(1))
    hang_up(postgres)

    assert verify(store) == 2


def test_an_append_that_was_cut_has_never_been(
    postgres: Cluster,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = Log(store)
    log.append(entry(0))
    swap = append._move

    def cut(*given: object) -> None:
        hang_up(postgres)
        swap(*given)  # type: ignore[arg-type]  # as they come

    with monkeypatch.context() as patch:
        patch.setattr(append, "_move", cut)
        with pytest.raises(Refusal) as refused:
            log.append(entry(1), entry(2))
    assert refused.value.reason is Reason.DATABASE

    assert verify(store) == 1
    log.append(entry(1), entry(2))
    assert verify(store) == 3


def test_kill_minus_9_loses_nothing_acknowledged(database_url: DatabaseUrl) -> None:
    acknowledged = 0
    for round_ in range(2):
        process = appending(database_url.text)
        seen = read_until(process, acknowledged + 1)
        time.sleep(0.03 * round_)
        acknowledged = killed(process, seen)

        with closing(Store(database_url)) as store:
            assert verify(store) >= acknowledged
            acknowledged = store.logs.size(ORIGIN)


# Several that write.


def test_a_writer_elsewhere_is_waited_for_then_named(
    store: Store, database_url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = postgres.WRITE.replace(str(LOCK_TIMEOUT), "50", 1)
    monkeypatch.setattr(postgres, "WRITE", short)
    log = Log(store)
    with closing(Store(database_url)) as other, other._database.write_cursor():
        with pytest.raises(Refusal) as refused:
            log.append(entry(0))
        assert refused.value.reason is Reason.LOCKED
        assert store.heads.newest(ORIGIN) is None
    assert log.append(entry(0)).head.size == 1


def test_a_writer_that_stops_within_a_transaction_is_cut(
    store: Store, database_url: DatabaseUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = f"session_timeout = {postgres.WRITER_IDLE}"
    short = postgres.WRITE.replace(idle, "session_timeout = 100")
    assert short != postgres.WRITE
    with closing(Store(database_url)) as other:
        monkeypatch.setattr(postgres, "WRITE", short)
        with pytest.raises(Refusal), other._database.write_cursor() as cursor:  # noqa: PT012  its end raises
            Log(store).append(entry(0))
            cursor.execute("SELECT 1")
    assert verify(store) == 1


def test_who_writes_stays_one_behind_a_pool_of_transactions(
    postgres: Cluster, database_url: DatabaseUrl
) -> None:
    """Nothing is kept on a connection: each transaction may have another one."""
    name = database_url.name.removeprefix("postgresql:")
    with pooling(postgres, name) as folder:
        pooled = read_url(f"postgresql://fusion@/{name}?host={folder}&port=6432", "")
        with closing(Store(pooled)) as one, closing(Store(pooled)) as other:
            log = Log(one)
            one.claim(b"1" * 16)
            log.append(*(entry(n) for n in range(40)))
            read = [threading.Thread(target=read_much, args=[other]) for _ in range(2)]
            for thread in read:
                thread.start()
            log.append(entry(40))
            other.claim(b"2" * 16)
            with pytest.raises(Refusal) as refused:
                log.append(entry(41))
            for thread in read:
                thread.join()
            assert refused.value.reason is Reason.NOT_WRITER
            assert verify(other) == 41


# The tables.


def test_several_that_open_an_empty_database_agree(postgres: Cluster) -> None:
    with postgres.database(empty=True) as url:
        threads = [
            threading.Thread(target=lambda: Store(url).close()) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with closing(Store(url)) as store:
            Log(store).append(entry(0))
            assert verify(store) == 1


def test_a_reader_makes_no_tables(postgres: Cluster) -> None:
    with postgres.database(empty=True) as url:
        with pytest.raises(Refusal) as refused:
            Store(url, read_only=True)
        assert refused.value.reason is Reason.DATABASE
        with psycopg.connect(url.text) as connection:
            found = connection.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
        assert found == (0,)


def test_texts_are_ordered_by_their_bytes(store: Store) -> None:
    with store._database.read_cursor() as connection:
        query = (
            "SELECT count(*) FROM information_schema.columns WHERE table_schema ="
            " 'public' AND table_name <> 'alembic_version' AND data_type ="
            " 'character varying' AND collation_name IS DISTINCT FROM 'C'"
        )
        assert connection.execute(query).fetchone()[0] == 0


# A database that another node owns is refused, whatever opens it.


HERE = "islamabad.pk"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture
def theirs(postgres: Cluster) -> Iterator[DatabaseUrl]:
    """Return Beijing's database as an older program left it: it has no tables yet."""
    with postgres.database(empty=True) as url:
        with (
            closing(open_database(url, as_it_is=True)) as database,
            database.write_cursor() as cursor,
        ):
            owner.note(cursor, Owner("beijing.cn", IN_USE))
        yield replace(url, node=HERE)


def tables(cluster: Cluster, url: DatabaseUrl) -> list[object]:
    with cluster.admin(url.name.partition(":")[2]) as connection:
        return [name for (name,) in connection.execute(TABLES)]


def test_it_is_refused_before_its_schema_is_changed(
    postgres: Cluster, theirs: DatabaseUrl
) -> None:
    with pytest.raises(Refusal) as refused:
        Store(theirs)

    assert refused.value.reason is Reason.DATABASE
    assert "belongs to beijing.cn" in str(refused.value)
    assert tables(postgres, theirs) == ["owner"]


def test_nor_is_it_read(theirs: DatabaseUrl) -> None:
    Store(replace(theirs, node="beijing.cn")).close()

    for view in (lambda: Store(theirs, read_only=True), lambda: viewed(theirs)):
        with pytest.raises(Refusal) as refused:
            view()
        assert "belongs to beijing.cn" in str(refused.value)


def viewed(url: DatabaseUrl) -> None:
    with raw_rows.open_view(url):
        pass


def test_a_statement_may_read_a_whole_table_for_longer(
    database_url: DatabaseUrl,
) -> None:
    """An audit counts what a large node has gathered in years."""
    asked = "SELECT current_setting('statement_timeout')"
    with closing(open_database(database_url, read_only=True)) as database:
        with database.read_cursor() as cursor:
            assert cursor.execute(asked).fetchone() == ("1min",)
        with database.whole_cursor() as cursor:
            assert cursor.execute(asked).fetchone() == ("1h",)
    with raw_rows.open_view(database_url) as raw:
        assert next(iter(raw._view.rows(asked, ()))) == ("1h",)
