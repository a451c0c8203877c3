"""An operator who edits the database of his node."""

import pytest

from exchange.errors import Reason
from tests.audit import conftest as audit_fixtures
from tests.audit.ledger import Ledger, change
from tests.audit.test_verify_database import NAMED, WHY, first

ledger = audit_fixtures.ledger
sound = audit_fixtures.sound


@pytest.mark.parametrize(("sql", "index"), NAMED)
def test_i1_i2_a_change_is_named_by_log_and_index(
    ledger: Ledger, sql: str, index: int | None
) -> None:
    change(ledger.path, sql)

    assert first(ledger.verify())[0] == index


@pytest.mark.parametrize(("sql", "reason"), WHY)
def test_i1_i2_a_change_is_told_by_its_reason(
    ledger: Ledger, sql: str, reason: Reason
) -> None:
    change(ledger.path, sql)

    assert first(ledger.verify())[1] == reason
