"""Whatever single thing changes in a database, the rebuilt one is right again."""

from contextlib import closing

import pytest

from exchange.store import Store
from tests.audit.ledger import Ledger
from tests.audit.test_damage import ALL, COLUMNS, _rows, _spoil
from tests.rebuild import support
from tests.rebuild.support import Partner, repair

ONLY_HERE = (
    *("refusal", "peer", "pulse", "undelivered", "desk", "clock", "refused"),
    "directory_head",
)
"""Rows that nobody else has, and that nothing but a sum vouches for."""
LOST = {
    *((table, column) for table in ONLY_HERE for column in COLUMNS[table]),
    ("waiting", "envelope"),
    ("fork", "log"),
}
ANEW = {  # what is kept in another row, and why
    "waiting": "by its envelope and its author's desk",
    "fork": "by its proof, which is kept as a file too",
    "desk": "behind which all was read for certain",
    "peer": "by the partner's lines",
}


@pytest.mark.parametrize(("table", "column"), ALL)
def test_a_change_to_any_column_is_mended(
    ledger: Ledger,
    partner: Partner,
    right: dict[str, list[object]],
    table: str,
    column: str,
) -> None:
    with closing(Store(ledger.path, read_only=True)) as store:
        proofs = tuple(fork.proof for fork in store.forks.all().values())
    before = ledger.path.read_bytes()
    keys = _rows(ledger.path, table)
    for key in keys[:1] if keys[0] == keys[-1] else (keys[0], keys[-1]):
        _spoil(ledger.path, table, column, key)

        outcome = repair(ledger, partner, proofs=proofs)

        assert outcome.after.ok, outcome.after.faults
        assert (outcome.rejected, outcome.silent, outcome.broken) == ((), {}, False)
        assert {one.origin for one in outcome.lost} <= {None}
        if outcome.lost:
            assert (table, column) in LOST
            assert [one.what.split()[0] for one in outcome.lost] == [table]
        but = [table] if table in {*ONLY_HERE, *ANEW} else []
        assert not support.differences(ledger, right, *but)
        support.put_back(ledger, before)
