"""Benchmark of the start of commands: each as a whole process, until it has ended.

A desk with some hundred bulletins, its node running. The files of this program are
compiled, as an installation has them. The floor is a Python that does nothing.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from exchange import config
from exchange.demo.traffic import open_desk
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.processes import Moment
from tests.benchmarks.site_pair import Sites, make_sites, run_nodes
from tests.benchmarks.submit_client import run_apart, submit_until_cosigned

MOST = {"list": 0.40, "show": 0.40, "status": 0.25, "--help": 0.12}  # s, medians
BULLETINS = 320  # in the list
CALLS = 4  # at one time
PROGRAM = "from exchange.cli import main; main()"
NOTHING = "pass"

Tell = Callable[[str], None]


def measure(folder: Path, runs: int, tell: Tell) -> dict[str, object]:
    """Run each command so often, by turns, and return the medians."""
    tell("making two nations")
    sites = make_sites(folder / "made")
    commands = {"nothing": ["-c", NOTHING], **_commands(sites, folder)}
    environment = compiling(folder)
    passphrase = f"{sites[0].passphrase}\n".encode()
    took: dict[str, list[float]] = {name: [] for name in commands}
    with watch_load() as load, run_nodes(sites) as nodes:
        before = Moment.now(nodes.pids)
        for turn in range(runs + 1):
            tell(f"run {turn} of {runs}")
            for name, arguments in commands.items():
                seconds = _run(arguments, environment, passphrase)
                if turn:  # the first one compiles
                    took[name].append(seconds)
        others = Moment.now(nodes.pids).others(before)
    medians = {name: statistics.median(times) for name, times in took.items()}
    floor = medians.pop("nothing")
    worst = max(MOST, key=lambda name: medians[name] / MOST[name])
    return {
        "name": "start",
        "figure": round(medians[worst], 3),
        "unit": f"s, {worst}",
        "floor": round(floor, 3),
        "ratio": round(medians[worst] / floor, 1),
        "ok": all(medians[name] <= most for name, most in MOST.items()),
        "machine": machine() | load.as_json(others),
        "bulletins": BULLETINS,
        "runs": runs,
        "seconds": {name: round(value, 3) for name, value in medians.items()},
        "least": {name: round(min(took[name]), 3) for name in medians},
    }


def compiling(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps compiled files below a folder."""
    found = dict(os.environ, PYTHONPYCACHEPREFIX=str(folder / "compiled"))
    found.pop("PYTHONDONTWRITEBYTECODE", None)
    return found


def _commands(sites: Sites, folder: Path) -> dict[str, list[str]]:
    """Return the arguments of each command, for a desk that has BULLETINS."""
    path = folder / "requests"
    sealed_bulletins.seal_requests(sites, path, BULLETINS)
    with run_nodes(sites):
        socket = config.node_home(sites[0].home).socket
        run_apart(submit_until_cosigned, socket, path, CALLS)
        with open_desk(sites[0]) as desk:
            desk.sync()
            name = desk.mailbox.messages.row(1).name.hex()
    run = ["-P", "-c", PROGRAM]
    home, secret = ["--home", str(sites[0].home)], ["--passphrase-fd", "0"]
    return {
        "list": [*run, "list", *home, *secret],
        "show": [*run, "show", name, *home, *secret],
        "status": [*run, "status", *home],
        "--help": [*run, "--help"],
    }


def _run(
    arguments: Sequence[str], environment: Mapping[str, str], given: bytes
) -> float:
    """Run one process to its end; return how many s it took."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        input=given,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began
