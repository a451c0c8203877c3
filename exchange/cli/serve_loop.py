"""The loop of fusion serve: runs a node, and opens it again after each repair."""

import asyncio
import contextlib
import logging
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from exchange import config
from exchange.cli.program import spare_what_stays
from exchange.clock import Clock
from exchange.errors import STORAGE, Reason, Refusal
from exchange.limits import THREADS
from exchange.net.assemble import open_home, open_turn
from exchange.net.server import serving
from exchange.node.node import Node
from exchange.node.writer_turn import WriterTurn
from exchange.rebuild.repair_request import LOOK, take_request

logger = logging.getLogger(__name__)


async def serve(home: Path, *, until_eof: bool, pin: str = "") -> None:
    """Serve until a signal, or the end of stdin.

    `pin` unlocks the token of the log's key.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # The default is few threads on few cores, but these wait for the disk.
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = Clock()
    place = config.node_home(home)
    take_request(place)  # an old request: nobody waits for it
    ended = asyncio.create_task(_told_to_stop(stop, until_eof=until_eof))
    with open_turn(home) as turn:
        served = _Served(home, clock, pin, turn)
        while not ended.done():
            try:
                repair = await served.run(ended)
            except Refusal as refusal:
                if not served.may_pass(refusal):
                    raise
                logger.warning("opened again: %s", refusal)
                await served.stand_aside()
                await asyncio.wait([ended], timeout=LOOK)
                continue
            if repair:
                from exchange.rebuild.home_repair import answer_request

                await asyncio.to_thread(answer_request, place, clock.now())


class _Served:
    """A node that serves, opened once per term as writer."""

    def __init__(
        self, home: Path, clock: Clock, pin: str, turn: WriterTurn | None
    ) -> None:
        self._home, self._clock, self._pin, self._turn = home, clock, pin, turn
        self._ready = False

    async def run(self, ended: asyncio.Task[None]) -> bool:
        """Return whether to repair; else the end or the next term came."""
        with open_home(self._home, self._clock, self._pin, self._turn) as opened:
            node, endpoint = opened
            async with serving(node, endpoint, self._clock) as port:
                # Always in English: the starting process waits for this line.
                if not self._ready:
                    spare_what_stays()
                    print(f"{node.name} ready on port {port}", flush=True)
                    self._ready = True
                return await self._wait(ended, node)

    async def _wait(self, ended: asyncio.Task[None], node: Node) -> bool:
        place, turn = config.node_home(self._home), self._turn
        while not ended.done():
            if take_request(place):
                return True
            if turn is not None and turn.is_over(node.term):
                return False
            await asyncio.wait([ended], timeout=LOOK)
        return False

    def may_pass(self, refusal: Refusal) -> bool:
        """Return whether to try again: a shared database may recover or be taken over.

        Before the node's first ready line, a fault other than LOCKED means wrong
        settings.
        """
        if self._turn is None:
            return False
        passing = STORAGE if self._ready else {Reason.LOCKED}
        return refusal.reason is Reason.NOT_WRITER or refusal.reason in passing

    async def stand_aside(self) -> None:
        """Give the turn to another open process, if there is one."""
        if self._turn is None:
            return
        try:
            await asyncio.to_thread(self._turn.stand_aside)
        except Refusal as refusal:  # then the lease expires
            logger.warning("the lease: %s", refusal)


async def _told_to_stop(stop: asyncio.Event, *, until_eof: bool) -> None:
    waiting: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
    if until_eof:
        waiting.append(asyncio.create_task(_end_of_stdin()))
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _end_of_stdin() -> None:
    """Wait until the process that started us ends, even by kill -9."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    with contextlib.closing(transport):
        while await reader.read(4096):
            pass
