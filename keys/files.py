"""Key files: 0600, created exclusively, replaced atomically, fsynced.

Errors are KeyFileError and name the file, never its folder.
"""

import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from keys import drafts
from keys.errors import KeyFileError

MODE = 0o600
SIZE_MAX = 1024 * 1024  # bytes; the largest of ours is under 64 KiB
OVERWRITTEN = SIZE_MAX  # bytes overwritten of a larger file


def read(path: Path) -> bytes:
    """Refuse a private file that others can read or write."""
    try:
        # Non-blocking: a pipe in its place must not hang the start.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be read") from None
    try:
        # Before opening a file object: that fails on a folder.
        _check(os.fstat(handle), path.name)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(SIZE_MAX)
    finally:
        os.close(handle)


def _check(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyFileError(f"{name}: not a regular file")
    if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyFileError(f"{name}: others can read it")
    if status.st_size > SIZE_MAX:
        raise KeyFileError(f"{name}: too large")


def create(path: Path, data: bytes) -> None:
    """Write it whole or not at all; KeyFileError if it exists already."""
    with _held(path):
        draft = _write_draft(path, data)
        try:
            os.link(draft, path)  # unlike a rename, refuses to overwrite
        except FileExistsError:
            raise KeyFileError(f"{path.name}: exists already") from None
        except OSError:
            raise KeyFileError(f"{path.name}: cannot be written") from None
        finally:
            draft.unlink()
    _sync_folder(path)


def replace(path: Path, data: bytes) -> None:
    """Replace a file; after a crash it has the old or the new version."""
    with _held(path):
        draft = _write_draft(path, data)
        try:
            _rename(draft, path)
        except KeyFileError:
            draft.unlink()
            raise
    _sync_folder(path)


def replace_all(new: Mapping[Path, bytes]) -> None:
    """Replace files, and destroy the old versions.

    On an error every file is the old one. A power cut may leave some new and some old,
    all whole.

    1. Write each new version beside its file, and give the old file a second name.
    2. Rename the new ones into place, or on an error put the old ones back.
    3. Overwrite the old ones, as far as the disk overwrites.
    """
    made, old = dict[Path, Path](), dict[Path, Path]()
    with ExitStack() as holding:
        for path in new:
            holding.enter_context(_held(path))
        try:
            # 1
            for path, data in new.items():
                made[path] = _write_draft(path, data)
            for path in new:
                old[path] = _link_beside(path)
            # 2
            for path, draft in made.items():
                _rename(draft, path)
                _sync_folder(path)
        except KeyFileError:
            for path, kept in old.items():
                kept.replace(path)
            for left in (*made.values(), *old.values()):
                left.unlink(missing_ok=True)  # a rename onto itself leaves it
            raise
    # 3
    for kept in old.values():
        destroy(kept)


def remove(path: Path) -> None:
    """Remove it, if it exists, also after a power cut."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be removed") from None
    _sync_folder(path)


def destroy(path: Path) -> bool:
    """Overwrite a file with random bytes and remove it; return whether it is gone.

    Beyond OVERWRITTEN only the start is overwritten. A link is removed, not followed.
    Raises no error: an emergency wipe must go on with the next file.
    """
    with suppress(OSError):  # an unwritable file may still be removed
        if stat.S_ISREG(path.lstat().st_mode):
            _overwrite(path)
    try:
        path.unlink(missing_ok=True)
        _sync_folder(path)
    except (OSError, KeyFileError):
        return False
    return True


def sweep(part: Path) -> None:
    """Erase drafts that killed programs left in a part of a home."""
    _sweep(part.parent, part.name)
    for below, _, _ in os.walk(part):
        _sweep(Path(below))


def _sweep(folder: Path, of: str = "") -> None:
    with suppress(OSError):  # held by another program, or read-only
        left = [path for path in folder.iterdir() if drafts.is_draft(path, of)]
        if left:
            with drafts.held(folder, alone=True):
                for path in left:
                    _erase(path)


def _erase(draft: Path) -> None:
    if draft.is_dir() and not draft.is_symlink():
        for below, _, names in os.walk(draft):
            for name in names:
                destroy(Path(below, name))
        shutil.rmtree(draft, ignore_errors=True)
    elif draft.lstat().st_nlink > 1:  # another name of a file in use
        draft.unlink()
    else:
        destroy(draft)


def _overwrite(path: Path) -> None:
    path.chmod(MODE)
    handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
    try:
        size = min(os.fstat(handle).st_size, OVERWRITTEN)
        os.pwrite(handle, os.urandom(size), 0)
        os.fsync(handle)
    finally:
        os.close(handle)


def _rename(draft: Path, path: Path) -> None:
    try:
        draft.replace(path)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be replaced") from None


def _link_beside(path: Path) -> Path:
    """Link it to a second name, by which it can be restored or destroyed."""
    kept = drafts.new_name(path)
    try:
        os.link(path, kept, follow_symlinks=False)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be replaced") from None
    return kept


@contextmanager
def _held(path: Path) -> Iterator[None]:
    with ExitStack() as holding:
        try:
            holding.enter_context(drafts.held(path.parent))
        except OSError:
            raise KeyFileError(f"{path.name}: cannot be written") from None
        yield


def _write_draft(path: Path, data: bytes) -> Path:
    draft = drafts.new_name(path)
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be written") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
    except OSError:
        draft.unlink()
        raise KeyFileError(f"{path.name}: cannot be written") from None
    return draft


def sync(place: Path) -> None:
    """Sync a file, or the names in a folder, to disk; raises OSError."""
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    try:
        sync(path.parent)
    except OSError:
        raise KeyFileError(f"{path.name}: cannot be written") from None
