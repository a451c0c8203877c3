"""Whatever single thing changes in a database, the rebuilt one is sound again.

Of each column the first or the last row is changed, by turns; with `--long` both.
"""

from contextlib import closing

import pytest

from exchange.store import Store
from exchange.store.record import Repair
from exchange.store.tables import RECORDS
from tests.audit.ledger import OURS, THEIRS, Ledger
from tests.audit.test_damage import ALL, _rows, _spoil
from tests.rebuild import support
from tests.rebuild.support import repair

CARRIED = {one.title() for one in RECORDS if one.repair is Repair.CARRIED}
CUT = {
    *(("entry", "entry"), ("entry", "log"), ("entry", "index")),
    *(("log", "size"), ("head", "note")),
}
"""Columns by which a log has, or may have, fewer entries than it had."""


@pytest.mark.parametrize(("table", "column"), ALL)
def test_a_change_to_any_column_is_mended_or_named(
    ledger: Ledger,
    right: dict[str, list[object]],
    table: str,
    column: str,
    request: pytest.FixtureRequest,
) -> None:
    with closing(Store(ledger.path, read_only=True)) as store:
        proofs = tuple(fork.proof for fork in store.forks.all().values())
    before = ledger.path.read_bytes()
    keys = _rows(ledger.path, table)
    ends = keys[:1] if keys[0] == keys[-1] else [keys[0], keys[-1]]
    if not request.config.getoption("--long"):
        turn = ALL.index((table, column)) % len(ends)
        ends = [ends[turn]]
    for key in ends:
        _spoil(ledger.path, table, column, key)

        outcome = repair(ledger, proofs)

        assert outcome.after.ok, outcome.after.faults
        cut = any(log.size < log.of for log in outcome.logs)
        assert not cut or (table, column) in CUT
        named = {row.split()[0] for row in outcome.lost}
        assert cut or named <= ({"head", "line"} if table == "head" else {table})
        assert table == "payload" or not any(log.texts for log in outcome.logs)
        if "head" in named and not cut:  # by which it is known which log came first
            sizes = {(log.origin, log.size) for log in outcome.after.logs}
            assert sizes == {(OURS, 5), (THEIRS, 9)}
        elif not cut:
            but = [table] if table in {*CARRIED, "head", "payload"} else []
            assert not support.differences(ledger, right, *but)
        support.put_back(ledger, before)
