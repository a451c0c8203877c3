"""The count of waiting FLASH while the terminal is locked; it needs no key."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from exchange import config
from exchange.clock import wall_ms
from exchange.desk.link.connect import connect
from exchange.errors import FusionError
from exchange.watch import memory as memories
from exchange.watch.node_reader import AheadReader
from exchange.watch.tally_reader import TallyReader

PULSE = 2.0  # s between two rounds


class LockedCount:
    """Counts in its own thread, from the last state of `fusion watch`.

    Each round calls `tell` with the names of the waiting FLASH, without drills. It
    writes no file, and asks a silent node again.
    """

    def __init__(self, home: Path, tell: Callable[[frozenset[str]], None]) -> None:
        desk = config.desk_home(home)
        name = config.read_desk(desk).name
        self._tell = tell
        self._stop = Event()
        self._client = connect(home)
        kept = memories.load(desk.watch, name)
        self._tally = TallyReader(name, self._client, kept)
        self._ahead = AheadReader(self._client, Event())
        self._thread = Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        self._ahead.start()
        self._thread.start()

    def stop(self) -> None:
        """Stop after the current round."""
        self._stop.set()
        self._client.close()
        self._thread.join()
        self._ahead.stop()

    def _follow(self) -> None:
        while not self._stop.is_set():
            try:
                now = wall_ms()
                self._tally.look(self._ahead, now)
                waiting = self._tally.waiting(now)
                self._tell(frozenset(one.name for one in waiting if not one.drill))
            except FusionError:
                pass  # the next round asks again
            except ValueError:  # the channel is closed
                return
            self._stop.wait(PULSE)
