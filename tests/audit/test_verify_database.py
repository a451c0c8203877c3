"""What is said of a home's database: where it is sound, and where it is not."""

from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from unittest.mock import Mock

import pytest
from msgspec.structs import replace
from sqlcipher3 import dbapi2

from exchange import envelope
from exchange.audit.judge import pool
from exchange.audit.result import Report
from exchange.errors import Reason
from exchange.ledger.note import Vkey
from exchange.store import Store
from exchange.store.raw_rows import RawRows
from exchange.trust import statements
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, RECEIPT, REFUSED, THEIRS, Ledger, change
from tests.node.world import CN, PK, World, directory
from tests.stored import all_entries, all_heads
from tests.trust.nation import ed

NAMED_BY_PROCESSES = "UPDATE entry SET entry = x'00' WHERE log = 2 AND \"index\" = 4"
Lines = Callable[[list[bytes]], list[bytes]]


def first(report: Report, origin: str = THEIRS) -> tuple[int | None, Reason | None]:
    """Return what is said of one log, and demand that the other is sound."""
    assert not report.ok
    assert all(log.reason is None for log in report.logs if log.origin != origin)
    (log,) = [log for log in report.logs if log.origin == origin]
    return log.first_bad_index, log.reason


def test_a_sound_ledger_is_told_as_it_is(sound: Ledger) -> None:
    report = sound.verify()

    assert (report.ok, report.faults, report.wrong) == (True, (), 0)
    ours, theirs = report.logs
    assert (ours.origin, ours.size) == (OURS, 5)
    assert (theirs.origin, theirs.size) == (THEIRS, 9)
    assert ours.cosigned_by == ("beijing.cn.fusion/mirror",)
    assert theirs.cosigned_by == ("islamabad.pk.fusion/mirror",)
    assert report.entries == 14


def test_signatures_are_counted_as_they_stand(sound: Ledger) -> None:
    with closing(Store(sound.path, read_only=True)) as store:
        accepted = [
            len(envelope.split(stored.entry).signatures)
            for origin in store.logs.origins()
            for stored in all_entries(store, origin)
            if not stored.reason
        ]
        lines_ = [
            kept.note.count("\N{EM DASH} ".encode())
            for origin in store.logs.origins()
            for kept in all_heads(store, origin)
        ]

    assert sound.verify().signatures == sum(accepted) + sum(lines_)


def test_the_ledger_holds_one_of_everything(sound: Ledger) -> None:
    with closing(Store(sound.path, read_only=True)) as store:
        entries = store.entries.page(THEIRS, 0, 100)
        refused = [stored.reason for stored in entries[REFUSED:]]
        arrivals = {one.kind for one in store.arrivals.page(0, 1_000)}

        assert refused == ["NOT_RELEASABLE", "DUPLICATE_NAME", "NOT_CANONICAL"]
        assert entries[RECEIPT].desks == ("ops.beijing.cn", "ops.islamabad.pk")
        assert arrivals == {1, 2, 3, 5}
        assert store.partners.refusals(OURS, 3)
        assert store.partners.get_peer(CN).cosigned_size == 5


