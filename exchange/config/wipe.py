"""Erase parts of a home: keys first, in seconds, then the rest.

A mailbox is worth nothing without the keys, so those are overwritten and removed before
anything large is touched. No disk promises that what was overwritten is gone (flash
memory keeps blocks aside, file systems keep copies): the keys must be revoked as well,
and whoever calls says so.
"""

import fcntl
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from exchange.config.homes import MADE, MAKING, NOTES, PARTS, absent
from exchange.errors import Reason, Refusal, Why
from keys import drafts, files

_KEY = re.compile(r"\.keys?(\.|$)")  # duty-1.key, sealing.keys, .tls.key.93f0c1...


class WipeResult(Struct, frozen=True):
    """The outcome of a wipe: how many files went, and what is still there.

    `running` are parts that a program still holds, with keys in its memory.
    """

    keys: int
    others: int
    remaining: tuple[Path, ...]
    running: tuple[str, ...]


class _Contents(NamedTuple):
    """All that is found in some places, each once; `links` are those to be removed."""

    files: list[Path]
    folders: list[Path]
    links: list[Path]
    leading_out: list[Path]


def find_parts(home: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return what of a home is to be erased: all of its parts, or those named.

    With a part goes what killed commands left of it. Raises Refusal: FIELD_VALUE for a
    name of no part, HOME if a part that is named is not there, or none is.
    """
    if set(names) - set(PARTS):
        why = Why("give one of: {parts}", parts=", ".join(PARTS))
        raise Refusal(Reason.FIELD_VALUE, "--part", why)
    home = home.expanduser()
    found = {name: _of_part(home, name) for name in names or PARTS}
    missing = [name for name, places in found.items() if not places]
    if len(missing) == len(found) or (names and missing):
        raise Refusal(Reason.HOME, missing[0], absent(home))
    whole = [] if names else [home / NOTES, home / MAKING, home / MADE]
    places = [place for some in (*found.values(), whole) for place in some]
    return [place for place in places if os.path.lexists(place)]


def _of_part(home: Path, name: str) -> list[Path]:
    """Return the folders of a part: in its place, being made, and left by a crash."""
    places = [home / name, home / MAKING / name, home / MADE / name]
    places += [path for path in _inside(home) if drafts.is_draft(path, name)]
    return [place for place in places if os.path.lexists(place)]


def wipe(home: Path, names: Sequence[str] = ()) -> WipeResult:
    """Erase all parts of a home, or those named, as `find_parts` finds them.

    The result has what remains: what cannot be erased; what is in the home and belongs
    to no part, if all was to go; and links that lead out of the home, with what they
    lead to. A link into the home is followed.

    1. Key files are overwritten and removed: from here on nothing sealed opens.
    2. So are all other files, the large ones by their beginning alone, which has the
       salt of a mailbox.
    3. Links and folders go.
    """
    home, places = home.expanduser(), find_parts(home, names)
    running = tuple(place.name for place in places if _is_held(place))
    found = _find(home, places)
    # 1
    keys = {path for path in found.files if _KEY.search(path.name)}
    erased_keys = sum(files.destroy(path) for path in keys)
    # 2
    others = sum(files.destroy(path) for path in found.files if path not in keys)
    # 3
    for link in found.links:
        files.destroy(link)
    for folder in sorted(found.folders, key=_depth, reverse=True):
        with suppress(OSError):  # something in it remains, and is named
            folder.rmdir()
    left = _find(home, places if names else _inside(home))
    full = (folder for folder in left.folders if not _inside(folder))
    remaining = (*left.leading_out, *left.files, *left.links, *full)
    return WipeResult(erased_keys, others, remaining, running)


def _find(home: Path, places: Sequence[Path]) -> _Contents:
    """Return all that is in some places of a home, and where its links lead in it."""
    found, top = _Contents([], [], [], []), os.path.realpath(home)
    left, seen = list(places), set[str]()
    while left:
        place = left.pop()
        real = os.path.realpath(place)
        if place.is_symlink():
            if os.path.commonpath((top, real)) != top:
                found.leading_out.append(place)
                continue
            found.links.append(place)
        if real in seen or not os.path.lexists(real) or real == top:
            continue
        seen.add(real)
        if Path(real).is_dir():
            found.folders.append(Path(real))
            left += _inside(Path(real))
        else:
            found.files.append(Path(real))
    return found


def _inside(folder: Path) -> list[Path]:
    with suppress(OSError):  # it stays, and is named
        return list(folder.iterdir())
    return []


def _depth(path: Path) -> int:
    return len(path.parts)


def _is_held(folder: Path) -> bool:
    """Whether a program holds this part."""
    try:
        handle = os.open(folder / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False
