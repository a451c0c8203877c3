"""Logs that hold many entries before anything is measured, filled by the nodes.

The entries are receipts for one bulletin: signed, judged and replicated like any other,
but without a text, so that a million of them take a gigabyte and not ten.
"""

from collections.abc import Callable
from pathlib import Path

from exchange import config, envelope
from exchange.limits import SUBMIT_MAX
from tests.benchmarks import sealed_bulletins
from tests.benchmarks.site_pair import Sites, run_nodes
from tests.benchmarks.submit_client import run_apart, submit_until_cosigned

CALLS = 4  # at one time
PART = 100_000  # entries that lie in a file at one time


def fill_logs(
    sites: Sites, folder: Path, entries: int, tell: Callable[[str], None]
) -> None:
    """Let the first site's log, and its replica, grow by that many entries."""
    if not entries:
        return
    socket = config.node_home(sites[0].home).socket
    path = folder / "filling"
    (form, *_) = sealed_bulletins.write_forms(sites[0], sites[1].desk)
    (first,) = sealed_bulletins.seal(sites[0], [form], 1)
    receipt = sealed_bulletins.receipt_form(form, envelope.split(first.entry).name)
    with run_nodes(sites):
        sealed_bulletins.write_requests(path, iter([first]), SUBMIT_MAX)
        run_apart(submit_until_cosigned, socket, path, CALLS)
        for start in range(1, entries, PART):
            tell(f"built {start} of {entries}")
            envelopes = sealed_bulletins.seal(
                sites[0], [receipt], min(PART, entries - start)
            )
            sealed_bulletins.write_requests(path, envelopes, SUBMIT_MAX)
            run_apart(submit_until_cosigned, socket, path, CALLS)
    path.unlink()
