"""The files of a rebuild, beside the database: names, disk space, the swap.

ledger.db.rows      readable rows of the old database
ledger.db.new       the new database, until the swap
ledger.db.damaged1  the old database, kept until `fsck` finds no fault
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
    moved = ColdFiles(path).folder.rglob("*")  # their entries come back into rows
    held = (path, _beside(path, "-wal"), *moved)
    sizes = (one.stat().st_size for one in held if one.is_file())
    need, free = ROOM * sum(sizes), shutil.disk_usage(path.parent).free
    if free < need:
        why = Why(NO_ROOM.text, need=str(-(-need // MIB)), free=str(free // MIB))
        raise Refusal(Reason.DISK, path.name, why)


def copy_log_back(path: Path) -> None:
    """Otherwise SQLite would apply the write-ahead log to the new file.

    Raises Tampered(DATABASE) if SQLite fails, Refusal(DISK) if the disk is full.
    """
    log = _beside(path, "-wal")
    if not log.exists():
        return
    digest.drop_digest(path)
    try:
        with closing(sqlite.connect(path, write=True)) as connection:
            connection.execute("PRAGMA writable_schema = ON")  # even a damaged one
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except dbapi2.Error as error:
        if sqlite.code_of(error) & sqlite.PRIMARY_CODE == dbapi2.SQLITE_FULL:
            raise Refusal(Reason.DISK, path.name) from error
        raise Tampered(Reason.DATABASE, path.name) from error
    if log.exists() and log.stat().st_size:
        raise Tampered(Reason.DATABASE, path.name)
    remove_companions(path)


def rows_path(path: Path) -> Path:
    return _beside(path, ".rows")


def new_path(path: Path) -> Path:
    return _beside(path, ".new")


def cut_short(path: Path) -> bool:
    return rows_path(path).exists() or new_path(path).exists()


def remove_drafts(path: Path) -> None:
    for draft in (rows_path(path), new_path(path)):
        draft.unlink(missing_ok=True)
        remove_companions(draft)
        digest.drop_digest(draft)


def remove_companions(path: Path) -> None:
    """Remove them; no program may have the database open."""
    for suffix in COMPANIONS:
        _beside(path, suffix).unlink(missing_ok=True)


def swap(path: Path) -> Path:
    """Replace the old database in one step; return its new path.

    No program has either open, and the write-ahead log was copied back: readers leave
    an empty one.
    """
    kept = keep_old(path)
    digest.drop_digest(path)
    remove_companions(path)
    replace_old(path)
    digest.write_digest(path)
    return kept


def keep_old(path: Path) -> Path:
    number = 1
    while (kept := _beside(path, f"{DAMAGED}{number}")).exists():
        number += 1
    os.link(path, kept)
    sync(path.parent)
    return kept


def replace_old(path: Path) -> None:
    digest.drop_digest(new_path(path))
    sync(new_path(path))  # it was written without sync
    new_path(path).replace(path)
    sync(path.parent)


def forget_kept(path: Path) -> list[Path]:
    kept = sorted(path.parent.glob(f"{path.name}{DAMAGED}*"))
    for one in kept:
        one.unlink(missing_ok=True)
    return kept


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")
