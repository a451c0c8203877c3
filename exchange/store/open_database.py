"""Opens a node's database by its place: a file's path, or a server's URL."""

from pathlib import Path

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal, Why
from exchange.store.database import Database
from exchange.store.sqlite_database import SqliteDatabase

NO_PACKAGE = Why("psycopg is not installed here: pip install 'fusion-cell[postgres]'")


def open_database(
    place: Path | DatabaseUrl,
    *,
    read_only: bool = False,
    as_it_is: bool = False,
    draft: bool = False,
) -> Database:
    """Take any schema with `as_it_is`, and migrate nothing.

    A `draft` file need not survive a power cut; a server ignores this. Raises as
    Database does, and Refusal(DATABASE) if no driver is installed.
    """
    if isinstance(place, Path):
        return SqliteDatabase(
            place, read_only=read_only, as_it_is=as_it_is, draft=draft
        )
    try:
        from exchange.store import postgres  # noqa: PLC0415  its driver is an extra
    except ImportError:
        raise Refusal(Reason.DATABASE, place.name, NO_PACKAGE) from None
    return postgres.PostgresDatabase(place, read_only=read_only, as_it_is=as_it_is)
