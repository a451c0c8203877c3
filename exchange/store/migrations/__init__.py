"""The versions of the schema, applied when the store opens; there is no alembic.ini.

Alembic and SQLModel are loaded only if a database is new or behind: an open at HEAD
costs one query. Alembic writes its statements (offline mode), and they go through the
cursor of the store's transaction.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from exchange.errors import MADE_BEFORE, NEWER_PROGRAM, Reason, Refusal
from exchange.store.cursor import Cursor

FIRST = "0013"
"""The version of the first release; the numbers below were used before it."""
HEAD = "0013"
"""The newest version in versions/."""
IDLE = 600_000  # ms that a server waits for our next statement of a migration


def version(cursor: Cursor) -> str | None:
    there = (
        "SELECT to_regclass('alembic_version') IS NOT NULL"
        if cursor.server
        else "SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'"
    )
    if not cursor.execute(there).fetchone()[0]:
        return None
    row = cursor.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def check_version(found: str | None, name: str) -> None:
    """Refuse (DATABASE) a version newer than HEAD or below FIRST."""
    if found is not None and not FIRST <= found <= HEAD:
        why = MADE_BEFORE if found < FIRST else NEWER_PROGRAM
        raise Refusal(Reason.DATABASE, f"{name}: schema {found}", why)


def upgrade(cursor: Cursor) -> None:
    if cursor.server:  # longer than a writer may be idle
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE}")
    for statement in statements(version(cursor) or "base", server=cursor.server):
        cursor.execute(statement)
    version(cursor)  # ends the last statement, which may return rows


@cache
def statements(since: str, *, server: bool) -> tuple[str, ...]:
    """Return what brings a database from a version to HEAD."""
    from alembic import command  # noqa: PLC0415  see above
    from alembic.config import Config  # noqa: PLC0415  see above

    script = _Script()
    made = Config(output_buffer=script)  # type: ignore[arg-type]  # all of a file it asks
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["dialect"] = "postgresql" if server else "sqlite"
    command.upgrade(made, f"{since}:head", sql=True)
    return tuple(script.statements())


class _Script:
    """The script that Alembic writes, one statement or comment at a time."""

    def __init__(self) -> None:
        self._written: list[str] = []

    def write(self, text: str) -> None:
        self._written.append(text)

    def flush(self) -> None:
        """Do nothing."""

    def statements(self) -> Iterator[str]:
        for text in self._written:
            statement = text.strip().removesuffix(";")
            if statement and not statement.startswith("--"):
                yield statement
