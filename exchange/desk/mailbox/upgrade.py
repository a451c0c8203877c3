"""Bring the tables of a mailbox from an earlier edition to the present one."""

from collections.abc import Iterator
from typing import Any

from sqlcipher3 import dbapi2 as sqlite

from exchange.desk.mailbox import schema


def upgrade(connection: Any, edition: int) -> None:  # noqa: ANN401 - of no types
    """Bring the tables from an edition (0: none) to the present one."""
    for step in schema.STEPS[edition:]:
        for statement in _statements(step):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _statements(script: str) -> Iterator[str]:
    """Cut a script apart; executescript would commit what runs."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite.complete_statement(statement):
            yield statement
            statement = ""
