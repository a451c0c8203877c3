"""Atomic files: written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from exchange.errors import Reason, Refusal, Why, unreadable
from keys import drafts

MODE = 0o600  # headers reveal senders, recipients and times


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """Yield a file that replaces `path` at the end of the block.

    It is then synced; if the block raises, the draft is removed. Refusal(INPUT) if the
    file cannot be made.
    """
    draft = drafts.new_name(path)
    with ExitStack() as holding:
        try:
            holding.enter_context(drafts.held(path.parent))
            handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, MODE)
        except OSError as error:
            raise unreadable(error, str(path)) from None
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(handle)
            _place(draft, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _place(draft: Path, path: Path) -> None:
    try:
        draft.replace(path)
    except OSError as error:  # `path` is a folder
        raise unreadable(error, str(path)) from None
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def new_path(text: str) -> Path:
    """Raise Refusal: HOME_EXISTS if it exists, INPUT if it is not a path."""
    path = typed_path(text)
    if path.exists():
        raise Refusal(Reason.HOME_EXISTS, text.strip())
    return path


def typed_path(text: str) -> Path:
    """Return a path with ~ as the home folder; Refusal(INPUT)."""
    try:
        path = Path(text.strip()).expanduser()
    except RuntimeError:  # no user of that name
        path = Path()
    if not path.name or "\0" in text:
        raise Refusal(Reason.INPUT, text, Why("no file is named; type its path"))
    return path
