"""The event loop of the screen, which announces when the screen is at work."""

import asyncio
import gc
import selectors
import sys

from textual.app import App

from exchange.desk.link.turns import Turns

SWITCH_S = 0.001  # switch interval for threads beside the screen
YOUNG = 2_000  # new objects per garbage collection: 0.3 ms
STANDS_S = 3.0  # s after which the first screen is up


class TurnSelector(selectors.DefaultSelector):
    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        self._turns.leave()
        found = super().select(timeout)
        self._turns.take()
        return found


def run_in_turns(app: App[None], turns: Turns) -> None:
    """Run an application until it ends, and give it the interpreter first.

    Other threads give up the interpreter sooner, and those that use the turns wait.
    Garbage is collected in small portions, from the first screen on, and never among
    that screen's own objects: scanning those takes 40 ms.
    """
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(SWITCH_S)
    gc.set_threshold(YOUNG, *thresholds[1:])
    collecting = gc.isenabled()
    gc.disable()
    try:
        with asyncio.Runner(
            loop_factory=lambda: asyncio.SelectorEventLoop(TurnSelector(turns))
        ) as runner:
            runner.get_loop().call_later(STANDS_S, _collect_from_now_on)
            runner.run(app.run_async())
    finally:
        turns.leave()
        if collecting:
            gc.enable()
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)


def _collect_from_now_on() -> None:
    gc.freeze()
    gc.enable()
