"""What a worker found comes back to its screen, if that is still there.

An officer leaves a screen, or the terminal, while a worker still reads. Its answer is
then nobody's: to show it would end the program.
"""

from collections.abc import Callable
from typing import ParamSpec

from textual.widget import Widget

P = ParamSpec("P")


def answer(
    screen: Widget, call: Callable[P, object], *args: P.args, **more: P.kwargs
) -> None:
    """Call from a worker in the thread of the screen, unless it has been left."""

    def here() -> None:
        if screen.is_attached and screen.is_running:
            call(*args, **more)

    try:
        app = screen.app
    except RuntimeError:  # NoActiveAppError: it hangs in no application any more
        return
    if app.is_running:
        app.call_from_thread(here)
