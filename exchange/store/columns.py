"""Columns of tables, written as in SQL: `size LONG, name BLOB UNIQUE`.

The tables that a revision made stay as they are, so nothing here may ever change what
is created. PostgreSQL orders texts by their bytes too, whatever its locale: `C`.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

LONG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TYPES: dict[str, Any] = {
    "INT": sa.Integer(),
    "LONG": LONG,
    "TEXT": sa.String().with_variant(sa.String(collation="C"), "postgresql"),
    "BLOB": sa.LargeBinary(),
    "BOOL": sa.Boolean(),
}


def columns_of(keys: str, values: str = "") -> Iterator[sa.Column[Any]]:
    """Yield the columns of the primary key, then the others; none may be NULL."""
    yield from _columns(keys, key=True)
    yield from _columns(values, key=False)


def _columns(text: str, *, key: bool) -> Iterator[sa.Column[Any]]:
    for column in filter(None, text.split(", ")):
        name, type_, *rest = column.split()
        unique = bool(rest) or None
        yield sa.Column(
            name,
            TYPES[type_],
            primary_key=key,
            autoincrement=False,
            nullable=False,
            unique=unique,
        )