@pytest.mark.parametrize("sql", ["", NAMED_BY_PROCESSES])
def test_processes_come_to_the_same(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    """The rows are compared here, in order, whoever judged the entries."""
    if sql:
        change(ledger.path, sql)
    alone = ledger.verify()
    cores = Mock(return_value=2)
    monkeypatch.setattr(pool, "SMALL", 1)
    monkeypatch.setattr(pool, "cores", cores)

    assert ledger.verify() == alone
    assert alone.ok == (not sql)
    assert cores.called


PAYLOAD = "INSERT INTO payload SELECT column1, column2, column3, column4, 0, '', 0, 0"
NAMED = [
    ("UPDATE entry SET entry = x'00' WHERE log = 2 AND \"index\" = 4", 4),
    ("UPDATE entry SET entry = 'text' WHERE log = 2 AND \"index\" = 4", 4),
    ("UPDATE entry SET reason = 'KIND' WHERE log = 2 AND \"index\" = 4", 4),
    ("UPDATE entry SET reason = '' WHERE log = 2 AND \"index\" = 6", 6),
    ("UPDATE entry SET reason = 'KIND' WHERE log = 2 AND \"index\" = 7", 7),
    ('UPDATE entry SET name = zeroblob(32) WHERE log = 2 AND "index" = 8', 8),
    ('UPDATE entry SET id = zeroblob(16) WHERE log = 2 AND "index" = 6', 6),
    ('UPDATE entry SET kind = 2 WHERE log = 2 AND "index" = 4', 4),
    ("UPDATE entry SET desks = '*' WHERE log = 2 AND \"index\" = 4", 4),
    ("UPDATE entry SET desks = 'ops.beijing.cn' WHERE log=2 AND \"index\" = 5", 5),
    ('UPDATE hash SET hash = zeroblob(32) WHERE log=2 AND level=0 AND "index"=2', 2),
    ('UPDATE hash SET hash = zeroblob(32) WHERE log=2 AND level=1 AND "index"=2', 5),
    ("UPDATE hash SET hash = zeroblob(32) WHERE log=2 AND level=3", 7),
    ('DELETE FROM hash WHERE log = 2 AND level = 2 AND "index" = 1', 7),
    ("UPDATE payload SET body = x'' WHERE log = 2 AND \"index\" = 4", 4),
    ("UPDATE payload SET wraps = x'' WHERE log = 2 AND \"index\" = 3", 3),
    ("UPDATE payload SET body = 'text' WHERE log = 2 AND \"index\" = 4", 4),
    ('DELETE FROM payload WHERE log = 2 AND "index" = 4', 4),
    (f"{PAYLOAD} FROM (VALUES (2, 6, x'00', x'00'))", 6),
    (f"{PAYLOAD} FROM (VALUES (2, 0, x'', x''))", 0),
    ('UPDATE head SET root = zeroblob(32) WHERE log = 2 AND "size" = 5', 4),
    ('UPDATE head SET at = at + 1 WHERE log = 2 AND "size" = 5', 4),
    ("UPDATE head SET note = 'text' WHERE log = 2 AND \"size\" = 5", 4),
    ('DELETE FROM head WHERE log = 2 AND "size" = 9', 8),
    ('DELETE FROM entry WHERE log = 2 AND "index" = 5', 5),
    ('DELETE FROM entry WHERE log = 2 AND "index" = 8', 8),
    ('UPDATE log SET "size" = 8 WHERE number = 2', 8),
    ('UPDATE log SET "size" = 10 WHERE number = 2', 9),
    ("UPDATE log SET root = zeroblob(32) WHERE number = 2", None),
    ("INSERT INTO hash VALUES (2, 4, 0, zeroblob(32))", None),
    ("INSERT INTO hash VALUES (2, 0, 9, zeroblob(32))", None),
    (f"{PAYLOAD} FROM (VALUES (2, 9, x'00', x'00'))", None),
    ("INSERT INTO head SELECT 2, 99, root, note, at, 0 FROM head LIMIT 1", None),
]  # fmt: skip


WHY = [
    ("UPDATE entry SET entry = x'00' WHERE log = 2 AND \"index\" = 4", "ROOT"),
    ("UPDATE entry SET reason = '' WHERE log = 2 AND \"index\" = 6", "NOT_RELEASABLE"),
    ("UPDATE payload SET body = x'00' WHERE log = 2 AND \"index\" = 4", "BODY"),
    ("UPDATE payload SET wraps = x'00' WHERE log = 2 AND \"index\" = 4", "WRAPS"),
    ('DELETE FROM payload WHERE log = 2 AND "index" = 4', "MISSING"),
    ('UPDATE head SET root = zeroblob(32) WHERE log = 2 AND "size" = 5', "ROOT"),
    ("UPDATE head SET note = x'00' WHERE log = 2 AND \"size\" = 5", "NOTE"),
    ("UPDATE entry SET desks = '*' WHERE log = 2 AND \"index\" = 4", "DATABASE"),
    ('DELETE FROM entry WHERE log = 2 AND "index" = 5', "MISSING"),
    ('DELETE FROM head WHERE log = 2 AND "size" = 9', "MISSING"),
]  # fmt: skip


BEYOND = [
    ("INSERT INTO hash VALUES (2, 4, 0, zeroblob(32))", "hash"),
    (f"{PAYLOAD} FROM (VALUES (2, 9, x'00', x'00'))", "payload"),
    ("INSERT INTO head SELECT 2, 99, root, note, at, 0 FROM head LIMIT 1", "head"),
]


@pytest.mark.parametrize(("sql", "what"), BEYOND)
def test_a_row_beyond_the_log_is_found(ledger: Ledger, sql: str, what: str) -> None:
    change(ledger.path, sql)

    assert what in {fault.what for fault in ledger.verify().faults}


def test_only_the_entry_that_was_changed_is_wrong(ledger: Ledger) -> None:
    sql = "UPDATE entry SET entry = x'00' WHERE log = 2 AND \"index\" = 4"
    change(ledger.path, sql)

    assert {fault.index for fault in ledger.verify().faults} == {4}


def test_a_statement_whose_kind_was_changed_is_one_fault(
    world: World,
) -> None:
    """Not one more for the policies that a database is not asked for."""
    stated = statements.policy_statement("pk", b"quorum none\n", 1)
    nation = world.pk.nation
    world.pk.submit(directory(nation, stated, [("root", r) for r in nation.roots]))
    world.close()
    found = Ledger(world.folder / f"{PK}.db", world.bundles)
    change(found.path, 'UPDATE entry SET kind = 9 WHERE log = 1 AND "index" = 3')

    (fault,) = found.verify().faults
    assert (fault.index, fault.what) == (3, "entry.kind")


def test_a_row_that_only_one_question_shows_is_a_fault(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a page is damaged: entries and rows are read side by side."""
    rows = RawRows.entries
    monkeypatch.setattr(RawRows, "entries", lambda *given: islice(rows(*given), 3))

    faults = ledger.verify().faults

    assert {(f.origin, f.index, f.reason) for f in faults} >= {
        (OURS, 3, Reason.DATABASE),
        (THEIRS, 3, Reason.DATABASE),
    }


def test_only_the_hash_that_was_changed_is_wrong(ledger: Ledger) -> None:
    sql = 'UPDATE hash SET hash = zeroblob(32) WHERE log=2 AND level=0 AND "index"=2'
    change(ledger.path, sql)

    (fault,) = ledger.verify().faults
    assert (fault.index, fault.reason, fault.what) == (2, Reason.ROOT, "hash 0")


def _note(path: Path, size: int, lines_: list[bytes]) -> None:
    """Put other lines under the head of Beijing's log at `size`."""
    with closing(Store(path, read_only=True)) as store:
        note = store.heads.note(THEIRS, size)
    assert note
    text, _, _ = note.rpartition(b"\n\n")
    change(
        path,
        'UPDATE head SET note = ? WHERE log = 2 AND "size" = ?',
        text + b"\n\n" + b"".join(lines_),
        size,
    )


def _lines(path: Path, size: int) -> list[bytes]:
    with closing(Store(path, read_only=True)) as store:
        note = store.heads.note(THEIRS, size)
    assert note
    return note.rpartition(b"\n\n")[2].splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change_lines", "reason"),
    [
        pytest.param(lambda ls: ls[1:], Reason.HEAD, id="no Ed25519 line"),
        pytest.param(lambda ls: [ls[0], *ls[2:]], Reason.HEAD, id="no ML-DSA line"),
        pytest.param(lambda ls: [*ls, ls[0]], Reason.NOTE, id="a line twice"),
        pytest.param(
            lambda ls: [*ls[:2], ls[2].replace(b"islamabad", b"islamabat")],
            Reason.NOTE,
            id="a line of an unknown name",
        ),
        pytest.param(
            lambda ls: [*ls[:2], ls[2][:99] + b"AAAA" + ls[2][103:]],
            Reason.COSIGNATURE,
            id="a cosignature that fails",
        ),
        pytest.param(
            lambda ls: [ls[0][:60] + b"AAAA" + ls[0][64:], *ls[1:]],
            Reason.HEAD,
            id="a log line that fails",
        ),
    ],
)
def test_each_line_under_a_head_must_verify(
    ledger: Ledger, change_lines: "Lines", reason: Reason
) -> None:
    _note(ledger.path, 5, change_lines(_lines(ledger.path, 5)))

    assert first(ledger.verify()) == (4, reason)


def test_a_head_of_another_size_is_found(ledger: Ledger) -> None:
    with closing(Store(ledger.path, read_only=True)) as store:
        note = store.heads.note(THEIRS, 9)
    change(ledger.path, 'UPDATE head SET note = ? WHERE log = 2 AND "size" = 5', note)

    assert first(ledger.verify()) == (4, Reason.HEAD)


def _pinned(ledger: Ledger, **changes: object) -> Ledger:
    """Return the ledger as seen by who pinned another bundle of China."""
    bundle = ledger.bundles["cn"]
    bundles = {"pk": ledger.bundles["pk"], "cn": replace(bundle, **changes)}
    return Ledger(ledger.path, bundles)


def test_a_log_of_which_no_key_is_pinned_is_not_believed(sound: Ledger) -> None:
    report = _pinned(sound, nodes={}).verify()

    assert report.logs[1].reason is Reason.NOT_PINNED
    assert report.logs[1].cosigned_by == ()


def test_a_head_by_another_key_is_not_believed(sound: Ledger) -> None:
    node = sound.bundles["cn"].nodes[CN]
    ours = sound.bundles["pk"].nodes[PK].logs
    logs = tuple(Vkey(THEIRS, key.type, key.public) for key in ours)
    report = _pinned(sound, nodes={CN: replace(node, logs=logs)}).verify()

    assert first(report) == (2, Reason.NOTE)


def test_a_directory_of_other_roots_is_not_believed(sound: Ledger) -> None:
    pair = sound.bundles["cn"].pair
    report = _pinned(sound, pair=replace(pair, ed25519=ed("another").public)).verify()

    assert first(report) == (0, Reason.SIGNER_UNKNOWN)


OF_THE_FILE = [
    "DROP INDEX entry_refused",
    "DROP TABLE name_place",
    "CREATE TABLE more (what TEXT)",
    "PRAGMA user_version = 7",
    "PRAGMA application_id = 7",
    "INSERT INTO alembic_version VALUES ('0000')",
    "INSERT INTO entry VALUES (9, 0, x'', x'', x'', 0, '', 'KIND')",
    "INSERT INTO peer VALUES ('lahore.pk', 0, 0, 0, 0, 0, 0, '', 0)",
    "INSERT INTO refusal VALUES (1, 4, 'beijing.cn', 'LABEL', 0, x'', 0)",
    "UPDATE peer SET cosigned_size = 6",
    "UPDATE log SET number = 3 WHERE number = 2",
    "UPDATE log SET origin = 'x.fusion/log/1' WHERE number = 2",
    "DELETE FROM refusal",
    "DELETE FROM arrival WHERE number = (SELECT max(number) FROM arrival)",
    "DELETE FROM arrival WHERE number = 3",
]  # fmt: skip


@pytest.mark.parametrize("sql", OF_THE_FILE)
def test_what_stands_beside_the_logs_is_verified(ledger: Ledger, sql: str) -> None:
    with ledgers.opened(ledger.path) as connection:
        connection.execute(sql)

    assert not ledger.verify().ok


def test_a_missing_trigger_is_found(ledger: Ledger) -> None:
    with closing(dbapi2.connect(ledger.path)) as connection:
        connection.execute("DROP TRIGGER entry_no_update")

    (fault,) = ledger.verify().faults

    assert (fault.origin, fault.reason) == (None, Reason.DATABASE)
    assert fault.what == "schema: entry_no_update"
