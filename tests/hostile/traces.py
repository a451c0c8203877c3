"""What a refused act must leave behind: one line of the log, and no row."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from exchange.errors import Reason
from exchange.store import Store

OF_THE_NODE = frozenset({"clock", "pulse"})
"""Tables into which a node that runs writes its times and heads by itself."""


def rows(store: Store, but: Collection[str] = ()) -> dict[str, int]:
    """Count the rows of each table of a node's store, but of OF_THE_NODE."""
    with store._database.read_cursor() as connection:
        named = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return {
            table: connection.execute(
                f'SELECT count(*) FROM "{table}"'  # noqa: S608  names of its own
            ).fetchone()[0]
            for (table,) in sorted(named)
            if table not in OF_THE_NODE and table not in but
        }


@contextmanager
def nothing_kept(*stores: Store, but: Collection[str] = ()) -> Iterator[None]:
    """Assert that what goes on within adds no row to any table, and takes none away.

    `but` are tables whose rows say that something was refused: they are not compared.
    """
    before = [rows(store, but) for store in stores]
    yield
    for store, counts in zip(stores, before, strict=True):
        new = rows(store, but)
        assert {t: n for t, n in new.items() if counts[t] != n} == {}


@contextmanager
def one_line(log: pytest.LogCaptureFixture, reason: Reason) -> Iterator[None]:
    """Assert that the log says once, with its reason, that a call was refused."""
    log.clear()
    yield
    lines = [one for one in log.messages if one.startswith("refused")]
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"refused {reason} "), lines


@contextmanager
def refused(
    store: Store, log: pytest.LogCaptureFixture, reason: Reason
) -> Iterator[None]:
    """Assert of one call within: one line says why it was refused, no row is kept."""
    with ExitStack() as stack:
        stack.enter_context(nothing_kept(store))
        stack.enter_context(one_line(log, reason))
        yield
