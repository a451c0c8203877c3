"""A guard around a desk: what takes long may not be asked in the screen's own thread.

Between two keys nothing may stand still for 50 ms, and a disk or a node may. So each
question goes to a worker (`tui/workers.py`), but for those few that `tui/desk.py` says
must answer within milliseconds, and that the list asks while it paints.
"""

import threading
from typing import Any

from tui.desk import DeskProtocol

AT_ONCE = frozenset(
    {"count", "page", "rows", "link", "setting", "on_change", "home", "turns"}
)
"""The questions that may be asked while a screen is painted."""
ASKED = frozenset(
    name
    for base in DeskProtocol.__mro__
    for name in vars(base)
    if not name.startswith("_")
)
"""All questions that a screen may ask."""


class AskedWhilePainting(AssertionError):
    """A question was asked in the thread in which the screen is painted."""


class ScreenThread:
    """A desk for one application, made in the thread that its screens run in."""

    def __init__(self, desk: Any) -> None:  # noqa: ANN401  # of any test
        self._desk = desk
        self._own = threading.get_ident()
        self._wrong: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the desk has
        found = getattr(self._desk, name)
        if name not in ASKED - AT_ONCE or not callable(found):
            return found

        def ask(*args: Any, **more: Any) -> Any:  # noqa: ANN401  # as the desk is asked
            if threading.get_ident() == self._own:
                self._wrong.append(name)
            return found(*args, **more)

        return ask

    def check(self) -> None:
        """Raise AskedWhilePainting, naming what was asked in the screen's thread."""
        if self._wrong:
            raise AskedWhilePainting(", ".join(sorted(set(self._wrong))))
