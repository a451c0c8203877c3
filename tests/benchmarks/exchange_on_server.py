"""Benchmark of the exchange on a server of PostgreSQL, compared with that on files.

The benchmark of exchange.py, in turns: once with both ledgers in files of SQLite, once
with both in databases on the server, whose settings decide how durable a COMMIT is. A
server on this machine takes its share of the same cores. The floor is the mean rate on
files.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean

from exchange.limits import SUBMIT_MAX
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.exchange import CALLS, Run, run
from tests.benchmarks.machine import machine, watch_load
from tests.benchmarks.server_databases import server_databases
from tests.benchmarks.site_pair import copy_homes, make_sites

RATIO = 0.6  # of the rate on files

Tell = Callable[[str], None]


def measure(
    folder: Path, bulletins: int, runs: int, server: str, tell: Tell
) -> dict[str, object]:
    """Make two nations twice, and measure both pairs `runs` times, in turns."""
    path = folder / "requests"
    on_files, on_server = list[Run](), list[Run]()
    with server_databases(server) as databases, watch_load() as load:
        tell("making two nations")
        sites = make_sites(folder / "made")
        served = make_sites(folder / "served", databases.give)
        tell(f"sealing {bulletins} bulletins")
        # Both pairs have keys of their own, and so each its own bulletins.
        files, served_files = path.with_suffix(".0"), path.with_suffix(".1")
        size = sealed_bulletins.seal_requests(sites, files, bulletins)
        sealed_bulletins.seal_requests(served, served_files, bulletins)
        for number in range(runs):
            tell(f"run {number + 1} of {runs}")
            with copy_homes(sites, folder / "run") as copies:
                on_files.append(run(copies, files))
            with (
                copy_homes(served, folder / "run") as copies,
                databases.copied(served, copies),
            ):
                on_server.append(run(copies, served_files))
    # A server on this machine counts among the others, so only runs on files tell.
    others = max(one["others"] for one in on_files)
    return _rates(on_server, on_files) | {
        "machine": machine() | load.as_json(others),
        "least": min(one["rate"] for one in on_server),
        "runs": on_server,
        "runs_on_files": on_files,
        "bulletins": bulletins,
        "envelope_bytes": size,
        "calls": {"envelopes": SUBMIT_MAX, "at_once": CALLS},
    }


def _rates(on_server: Sequence[Run], on_files: Sequence[Run]) -> dict[str, object]:
    """Return the mean rate on the server, compared with that on files."""
    figure = fmean(one["rate"] for one in on_server)
    floor = fmean(one["rate"] for one in on_files)
    return {
        "name": "exchange",
        "figure": round(figure),
        "unit": "bulletins/s",
        "floor": round(floor),
        "ratio": round(figure / floor, 3),
        "ok": figure / floor >= RATIO,
    }
