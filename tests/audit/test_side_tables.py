"""What stands beside the logs must be true as well, not only summed up rightly."""

from contextlib import closing

import pytest

from exchange.audit.result import Fault, Report
from exchange.errors import Reason
from exchange.store import Store
from exchange.store.raw_rows import RawLog
from exchange.store.row_checksums import row_sum
from exchange.store.tables import RECORDS
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.node.world import CN


def _resum(ledger: Ledger, table: str) -> None:
    """Give each row of a table the sum that belongs to what it says now."""
    with ledgers.opened(ledger.path) as connection:
        for row in connection.execute(f"SELECT rowid, * FROM {table}").fetchall():  # noqa: S608
            total = row_sum(*row[1:-1])
            connection.execute(
                f"UPDATE {table} SET sum = ? WHERE rowid = ?",  # noqa: S608
                (total, row[0]),
            )


def _whats(ledger: Ledger) -> set[str]:
    return {fault.what for fault in ledger.verify().faults}


def test_sums_made_again_are_those_that_were_there(ledger: Ledger) -> None:
    for table in ("arrival", "refusal", "peer"):
        _resum(ledger, table)

    assert ledger.verify().ok


def test_a_sum_covers_all_but_what_is_vouched_for() -> None:
    for record in RECORDS:
        assert record.unsummed <= set(record.names())
        assert record.summed() or not (record.unsummed or record.with_log)


ARRIVALS = [
    "UPDATE arrival SET reason = 'KIND' WHERE kind = 1 AND number = 2",
    "UPDATE arrival SET by = 'beijing.cn' WHERE number = 2",
    'UPDATE arrival SET "index" = 2 WHERE kind = 1 AND number = 2',
    "UPDATE arrival SET kind = 2 WHERE number = 1",
    "UPDATE arrival SET kind = 4 WHERE kind = 3",
    "UPDATE arrival SET reason = 'KIND' WHERE kind = 3",
    'UPDATE arrival SET "index" = 4 WHERE kind = 3',
    "UPDATE arrival SET log = 2 WHERE kind = 3",
    "DELETE FROM arrival WHERE number = 2",
    "UPDATE arrival SET number = 1000 WHERE kind = 3",
]


@pytest.mark.parametrize("sql", ARRIVALS, ids=str)
def test_an_arrival_that_tells_otherwise_is_found(ledger: Ledger, sql: str) -> None:
    change(ledger.path, sql)
    _resum(ledger, "arrival")

    assert any(what.startswith("arrival") for what in _whats(ledger))


def _cut(ledger: Ledger, kept: str) -> None:
    """Delete the arrivals at the end for which `kept` does not hold."""
    with ledgers.opened(ledger.path) as connection:
        connection.execute(f"DELETE FROM arrival WHERE NOT ({kept})")  # noqa: S608


def test_entries_that_no_arrival_tells_are_found(ledger: Ledger) -> None:
    with closing(Store(ledger.path, read_only=True)) as store:
        last = max(
            one.number
            for one in store.arrivals.page(0, 1_000)
            if (one.kind, one.origin, one.index) == (1, THEIRS, 6)
        )
    _cut(ledger, f"number < {last}")

    faults = [f for f in ledger.verify().faults if f.what == "arrival"]
    assert [(f.origin, f.index) for f in faults] == [(THEIRS, 6)]


def test_a_head_that_no_arrival_tells_is_found(ledger: Ledger) -> None:
    sql = 'SELECT max(number) FROM arrival WHERE kind = 1 AND log = 2 AND "index" = 8'
    _cut(ledger, f"number <= ({sql})")

    faults = [f for f in ledger.verify().faults if f.what == "arrival"]
    assert [(f.origin, f.index) for f in faults] == [(THEIRS, None)]


REFUSALS = [
    "UPDATE refusal SET by = 'lahore.pk'",
    "UPDATE refusal SET by = 'islamabad.pk'",
    "UPDATE refusal SET reason = 'LABELS'",
]


@pytest.mark.parametrize("sql", REFUSALS)
def test_a_refusal_by_nobody_or_for_no_reason_is_found(
    ledger: Ledger, sql: str
) -> None:
    change(ledger.path, sql)
    _resum(ledger, "refusal")

    report = ledger.verify()
    (fault,) = [fault for fault in report.faults if fault.what == "refusal"]
    assert (fault.origin, fault.index) == (OURS, 3)


PEERS = [
    "UPDATE peer SET name = 'lahore.pk', cosigned_size = 0",
    "UPDATE peer SET cosigned_size = 6",
    "UPDATE peer SET cosigned_size = -1",
]


@pytest.mark.parametrize("sql", PEERS)
def test_a_partner_that_is_none_or_claims_more_is_found(
    ledger: Ledger, sql: str
) -> None:
    change(ledger.path, sql)
    _resum(ledger, "peer")

    name = "lahore.pk" if "lahore.pk" in sql else CN
    assert _whats(ledger) == {f"peer {name}"}


def test_a_partner_may_claim_less_than_its_line_proves(ledger: Ledger) -> None:
    """The line is stored first; a crash may come between."""
    change(ledger.path, "UPDATE peer SET cosigned_size = 4 WHERE name = ?", CN)
    _resum(ledger, "peer")

    assert ledger.verify().ok


def test_a_log_under_another_number_is_found(ledger: Ledger) -> None:
    change(ledger.path, "UPDATE log SET number = 3 WHERE number = 2")

    assert "log.number" in _whats(ledger)


def test_a_changed_byte_of_an_index_is_found(ledger: Ledger) -> None:
    with closing(Store(ledger.path, read_only=True)) as store:
        name = store.entries.page(THEIRS, 4, 1)[0].name
    before = ledger.path.read_bytes()
    places = [at for at in range(len(before)) if before.startswith(name, at)]
    assert len(places) == 3  # it and its copy, which stands in an index too

    for at in places:
        spoilt = bytearray(before)
        spoilt[at + 31] ^= 1
        ledger.path.write_bytes(spoilt)

        assert not ledger.verify().ok


def test_the_lowest_index_is_the_first_bad_one() -> None:
    report = Report()
    for index in (None, 7, 5, 6):
        report.add(Fault(OURS, index, Reason.ROOT, "hash"))

    report.add_log(RawLog(1, OURS, 9, b""), ())
    report.add_log(RawLog(2, THEIRS, 9, b""), ())

    ours, theirs = report.logs
    assert (ours.first_bad_index, theirs.reason) == (5, None)
