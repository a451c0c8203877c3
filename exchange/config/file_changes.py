"""Changes of several files of a part of a home: all of them, or none.

    with new_change(part) as folder:   # write new files, under their paths in the part
        ...
        commit(part, folder, ["officers/duty-2.key"])  # takes effect
    finish(part)

New files are made in their own folder, and renaming that folder commits them. Moving
the files into place can be repeated, after a crash by the next program that opens the
part (`desk_home`).
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from exchange.config.locks import hold_lock
from keys import drafts, files

_CHANGE = "change"
_REMOVED = "removed"  # in that folder: paths in the part, one per line


@contextmanager
def new_change(part: Path) -> Iterator[Path]:
    """Yield an empty folder, removed unless committed; hold the part's lock."""
    with drafts.new_folder(part / _CHANGE) as draft:
        yield draft


def commit(part: Path, draft: Path, removed: Sequence[str]) -> None:
    """Commit a change: its new files, and the removal of those at `removed`."""
    files.create(draft / _REMOVED, "\n".join(removed).encode())
    for folder in (draft, *(one for one in draft.rglob("*") if one.is_dir())):
        files.sync(folder)
    draft.rename(part / _CHANGE)
    files.sync(part)


def finish(part: Path) -> None:
    change = part / _CHANGE
    if not change.is_dir():
        return
    listed = change / _REMOVED
    if listed.exists():
        for path in filter(None, listed.read_text("utf-8").split("\n")):
            (part / path).unlink(missing_ok=True)
        for new in sorted(one for one in change.rglob("*") if one.is_file()):
            if new != listed:
                place = part / new.relative_to(change)
                new.replace(place)
                files.sync(place.parent)
        files.sync(part)
        listed.unlink()
    shutil.rmtree(change)
    files.sync(part)


def finish_left(part: Path) -> None:
    """Finish a change left by a crash; Refusal(LOCKED) while it is under way."""
    if (part / _CHANGE).is_dir():
        with hold_lock(part):
            finish(part)
