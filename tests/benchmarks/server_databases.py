"""Databases on a server of PostgreSQL, made for a benchmark and dropped after it.

The role of the URL must be allowed to make databases. Each copy of a home is given a
copy of its database.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from exchange import config
from exchange.config.database_url import DatabaseUrl, read_url
from exchange.demo.sites import DemoSite
from exchange.errors import Reason, Refusal
from exchange.store.open_database import NO_PACKAGE
from tests.benchmarks.site_pair import Sites

PREFIX = "fusion_bench_"
EMPTY = "template0"


class ServerDatabases:
    """The databases that were made on a server; `url` names any database there."""

    def __init__(self, url: DatabaseUrl) -> None:
        """Raise Refusal(DATABASE) if no driver is installed."""
        self._url = url
        self._made: list[str] = []

    def give(self, site: DemoSite, template: str = EMPTY) -> None:
        """Make a database, and name it in the settings of a home as its node's."""
        name = f"{PREFIX}{secrets.token_hex(8)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        parts = urlsplit(self._url.text)
        text = f"{parts.scheme}://{parts.netloc}/{name}?{parts.query}"
        path = config.node_home(site.home).config
        kept = [
            line
            for line in path.read_text("utf-8").splitlines(keepends=True)
            if not line.startswith("database = ")
        ]
        line = config.write_settings(database=text).decode()
        path.write_text("".join([line, *kept]), "utf-8")

    @contextmanager
    def copied(self, sites: Sites, copies: Sites) -> Iterator[None]:
        """Give copies of homes copies of their databases for as long as it lasts."""
        before = len(self._made)
        for site, copy in zip(sites, copies, strict=True):
            place = config.database_of(config.node_home(site.home))
            if not isinstance(place, DatabaseUrl):
                raise Refusal(Reason.DATABASE, str(site.node))
            self.give(copy, place.name.partition(":")[2])
        try:
            yield
        finally:
            self._drop(before)

    def close(self) -> None:
        """Drop all databases that were made."""
        self._drop(0)

    def _drop(self, start: int) -> None:
        for name in self._made[start:]:
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")
        del self._made[start:]

    def _execute(self, statement: str) -> None:
        try:
            import psycopg  # noqa: PLC0415  an extra
        except ImportError:
            raise Refusal(Reason.DATABASE, self._url.name, NO_PACKAGE) from None
        settings: dict[str, Any] = {}
        if (password := self._url.password()) is not None:
            settings["password"] = password
        try:
            with psycopg.connect(
                self._url.text, autocommit=True, **settings
            ) as connection:
                connection.execute(statement.encode())
        except psycopg.Error as error:
            raise Refusal(Reason.DATABASE, self._url.name) from error


@contextmanager
def server_databases(text: str) -> Iterator[ServerDatabases]:
    """Yield the databases of a server; those made there are dropped at the end."""
    databases = ServerDatabases(read_url(text, "--database"))
    try:
        yield databases
    finally:
        databases.close()
