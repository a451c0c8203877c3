"""Whatever single thing changes in a node's database is mended, and right again."""

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.audit.judge.keys import keys_of
from exchange.audit.mend import heads
from exchange.audit.mend.run import Given, mend_file
from exchange.audit.mend.sink import Sink
from exchange.audit.mend.sources import Sources
from exchange.audit.mend.tree import Tree
from exchange.ledger import checkpoint
from exchange.node import replicate
from exchange.store import Store, raw, repair
from exchange.v1 import envelope_pb2 as pb
from tests.audit import ledger as ledgers
from tests.audit import mending
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger, change
from tests.audit.mending import Partner, Silent, mend
from tests.audit.test_damage import ALL, COLUMNS, _rows, _spoil
from tests.node import world as worlds
from tests.node.world import CN, FILED, PK, bulletin, forged, name_of


@pytest.fixture(scope="module")
def partner(
    sound: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Partner]:
    """Return an honest partner."""
    with mending.partner(sound, tmp_path_factory.mktemp("partner")) as made:
        yield made


@pytest.fixture(scope="module")
def right(sound: Ledger) -> dict[str, list[object]]:
    """Return what must stand there in the end."""
    return mending.rows(sound.path)


def restore(ledger: Ledger, data: bytes) -> None:
    """Put a closed file back, without what stood beside it."""
    for path in ledger.path.parent.glob(f"{ledger.path.name}-*"):
        path.unlink()
    ledger.path.write_bytes(data)


