"""An event loop under a seeded scheduler, with virtual time.

Nothing waits here. Where nothing is ready, time moves on to the next timer; of timers
that are due at one time the seed chooses which comes first. What is called soon runs
in its order, as asyncio promises. What asks for a thread is run as one step, some time
after it was asked for, and its answer comes some time after that: what happens between
the two, and after a cancellation, is what threads make hard to test.

A process is a context variable: all that its tasks and timers do carries it. A killed
one does nothing any more, not even a `finally`, until `reap` tidies up after the run.
"""

import asyncio
import heapq
import threading
import traceback
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextvars import Context, ContextVar
from random import Random
from typing import Any, TypeVar
from weakref import WeakSet

from tests.model.parts import Died

T = TypeVar("T")


class Process:
    """What lives and dies as one: its tasks, timers, threads; `pace` in s a step."""

    def __init__(self, name: str, pace: Callable[[], float]) -> None:
        self.name = name
        self.pace = pace
        self.dead = False

    def context(self) -> Context:
        """Return a context in which all that is begun belongs to this process."""
        made = Context()
        made.run(PROCESS.set, self)
        return made


PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


class Stuck(AssertionError):
    """Nothing is ready and no timer runs: whatever is waited for will never come."""


class Loop(asyncio.BaseEventLoop):
    """The loop; `chance` decides whatever asyncio leaves open."""

    # What BaseEventLoop keeps, and declares nowhere.
    _ready: "deque[asyncio.Handle]"
    _scheduled: list[asyncio.TimerHandle]
    _stopping: bool
    _asyncgens: "WeakSet[AsyncGenerator[Any, Any]]"

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.chance = chance
        self.steps = 0
        self.wrong: list[str] = []
        """What nobody caught."""
        self._now = 0.0
        self._buried: list[asyncio.Handle] = []
        self._reaping = False
        self.set_exception_handler(self._caught)

    def time(self) -> float:
        return self._now

    def elapsed(self) -> int:
        """Return the virtual ms since the run began."""
        return round(self._now * 1000)

    def _caught(self, _: object, told: dict[str, Any]) -> None:
        if not self._reaping:
            self.wrong.append(f"{told['message']}: {_told(told.get('exception'))}")

    # What BaseEventLoop asks of a loop.

    def _run_once(self) -> None:
        ready, timers = self._ready, self._scheduled
        if not ready and not self._stopping:
            while timers and timers[0].cancelled():
                heapq.heappop(timers)
            if not timers:
                raise Stuck
            self._now = max(self._now, timers[0].when())
        due = []
        while timers and timers[0].when() <= self._now:
            timer = heapq.heappop(timers)
            timer._scheduled = False  # type: ignore[attr-defined]  # likewise
            due.append(timer)
        self.chance.shuffle(due)
        ready.extend(due)
        if ready:
            self._run(ready.popleft())

    def _run(self, handle: asyncio.Handle) -> None:
        process = handle._context.get(PROCESS)  # type: ignore[attr-defined]  # of asyncio itself
        if process is not None and process.dead and not self._reaping:
            self._buried.append(handle)
        elif not handle.cancelled():
            self.steps += 1
            handle._run()

    def _timer_handle_cancelled(self, _: object) -> None:
        """Leave a cancelled timer where it is: it is passed over in its time."""

    def _write_to_self(self) -> None:
        """Wake nobody: what calls from another thread runs while the loop waits."""

    def _asyncgen_finalizer_hook(self, generator: Any) -> None:  # noqa: ANN401  any
        self._asyncgens.discard(generator)
        if not self.is_closed():
            self.call_soon(self.create_task, generator.aclose(), context=Context())

    # Threads.

    def run_in_executor(
        self, _: object, func: Callable[..., T], *args: object
    ) -> asyncio.Future[T]:
        """Run something as one step of its process, later."""
        process = PROCESS.get()
        future: asyncio.Future[T] = self.create_future()
        pace = process.pace if process else float
        self.call_later(pace(), self._work, process, (func, args), future)
        return future

    def _work(
        self,
        process: Process | None,
        work: tuple[Callable[..., Any], tuple[Any, ...]],
        future: asyncio.Future[Any],
    ) -> None:
        if self._reaping and process is not None and process.dead:
            future.cancel()
            return
        func, args = work
        try:
            done, error = func(*args), None
        except Died:
            return
        except Exception as failed:  # noqa: BLE001  the one who waits gets it
            done, error = None, failed
        pace = process.pace if process else float
        self.call_later(pace(), _settle, future, done, error)

    def call_later_aside(
        self, delay: float, call: Callable[..., object], *args: object
    ) -> asyncio.TimerHandle:
        """Call later, as no process's: what the world does."""
        return self.call_later(delay, call, *args, context=Context())

    def begin(
        self, process: Process | None, work: Coroutine[Any, Any, T]
    ) -> asyncio.Task[T]:
        """Begin a task of a process; None: of the world."""
        context = process.context() if process else Context()
        task = self.create_task(work, context=context)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None and not (self._reaping or isinstance(error, Died)):
            self.wrong.append(_told(error))

    # The end.

    def reap(self) -> None:
        """Let all that was killed, or still runs, tidy up; nothing of it counts."""
        self._reaping = True
        self._ready.extend(self._buried)
        self._buried.clear()
        for _ in range(100):
            tasks = [task for task in asyncio.all_tasks(self) if not task.done()]
            if not tasks:
                break
            for task in tasks:
                task.cancel()
            waiting = asyncio.wait(tasks, timeout=1.0)
            self.run_until_complete(self.begin(None, waiting))
        self.run_until_complete(self.shutdown_asyncgens())
        self.close()


