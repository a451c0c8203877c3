"""Copies a database, even while a running node has it open.

Its files of old entries (cold_files.py) never change, so the copied ones match the
copy's state.
"""

import errno
import os
import shutil
from contextlib import closing, suppress
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.atomic_file import MODE
from exchange.errors import Reason, Refusal
from exchange.store import sqlite
from exchange.store.cold_files import ColdFiles, make_folder

COLD = (
    "SELECT l.origin, c.tile FROM cold c JOIN log l ON l.number = c.log"
    " ORDER BY c.log, c.tile"
)


def copy_database(path: Path, to: Path) -> None:
    """Write one consistent state to `to`, which must not exist yet.

    Its files of old entries go beside it. The copy has mode 0600 and is synced; an
    error removes it. The connection only reads, and uses the node's SQLite (sqlite.py).
    Refusal(HOME_EXISTS) if `to` exists, DISK, DATABASE.
    """
    beside = ColdFiles(to).folder
    if os.path.lexists(beside):
        raise Refusal(Reason.HOME_EXISTS, str(beside))
    try:
        handle = os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise Refusal(Reason.HOME_EXISTS, str(to)) from None
    except OSError:
        raise Refusal(Reason.DISK, str(to)) from None
    try:
        with closing(sqlite.connect(path, write=False)) as connection:
            connection.execute("VACUUM INTO ?", (str(to),))
        copy_cold(path, to)
        os.fsync(handle)
    except BaseException as error:
        to.unlink(missing_ok=True)
        shutil.rmtree(beside, ignore_errors=True)
        if not isinstance(error, (dbapi2.Error, OSError)):
            raise
        raise Refusal(
            Reason.DISK if is_full(error) else Reason.DATABASE, path.name
        ) from error
    finally:
        os.close(handle)


def is_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT}
    return bool(sqlite.code_of(error) & sqlite.PRIMARY_CODE == dbapi2.SQLITE_FULL)


def copy_cold(path: Path, to: Path) -> None:
    """Copy cold files unchecked; raise OSError.

    A missing one is skipped: the verification of the copy reports it.
    """
    with closing(sqlite.connect(to, write=False)) as connection:
        places = connection.execute(COLD).fetchall() if _has_cold(connection) else []
    files, copies = ColdFiles(path), ColdFiles(to)
    for origin, tile in places:
        for name in files.names(origin, tile):
            copy = copies.folder / name
            make_folder(copy.parent, copies.folder)
            with suppress(FileNotFoundError):
                shutil.copyfile(files.folder / name, copy)
                copy.chmod(MODE)
    if places:
        os.sync()  # at once: one by one it would take minutes


def _has_cold(connection: sqlite.Connection) -> bool:
    asked = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'cold'"
    return connection.execute(asked).fetchone() is not None
