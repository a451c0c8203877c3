"""Bulletins that were begun and put off, at the desk; each under a number of its own.

An older program kept one: it is the first.
"""

import json
from typing import Protocol

FIRST = "1"
DAMAGED = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What reading raises where something was not kept by a program of ours."""


class Keeper(Protocol):
    """What keeps a text at the desk."""

    def kept_draft(self) -> str:
        """Return what was kept, or ""."""

    def keep_draft(self, text: str) -> None:
        """Keep a text; "" drops it."""


def kept(desk: Keeper) -> dict[str, str]:
    """Return the JSON of each draft by its number, the first first.

    What no program of ours can have kept is there as it stands, to be looked at.
    """
    text = desk.kept_draft()
    if not text:
        return {}
    try:
        found = json.loads(text)["drafts"]
        return {str(number): str(each) for number, each in found.items()}
    except DAMAGED:
        return {FIRST: text}


def keep(desk: Keeper, number: str, text: str) -> str:
    """Keep a draft under its number, "" for a new one; return the number."""
    found = kept(desk)
    number = number or str(1 + max((int(n) for n in found if n.isdecimal()), default=0))
    _put(desk, {**found, number: text})
    return number


def drop(desk: Keeper, number: str) -> None:
    """Drop a draft; nothing happens where there is none of that number."""
    found = kept(desk)
    if found.pop(number, None) is not None:
        _put(desk, found)


def _put(desk: Keeper, drafts: dict[str, str]) -> None:
    made = json.dumps({"drafts": drafts}, ensure_ascii=False) if drafts else ""
    desk.keep_draft(made)