LOST = {  # what nobody else has, and what becomes of it
    ("waiting", "envelope"): "waiting {} forgotten",
    ("pulse", "note"): "pulse forgotten",
    # Things are destroyed by these times, so they are not guessed but heard again.
    **{("clock", column): "clock" for column in COLUMNS["clock"]},
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
    for key in (keys[0], keys[len(keys) // 2], keys[-1]):
        _spoil(ledger.path, table, column, key)

        outcome = mend(ledger, partner, proofs=proofs)

        assert outcome.after.ok, outcome.after.faults
        assert (outcome.rejected, outcome.silent, outcome.beyond) == ((), {}, False)
        if what := LOST.get((table, column)):
            assert [m.what for m in outcome.mended] == [what.format(key.get("number"))]
        else:
            assert mending.rows(ledger.path) == right, (key, outcome.mended)
        restore(ledger, before)


# What lies here is enough.


def told(ledger: Ledger, *partners: Partner | Silent) -> list[tuple[object, ...]]:
    """Mend; return what is told as mended, and demand that nothing is wrong then."""
    outcome = mend(ledger, *partners)
    assert outcome.after.ok, outcome.after.faults
    return [(m.origin, m.index, m.what, m.by) for m in outcome.mended]


HERE = [
    ("entry SET name = x'00' WHERE log = 2 AND \"index\" = 4", 4, "entry.name"),
    ("entry SET id = x'00' WHERE log = 2 AND \"index\" = 4", 4, "entry.id"),
    ('entry SET kind = 2 WHERE log = 2 AND "index" = 4', 4, "entry.kind"),
    ("entry SET desks = '' WHERE log = 2 AND \"index\" = 4", 4, "entry.desks"),
    ("entry SET reason = 'KIND' WHERE log=2 AND \"index\"=4", 4, "entry.reason"),
    ("entry SET reason = '' WHERE log = 2 AND \"index\" = 8", 8, "entry.reason"),
    ("hash SET hash = x'00' WHERE log=2 AND level=0 AND \"index\"=4", 4, "hash 0"),
    ("hash SET hash = x'00' WHERE log=2 AND level=1 AND \"index\"=1", 3, "hash 1/1"),
    ("head SET root = x'00' WHERE log = 2 AND \"size\" = 5", 4, "head 5"),
    ('head SET at = at + 1 WHERE log = 2 AND "size" = 5', 4, "head 5"),
    ('head SET sum = sum + 1 WHERE log = 2 AND "size" = 5', 4, "head 5"),
    ('log SET "size" = 8 WHERE number = 2', None, "log.size"),
    ('log SET "size" = 10 WHERE number = 2', None, "log.size"),
    ("log SET root = x'00' WHERE number = 2", None, "log.root"),
    ("log SET origin = 'x.fusion/log/1' WHERE number = 2", None, "log.origin"),
    ("log SET number = 7 WHERE number = 2", None, "log.number"),
    ('arrival SET "index" = 9 WHERE log=2 AND kind=1 AND "index"=4', 4, "arrival 14"),
    ('arrival SET sum = 7 WHERE log = 2 AND kind = 1 AND "index" = 4', 4, "arrival 14"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "index", "what"), HERE)
def test_what_follows_from_what_stands_here_needs_no_partner(
    ledger: Ledger,
    right: dict[str, list[object]],
    sql: str,
    index: int | None,
    what: str,
) -> None:
    change(ledger.path, f"UPDATE {sql}")

    assert told(ledger) == [(THEIRS, index, what, "")]
    assert mending.rows(ledger.path) == right


ELSEWHERE = [
    ('entry SET "index" = 70 WHERE log = 2 AND "index" = 4', "entry.entry"),
    ('entry SET log = 9 WHERE log = 2 AND "index" = 4', "entry.entry"),
    ('payload SET "index" = 70 WHERE log = 2 AND "index" = 4', "payload"),
    ('payload SET log = 9 WHERE log = 2 AND "index" = 4', "payload"),
    ('head SET "size" = 70 WHERE log = 2 AND "size" = 5', "head 5"),
    ('head SET log = 9 WHERE log = 2 AND "size" = 9', "head 9"),
    ('hash SET level = 9 WHERE log = 2 AND level = 1 AND "index" = 2', "hash 1/2"),
]


@pytest.mark.parametrize(("sql", "what"), ELSEWHERE)
def test_what_stands_in_another_place_is_put_back(
    ledger: Ledger, right: dict[str, list[object]], sql: str, what: str
) -> None:
    change(ledger.path, f"UPDATE {sql}")

    assert what in {found[2] for found in told(ledger)}
    assert mending.rows(ledger.path) == right


def test_a_log_of_which_nobody_knows_any_more_is_not_dropped(ledger: Ledger) -> None:
    """Neither its row nor a note that would tell whose it is."""
    with ledgers.opened(ledger.path) as connection:
        connection.execute("DELETE FROM log WHERE number = 2")
        connection.execute("UPDATE head SET note = x'00' WHERE log = 2")
        connection.execute("INSERT INTO hash SELECT 2, 9, rowid, root FROM head")
        rows = connection.execute("SELECT * FROM hash WHERE log = 2").fetchall()
    assert len(rows) > 16

    assert not mend(ledger).after.ok
    with closing(dbapi2.connect(ledger.path)) as connection:
        assert connection.execute("SELECT * FROM hash WHERE log = 2").fetchall() == rows


# What only a partner has.

FROM_PARTNER = [
    ("UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3", 3, "entry.entry"),
    ("UPDATE entry SET entry = 'text' WHERE log=1 AND \"index\"=3", 3, "entry.entry"),
    ('DELETE FROM entry WHERE log = 1 AND "index" = 3', 3, "entry.entry"),
    ("UPDATE payload SET wraps = x'00' WHERE log = 1 AND \"index\" = 3", 3, "wraps"),
    ("UPDATE payload SET body = x'00' WHERE log = 1 AND \"index\" = 3", 3, "body"),
    ('DELETE FROM payload WHERE log = 1 AND "index" = 3', 3, "payload"),
    ("UPDATE head SET note = x'00' WHERE log = 1 AND \"size\" = 4", 3, "head 4"),
    ("UPDATE head SET note = 'text' WHERE log = 1 AND \"size\" = 5", 4, "head 5"),
    ('DELETE FROM head WHERE log = 1 AND "size" = 5', 4, "head 5"),
]  # fmt: skip


@pytest.mark.parametrize("case", FROM_PARTNER, ids=lambda case: case[0])
def test_the_partner_is_asked_for_what_is_lost(
    ledger: Ledger,
    partner: Partner,
    right: dict[str, list[object]],
    case: tuple[str, int, str],
) -> None:
    sql, index, what = case
    change(ledger.path, sql)

    assert (OURS, index, what, CN) in told(ledger, partner)
    assert mending.rows(ledger.path) == right


def test_every_blob_at_once_is_mended(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    with ledgers.opened(ledger.path) as connection:
        for table, column in (
            ("entry", "entry"),
            ("hash", "hash"),
            ("head", "note"),
            ("payload", "wraps"),
            ("payload", "body"),
        ):
            connection.execute(f"UPDATE {table} SET {column} = x'00'")  # noqa: S608

    told(ledger, partner)
    assert mending.rows(ledger.path) == right


def test_a_log_without_any_row_but_its_heads_is_mended(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    with ledgers.opened(ledger.path) as connection:
        for table in ("entry", "hash", "payload", "arrival", "refusal"):
            connection.execute(f"DELETE FROM {table} WHERE log = 2")  # noqa: S608

    told(ledger, partner)
    # Between what each came nobody knows.
    found = mending.without(mending.rows(ledger.path), "arrival")
    assert found == mending.without(right, "arrival")


def test_a_whole_tail_is_mended(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    """The log's row alone says that there was one."""
    with ledgers.opened(ledger.path) as connection:
        connection.execute('DELETE FROM entry WHERE log = 2 AND "index" >= 6')
        connection.execute('DELETE FROM payload WHERE log = 2 AND "index" >= 6')
        connection.execute('DELETE FROM head WHERE log = 2 AND "size" > 6')

    told(ledger, partner)
    assert mending.rows(ledger.path) == right


# Where nobody can help.


def test_what_nobody_has_is_left_as_it_is(ledger: Ledger) -> None:
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3")
    before = mending.rows(ledger.path)

    outcome = mend(ledger)

    assert not outcome.after.ok
    assert (outcome.mended, outcome.silent) == ((), {})
    assert mending.rows(ledger.path) == before


def test_a_silent_partner_is_named_and_the_rest_is_mended(ledger: Ledger) -> None:
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3")
    change(ledger.path, 'UPDATE entry SET kind = 2 WHERE log = 2 AND "index" = 4')
    change(ledger.path, "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 2")

    outcome = mend(ledger, Silent())

    assert outcome.silent == {CN: "UNREACHABLE"}
    assert {(fault.origin, fault.index) for fault in outcome.after.faults} == {
        (OURS, 3)
    }
    assert {m.what for m in outcome.mended} == {"entry.kind", "hash 2/0"}


def test_an_entry_that_is_unknown_changes_no_verdict(ledger: Ledger) -> None:
    """Without the statement below, what stands above would be REFUSED."""
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=2 AND \"index\"=1")
    before = mending.rows(ledger.path)

    outcome = mend(ledger, Silent())

    assert not outcome.after.ok
    assert mending.rows(ledger.path) == before


def test_a_damaged_proof_of_a_fork_stays_without_its_file(ledger: Ledger) -> None:
    change(ledger.path, "UPDATE fork SET proof = x'00'")

    outcome = mend(ledger)

    assert [fault.what for fault in outcome.after.faults] == ["fork"]


def test_a_sound_ledger_is_not_touched(ledger: Ledger, partner: Partner) -> None:
    before = ledger.path.read_bytes()

    outcome = mend(ledger, partner)

    assert (outcome.after.ok, outcome.mended) == (True, ())
    assert ledger.path.read_bytes() == before


def test_triggers_stand_again(ledger: Ledger, partner: Partner) -> None:
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3")
    mend(ledger, partner)

    with (
        closing(dbapi2.connect(ledger.path)) as connection,
        pytest.raises(dbapi2.IntegrityError, match="the ledger only grows"),
    ):
        connection.execute("UPDATE entry SET kind = 7")


def test_a_refused_entry_is_mended_as_refused(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    """It has the name of one that is damaged as well."""
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=2 AND \"index\"=4")
    change(ledger.path, 'DELETE FROM entry WHERE log=2 AND "index"=?', REFUSED + 1)

    told(ledger, partner)
    assert mending.rows(ledger.path) == right


# Notes of which something is left.


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


def without_note(_: str, __: int, answer: mending.Answer) -> mending.Answer:
    answer.head = b""
    return answer


def test_a_line_of_the_partner_s_waits_for_the_partner(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    spoilt = spoil_line(ledger, 4, 2)

    assert not mend(ledger, Silent()).after.ok
    assert note(ledger, 4) == spoilt
    assert told(ledger, partner) == [(OURS, 3, "head 4", CN)]
    assert mending.rows(ledger.path) == right


def test_what_nobody_has_any_more_is_left_out_of_a_note(
    ledger: Ledger, partner: Partner
) -> None:
    whole, spoilt = note(ledger, 4), spoil_line(ledger, 4, 2)

    assert told(ledger, partner.lying(without_note)) == [(OURS, 3, "head 4", "")]
    assert whole.startswith(note(ledger, 4))
    assert len(note(ledger, 4)) < len(spoilt)


def test_our_own_line_is_kept_where_the_partner_has_another(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    """The first line of a key says when it was; a partner's may be newer."""
    keys, key = worlds.keys_of(PK), worlds.keys_of(CN).mirror
    mirror = f"{CN}.fusion/mirror"

    def later(_: str, __: int, answer: mending.Answer) -> mending.Answer:
        text = note(ledger, 4).rpartition(b"\n\n")[0] + b"\n"
        head = checkpoint.parse_head(text)
        signed = checkpoint.sign_head(head, keys.log, keys.log_pq, 1_900_000_000)
        answer.head = checkpoint.cosign(signed, mirror, key, 1_900_000_000)
        return answer

    spoil_line(ledger, 4, 0)
    told(ledger, partner.lying(later))

    assert mending.without(mending.rows(ledger.path), "head") == mending.without(
        right, "head"
    )
    times = checkpoint.cosignatures(
        note(ledger, 4), ledger.bundles["cn"].nodes[CN].cosigners
    )
    assert times == {mirror: FILED // 1000}


# Heads that nobody has any more.


def test_a_head_that_others_cover_is_forgotten(
    ledger: Ledger, partner: Partner
) -> None:
    spoil_line(ledger, 4, 0)

    assert told(ledger, partner.lying(without_note)) == [
        (OURS, 3, "head 4 forgotten", "")
    ]


def test_the_newest_head_is_never_forgotten(ledger: Ledger, partner: Partner) -> None:
    spoilt = spoil_line(ledger, 5, 0)

    outcome = mend(ledger, partner.lying(without_note))

    assert (outcome.after.ok, outcome.mended) == (False, ())
    assert note(ledger, 5) == spoilt


@pytest.mark.parametrize("limit", ["BATCH_ENTRIES_MAX", "BATCH_BYTES_MAX"])
def test_no_head_is_forgotten_that_a_new_partner_would_need(
    ledger: Ledger, partner: Partner, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(heads, limit, 1)
    spoil_line(ledger, 4, 0)

    assert not mend(ledger, partner.lying(without_note)).after.ok


def test_no_head_is_forgotten_before_all_partners_were_heard(ledger: Ledger) -> None:
    spoilt = spoil_line(ledger, 4, 0)

    assert not mend(ledger, Silent()).after.ok
    assert note(ledger, 4) == spoilt


def test_a_second_entry_of_an_id_stays_refused(tmp_path: Path) -> None:
    """Also while the first one's row does not say that it has it."""
    with worlds.world(tmp_path) as world:
        world.meet()
        pk, cn = world.pk, world.cn
        good = bulletin(cn.nation, pk.nation, b"one")
        bad = bulletin(cn.nation, pk.nation, b"one", precedence=pb.PRECEDENCE_ROUTINE)
        batch = forged(cn.nation, pk.store.logs.edge(THEIRS), [good.entry, bad.entry])
        batch.envelopes[0].CopyFrom(good)
        replicate.receive(pk.node, CN, batch)
        bundles = {n.domain: n.bundle for n in world.nations.values()}
        ledger = Ledger(tmp_path / f"{PK}.db", bundles)
        assert [e.reason for e in pk.store.entries.refused(THEIRS, 0, 9)] == [
            "DUPLICATE_ID"
        ]
        change(ledger.path, "UPDATE entry SET id = x'00' WHERE log=2 AND \"index\"=3")

        assert told(ledger) == [(THEIRS, 3, "entry.id", "")]


# Beside a node at work.


def test_a_head_that_is_signed_meanwhile_is_no_stray(tmp_path: Path) -> None:
    with worlds.world(tmp_path) as world:
        world.meet()
        path = tmp_path / f"{PK}.db"
        bundles = {n.domain: n.bundle for n in world.nations.values()}
        keys, sources = keys_of(OURS, bundles), Sources(())
        with repair.opened(path) as writer:
            sink = Sink(writer)
            with raw.opened(path) as view:
                row = view.logs()[0]
                found = Tree(view, row, keys, sources, sink).run()
            world.pk.from_desk(bulletin(world.pk.nation, world.cn.nation))
            with raw.opened(path) as view:
                heads.Heads(view, row, keys, found, sources, sink).run()

        assert (found.size, found.whole, sink.count) == (3, True, 0)
        assert world.pk.store.heads.note(OURS, 4)


def test_a_node_may_go_on_meanwhile(tmp_path: Path) -> None:
    """It appends, and has its heads cosigned; none of it is lost or undone."""
    with worlds.world(tmp_path) as world:
        world.meet()
        ledgers.fill(world)
        pk, cn = world.pk, world.cn
        bundles = {n.domain: n.bundle for n in world.nations.values()}
        ledger = Ledger(tmp_path / f"{PK}.db", bundles)
        sent = [bulletin(pk.nation, cn.nation, b"on %d" % n) for n in range(30)]
        done = threading.Event()

        def work() -> None:
            for one in sent:
                pk.from_desk(one)
                world.carry(pk, cn)
            done.set()

        worker = threading.Thread(target=work)
        worker.start()
        partner = Partner(cn.node)
        while not done.is_set():
            for sql in MEANWHILE:
                change(ledger.path, sql)
            given = Given(PK, bundles, [partner])
            mend_file(ledger.path, given, lambda *_: None)
        worker.join()

        outcome = mend(ledger, partner)
        assert outcome.after.ok, outcome.after.faults
        stored = pk.store.entries.page(OURS, 0, 1_000)
        assert [name_of(one) for one in sent] == [entry.name for entry in stored[5:]]
        assert cn.store.logs.size(OURS) == pk.store.logs.size(OURS) == 35
        assert outcome.after.logs[0].cosigned_by == (f"{CN}.fusion/mirror",)


MEANWHILE = (
    "UPDATE entry SET entry = x'00' WHERE log = 1 AND \"index\" = 3",
    'UPDATE entry SET kind = 2 WHERE log = 2 AND "index" = 4',
    "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 0 AND \"index\" = 1",
    "UPDATE payload SET body = x'00' WHERE log = 1 AND \"index\" = 3",
    "UPDATE head SET note = x'00' WHERE log = 1 AND \"size\" = 4",
    "UPDATE arrival SET reason = 'KIND' WHERE number = 3",
)
