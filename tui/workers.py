"""Ask the desk in a worker thread; its answer comes back to the screen that asked.

It is dropped if the screen was left: showing it would end the program.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, TypeVar

from textual.app import App
from textual.widget import Widget
from textual.worker import WorkerCancelled, get_current_worker

from exchange.bulletin.error_text import refusal
from exchange.errors import FusionError
from tui.text.safe_text import safe
from tui.typed_keys import hold, refuse

P = ParamSpec("P")
T = TypeVar("T")
Node = Widget | App[Any]
A_MOMENT = 0.01  # s until a cancelled worker is gone


def call_if_open(
    node: Node, call: Callable[P, object], *args: P.args, **more: P.kwargs
) -> None:
    """Call from a worker in the thread of the screen, unless it was closed."""

    def here() -> None:
        if isinstance(node, App) or (node.is_attached and node.is_running):
            call(*args, **more)

    try:
        app: App[Any] = node if isinstance(node, App) else node.app
    except RuntimeError:  # NoActiveAppError: the application has dropped it
        return
    if app.is_running:
        app.call_from_thread(here)


def ask_desk(
    node: Node,
    ask: Callable[[], T],
    then: Callable[[T], object],
    refused: Callable[[FusionError], object] | None = None,
    *,
    newest_of: str = "",
) -> None:
    """Call `ask` in a worker, then `then` with its answer, if the screen is still open.

    An error of the desk goes to `refused`, or is shown without it. Of the questions
    with one name in `newest_of` only the last is answered. Keys wait for the first
    questions of a screen that a key opens.
    """

    def answer(found: T) -> None:
        if not (newest_of and get_current_worker().is_cancelled):
            call_if_open(node, then, found)

    group = newest_of or "default"
    work = _work(node, ask, answer, refused)
    asks = node.run_worker(work, thread=True, group=group, exclusive=bool(newest_of))
    hold(node, asks, opens=False)


def ask_to_open(
    node: Node,
    ask: Callable[[], T],
    then: Callable[[T], object],
    refused: Callable[[FusionError], object] | None = None,
) -> None:
    """Ask like `ask_desk`, if `then` opens something or moves the cursor.

    Keys typed meanwhile wait for that; they are dropped if it is refused.
    """
    complain = refused or partial(notify_error, node)

    def answer(found: T) -> None:
        call_if_open(node, then, found)

    def fail(error: FusionError) -> None:
        complain(error)
        refuse(node)

    asks = node.run_worker(_work(node, ask, answer, fail), thread=True)
    hold(node, asks, opens=True)


def _work(
    node: Node,
    ask: Callable[[], T],
    answer: Callable[[T], None],
    refused: Callable[[FusionError], object] | None,
) -> Callable[[], None]:
    complain = refused or partial(notify_error, node)

    def work() -> None:
        try:
            found = ask()
        except FusionError as error:
            call_if_open(node, complain, error)
        else:
            answer(found)

    return work


def ask_and_wait(ask: Callable[[], T]) -> T:
    """Call `ask` in another thread and wait for it, while no screen is drawn."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(ask).result()


def error_line(error: FusionError) -> str:
    """Make it safe to show: its text may name a field."""
    return safe(refusal(error, name_first=True))


def notify_error(node: Node, error: FusionError) -> None:
    node.notify(error_line(error), severity="error", markup=False)


def notify_instead(node: Node, text: str) -> None:
    """Use our own words; drop the keys typed for it."""
    node.notify(text, markup=False)
    refuse(node)


async def wait_for_workers(app: App[Any]) -> None:
    """Count a replaced one as finished."""
    while app.workers:
        try:
            await app.workers.wait_for_complete()
        except WorkerCancelled:
            await asyncio.sleep(A_MOMENT)
        else:
            return
