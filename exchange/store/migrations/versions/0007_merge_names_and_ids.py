"""Merge names and ids by slices, in the place of two indexes of the whole log."""

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from exchange.store import sqlite
from exchange.store.migrations.columns import create_table
from exchange.store.place_keys import SLICES, KeyFilter, key_of, slice_of
from exchange.store.row_checksums import row_sum

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Move the schema forward; what is here is merged as a whole."""
    op.drop_index("entry_name", "entry")
    op.drop_index("entry_id", "entry")
    for table in ("name_place", "id_place"):
        create_table(table, "key LONG, log INT, index LONG", sqlite_with_rowid=False)
    slices = create_table(
        "place_slice",
        "slice INT, log INT",
        "size LONG, sum LONG",
        sqlite_with_rowid=False,
    )
    filters = create_table("place_filter", "slice INT", "name BLOB, id BLOB")
    logs = op.get_bind().execute(sa.text('SELECT number, "size" FROM log')).all()
    if not logs:
        return
    driver = sqlite.driver_of(op.get_bind())
    driver.create_function("place_key", 2, key_of)
    for column in ("name", "id"):
        op.execute(
            f"INSERT INTO {column}_place"  # noqa: S608  our own names
            f" SELECT place_key('{column}', {column}), log, \"index\""
            " FROM entry WHERE reason = '' ORDER BY 1, 2, 3"
        )
    rows = [
        {"slice": number, "log": log, "size": size, "sum": row_sum(number, log, size)}
        for number in range(SLICES)
        for log, size in logs
    ]
    op.bulk_insert(slices, rows)
    parts = {column: _filter_parts(f"{column}_place") for column in ("name", "id")}
    op.bulk_insert(
        filters,
        [
            {"slice": number, "name": parts["name"][number], "id": parts["id"][number]}
            for number in range(SLICES)
        ],
    )


def _filter_parts(table: str) -> list[bytes]:
    """Return the filter of a table, slice by slice."""
    made = KeyFilter()
    rows = op.get_bind().execute(sa.text(f"SELECT key FROM {table} ORDER BY key"))  # noqa: S608  our own names
    slices = groupby((row[0] for row in rows), slice_of)
    keys = {number: made.part(number, held) for number, held in slices}
    return [keys.get(number) or made.part(number) for number in range(SLICES)]
