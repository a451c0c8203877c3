"""Logs are rebuilt of what is here, and of what partners hold."""

from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from exchange.ledger import checkpoint
from exchange.store import Store
from exchange.v1 import envelope_pb2 as pb
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, REFUSED, THEIRS, Ledger, change
from tests.batches import put
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.world import CN, FILED, PK, bulletin, forged
from tests.rebuild import support
from tests.rebuild.support import Partner, Silent, differences, repair

# What lies here is enough.


def told(ledger: Ledger, *partners: Partner | Silent) -> list[tuple[object, ...]]:
    """Rebuild; return what is told as mended, and demand that nothing is wrong then."""
    with closing(Store(ledger.path, read_only=True)) as store:
        proofs = tuple(fork.proof for fork in store.forks.all().values())
    outcome = repair(ledger, *partners, proofs=proofs)
    assert outcome.after.ok, outcome.after.faults
    assert (outcome.lost, outcome.ended) == ((), ())
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
    ('log SET "size" = 8 WHERE number = 2', 8, "log.size"),
    ('log SET "size" = 10 WHERE number = 2', 9, "entry"),
    ("log SET root = x'00' WHERE number = 2", None, "log.root"),
    ('arrival SET "index" = 9 WHERE log=2 AND kind=1 AND "index"=4', 9, "arrival 14"),
    ('arrival SET sum = 7 WHERE log = 2 AND kind = 1 AND "index" = 4', 4, "arrival 14"),
]  # fmt: skip


def test_a_log_s_row_needs_no_partner(
    ledger: Ledger, right: dict[str, list[object]]
) -> None:
    with ledgers.opened(ledger.path) as connection:
        connection.execute("UPDATE log SET number = 7 WHERE number = 2")
        connection.execute("UPDATE log SET origin = 'x.fusion/log/1' WHERE number = 1")

    told(ledger)
    assert not differences(ledger, right)


@pytest.mark.parametrize(("sql", "index", "what"), HERE)
def test_what_follows_from_what_stands_here_needs_no_partner(
    ledger: Ledger,
    right: dict[str, list[object]],
    sql: str,
    index: int | None,
    what: str,
) -> None:
    change(ledger.path, f"UPDATE {sql}")

    assert (THEIRS, index, what, "") in told(ledger)
    assert not differences(ledger, right)


ELSEWHERE = [
    ('entry SET "index" = 70 WHERE log = 2 AND "index" = 4', "entry"),
    ('entry SET log = 9 WHERE log = 2 AND "index" = 4', "entry"),
    ('payload SET "index" = 70 WHERE log = 2 AND "index" = 4', "payload"),
    ('payload SET log = 9 WHERE log = 2 AND "index" = 4', "payload"),
    ('head SET "size" = 70 WHERE log = 2 AND "size" = 5', "head"),
    ('head SET log = 9 WHERE log = 2 AND "size" = 9', "head 9"),
    ('hash SET level = 9 WHERE log = 2 AND level = 1 AND "index" = 2', "hash 1/2"),
]


@pytest.mark.parametrize(("sql", "what"), ELSEWHERE)
def test_what_stands_in_another_place_comes_back(
    ledger: Ledger,
    partner: Partner,
    right: dict[str, list[object]],
    sql: str,
    what: str,
) -> None:
    change(ledger.path, f"UPDATE {sql}")

    assert what in {found[2] for found in told(ledger, partner)}
    assert not differences(ledger, right)


@pytest.mark.parametrize("gone", ["log", "head"])
def test_a_log_is_known_by_its_notes_or_by_its_row(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]], gone: str
) -> None:
    with ledgers.opened(ledger.path) as connection:
        if gone == "log":
            connection.execute("DELETE FROM log WHERE number = 2")
        else:
            connection.execute("UPDATE head SET note = x'00' WHERE log = 2")

    told(ledger, partner)
    assert not differences(ledger, right)


# What only a partner has.

