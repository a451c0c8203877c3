"""The entries of a node's logs in files beside its database, for people and JSON."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from exchange.cli.lazy import lazy_imports
from exchange.errors import FusionError
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.store import Store
    from exchange.store.cold_files import ColdFiles
    from exchange.store.cold_rows import ColdLog


def cold_logs(home: Path) -> Sequence["ColdLog"]:
    """Return how much of each log is in files; an empty list without a node or files.

    If the folder of files does not exist, the database is not asked.
    """
    try:
        node = config.node_home(home)
        if not ColdFiles(node.database).folder.is_dir():
            return ()
        place = config.database_of(node)
        if config.is_absent(place):
            return ()
        with closing(Store(place, read_only=True)) as store:
            return store.cold.logs()
    except FusionError:  # whoever needs the database says it
        return ()


def as_json(logs: Sequence["ColdLog"]) -> list[dict[str, object]]:
    """Return them as `--json` prints them; `bytes` are those of their entries."""
    return [
        {"origin": one.origin, "entries": one.entries, "bytes": one.size}
        for one in logs
    ]


def lines(logs: Sequence["ColdLog"]) -> Iterator[str]:
    """Yield a line for each log of which anything is in files."""
    for one in logs:
        mib = f"{one.size / (1 << 20):,.1f}"
        yield say(
            "{log}: {n} old entries in files, {mib} MiB",
            log=one.origin,
            n=one.entries,
            mib=mib,
        )
