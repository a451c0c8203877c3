"""A log is kept up to its first hole; its node fetches the rest."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.node.node import Node
from exchange.rebuild.outcome import Outcome
from exchange.store import Store
from exchange.v1 import envelope_pb2 as pb
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger, change
from tests.batches import put
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.world import CN, PK, bulletin, forged
from tests.rebuild.support import bring_back, differences, repair

OF_A_START = (
    *("arrival", "fork", "peer", "sighting", "waiting", "writer"),
    *("refusal", "undelivered", "pulse"),
)
"""Tables in which a node that starts and fetches leaves other rows than there were."""


def fetched(ledger: Ledger, right: dict[str, list[object]], *but: str) -> None:
    """Demand the rows that were there, as far as a partner has them.

    It sends fewer heads; and who may read a receipt that comes before its subject is
    not known.
    """
    found = differences(ledger, right, *but, *OF_A_START, "head")
    gone, new = found.pop("entry", ([], []))
    assert {bytes_of(row) for row in gone} == {bytes_of(row) for row in new}
    assert not found


def bytes_of(row: object) -> object:
    """Return log, index and entry of a row of entry."""
    return tuple(row)[:3]  # type: ignore[arg-type]  # a row


def cuts(outcome: Outcome) -> dict[str, tuple[int, int, int]]:
    """Return of each log that is not whole: entries kept, of how many, texts gone."""
    return {
        log.origin: (log.size, log.of, log.texts)
        for log in outcome.logs
        if log.size < log.of or log.texts
    }


def keep_all(ledger: Ledger) -> None:
    """Rebuild, and demand that nothing is missing."""
    with closing(Store(ledger.path, read_only=True)) as store:
        proofs = tuple(fork.proof for fork in store.forks.all().values())
    outcome = repair(ledger, proofs)
    assert outcome.after.ok, outcome.after.faults
    assert (outcome.sound, cuts(outcome)) == (True, {}), outcome


# All of it is here.


def test_a_log_s_row_follows_from_its_heads(
    ledger: Ledger, right: dict[str, list[object]]
) -> None:
    with ledgers.opened(ledger.path) as connection:
        connection.execute("UPDATE log SET number = 7 WHERE number = 2")
        connection.execute("UPDATE log SET origin = 'x.fusion/log/1' WHERE number = 1")

    keep_all(ledger)
    assert not differences(ledger, right)


def test_a_log_that_may_have_had_more_is_not_called_whole(ledger: Ledger) -> None:
    change(ledger.path, 'UPDATE log SET "size" = 10 WHERE number = 2')

    outcome = repair(ledger)

    assert (outcome.after.ok, cuts(outcome)) == (True, {THEIRS: (9, 10, 0)})


def test_a_sound_ledger_is_not_touched(ledger: Ledger) -> None:
    before = ledger.path.read_bytes()

    outcome = repair(ledger)

    assert (outcome.after.ok, outcome.logs) == (True, ())
    assert ledger.path.read_bytes() == before


def test_triggers_stand_again(ledger: Ledger) -> None:
    change(ledger.path, 'UPDATE entry SET kind = 2 WHERE log = 2 AND "index" = 4')
    repair(ledger)

    with (
        closing(dbapi2.connect(ledger.path)) as connection,
        pytest.raises(dbapi2.IntegrityError, match="the ledger only grows"),
    ):
        connection.execute("UPDATE entry SET kind = 7")


# The rest comes from a partner.

BODY = "UPDATE payload SET body"
HOLES = [
    ("UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3", {OURS: (3, 5, 0)}),
    ("UPDATE entry SET entry = 'text' WHERE log=1 AND \"index\"=3", {OURS: (3, 5, 0)}),
    ('DELETE FROM entry WHERE log = 1 AND "index" = 3', {OURS: (3, 5, 0)}),
    ("UPDATE payload SET wraps = x'00' WHERE log=1 AND \"index\"=3", {OURS: (5, 5, 1)}),
    ("UPDATE payload SET body = x'00' WHERE log=1 AND \"index\"=3", {OURS: (5, 5, 1)}),
    ('DELETE FROM payload WHERE log = 1 AND "index" = 3', {OURS: (5, 5, 1)}),
    (f"{BODY}=x'00' WHERE log=2 AND \"index\"=4", {THEIRS: (9, 9, 1)}),
    ("UPDATE entry SET entry = x'00' WHERE log=2 AND \"index\"=4", {THEIRS: (3, 9, 0)}),
    ('DELETE FROM entry WHERE log=2 AND "index"=4', {THEIRS: (3, 9, 0)}),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "cut"), HOLES, ids=lambda one: str(one)[:60])
def test_a_log_ends_at_its_first_hole_and_the_partner_has_the_rest(
    open_ledger: Ledger,
    partner: Node,
    right: dict[str, list[object]],
    sql: str,
    cut: dict[str, tuple[int, int, int]],
) -> None:
    change(open_ledger.path, sql)

    outcome = repair(open_ledger)

    assert outcome.after.ok, outcome.after.faults
    assert (cuts(outcome), outcome.sound) == (cut, OURS not in cut)
    report = bring_back(open_ledger, partner)
    assert report.ok, report.faults
    assert report.lacking == 0
    fetched(open_ledger, right)


ELSEWHERE = [
    'entry SET "index" = 70 WHERE log = 2 AND "index" = 4',
    'entry SET log = 9 WHERE log = 2 AND "index" = 4',
    'payload SET "index" = 70 WHERE log = 2 AND "index" = 4',
    'payload SET log = 9 WHERE log = 2 AND "index" = 4',
    'head SET "size" = 70 WHERE log = 2 AND "size" = 5',
    'head SET log = 9 WHERE log = 2 AND "size" = 9',
    'hash SET level = 9 WHERE log = 2 AND level = 1 AND "index" = 2',
]


@pytest.mark.parametrize("sql", ELSEWHERE)
def test_what_is_in_another_place_comes_back(
    open_ledger: Ledger, partner: Node, right: dict[str, list[object]], sql: str
) -> None:
    change(open_ledger.path, f"UPDATE {sql}")

    assert repair(open_ledger).after.ok
    assert bring_back(open_ledger, partner).ok
    fetched(open_ledger, right)


@pytest.mark.parametrize("gone", ["log", "head"])
def test_a_log_is_known_by_its_notes_or_by_its_row(
    open_ledger: Ledger, partner: Node, right: dict[str, list[object]], gone: str
) -> None:
    with ledgers.opened(open_ledger.path) as connection:
        if gone == "log":
            connection.execute("DELETE FROM log WHERE number = 2")
        else:
            connection.execute("UPDATE head SET note = x'00' WHERE log = 2")

    repair(open_ledger)
    assert bring_back(open_ledger, partner).ok
    fetched(open_ledger, right, "directory_head")


def test_every_blob_at_once_comes_back(open_ledger: Ledger, partner: Node) -> None:
    with ledgers.opened(open_ledger.path) as connection:
        for table, column in (
            ("entry", "entry"),
            ("hash", "hash"),
            ("head", "note"),
            ("payload", "wraps"),
            ("payload", "body"),
        ):
            connection.execute(f"UPDATE {table} SET {column} = x'00'")  # noqa: S608

    assert cuts(repair(open_ledger))[OURS] == (0, 5, 0)
    report = bring_back(open_ledger, partner)
    assert (report.ok, report.lacking) == (True, 0)


def test_a_frozen_log_is_cut_and_stays_frozen(ledger: Ledger) -> None:
    """Its node takes no more of it until both operators go on with the next log."""
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=2 AND \"index\"=4")

    outcome = repair(ledger)

    assert (outcome.after.ok, cuts(outcome)) == (True, {THEIRS: (3, 9, 0)})
    with closing(Store(ledger.path, read_only=True)) as store:
        assert store.forks.all().keys() == {THEIRS}


def test_a_refused_entry_comes_back_as_refused(
    open_ledger: Ledger, partner: Node, right: dict[str, list[object]]
) -> None:
    """It has the name of one that is damaged as well."""
    path = open_ledger.path
    change(path, "UPDATE entry SET entry = x'00' WHERE log=2 AND \"index\"=4")
    change(path, 'DELETE FROM entry WHERE log=2 AND "index"=?', REFUSED + 1)

    repair(open_ledger)
    assert bring_back(open_ledger, partner).ok
    fetched(open_ledger, right)


def test_a_second_entry_of_an_id_stays_refused(tmp_path: Path) -> None:
    """Also while the first one's row does not say that it has it."""
    with worlds.world(tmp_path) as world:
        world.meet()
        pk, cn = world.pk, world.cn
        good = bulletin(cn.nation, pk.nation, b"one")
        bad = bulletin(cn.nation, pk.nation, b"one", precedence=pb.PRECEDENCE_ROUTINE)
        batch = forged(cn.nation, pk.store.logs.edge(THEIRS), [good.entry, bad.entry])
        put(batch, 0, good)
        receive_batch(pk.node, CN, batch)
        ledger = Ledger(tmp_path / f"{PK}.db", world.bundles)
        assert [e.reason for e in pk.store.entries.refused(THEIRS, 0, 9)] == [
            "DUPLICATE_ID"
        ]
        change(ledger.path, "UPDATE entry SET id = x'00' WHERE log=2 AND \"index\"=3")

        pk.store.close()

        keep_all(ledger)
        pk.store = Store(ledger.path)


