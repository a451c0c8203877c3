"""Compose (to come)."""

from textual.screen import Screen

from tui.data import Desk


class Compose(Screen[None]):
    """Form."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
