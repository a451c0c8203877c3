"""What is right, though not as usual; and what is hardly a database any more."""

import threading
from collections.abc import Callable
from contextlib import closing

import pytest
from sqlcipher3 import dbapi2

from exchange.audit.result import Report
from exchange.audit.verify_database import verify_file
from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, note
from exchange.ledger.note import Vkey
from exchange.store import Store, sqlite_database
from exchange.trust import statements
from exchange.v1 import envelope_pb2 as pb
from tests.audit.ledger import OURS, THEIRS, Ledger
from tests.batches import put
from tests.desk.test_heads import WITNESS, witnessed
from tests.node.receiving import receive_batch
from tests.node.world import (
    CN,
    FILED,
    PK,
    World,
    bulletin,
    directory,
    forged,
    name_of,
    receipt,
)
from tests.trust.nation import ml


def _verified(world: World, node: str) -> Report:
    return verify_file(world.folder / f"{node}.db", node, world.bundles)


def test_a_log_that_nobody_has_cosigned_is_sound(world: World) -> None:
    report = _verified(world, PK)

    assert report.ok
    assert [(log.size, log.cosigned_by) for log in report.logs] == [(3, ())]


def test_wraps_and_body_for_others_need_not_be_there(world: World) -> None:
    world.meet()
    inside = bulletin(
        world.cn.nation, world.cn.nation, b"inside", recipients=_own(world)
    )
    world.cn.from_desk(inside)
    world.meet()

    with closing(Store(world.folder / f"{PK}.db", read_only=True)) as store:
        assert store.entries.page(THEIRS, 3, 1)[0].wraps == ()
    assert _verified(world, PK).ok
    assert _verified(world, CN).ok


def _own(world: World) -> list[pb.Recipient]:
    own = world.cn.nation
    copy = pb.RECIPIENT_CLASS_COPY
    return [pb.Recipient(desk=own.desk, recipient_class=copy, kid=own.sealing.kid)]


def test_a_refused_entry_may_have_the_id_of_a_later_one(world: World) -> None:
    """Who judges it by the whole log would say DUPLICATE_ID."""
    world.meet()
    bad = bulletin(world.cn.nation, world.pk.nation, b"one", releasable_to=["cn"])
    good = bulletin(world.cn.nation, world.pk.nation, b"one")
    edge = world.pk.store.logs.edge(THEIRS)
    batch = forged(world.cn.nation, edge, [bad.entry, good.entry, bad.entry])
    put(batch, 1, good)
    receive_batch(world.pk.node, CN, batch)

    refused = world.pk.store.entries.refused(THEIRS, 0, 10)
    assert [stored.reason for stored in refused] == ["DUPLICATE_ID", "NOT_RELEASABLE"]
    assert _verified(world, PK).ok


def test_a_receipt_that_came_before_its_bulletin_is_for_every_desk(
    world: World,
) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    early = receipt(world.cn.nation, name_of(sent), pb.RELATION_OPENED)
    edge = world.pk.store.logs.edge(THEIRS)
    receive_batch(world.pk.node, CN, forged(world.cn.nation, edge, [early.entry]))
    assert _verified(world, PK).ok

    world.pk.from_desk(sent)

    assert world.pk.store.entries.page(THEIRS, 3, 1)[0].desks == ("*",)
    assert _verified(world, PK).ok


def test_a_node_may_go_on_meanwhile(world: World) -> None:
    world.meet()
    stop = threading.Event()
    sent = [bulletin(world.pk.nation, world.cn.nation, b"%d" % n) for n in range(60)]

    def work() -> None:
        for one in sent:
            world.pk.from_desk(one)
        stop.set()

    worker = threading.Thread(target=work)
    worker.start()
    sizes = []
    while not stop.is_set():
        report = _verified(world, PK)
        assert report.ok, report.faults
        sizes.append(report.logs[0].size)
    worker.join()

    assert sizes == sorted(sizes)
    assert _verified(world, PK).logs[0].size == 63


def test_a_head_that_was_forgotten_since_it_was_told_is_no_fault(world: World) -> None:
    world.meet()
    for n in range(5):
        world.pk.from_desk(bulletin(world.pk.nation, world.cn.nation, b"%d" % n))
    world.meet()
    world.pk.store.heads.prune(OURS, [4, 5, 7])

    assert _verified(world, PK).ok


