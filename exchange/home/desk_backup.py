"""A desk as one sealed file: backed up, restored, moved; each ends with a proof.

A backup holds the desk's folder: keystores, ring, settings, trust, certificate, and a
consistent snapshot of its mailbox. Programs may run meanwhile. A restore only writes a
desk that does not exist yet.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from exchange import config
from exchange.atomic_file import atomic
from exchange.config import DeskHome
from exchange.desk import officer as officers
from exchange.desk.mailbox import Mailbox
from exchange.desk.mailbox.settings import RESTORED
from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.home.backup_file import Manifest, describe, open_backup, write
from keys import drafts, files

TABLES = ("message", "translation", "receipt", "outbox", "draft")
"""The tables whose rows are counted."""
LEFT_OUT = frozenset({"lock", "moved", "mailbox.db-wal", "mailbox.db-shm"})
"""Files of a desk's folder that only concern this place."""
_STILL_OPEN = Why("a program of this desk is running; end it, then move the desk")


class BackupProof(Struct, frozen=True):
    """A backup that was read back; `digest` is the SHA-256 of the file."""

    manifest: Manifest
    digest: bytes

    def as_json(self) -> dict[str, object]:
        return {
            "desk": self.manifest.desk,
            "made": self.manifest.made,
            "sha256": self.digest.hex(),
            "files": len(self.manifest.files),
            "bytes": sum(one.size for one in self.manifest.files),
            "rows": dict(self.manifest.rows),
        }


def back_up(
    desk: DeskHome, database_key: bytes, out: Path, passphrase: str, now: int
) -> BackupProof:
    """Write it, and read it back; `now` is ms UTC.

    1. A snapshot of the mailbox is copied, and the copy checked.
    2. All files are sealed under the passphrase; `out` is complete or absent.
    3. It is reopened, and every file compared by its digest.

    Raises Refusal: HOME_EXISTS if `out` exists, DISK, DATABASE, INPUT, CONFLICT if a
    file changed meanwhile.
    """
    if os.path.lexists(out):
        raise Refusal(Reason.HOME_EXISTS, str(out))
    # 1
    with _copy_of_mailbox(desk, database_key) as (copy, rows):
        # 2
        paths = {name: desk.folder / name for name in _list_files(desk)}
        paths[desk.mailbox.name] = copy
        held = [describe(desk.folder, name, path) for name, path in paths.items()]
        manifest = Manifest(config.read_desk(desk).name, now, held, rows)
        with atomic(out) as file:
            write(file, passphrase, manifest, paths)
    # 3
    return prove(out, passphrase)


def prove(path: Path, passphrase: str) -> BackupProof:
    """Read the backup to its end; raise as `open_backup`."""
    with open_backup(path, passphrase) as backup:
        for one in backup.manifest.files:
            for _ in backup.content(one):
                pass
        backup.end()
        manifest = backup.manifest
    with path.open("rb") as file:
        return BackupProof(manifest, hashlib.file_digest(file, "sha256").digest())


def restore(
    path: Path, home: Path, passphrase: str, officer: str, secret: str
) -> BackupProof:
    """Write the desk of a backup into a home without a desk.

    `officer` (duty-1; "" for the desk's own) opens the mailbox with `secret`.

    1. There is no desk (HOME_EXISTS).
    2. Every file is extracted and verified, into a temporary folder.
    3. The officer's passphrase opens the mailbox; it is intact, and has the counted
       rows. It is marked as restored, so that it catches up before it sends.
    4. The folder is renamed into place, atomically. A failure leaves nothing.

    Raises Refusal as `open_backup` and `officers.unlock` do; Tampered(DATABASE).
    """
    # 1
    to = home.expanduser() / "desk"
    if os.path.lexists(to):
        raise Refusal(Reason.HOME_EXISTS, str(to))
    config.private_folder(to.parent)
    with drafts.new_folder(to) as draft:
        # 2
        with open_backup(path, passphrase) as backup:
            for one in backup.manifest.files:
                _extract(draft / one.name, backup.content(one))
            backup.end()
            manifest = backup.manifest
        # 3
        _check_desk(DeskHome(draft), manifest, officer, secret)
        # 4
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        _sync(draft)
        draft.rename(to)
        _sync(to.parent)
    return BackupProof(manifest, digest)


def move(
    desk: DeskHome, database_key: bytes, out: Path, passphrase: str, now: int
) -> BackupProof:
    """Back a desk up, and mark it as moved: it must not run in two places.

    1. No program of the desk runs (LOCKED); none can start from here on.
    2. The backup, with its proof.
    3. The mark names the backup file.

    If the backup fails, the mark is removed. Raises Refusal as `back_up` does.
    """
    # 1
    with config.hold_lock(desk.folder, _STILL_OPEN):
        _mark(desk, now, out, b"")
        try:
            # 2
            proof = back_up(desk, database_key, out, passphrase, now)
        except BaseException:
            files.remove(desk.moved)
            raise
        # 3
        _mark(desk, now, out, proof.digest)
    return proof


def _mark(desk: DeskHome, now: int, out: Path, digest: bytes) -> None:
    record = {"at": now, "file": out.name, "sha256": digest.hex()}
    files.replace(desk.moved, json.dumps(record).encode())


@contextmanager
def _copy_of_mailbox(
    desk: DeskHome, key: bytes
) -> Iterator[tuple[Path, Mapping[str, int]]]:
    """Check a copy under the mailbox's own key; yield it with its rows by table."""
    with drafts.new_folder(desk.mailbox) as folder:
        copy = folder / desk.mailbox.name
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(Mailbox(desk.mailbox, key)) as mailbox:
            mailbox.database.copy_to(copy)
        yield copy, _check_mailbox(copy, key)


def _check_mailbox(path: Path, key: bytes) -> dict[str, int]:
    with closing(Mailbox(path, key)) as mailbox:
        mailbox.database.check()
        return {table: mailbox.database.count_rows(table) for table in TABLES}


def _check_desk(desk: DeskHome, manifest: Manifest, officer: str, secret: str) -> None:
    settings = config.read_desk(desk)
    if settings.name != manifest.desk:
        raise Refusal(Reason.INPUT, f"manifest: {manifest.desk!a}")
    short = officers.choose(desk, settings, officer)
    unlocked = officers.unlock(desk, settings.name, short, secret)
    if _check_mailbox(desk.mailbox, unlocked.database_key) != manifest.rows:
        raise Tampered(Reason.DATABASE, desk.mailbox.name)
    with closing(Mailbox(desk.mailbox, unlocked.database_key)) as mailbox:
        mailbox.settings.set(RESTORED, str(manifest.made))


def _list_files(desk: DeskHome) -> list[str]:
    """List the files to back up; those that belong to this place only are left out."""
    found = []
    for path in sorted(desk.folder.rglob("*")):
        name = path.relative_to(desk.folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and str(name) not in LEFT_OUT:
            found.append(str(name))
    return found


def _extract(path: Path, pieces: Iterator[bytes]) -> None:
    config.private_folder(path.parent)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(handle)


def _sync(folder: Path) -> None:
    for path in (folder, *(one for one in folder.iterdir() if one.is_dir())):
        files.sync(path)
