"""What retention removed is told as erased, and anything else as missing."""

from collections.abc import Callable
from contextlib import closing

import pytest

from exchange.audit.result import Report
from exchange.audit.text.database_text import as_json, lines
from exchange.audit.verify_database import verify_file
from exchange.errors import Reason
from exchange.limits import CLOCKS_APART_MAX, RETENTION
from exchange.store import Erasure, Store, StoredTimes
from tests.audit.ledger import OURS, THEIRS, Ledger, change
from tests.node.world import CN, FILED, PK
from tests.rebuild.support import repair
from tests.trust.nation import DAY

END = FILED + 30 * DAY + RETENTION
HELD = 3  # texts of Islamabad's ledger: one of its own, two of Beijing's

Verify = Callable[[int], Report]


@pytest.fixture
def verify(ledger: Ledger) -> Verify:
    return lambda now: verify_file(ledger.path, PK, ledger.bundles, now=now)


def erase(ledger: Ledger, origin: str, *indexes: int) -> None:
    with closing(Store(ledger.path)) as store:
        store.retention.set_times(StoredTimes(END, CN, END))
        assert store.retention.erase(Erasure(origin, indexes, END)) == len(indexes)


def test_what_is_erased_is_counted_and_no_fault(ledger: Ledger, verify: Verify) -> None:
    erase(ledger, THEIRS, 3, 4)

    report = verify(END)

    assert (report.ok, report.erased, report.entries) == (True, 2, 14)
    assert as_json(report)["erased"] == 2
    assert list(lines(report))[-1].endswith("signatures, 2 erased: all as signed")


def test_all_that_is_signed_is_still_verified(ledger: Ledger, verify: Verify) -> None:
    before = ledger.verify()
    erase(ledger, OURS, 3)
    erase(ledger, THEIRS, 3, 4)

    after = verify(END)

    assert after.erased == HELD
    assert after.signatures == before.signatures
    assert after.logs == before.logs


@pytest.mark.parametrize("now", [0, FILED, END - CLOCKS_APART_MAX - 1])
def test_before_its_time_it_is_missing(
    ledger: Ledger, verify: Verify, now: int
) -> None:
    erase(ledger, THEIRS, 4)

    report = verify(now)

    (fault,) = report.faults
    assert (fault.origin, fault.index, fault.reason) == (THEIRS, 4, Reason.MISSING)
    assert report.erased == 0


def test_another_clock_may_be_a_little_ahead(ledger: Ledger, verify: Verify) -> None:
    erase(ledger, THEIRS, 4)

    assert verify(END - CLOCKS_APART_MAX).ok


def test_it_may_still_be_there_afterwards(verify: Verify) -> None:
    report = verify(END + 999 * DAY)

    assert (report.ok, report.erased) == (True, 0)


STILL = [
    ("UPDATE payload SET body = x'00' WHERE log = 2 AND \"index\" = 4", Reason.BODY),
    ("UPDATE payload SET wraps = x'' WHERE log = 2 AND \"index\" = 4", Reason.WRAPS),
    ("UPDATE payload SET wraps = x'', body = x'' WHERE log = 2 AND \"index\" = 4",
     Reason.DATABASE),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "reason"), STILL)
def test_if_it_is_there_it_is_what_was_signed(
    ledger: Ledger, verify: Verify, sql: str, reason: Reason
) -> None:
    change(ledger.path, sql)

    (fault,) = verify(END).faults
    assert (fault.index, fault.reason) == (4, reason)


def test_a_header_that_was_changed_excuses_nothing(
    ledger: Ledger, verify: Verify
) -> None:
    """Who backdates `expires` in the file breaks the signature over it."""
    erase(ledger, THEIRS, 4)
    with closing(Store(ledger.path, read_only=True)) as store:
        entry = store.entries.page(THEIRS, 4, 1)[0].entry
    expires = _varint(FILED + 30 * DAY)
    earlier = _varint(FILED + 1)
    assert entry.count(expires) == 1
    sql = 'UPDATE entry SET entry = ? WHERE log = 2 AND "index" = 4'
    change(ledger.path, sql, entry.replace(expires, earlier))

    report = verify(FILED + 1 + RETENTION)

    assert not report.ok
    assert report.erased == 0


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def test_a_repair_asks_for_nothing_that_was_erased(
    ledger: Ledger, verify: Verify
) -> None:
    """What is spoilt and past its retention is not fetched: it will never come."""
    erase(ledger, THEIRS, 3)
    change(
        ledger.path, "UPDATE payload SET body = x'00' WHERE log = 2 AND \"index\" = 4"
    )

    outcome = repair(ledger, now=END)

    assert outcome.sound
    assert outcome.after == verify(END)
    assert (outcome.after.ok, outcome.after.erased) == (True, 2)
