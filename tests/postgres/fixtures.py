"""The fixtures of PostgreSQL, which tests/conftest.py gives to all tests."""

from collections.abc import Iterator

import pytest

from exchange.config.database_url import DatabaseUrl
from tests.postgres.cluster import Cluster, running_cluster


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Return a server for all tests of this process."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture
def database_url(postgres: Cluster) -> Iterator[DatabaseUrl]:
    """Return a new database with the tables of a store."""
    with postgres.database() as url:
        yield url
