"""Replay runs of the simulation by their seeds, and tell what happened."""

import sys

from tests.simulation.run import Failed, play


def main() -> int:
    for seed in map(int, sys.argv[1:]):
        try:
            run = play(seed)
        except Failed as failed:
            sys.stdout.write("\n".join([*failed.trace, str(failed), ""]))
            return 1
        sys.stdout.write("\n".join([*run.trace, str(run.mix), ""]))
    return 0


sys.exit(main())
