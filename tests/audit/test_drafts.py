"""Drafts in a node's database: audited, exported by nothing, carried by a repair."""

import dataclasses
from contextlib import closing
from pathlib import Path

import pytest

from exchange.store import Store
from exchange.store.values import EMERGENCY, RELEASED, RETURNED, WAITING
from exchange.v1 import envelope_pb2 as pb
from tests.audit.ledger import Ledger, export, opened
from tests.node.drafting import OPS, Drafted, drafted, enrol_releasers, give_back, hand
from tests.node.world import PK, world
from tests.rebuild.support import repair

COLUMNS = (
    *("name", "author", "desk", "review", "state", "since", "expires"),
    *("index", "returned", "envelope", "sum"),
)


@dataclasses.dataclass
class Written:
    """A database with a draft in each state, and the one that waits."""

    ledger: Ledger
    waits: Drafted


@pytest.fixture
def written(tmp_path: Path) -> Written:
    with world(tmp_path) as made:
        enrol_releasers(made.pk)
        made.meet()
        waits, back, out = (drafted(made, text=text) for text in (b"w", b"b", b"o"))
        for one in (waits, back, out):
            assert hand(made.pk, OPS, one.draft).awaits_release
        give_back(made.pk, OPS, back.name)
        assert not hand(made.pk, OPS, out.released()).reason
        fields = {"release": pb.RELEASE_EMERGENCY, "precedence": pb.PRECEDENCE_FLASH}
        alone = drafted(made, text=b"e", fields=fields)
        assert not hand(made.pk, OPS, alone.draft).reason
        made.meet()
    return Written(Ledger(made.folder / f"{PK}.db", made.bundles), waits)


def states(ledger: Ledger) -> list[int]:
    with closing(Store(ledger.path)) as store:
        return sorted(one.state for one in store.drafts.all())


def test_drafts_are_no_fault(written: Written) -> None:
    report = written.ledger.verify()

    assert report.ok, report.faults
    assert states(written.ledger) == [WAITING, RELEASED, RETURNED, EMERGENCY]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("state", [WAITING, RELEASED, RETURNED, EMERGENCY])
def test_a_change_to_any_column_of_a_draft_is_found(
    written: Written, column: str, state: int
) -> None:
    empty = {"envelope": EMERGENCY}
    if empty.get(column) == state:
        return  # nothing is stored there, and nobody reads it
    with opened(written.ledger.path) as connection:
        asked = f'SELECT "{column}" FROM draft WHERE state = ?'  # noqa: S608  a column
        (value,) = connection.execute(asked, (state,)).fetchone()
        update = f'UPDATE draft SET "{column}" = ? WHERE state = ?'  # noqa: S608  a column
        connection.execute(update, (_changed(value), state))

    report = written.ledger.verify()

    assert not report.ok
    assert [fault.what.split()[0] for fault in report.faults] == ["draft"]


def _changed(value: int | str | bytes) -> int | str | bytes:
    if isinstance(value, int):
        return value ^ 64
    if isinstance(value, str):
        return value + "x"
    middle = len(value) // 2
    byte = bytes([value[middle] ^ 1]) if value else b"x"
    return value[:middle] + byte + value[middle + 1 :]


def test_no_export_has_anything_of_one_that_waits(
    written: Written, tmp_path: Path
) -> None:
    data = export(written.ledger.path, tmp_path / "all.audit").read_bytes()

    assert len(data) > 1_000
    assert written.waits.name not in data
    assert written.waits.sealed.body not in data


def test_a_repair_carries_them(written: Written) -> None:
    before = states(written.ledger)
    with opened(written.ledger.path) as connection:
        connection.execute('UPDATE entry SET kind = 9 WHERE "index" = 1')

    outcome = repair(written.ledger)

    assert outcome.after.ok, outcome.after.faults
    assert states(written.ledger) == before


def test_a_repair_names_a_draft_that_is_lost(written: Written) -> None:
    with opened(written.ledger.path) as connection:
        connection.execute("UPDATE draft SET desk = 'x' WHERE state = ?", (WAITING,))

    outcome = repair(written.ledger)

    assert outcome.after.ok, outcome.after.faults
    assert "draft" in {one.split()[0] for one in outcome.lost}
    assert states(written.ledger) == [RELEASED, RETURNED, EMERGENCY]


@pytest.mark.parametrize("state", [WAITING, RELEASED, RETURNED])
def test_a_repair_carries_no_envelope_that_is_another(
    written: Written, state: int
) -> None:
    with opened(written.ledger.path) as connection:
        asked = "SELECT envelope FROM draft WHERE state = ?"
        (value,) = connection.execute(asked, (state,)).fetchone()
        update = "UPDATE draft SET envelope = ? WHERE state = ?"
        connection.execute(update, (_changed(value), state))

    outcome = repair(written.ledger)

    assert outcome.after.ok, outcome.after.faults
    assert "draft" in {one.split()[0] for one in outcome.lost}
    assert state not in states(written.ledger)