def _told(error: BaseException | None) -> str:
    """Return an error and where it was raised."""
    if error is None:
        return ""
    places = traceback.extract_tb(error.__traceback__)[-4:]
    return f"{error!r} at {[f'{p.filename[-30:]}:{p.lineno}' for p in places]}"


def _settle(future: asyncio.Future[Any], done: object, error: Exception | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(done)
    else:
        future.set_exception(error)


class Thread:
    """A real thread that runs only while the loop waits for it: one of both at a time.

    In it `wait` hands a coroutine to the loop, and returns what becomes of it.
    """

    def __init__(self, work: Callable[["Thread"], None]) -> None:
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._asked: Awaitable[Any] | None = None
        self._answer: Any = None
        self._error: BaseException | None = None
        self._failed: BaseException | None = None
        self._died = self._over = False
        self._thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self._thread.start()

    def _run(self, work: Callable[["Thread"], None]) -> None:
        self._go.acquire()
        try:
            if not self._died:
                work(self)
        except Died:
            pass
        except BaseException as error:  # noqa: BLE001  raised by `drive`
            self._failed = error
        finally:
            self._over = True
            self._back.release()

    def wait(self, asked: Awaitable[T]) -> T:
        """Wait, in the thread, for what the loop does."""
        if self._died:  # and tidies up
            if isinstance(asked, Coroutine):
                asked.close()
            raise Died
        self._asked = asked
        self._back.release()
        self._go.acquire()
        if self._died:
            raise Died
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._answer  # type: ignore[no-any-return]  # of what was asked

    async def drive(self) -> None:
        """Let the thread run to its end; raises what it failed with."""
        while (asked := self._resume()) is not None:
            try:
                self._answer = await asked
            except Exception as error:  # noqa: BLE001  it is the thread's
                self._error = error
        if self._failed is not None:
            raise self._failed

    def _resume(self) -> Awaitable[Any] | None:
        self._asked = None
        if not self._over:
            self._go.release()
            self._back.acquire()
        return self._asked

    def kill(self) -> None:
        """End the thread where it waits."""
        if not self._over:
            self._died = True
            self._resume()
            assert self._over
        self._thread.join()
