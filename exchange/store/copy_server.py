"""Copies a server's database to a SQLite file, as in backups.

One read-only transaction reads one state, so that a standby can be copied too. Every
row is compared before the copy may be used.
"""

import shutil
from contextlib import closing, suppress
from pathlib import Path

from exchange.config.database_url import DatabaseUrl
from exchange.errors import Reason, Refusal
from exchange.store import file_digest, owner, sqlite
from exchange.store.cold_files import ColdFiles
from exchange.store.copy_file import copy_cold
from exchange.store.equal_rows import level, prove
from exchange.store.open_database import open_database

AS_ONE_FILE = (("journal_mode", "delete"),)


def copy_server(url: DatabaseUrl, to: Path, node: str) -> None:
    """Write one state to a file, which must not exist yet.

    Its files of old entries go beside it. The copy has mode 0600 and is synced; an
    error removes it. Refusal(HOME_EXISTS) if the file exists, DISK, DATABASE, LOCKED.
    """
    if to.exists() or ColdFiles(to).folder.exists():
        raise Refusal(Reason.HOME_EXISTS, str(to))
    try:
        with closing(open_database(url, read_only=True)) as source:
            owner.check(source, node)
            with (
                closing(open_database(to)) as target,
                source.whole_cursor() as rows,
            ):
                level(rows, target.read_cursor, target.write_cursor, _silent)
                with target.read_cursor() as copied:
                    prove(rows, copied, _silent)
        with closing(sqlite.connect(to, AS_ONE_FILE, write=True)):
            file_digest.drop_digest(to)  # of the file that it was
        copy_cold(url.file, to)
    except BaseException as error:
        _remove(to)
        if isinstance(error, OSError):
            raise Refusal(Reason.DISK, to.name) from error
        raise


def _remove(to: Path) -> None:
    shutil.rmtree(ColdFiles(to).folder, ignore_errors=True)
    for suffix in ("", "-wal", "-shm", "-journal", file_digest.SUFFIX):
        with suppress(OSError):
            to.with_name(f"{to.name}{suffix}").unlink(missing_ok=True)


def _silent(done: int, total: int) -> None:
    """Show no progress."""
