"""The files of a rebuild, beside the database: room for them, their names, the swap.

ledger.db.rows      what could be read of the old database
ledger.db.new       the new database, until it takes the old one's place
ledger.db.damaged1  the old database, kept until `fsck` finds nothing wrong
"""

import os
import shutil
from contextlib import closing
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.store import file_digest as digest
from exchange.store import sqlite
from exchange.store.cold_files import ColdFiles
from keys.files import sync

COMPANIONS = ("-wal", "-shm", "-journal")
DAMAGED = ".damaged"
ROOM = 2  # times the size of the database: its rows, and the new one
MIB = 1 << 20
NO_ROOM = Why(
    "a repair needs {need} MiB of free disk, and {free} MiB are free; free some space"
)


def check_room(path: Path) -> None:
    """Raise Refusal(DISK) unless there is room for a rebuild of this database."""
    moved = ColdFiles(path).folder.rglob("*")  # their entries come back into rows
    held = (path, _beside(path, "-wal"), *moved)
    sizes = (one.stat().st_size for one in held if one.is_file())
    need, free = ROOM * sum(sizes), shutil.disk_usage(path.parent).free
    if free < need:
        why = Why(NO_ROOM.text, need=str(-(-need // MIB)), free=str(free // MIB))
        raise Refusal(Reason.DISK, path.name, why)


def copy_log_back(path: Path) -> None:
    """Copy the write-ahead log into the file, and remove it.

    Else it would be played into the file that takes this one's place. Raises
    Tampered(DATABASE) where SQLite cannot.
    """
    log = _beside(path, "-wal")
    if not log.exists():
        return
    digest.drop_digest(path)
    try:
        with closing(sqlite.connect(path, write=True)) as connection:
            connection.execute("PRAGMA writable_schema = ON")  # whatever it says
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except dbapi2.Error as error:
        if sqlite.code_of(error) & sqlite.PRIMARY_CODE == dbapi2.SQLITE_FULL:
            raise Refusal(Reason.DISK, path.name) from error
        raise Tampered(Reason.DATABASE, path.name) from error
    if log.exists() and log.stat().st_size:
        raise Tampered(Reason.DATABASE, path.name)
    remove_companions(path)


def rows_path(path: Path) -> Path:
    """Return where the rows go that can be read of a database."""
    return _beside(path, ".rows")


def new_path(path: Path) -> Path:
    """Return where the new database is made."""
    return _beside(path, ".new")


def cut_short(path: Path) -> bool:
    """Whether a repair of this database ended before the swap."""
    return rows_path(path).exists() or new_path(path).exists()


def remove_drafts(path: Path) -> None:
    """Remove what a rebuild left beside the database that is in use."""
    for draft in (rows_path(path), new_path(path)):
        draft.unlink(missing_ok=True)
        remove_companions(draft)
        digest.drop_digest(draft)


def remove_companions(path: Path) -> None:
    """Remove what SQLite leaves beside a database that nobody has open."""
    for suffix in COMPANIONS:
        _beside(path, suffix).unlink(missing_ok=True)


def swap(path: Path) -> Path:
    """Put the new database in the place of the old one; return where that is kept.

    Nobody has either open, and the write-ahead log was copied back: readers leave an
    empty one. One step replaces the file: before it the old database is the one in
    use, after it the new one.
    """
    kept = keep_old(path)
    digest.drop_digest(path)
    remove_companions(path)
    replace_old(path)
    digest.write_digest(path)
    return kept


def keep_old(path: Path) -> Path:
    """Give the old database a second name, the first that is free; return that."""
    number = 1
    while (kept := _beside(path, f"{DAMAGED}{number}")).exists():
        number += 1
    os.link(path, kept)
    sync(path.parent)
    return kept


def replace_old(path: Path) -> None:
    """Let the new database have the old one's name."""
    digest.drop_digest(new_path(path))
    sync(new_path(path))  # it was written without
    new_path(path).replace(path)
    sync(path.parent)


def forget_kept(path: Path) -> list[Path]:
    """Remove the damaged databases that were kept; return which."""
    kept = sorted(path.parent.glob(f"{path.name}{DAMAGED}*"))
    for one in kept:
        one.unlink(missing_ok=True)
    return kept


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
