"""The home of a desk, for its terminal: keys, pairing, logs.

Each part is loaded at its first use: a terminal starts without the node's store.
"""

from functools import partial
from pathlib import Path

from exchange.browsed_logs import LogShelf
from exchange.desk.client import Desk
from exchange.desk.home_records import HomeHere, KeyCabinet, Pairing


def home_here(home: Path, desk: Desk) -> HomeHere:
    home = home.expanduser()
    return HomeHere(
        partial(_open_logs, home, desk),
        partial(_open_pairing, home),
        partial(_open_keys, home, desk),
    )


def _open_logs(home: Path, desk: Desk) -> LogShelf:
    """Return those of the node beside, else those known to the desk."""
    if (home / "node").is_dir():
        from exchange.audit.browse.home_shelf import (  # noqa: PLC0415 - start-up counts
            HomeShelf,
        )

        return HomeShelf(home, desk.clock)
    from exchange.desk.terminal.desk_shelf import (  # noqa: PLC0415 - start-up counts
        DeskShelf,
    )

    return DeskShelf(desk)


def _open_pairing(home: Path) -> Pairing:
    from exchange.home.pairing import HomePairing  # noqa: PLC0415 - start-up counts

    return HomePairing(home)


def _open_keys(home: Path, desk: Desk) -> KeyCabinet:
    from exchange.home.home_keys import HomeKeys  # noqa: PLC0415 - start-up counts

    return HomeKeys(home, desk)
