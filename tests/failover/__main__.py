"""Break a real cluster under load, over and over, and say what was lost.

    python -m tests.failover [--times N] [--servers 2|3] [--pooled] [--seed N]
        [FAULT ...]

Prints a line for each round, then one for each fault. The exit code is 1 if anything
was lost. The servers' output stays in the folder that it names.
"""

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.failover.bouncer import lacks_pgbouncer
from tests.failover.cluster import running_cluster
from tests.failover.faults import FAULTS
from tests.failover.nations import Nations, running_nations
from tests.failover.processes import lacking
from tests.failover.rounds import Round, play


def main() -> int:
    options = _options()
    if missing := lacking() or (options.pooled and lacks_pgbouncer()):
        sys.exit(f"not installed: {missing}")
    logs = Path(tempfile.mkdtemp(prefix="fusion-failover-"))
    say(f"the servers' output is in {logs}")
    whole = True
    with (
        running_cluster(logs, options.servers, pooled=options.pooled) as cluster,
        running_nations(cluster, logs) as nations,
    ):
        for fault in options.faults:
            done = list(_played(nations, fault, options.times, options.seed))
            whole = whole and len(done) == options.times
            say(_verdict(fault, options.times, done))
    return 0 if whole else 1


def _played(nations: Nations, fault: str, times: int, seed: int) -> Iterator[Round]:
    """Play rounds of a fault; yield those after which nothing was lost."""
    for number in range(1, times + 1):
        chance = random.Random(seed + number)  # noqa: S311  to repeat a round
        where = f"{fault} {number}/{times}"
        try:
            one = play(nations, fault, chance)
        except AssertionError as failed:
            say(f"{where}: FAILED (seed {seed}): {failed}")
            nations.cluster.wait_until_whole()
        else:
            say(f"{where}: {one}")
            yield one


def _verdict(fault: str, times: int, done: list[Round]) -> str:
    """Return the line that sums up the rounds of a fault."""
    over = [one.over for one in done] or [0.0]
    return (
        f"{fault}: {len(done)} of {times} with nothing lost; writes again after"
        f" {statistics.median(over):.1f} s (median), {max(over):.1f} s (longest)"
    )


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  a command


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.failover")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--servers", type=int, choices=(2, 3), default=2)
    parser.add_argument("--pooled", action="store_true", help="by PgBouncers")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=", ".join(FAULTS))
    options = parser.parse_args()
    if unknown := set(options.faults) - FAULTS.keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}")
    options.faults = options.faults or list(FAULTS)
    return options


if __name__ == "__main__":
    sys.exit(main())
