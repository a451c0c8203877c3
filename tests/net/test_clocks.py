"""A node with a wrong clock, over real links: what `status` says, and what cures it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from exchange.clock import Clock, elapsed_ms, wall_ms
from exchange.limits import DAY, SKEW_MAX
from exchange.net.assemble import open_home
from exchange.net.server import serving
from exchange.node.node import Node
from tests.net.test_link import PATIENCE, until

MAIN = "from exchange.cli.program import main; main()"
STEP = 3 * DAY
Homes = tuple[Path, Path]


@pytest.fixture(autouse=True)
def _lively(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.node.replicas.HEARTBEAT", 1_000)
    monkeypatch.setattr("exchange.node.outbox.BACKOFF_MAX", 500)


class Wrong:
    """A wall clock that is off by `step` ms."""

    def __init__(self, step: int = 0) -> None:
        self.step = step

    def clock(self) -> Clock:
        return Clock(lambda: wall_ms() + self.step, elapsed_ms)


@asynccontextmanager
async def served(home: Path, clock: Clock) -> AsyncIterator[Node]:
    async with AsyncExitStack() as stack:
        node, endpoint = stack.enter_context(open_home(home, clock))
        await stack.enter_async_context(serving(node, endpoint, clock))
        yield node


async def fusion(*arguments: object) -> tuple[int, str]:
    """Run a command; return its code and stdout."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", MAIN, *map(str, arguments)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode or 0, out.decode()


async def alarms(home: Path) -> list[tuple[str, str]]:
    _, out = await fusion("status", "--home", home, "--json")
    return [(one["reason"], one["where"]) for one in json.loads(out)["alarms"]]


def alarmed(node: Node) -> list[str]:
    return [one.reason for one in node.signed_time.alarms()]


async def test_a_dead_battery_is_cured_by_ntp_and_the_partner(homes: Homes) -> None:
    """It boots three days back, before any certificate is valid, and is set right."""
    ours, theirs = homes
    async with served(theirs, Clock()):
        async with served(ours, Clock()) as node:
            await until(lambda: node.store.retention.times().signed > 0)
        wrong = Wrong(-STEP)
        async with served(ours, wrong.clock()) as node:
            assert alarmed(node) == ["CLOCK"]
            wrong.step = 0

            await until(lambda: not alarmed(node))

            assert abs(node.clock.now() - wall_ms()) < DAY
            assert await alarms(ours) == []


async def test_two_clocks_apart_are_told_and_the_alarms_go(homes: Homes) -> None:
    ours, theirs = homes
    wrong = Wrong(2 * SKEW_MAX)
    async with served(theirs, Clock()), served(ours, wrong.clock()) as node:
        await until(lambda: alarmed(node) == ["CLOCK", "SKEW"])
        told = await alarms(ours)
        assert [reason for reason, _ in told] == ["CLOCK", "SKEW"]
        assert told[1][1] == "beijing.cn"
        _, text = await fusion("status", "--home", ours)
        assert "alarm CLOCK " in text
        assert "alarm SKEW beijing.cn" in text

        wrong.step = 0

        await until(lambda: not alarmed(node))
        assert await alarms(ours) == []


async def test_without_a_partner_an_operator_cures_it(homes: Homes) -> None:
    ours, _ = homes
    wrong = Wrong(STEP)
    async with served(ours, wrong.clock()) as node:
        wrong.step = 0
        await until(lambda: alarmed(node) == ["CLOCK"])
        assert [reason for reason, _ in await alarms(ours)] == ["CLOCK"]

        code, said = await fusion("doctor", "--clock", "--home", ours, "--yes")

        assert code == 0
        assert "clock of this machine: " in said
