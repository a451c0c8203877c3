"""Wait for the terminal's application in a test, as long as it works and no longer.

Textual waits until the process is idle for 20 ms, twice a key. This looks at the loop's
queue and at the workers instead. A worker that blocks is idle as Textual sees it.
"""

import asyncio
from time import monotonic, process_time

import pytest
from textual import app, pilot
from textual._context import active_app

LOOK = 0.02  # s that a worker is looked at
BUSY = LOOK / 20  # s of a core


async def wait_for_idle(min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Return once nothing is ready and the screen is drawn; after `max_sleep` s.

    At least `min_sleep` s pass.
    """
    running, loop = active_app.get(), asyncio.get_running_loop()
    await asyncio.sleep(min_sleep)
    end = monotonic() + max_sleep
    while monotonic() < end:
        await _drain(loop)
        while running._resize_timer is not None:  # noqa: ASYNC110  no event
            await asyncio.sleep(0.001)
        running.screen._on_timer_update()
        await _drain(loop)
        if not any(worker.is_running for worker in running.workers):
            return
        used, looked = process_time(), monotonic()
        while monotonic() < looked + LOOK and running.workers:  # noqa: ASYNC110  no event
            await asyncio.sleep(0.001)
        if running.workers and process_time() - used < BUSY:
            return


async def _drain(loop: asyncio.AbstractEventLoop) -> None:
    ready = loop._ready  # type: ignore[attr-defined]  # the queue of asyncio's own loop
    await asyncio.sleep(0)
    while ready:  # noqa: ASYNC110  no event
        await asyncio.sleep(0)


def install(patch: pytest.MonkeyPatch) -> None:
    """Let applications under test be waited for like this, until it is undone."""
    for module in (app, pilot):
        patch.setattr(module, "wait_for_idle", wait_for_idle)
