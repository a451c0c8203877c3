"""A database that another node owns is refused as it is, whatever opens it."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.store import Store, owner, raw_rows
from exchange.store.open_database import open_database
from exchange.store.owner import IN_USE, Owner
from tests.postgres.cluster import Cluster

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
