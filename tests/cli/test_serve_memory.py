"""The collector of garbage does not look through what a node's start has made."""

import subprocess
import sys

CODE = """
import gc
import exchange.net.server
from exchange.cli.serve_loop import spare_what_stays
made = len(gc.get_objects())
spare_what_stays()
print(made, len(gc.get_objects()), gc.get_threshold()[0])
"""


def test_what_the_start_made_is_passed_over() -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE], check=True, capture_output=True, text=True
    )
    made, left, threshold = map(int, done.stdout.split())

    assert made > 10_000
    assert left < made / 100
    assert threshold >= 10_000
