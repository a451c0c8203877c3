"""Erase parts of a home: keys first, in seconds, then the rest.

A mailbox is unreadable without its keys. Overwriting guarantees no erasure (flash
memory and file systems keep copies): the keys must be revoked too, and the caller says
so.
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
    """Counts of erased files, and the paths that remain.

    `running` are parts that a program still holds, with keys in its memory.
    """

    keys: int
    others: int
    remaining: tuple[Path, ...]
    running: tuple[str, ...]


class _Contents(NamedTuple):
    """The paths to erase, each once; `links` are to be removed."""

    files: list[Path]
    folders: list[Path]
    links: list[Path]
    leading_out: list[Path]


def find_parts(home: Path, names: Sequence[str] = ()) -> list[Path]:
    """Return all parts, or those named, with the drafts of killed commands.

    Raises Refusal: FIELD_VALUE for an unknown part, HOME if a named part is missing, or
    there is none.
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
    """Return those in place, being made, and left by a crash."""
    places = [home / name, home / MAKING / name, home / MADE / name]
    places += [path for path in _inside(home) if drafts.is_draft(path, name)]
    return [place for place in places if os.path.lexists(place)]


def wipe(home: Path, names: Sequence[str] = ()) -> WipeResult:
    """Erase all parts of a home, or those named.

    The result lists the rest: paths that could not be erased; if all was to go, files
    of the home that belong to no part; and links out of the home, with their targets. A
    link into the home is followed.

    1. Overwrite and remove key files: from here on no sealed data opens.
    2. Then all other files; of large ones only the start, which has a mailbox's salt.
    3. Remove links and folders.
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
        with suppress(OSError):  # a file in it remains, and is listed
            folder.rmdir()
    left = _find(home, places if names else _inside(home))
    full = (folder for folder in left.folders if not _inside(folder))
    remaining = (*left.leading_out, *left.files, *left.links, *full)
    return WipeResult(erased_keys, others, remaining, running)


def _find(home: Path, places: Sequence[Path]) -> _Contents:
    """Find the paths; links within the home are followed."""
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
    with suppress(OSError):  # it stays, and is listed
        return list(folder.iterdir())
    return []


def _depth(path: Path) -> int:
    return len(path.parts)


def _is_held(folder: Path) -> bool:
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
