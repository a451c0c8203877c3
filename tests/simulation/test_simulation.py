"""Two nodes, two desks and the line between, by many seeds."""

import asyncio
import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from exchange.errors import Unreachable
from tests.node.world import PK
from tests.simulation.network import LinkChannel, LinkChannels
from tests.simulation.run import FAULTS, Failed, Simulation, play

SEEDS = (0, 1, 2, 11, 13, 15, 22, 23, 26, 28, 31)
"""What is played; of the first thirty these reach most. With --long the first MANY."""
MANY = 400
MUST = (
    *(f"fault: {fault}" for fault in FAULTS),
    *(f"frame {kind}" for kind in ("hello", "batch", "cosigned", "received")),
    *(f"lost on its way: {what}" for what in ("hello", "piece")),
    "submitted, waits for its place",
    *(f"frame {kind}" for kind in ("express", "expressed", "piece")),
    "lost on its way: express",
    "express beside batches on the way",
    "expressed held",
    "urgent shown",
    "its log has what went ahead",
    "damaged: body of express",
    "expressed BODY",
    "several batches on the way",
)
"""What must be reached in a run of all seeds, at least once."""

RARE = (
    *("frame bye", "lost on its way: batch", "lost on its way: cosigned"),
    *("a batch of a later round", "refused ROOT", "refused BODY"),
    "refused while others are on the way",
)
"""What must be reached with --long: too rare for the seeds of every day."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep to itself what nodes log: that a line is cut is no news here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.timeout(3_600)
def test_whatever_happens_all_converge(request: pytest.FixtureRequest) -> None:
    """A seed that fails replays: python -m tests.simulation SEED."""
    long = bool(request.config.getoption("--long"))
    reached: Counter[str] = Counter()
    failed = []
    for seed in range(MANY) if long else SEEDS:
        try:
            reached += play(seed).reached
        except Failed as failure:
            failed.append(str(failure))

    assert not failed, "\n".join(failed)
    must = (*MUST, *RARE) if long else MUST
    assert [what for what in must if not reached[what]] == []


def test_a_seed_replays_whatever_hashes_are() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-m", "tests.simulation", "5"],
            env={**os.environ, "PYTHONHASHSEED": hashes},
            capture_output=True,
            check=True,
        ).stdout
        for hashes in ("1", "2")
    ]

    assert told[0] == told[1]
    assert told[0].count(b"\n") > 100


class Calm(Simulation):
    """Nothing goes wrong but what a test makes so."""

    def draw(self) -> None:
        self.run.mix = replace(
            self.run.mix, faults=(), window=65536, latency=0.02, jitter=0.0, rate=1e7
        )


def test_a_dial_that_fails_late_leaves_the_link_that_came_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is up, and status says so."""
    dial = LinkChannels.dial

    async def slowly(self: LinkChannels, peer: str, address: str) -> LinkChannel:
        if self._process.name == PK:  # it begins after a second
            await asyncio.sleep(5)
            raise Unreachable(peer)
        await asyncio.sleep(3)
        return await dial(self, peer, address)

    monkeypatch.setattr(LinkChannels, "dial", slowly)
    play(0, Calm)
