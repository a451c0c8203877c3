"""The screen has the interpreter first: other threads wait for its turns."""

import gc
import socket
import sys

from textual.app import App

from exchange.desk.link.turns import Turns
from tui.screen_loop import SWITCH_S, YOUNG, TurnSelector, run_in_turns


class Noted(Turns):
    """Turns that are written down."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def take(self) -> None:
        self.said.append("take")

    def leave(self) -> None:
        self.said.append("leave")


class OneTurn(App[None]):
    """Ends as soon as it stands."""

    interval, young = 0.0, 0

    async def run_async(self, **_: object) -> None:  # no tty
        await super().run_async(headless=True)

    def on_mount(self) -> None:
        self.interval, self.young = sys.getswitchinterval(), gc.get_threshold()[0]
        self.exit()


def test_the_turn_is_left_before_a_wait_and_taken_after_it() -> None:
    turns = Noted()
    with TurnSelector(turns) as selector:
        one, other = socket.socketpair()
        with one, other:
            selector.register(one, 1)
            other.send(b"key")
            found = selector.select(10)
            assert [key.fileobj for key, _ in found] == [one]
    assert turns.said == ["leave", "take"]


def test_the_application_takes_turns_and_leaves_the_last() -> None:
    before, thresholds = sys.getswitchinterval(), gc.get_threshold()
    turns, app = Noted(), OneTurn()
    run_in_turns(app, turns)
    assert "take" in turns.said
    assert turns.said[-1] == "leave"
    assert (app.interval, app.young) == (SWITCH_S, YOUNG)
    assert (sys.getswitchinterval(), gc.get_threshold()) == (before, thresholds)
