"""The clipboard: copies a text, and says which tool took it, if known.

A tool of the local display reports success. Terminals take OSC 52 without an answer,
and tmux drops it unless its `set-clipboard` is on.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum

from exchange.words import word

ANSWER_S = 2.0  # time limit for an answer of a tool, or tmux
TOOLS = (  # by the variable that names a display
    ("WAYLAND_DISPLAY", ("wl-copy",)),
    ("DISPLAY", ("xclip", "-selection", "clipboard")),
    ("DISPLAY", ("xsel", "--clipboard", "--input")),
)
TMUX_ASKS = ("tmux", "show-options", "-s", "-v", "set-clipboard")


class Took(Enum):
    DISPLAY = word("Copied.")
    TMUX = word("Copied to tmux. Whether its terminal took it too cannot be known.")
    NOBODY = word("Not copied: tmux blocks it. Run: tmux set -s set-clipboard on")
    UNKNOWN = word("Sent to the terminal. Whether it took the text cannot be known.")

    @property
    def by_terminal(self) -> bool:
        return self in {Took.TMUX, Took.UNKNOWN}


def copy(text: str, environ: Mapping[str, str]) -> Took:
    """Give a text to a tool of the display, if there is one; return the taker.

    Waits for up to ANSWER_S for each: for a worker. Raises nothing.
    """
    for command in _tools(environ):
        if _run(command, environ, text) is not None:
            return Took.DISPLAY
    return _by_terminal(environ)


def available(environ: Mapping[str, str]) -> Took:
    """Return the likely taker of a text, without copying one.

    May wait for ANSWER_S. Raises nothing.
    """
    path = environ.get("PATH")
    if any(shutil.which(command[0], path=path) for command in _tools(environ)):
        return Took.DISPLAY
    return _by_terminal(environ)


def _by_terminal(environ: Mapping[str, str]) -> Took:
    """Ask tmux; no other terminal can be asked."""
    if not environ.get("TMUX"):
        return Took.UNKNOWN
    option = _run(TMUX_ASKS, environ)
    if option is None:
        return Took.UNKNOWN
    return Took.TMUX if option.strip() == "on" else Took.NOBODY


def _tools(environ: Mapping[str, str]) -> Iterator[Sequence[str]]:
    for variable, command in TOOLS:
        if environ.get(variable):
            yield command


def _run(
    command: Sequence[str], environ: Mapping[str, str], text: str = ""
) -> str | None:
    """Return the output of a program of PATH; None if it is missing or fails.

    It may stay running so that others can paste; it keeps none of our files open.
    """
    path = shutil.which(command[0], path=environ.get("PATH"))
    if path is None:
        return None
    asks = command is TMUX_ASKS
    try:
        done = subprocess.run(  # noqa: S603 - one of the constants above
            [path, *command[1:]],
            input=text.encode(),
            stdout=subprocess.PIPE if asks else subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=dict(environ),
            timeout=ANSWER_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode:
        return None
    return (done.stdout or b"").decode(errors="replace")
