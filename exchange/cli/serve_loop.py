"""The loop of fusion serve: one node, opened again after each repair, until its end."""

import asyncio
import contextlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from exchange import config
from exchange.cli.program import spare_what_stays
from exchange.clock import Clock
from exchange.config import NodeHome
from exchange.limits import THREADS
from exchange.net.assemble import open_home
from exchange.net.server import serving
from exchange.rebuild.repair_request import LOOK, take_request


async def serve(home: Path, *, until_eof: bool, pin: str = "") -> None:
    """Serve the node of a home until a signal, or the end of stdin, says to stop.

    `pin` is for the token of the log's key.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    # The default has few threads where there are few cores; these wait for the disk.
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    clock = Clock()
    place = config.node_home(home)
    take_request(place)  # of before: nobody waits for it
    ended = asyncio.create_task(_told_to_stop(stop, until_eof=until_eof))
    ready = False
    while not ended.done():
        with open_home(home, clock, pin) as (node, endpoint):
            async with serving(node, endpoint, clock) as port:
                # In English always: who started it waits for this line.
                if not ready:
                    spare_what_stays()
                    print(f"{node.name} ready on port {port}", flush=True)
                    ready = True
                repair = await _wait_for_request(place, ended)
        if repair:
            from exchange.rebuild.home_repair import answer_request

            await asyncio.to_thread(answer_request, place, clock.now())


async def _wait_for_request(place: NodeHome, ended: asyncio.Task[None]) -> bool:
    """Wait for the node's end, or until a repair is asked for; return whether it is."""
    while not ended.done():
        if take_request(place):
            return True
        await asyncio.wait([ended], timeout=LOOK)
    return False


async def _told_to_stop(stop: asyncio.Event, *, until_eof: bool) -> None:
    waiting: list[asyncio.Task[object]] = [asyncio.create_task(stop.wait())]
    if until_eof:
        waiting.append(asyncio.create_task(_end_of_stdin()))
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def _end_of_stdin() -> None:
    """Wait until whoever started us is gone, even by kill -9."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer
    )
    with contextlib.closing(transport):
        while await reader.read(4096):
            pass