# Lines under heads.


def note(ledger: Ledger, size: int) -> bytes:
    with closing(Store(ledger.path, read_only=True)) as store:
        found = store.heads.note(OURS, size)
    assert found
    return found


def spoil_line(ledger: Ledger, size: int, line: int) -> bytes:
    """Damage one line under a head of the own log: 0 and 1 are its own, 2 Beijing's."""
    text, _, lines = note(ledger, size).rpartition(b"\n\n")
    spoilt = lines.splitlines(keepends=True)
    spoilt[line] = spoilt[line][:80] + b"AAAA" + spoilt[line][84:]
    now = text + b"\n\n" + b"".join(spoilt)
    sql = 'UPDATE head SET note = ? WHERE log = 1 AND "size" = ?'
    change(ledger.path, sql, now, size)
    return now


def test_a_line_that_signs_nothing_is_left_out_and_named(ledger: Ledger) -> None:
    whole, spoilt = note(ledger, 4), spoil_line(ledger, 4, 2)

    outcome = repair(ledger)

    assert (outcome.after.ok, outcome.lost) == (True, [f"line {OURS}#4"])
    assert whole.startswith(note(ledger, 4))
    assert len(note(ledger, 4)) < len(spoilt)


def test_a_head_that_others_cover_is_lost_alone(
    ledger: Ledger, right: dict[str, list[object]]
) -> None:
    spoil_line(ledger, 4, 0)

    outcome = repair(ledger)

    assert (outcome.after.ok, outcome.lost) == (True, [f"head {OURS}#4"])
    assert cuts(outcome) == {}
    # The receipt behind it may be for every desk: when it came nobody knows.
    assert not differences(ledger, right, "head", "entry")


def test_over_what_was_shown_the_same_head_is_signed_again(ledger: Ledger) -> None:
    """The newest head's note is lost; its row says which bytes it was signed over."""
    spoil_line(ledger, 5, 0)
    change(ledger.path, "UPDATE pulse SET note = x'00'")

    outcome = repair(ledger)

    assert (outcome.after.ok, cuts(outcome)) == (True, {})
    with closing(Store(ledger.path, read_only=True)) as store:
        (unsigned,) = store.boundaries(OURS)
        assert (unsigned.head, unsigned.note) == (store.logs.position(OURS), b"")
        held = store.heads.newest(OURS)
        assert held
        assert held.head.size == 4
