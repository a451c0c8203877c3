"""A guard around a desk: what takes long may not be asked in the screen's own thread.

Between two keys nothing may stand still for 50 ms, and a disk or a node may. So each
question goes to a worker (`tui/workers.py`), but for those few that
`TerminalDesk` says must answer within milliseconds: the list asks them while it paints.
"""

import threading
from typing import Any

from tests.tui.fake_desk import FakeDesk

AT_ONCE = frozenset({"count", "page", "rows", "link", "setting", "desks", "on_change"})
"""The questions that may be asked while a screen is painted."""
HELPERS = frozenset({"row", "arrive", "tell"})
"""What only a test asks."""
ASKED = (
    frozenset(
        name
        for name in dir(FakeDesk)
        if not name.startswith("_") and callable(getattr(FakeDesk, name))
    )
    - HELPERS
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