FROM_PARTNER = [
    ("UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3", 3, "entry.entry"),
    ("UPDATE entry SET entry = 'text' WHERE log=1 AND \"index\"=3", 3, "entry.entry"),
    ('DELETE FROM entry WHERE log = 1 AND "index" = 3', 3, "entry"),
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
    assert not differences(ledger, right)


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
    assert not differences(ledger, right)


def test_a_log_without_any_row_but_its_heads_is_mended(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    with ledgers.opened(ledger.path) as connection:
        for table in ("entry", "hash", "payload", "arrival", "refusal"):
            connection.execute(f"DELETE FROM {table} WHERE log = 2")  # noqa: S608

    told(ledger, partner)
    # A receipt may be for every desk: when what it speaks of came nobody knows.
    assert not differences(ledger, right, "entry")


def test_a_whole_tail_is_mended(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    """The log's row alone says that there was one."""
    with ledgers.opened(ledger.path) as connection:
        connection.execute('DELETE FROM entry WHERE log = 2 AND "index" >= 6')
        connection.execute('DELETE FROM payload WHERE log = 2 AND "index" >= 6')
        connection.execute('DELETE FROM head WHERE log = 2 AND "size" > 6')

    told(ledger, partner)
    assert not differences(ledger, right)


def test_a_silent_partner_is_named_and_nothing_is_changed(ledger: Ledger) -> None:
    """It may have what is missing."""
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3")
    change(ledger.path, 'UPDATE entry SET kind = 2 WHERE log = 2 AND "index" = 4')
    before = support.rows(ledger.path)

    outcome = repair(ledger, Silent())

    assert outcome.silent == {CN: "UNREACHABLE"}
    assert (outcome.after, outcome.kept, outcome.lost) == (outcome.before, "", ())
    assert support.rows(ledger.path) == before


def test_a_silent_partner_is_not_needed_where_all_is_here(
    ledger: Ledger, right: dict[str, list[object]]
) -> None:
    change(ledger.path, 'UPDATE entry SET kind = 2 WHERE log = 2 AND "index" = 4')
    change(ledger.path, "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 2")

    told(ledger, Silent())
    assert not differences(ledger, right)


def test_a_sound_ledger_is_not_touched(ledger: Ledger, partner: Partner) -> None:
    before = ledger.path.read_bytes()

    outcome = repair(ledger, partner)

    assert (outcome.after.ok, outcome.mended) == (True, ())
    assert ledger.path.read_bytes() == before


def test_triggers_stand_again(ledger: Ledger, partner: Partner) -> None:
    change(ledger.path, "UPDATE entry SET entry = x'00' WHERE log=1 AND \"index\"=3")
    repair(ledger, partner)

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
    assert not differences(ledger, right)


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


def without_note(_: str, __: int, answer: support.Answer) -> support.Answer:
    answer.head = b""
    return answer


def test_a_line_of_the_partner_s_waits_for_the_partner(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    spoilt = spoil_line(ledger, 4, 2)

    assert not repair(ledger, Silent()).after.ok
    assert note(ledger, 4) == spoilt
    assert told(ledger, partner) == [(OURS, 3, "head 4", CN)]
    assert not differences(ledger, right)


def test_what_nobody_has_any_more_is_left_out_of_a_note(
    ledger: Ledger, partner: Partner
) -> None:
    whole, spoilt = note(ledger, 4), spoil_line(ledger, 4, 2)

    outcome = repair(ledger, partner.lying(without_note))

    assert outcome.after.ok
    assert [(one.index, one.what, one.asked) for one in outcome.lost] == [
        (3, "line", [CN])
    ]
    assert whole.startswith(note(ledger, 4))
    assert len(note(ledger, 4)) < len(spoilt)


def test_our_own_line_is_kept_where_the_partner_has_another(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    """The first line of a key says when it was; a partner's may be newer."""
    keys, key = worlds.keys_of(PK), worlds.keys_of(CN).mirror
    mirror = f"{CN}.fusion/mirror"

    def later(_: str, __: int, answer: support.Answer) -> support.Answer:
        text = note(ledger, 4).rpartition(b"\n\n")[0] + b"\n"
        head = checkpoint.parse_head(text)
        signed = checkpoint.sign_head(head, keys.log, keys.log_pq, 1_900_000_000)
        answer.head = checkpoint.cosign(signed, mirror, key, 1_900_000_000)
        return answer

    spoil_line(ledger, 4, 0)
    told(ledger, partner.lying(later))

    assert not differences(ledger, right, "head")
    times = checkpoint.cosignatures(
        note(ledger, 4), ledger.bundles["cn"].nodes[CN].cosigners
    )
    assert times == {mirror: FILED // 1000}


# Heads that nobody has any more.


def test_a_head_that_others_cover_is_lost_alone(
    ledger: Ledger, partner: Partner, right: dict[str, list[object]]
) -> None:
    spoil_line(ledger, 4, 0)

    outcome = repair(ledger, partner.lying(without_note))

    assert (outcome.after.ok, outcome.broken) == (True, False)
    assert [(one.origin, one.index, one.what) for one in outcome.lost] == [
        (OURS, 3, "head")
    ]
    # The receipt behind it may be for every desk: when it came nobody knows.
    assert not differences(ledger, right, "head", "entry")


def test_over_what_was_shown_the_same_head_is_signed_again(
    ledger: Ledger, partner: Partner
) -> None:
    """The newest head's note is lost; its row says which bytes it was signed over."""
    spoil_line(ledger, 5, 0)
    change(ledger.path, "UPDATE pulse SET note = x'00'")

    outcome = repair(ledger, partner.lying(without_note))

    assert (outcome.after.ok, outcome.ended) == (True, ())
    with closing(Store(ledger.path, read_only=True)) as store:
        (unsigned,) = store.boundaries(OURS)
        assert (unsigned.head, unsigned.note) == (store.logs.position(OURS), b"")
        held = store.heads.newest(OURS)
        assert held
        assert held.head.size == 4


def test_no_head_is_lost_before_all_partners_were_heard(ledger: Ledger) -> None:
    spoilt = spoil_line(ledger, 4, 0)

    assert not repair(ledger, Silent()).after.ok
    assert note(ledger, 4) == spoilt


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
        bundles = {n.domain: n.bundle for n in world.nations.values()}
        ledger = Ledger(tmp_path / f"{PK}.db", bundles)
        assert [e.reason for e in pk.store.entries.refused(THEIRS, 0, 9)] == [
            "DUPLICATE_ID"
        ]
        change(ledger.path, "UPDATE entry SET id = x'00' WHERE log=2 AND \"index\"=3")

        pk.store.close()

        assert told(ledger) == [(THEIRS, 3, "entry.id", "")]
        pk.store = Store(ledger.path)
