"""Texts that lack: told and no damage, found where their row changes, and mended."""

from contextlib import closing

import pytest

from exchange.audit.result import Lacks
from exchange.audit.text.database_text import as_json, lines
from exchange.audit.verify_database import verify_file
from exchange.errors import Reason
from exchange.limits import RETENTION
from exchange.node import outbox, replicas
from exchange.store import LACKING, NEVER, Store
from exchange.v1 import exchange_service_pb2 as rpc
from tests.audit.ledger import OURS, THEIRS, Ledger, change, opened
from tests.node.receiving import receive_batch
from tests.node.texts import bring_back, lose
from tests.node.world import CN, FILED, PK, World, bulletin
from tests.rebuild.support import repair, rows
from tests.trust.nation import DAY

FIRST = 3  # the index of what each sends first
NUMBER = f"SELECT number FROM log WHERE origin = '{THEIRS}'"  # noqa: S608
ROW = f' WHERE log = ({NUMBER}) AND "index" = '
NEVER_AT = FIRST + 2


@pytest.fixture
def lacking(world: World) -> Ledger:
    """Return Islamabad's database: one text lacks, one has come, one never will.

    Of what it sent itself, Beijing lacks one.
    """
    pk, cn = world.pk, world.cn
    world.meet()
    soon = {"expires": FILED + DAY}
    for text in (b"one", b"two"):
        cn.from_desk(bulletin(cn.nation, pk.nation, text))
    cn.from_desk(bulletin(cn.nation, pk.nation, b"three", **soon))
    texts = [lose(cn, THEIRS, FIRST + number) for number in range(3)]
    pk.reach(FILED + 2 * DAY)
    receive_batch(pk.node, CN, outbox.next_batch(cn.node, PK, FIRST).batch)
    wraps, body = texts[1]
    cut = [wraps[at : at + 1_200] for at in range(0, len(wraps), 1_200)]
    replicas.complete_text(
        pk.node, CN, rpc.Bodies(origin=THEIRS, index=FIRST + 1, wraps=cut, body=body)
    )
    pk.from_desk(bulletin(pk.nation, cn.nation, b"ours"))
    ours = lose(pk, OURS, FIRST)
    world.carry(pk, cn)
    bring_back(pk, OURS, FIRST, ours)
    world.close()
    return Ledger(world.folder / f"{PK}.db", world.bundles).copy(world.folder)


def test_what_lacks_is_told_and_is_no_damage(lacking: Ledger) -> None:
    report = lacking.verify()

    assert (report.ok, report.lacking, report.erased) == (True, 1, 1)
    assert report.lacks == (Lacks(THEIRS, FIRST, "LOST"),)
    assert as_json(report)["lacking_first"] == [
        {"origin": THEIRS, "index": FIRST, "reason": "LOST"}
    ]
    told = list(lines(report))
    assert (
        f"{THEIRS}#{FIRST}: its text has not come (LOST); {CN} is asked for it" in told
    )
    assert told[-1].endswith("1 erased, 1 lacking: all as signed")


def test_the_states_are_those_of_the_column(lacking: Ledger) -> None:
    with closing(Store(lacking.path, read_only=True)) as store:
        states = [one.state for one in store.entries.page(THEIRS, FIRST, 3)]

    assert states == [LACKING, 0, NEVER]


CHANGES = {
    "state": "state = 3",
    "no state": "state = 9",
    "held": "state = 0",
    "reason": "reason = 'QUOTA'",
    "no reason": "reason = ''",
    "at": "at = at + 1",
    "sum": '"sum" = "sum" + 1',
    "wraps": "wraps = x'00'",
    "body": "body = x'00'",
}


@pytest.mark.parametrize("index", [FIRST, NEVER_AT], ids=["lacking", "never"])
@pytest.mark.parametrize("what", CHANGES.values(), ids=CHANGES)
def test_a_changed_row_is_found_and_mended(
    lacking: Ledger, what: str, index: int
) -> None:
    before = rows(lacking.path)
    change(lacking.path, f"UPDATE payload SET {what}{ROW}{index}")  # noqa: S608
    if rows(lacking.path) == before:
        return

    report = lacking.verify()
    (fault,) = report.faults
    assert (fault.origin, fault.index) == (THEIRS, index)
    outcome = repair(lacking)

    assert outcome.after.ok, outcome.after.faults
    assert outcome.after.lacking + outcome.after.erased == 2


def test_what_was_erased_before_its_time_is_missing(lacking: Ledger) -> None:
    from exchange.store.row_checksums import row_sum  # noqa: PLC0415  for this only

    with opened(lacking.path) as connection:
        (log,) = connection.execute(
            "SELECT number FROM log WHERE origin = ?", (THEIRS,)
        ).fetchone()
        total = row_sum(log, FIRST, 2, "", FILED)
        said = "state = 2, reason = '', at = ?, \"sum\" = ?"
        asked = f"UPDATE payload SET {said}{ROW}{FIRST}"  # noqa: S608
        connection.execute(asked, (FILED, total))

    (fault,) = lacking.verify().faults
    assert (fault.index, fault.reason) == (FIRST, Reason.MISSING)
    later = FILED + 30 * DAY + RETENTION + DAY
    assert verify_file(lacking.path, PK, lacking.bundles, now=later).ok


@pytest.mark.parametrize("column", ["log", "index", "by", "at", "sum"])
def test_a_changed_row_of_what_a_partner_lacks_is_found_and_named(
    lacking: Ledger, column: str
) -> None:
    before = rows(lacking.path)["lacking"]
    value = "replace(by, 'b', 'c')" if column == "by" else f'"{column}" + 1'
    change(lacking.path, f'UPDATE lacking SET "{column}" = {value}')  # noqa: S608

    assert not lacking.verify().ok
    outcome = repair(lacking)

    assert outcome.after.ok, outcome.after.faults
    # What the partner lacks it names again with each line that it sets.
    assert [one.split()[0] for one in outcome.lost] == ["lacking"]
    assert before
    assert not rows(lacking.path)["lacking"]


@pytest.mark.parametrize("kind", [4, 6], ids=["what a partner lacks", "a text"])
def test_an_arrival_that_tells_of_a_text_is_checked(lacking: Ledger, kind: int) -> None:
    change(lacking.path, f"UPDATE arrival SET reason = 'X' WHERE kind = {kind}")  # noqa: S608

    assert not lacking.verify().ok
    assert repair(lacking).after.ok


def test_a_mended_home_keeps_its_states(lacking: Ledger) -> None:
    """What is mended is something else."""
    before = rows(lacking.path)
    change(lacking.path, f"UPDATE entry SET kind = 3{ROW}{FIRST}")  # noqa: S608

    assert repair(lacking).after.ok

    assert rows(lacking.path)["payload"] == before["payload"]
