"""A copy of a database, also of one that a running node has open."""

import os
from contextlib import closing
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal
from exchange.store import sqlite


def copy_database(path: Path, to: Path) -> None:
    """Write one consistent state of a database to `to`, which must not be there.

    For the owner alone (0600), on disk when it returns, or not there at all. The
    connection only reads, and is of the SQLite that the node uses (see sqlite.py).
    Raises Refusal(HOME_EXISTS) where there is a file, DISK, DATABASE.
    """
    try:
        handle = os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Refusal(Reason.HOME_EXISTS, str(to)) from None
    except OSError:
        raise Refusal(Reason.DISK, str(to)) from None
    try:
        with closing(sqlite.connect(path, write=False)) as connection:
            connection.execute("VACUUM INTO ?", (str(to),))
        os.fsync(handle)
    except BaseException as error:
        to.unlink(missing_ok=True)
        if not isinstance(error, (dbapi2.Error, OSError)):
            raise
        full = sqlite.code_of(error) & sqlite.PRIMARY_CODE == dbapi2.SQLITE_FULL
        reason = Reason.DISK if full else Reason.DATABASE
        raise Refusal(reason, path.name) from error
    finally:
        os.close(handle)
