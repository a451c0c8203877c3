"""One envelope from many callers at once, and after a restart: it stands once."""

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from exchange import config
from exchange.errors import FusionError
from exchange.limits import BACKOFF_FIRST, BACKOFF_MAX
from exchange.net import desk_client
from exchange.node.outbox import backoff
from exchange.v1 import desk_service_pb2 as pb
from exchange.v1 import envelope_pb2
from tests.chaos.served import Served, names_of
from tests.net.test_link import Site, held, until

CALLERS = 6
PATIENCE = 60.0  # s


class Caller(threading.Thread):
    """Hands one envelope over, on connections of its own, until it has its place."""

    def __init__(self, home: Path, sent: envelope_pb2.Envelope) -> None:
        super().__init__(daemon=True)
        self.home, self.sent = home, sent
        self.answers: list[pb.Submitted] = []
        self.failures = 0

    def run(self) -> None:
        until = time.monotonic() + PATIENCE
        while not self.answers and time.monotonic() < until:
            socket = desk_client.channel(config.node_home(self.home).socket)
            client = desk_client.NodeClient(socket)
            try:
                (answer,) = client.submit([self.sent])
                if answer.index:  # else it waits until the partner was heard
                    self.answers.append(answer)
            except FusionError:
                self.failures += 1
            finally:
                time.sleep(0.05)
                with suppress(FusionError):
                    client.close()


def submitted_by_all(home: Path, sent: envelope_pb2.Envelope) -> Iterator[pb.Submitted]:
    """Let all hand it over at once; return what each was answered."""
    callers = [Caller(home, sent) for _ in range(CALLERS)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(PATIENCE)
        assert caller.answers, "no answer"
        yield caller.answers[0]


async def bulletin_of(homes: tuple[Path, Path]) -> envelope_pb2.Envelope:
    """Return a bulletin that the first home's desk signed once both had met."""
    pair = Site(homes[0]), Site(homes[1])
    for site in pair:
        await site.start()
    try:
        await until(lambda: held(pair))
        return pair[0].bulletin(b"one", pair[1])
    finally:
        for site in pair:
            await site.stop()


async def test_p48_p68_one_bulletin_from_many_at_once_and_after_a_restart(
    homes: tuple[Path, Path],
) -> None:
    sent = await bulletin_of(homes)
    nodes = [Served(home) for home in homes]
    before = len(names_of(homes[0]))
    try:
        for node in nodes:
            assert "ready" in node.start()
        first = list(submitted_by_all(homes[0], sent))
        nodes[0].end()
        callers = [Caller(homes[0], sent) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()  # while nobody is there
        await asyncio.sleep(0.5)
        assert "ready" in nodes[0].start()
        for caller in callers:
            caller.join(PATIENCE)
    finally:
        for node in nodes:
            node.end()

    assert all(caller.failures for caller in callers)
    answers = [*first, *(caller.answers[0] for caller in callers)]
    assert {answer.reason for answer in answers} == {""}
    assert {answer.index for answer in answers} == {before}
    assert len(names_of(homes[0])) == before + 1


def test_p68_pauses_grow_and_no_two_nodes_keep_step() -> None:
    draw = random.Random(68)  # noqa: S311  no secret
    longest = [
        max(backoff(failures, draw.random) for _ in range(500))
        for failures in range(12)
    ]
    of_one = [backoff(8, draw.random) for _ in range(500)]

    assert all(a < b for a, b in itertools.pairwise(longest[:7]))
    assert longest[0] <= BACKOFF_FIRST
    assert max(longest) <= BACKOFF_MAX
    assert min(of_one) < BACKOFF_MAX / 10  # the whole of the pause is drawn
    assert len(set(of_one)) > 400


@pytest.mark.parametrize("failures", [10**3, 10**9])
def test_p68_no_number_of_failures_makes_a_pause_longer(failures: int) -> None:
    assert backoff(failures, lambda: 1.0) == BACKOFF_MAX
