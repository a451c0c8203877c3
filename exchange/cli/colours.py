"""Colours of what a command prints: on a terminal only.

None where the output is a pipe or a file, where NO_COLOR is set to anything
(no-color.org), and on a terminal that says it is dumb. Nothing is said by a colour
alone: whoever does not see it reads the same words.
"""

import os
import sys

STYLES = {
    "heading": "4",
    "loud": "1;31",
    "urgent": "1;33",
    "unread": "1",
    "good": "32",
    "bad": "31",
    "calm": "2",
}
"""Uses of a colour -> parameters of SGR (ECMA-48, 8.3.117), of the 16 colours alone."""


class Painted(str):
    """A line that is safe for a terminal already, with its colours."""

    __slots__ = ()


def paint(text: str, style: str) -> Painted:
    """Return a text, which is safe for a terminal already, in one of STYLES."""
    if not style or not text or not wanted():
        return Painted(text)
    return Painted(f"\x1b[{STYLES[style]}m{text}\x1b[0m")


def wanted() -> bool:
    """Whether stdout shows colours and nobody forbade them."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()
