"""What the tests of one process share, so that stores and keystores open quickly.

Tests open some ten thousand databases. Each store would compile its statements again,
and of each new file Alembic would read, order and translate the same migrations.
What reaches the file stays the same, statement by statement. Copies of one home are
opened by one passphrase: Argon2id would derive the same key each time.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.util import LRUCache
from sqlcipher3 import dbapi2

from exchange.store import migrations, sqlite_database
from keys import keystore
from keys.v1.keystore_pb2 import KeystoreHeader

FIRST = create_engine("sqlite://", module=dbapi2)
FIRST.connect().close()  # its dialect knows from then on which SQLite this is
DIALECT = FIRST.dialect
MEMORY = Path("/dev/shm")  # noqa: S108  a disk that need not sync, where there is one
ROOM = 1 << 30  # bytes that must be free there
DERIVE = keystore._derive
COMPILED = LRUCache[Any, Any](4_000)
SCHEMA: list[tuple[str, Any]] = []
"""What Alembic executes on an empty file, with the parameters; empty until it has."""


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Lend a folder for files that need not survive a power cut, only the process.

    It is in memory where there is room, else where temporary files are.
    """
    room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(dir=MEMORY if room else None) as folder:
        yield Path(folder)


@contextmanager
def quick_stores() -> Iterator[None]:
    """Let all stores of this process share what is compiled and what is migrated."""
    with ExitStack() as stack:
        for module, name, by in (
            (sqlite_database, "_engine", _share_compiled),
            (migrations, "upgrade", _remember_schema),
        ):
            stack.enter_context(patch.object(module, name, by(getattr(module, name))))
        yield


@contextmanager
def quick_keystores() -> Iterator[None]:
    """Derive a key once only from the same passphrase, salt and cost."""
    derived: dict[tuple[str, bytes], bytes] = {}

    def remembered(passphrase: str, header: KeystoreHeader) -> bytes:
        given = (passphrase, header.SerializeToString(deterministic=True))
        if given not in derived:
            derived[given] = DERIVE(passphrase, header)
        return derived[given]

    with patch.object(keystore, "_derive", remembered):
        yield


def _share_compiled(make: Callable[..., Engine]) -> Callable[..., Engine]:
    def made(*args: Any) -> Engine:  # noqa: ANN401  as it is made
        engine = make(*args)
        engine.dialect, engine._compiled_cache = DIALECT, COMPILED
        return engine

    return made


def _remember_schema(
    upgrade: Callable[[Connection], None],
) -> Callable[[Connection], None]:
    def upgraded(connection: Connection) -> None:
        of_a_file = connection.dialect.name == "sqlite"
        if not of_a_file or migrations.version(connection) is not None:
            upgrade(connection)
        elif SCHEMA:
            for statement, parameters in SCHEMA:
                connection.exec_driver_sql(statement, parameters)
        else:
            SCHEMA.extend(_executed(connection, upgrade))

    return upgraded


def _executed(
    connection: Connection, upgrade: Callable[[Connection], None]
) -> list[tuple[str, Any]]:
    """Upgrade, and return the statements that it took."""
    found: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:  # noqa: ANN401  as SQLAlchemy tells it
        _, _, statement, parameters, *_ = given
        found.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        upgrade(connection)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return found
