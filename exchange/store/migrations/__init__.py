"""The schema's history, applied whenever the store opens; there is no alembic.ini.

Alembic is imported only where something is to be applied: an open at HEAD costs one
query.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0012"  # the newest revision in versions/

IDLE = 600_000  # ms that a server waits for our next statement of a migration


def version(connection: Connection) -> str | None:
    """Return the revision of a database, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found else None


def config(connection: Connection) -> "Config":
    """Return Alembic's settings."""
    from alembic.config import Config  # noqa: PLC0415  see above

    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection) -> None:
    """Apply every migration that `connection`'s database lacks."""
    if connection.dialect.name == "postgresql":  # longer than a writer may stand idle
        connection.exec_driver_sql(
            f"SET LOCAL idle_in_transaction_session_timeout = {IDLE}"
        )
    from alembic import command  # noqa: PLC0415  see above

    command.upgrade(config(connection), "head")