def _state_policy(world: World, name: str, serial: int) -> None:
    """State that a witness of that name must have cosigned."""
    text = f"witness w {_witness(name).encode()}\nquorum w\n".encode()
    nation = world.pk.nation
    stated = statements.policy_statement("pk", text, serial)
    world.pk.submit(directory(nation, stated, [("root", r) for r in nation.roots]))


def _witness(name: str) -> Vkey:
    return Vkey(f"{name}.example/w", note.ML_DSA_44, ml(name).public)


def _cosign(world: World, name: str, time_s: int) -> None:
    """Have a witness sign the newest head, and keep its line."""
    held = world.pk.store.heads.newest(OURS)
    assert held is not None
    signed = checkpoint.cosign(held.note, _witness(name).name, ml(name), time_s)
    world.pk.store.heads.add_lines(OURS, held.head.size, signed, FILED)


def test_a_witness_that_a_policy_names_may_cosign(world: World) -> None:
    """Also a kept head that a later policy would have others cosign."""
    world.meet()
    _state_policy(world, "first", 1)
    _cosign(world, "first", FILED // 1000)
    _state_policy(world, "second", 2)
    _cosign(world, "second", FILED // 1000)
    _cosign(world, "second", FILED // 1000 + 60)  # the pulse

    report = _verified(world, PK)

    assert report.ok, report.faults
    assert report.logs[0].cosigned_by == ("second.example/w",)


def test_an_older_witness_may_cosign_with_ed25519(world: World) -> None:
    """Type 0x04; and a line that is spoilt is named, like any other."""
    world.meet()
    nation = world.pk.nation
    text = f"witness w {WITNESS.encode()}\nquorum w\n".encode()
    stated = statements.policy_statement("pk", text, 1)
    world.pk.submit(directory(nation, stated, [("root", r) for r in nation.roots]))
    held = world.pk.store.heads.newest(OURS)
    assert held is not None
    good = witnessed(held.note, FILED // 1000)
    world.pk.store.heads.add_lines(OURS, 4, checkpoint.only(good, [WITNESS]), FILED)

    report = _verified(world, PK)
    assert report.ok, report.faults
    assert report.logs[0].cosigned_by == (WITNESS.name,)

    spoilt = witnessed(held.note, FILED // 1000, spoil=True)
    with closing(dbapi2.connect(world.folder / f"{PK}.db")) as file:
        change = "UPDATE head SET note = ? WHERE log = 1 AND size = 4"
        assert file.execute(change, (spoilt,)).rowcount == 1
        file.commit()
    assert _verified(world, PK).faults[0].reason is Reason.COSIGNATURE


def test_a_line_of_a_witness_that_no_policy_names_is_a_fault(world: World) -> None:
    world.meet()
    _state_policy(world, "first", 1)
    _cosign(world, "second", FILED // 1000)

    faults = _verified(world, PK).faults

    assert [(f.index, f.reason, f.what) for f in faults] == [
        (3, Reason.NOTE, "head 4"),
        (3, Reason.MISSING, "head 4"),
    ]


def test_nothing_is_written(ledger: Ledger) -> None:
    before = ledger.path.read_bytes()

    ledger.verify()

    assert ledger.path.read_bytes() == before


# Files that are hardly a database any more.


@pytest.mark.parametrize(
    "spoilt",
    [
        pytest.param(lambda data: data[:0], id="empty"),
        pytest.param(lambda data: data[:4096], id="its first page"),
        pytest.param(
            lambda data: data.replace(
                b"CREATE TABLE payload", b"CREATE TABL\xd0 payload"
            ),
            id="a schema that is no UTF-8",
        ),
        pytest.param(lambda data: data[: len(data) // 2], id="its first half"),
        pytest.param(lambda data: bytes(100) + data[100:], id="no header"),
        pytest.param(lambda data: b"not a database" * len(data), id="a text"),
        pytest.param(lambda data: data[:4096] + bytes(len(data) - 4096), id="zeros"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_finding(
    ledger: Ledger, spoilt: Callable[[bytes], bytes]
) -> None:
    ledger.path.write_bytes(spoilt(ledger.path.read_bytes()))

    report = ledger.verify()

    assert not report.ok
    assert report.faults[0].reason is Reason.DATABASE


def test_who_writes_alone_is_no_fault(ledger: Ledger) -> None:
    with closing(dbapi2.connect(ledger.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite_database, "READING", (("busy_timeout", 1),))
            with pytest.raises(Refusal) as refused:
                ledger.verify()

    assert refused.value.reason is Reason.LOCKED
