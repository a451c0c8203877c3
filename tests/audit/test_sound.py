"""What is right, though not as usual; and what is hardly a database any more."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing

import pytest

from exchange.audit.report import Report
from exchange.audit.verify import verify_file
from exchange.errors import Reason, Refusal
from exchange.store import Store, database
from exchange.v1 import envelope_pb2 as pb
from tests.audit.ledger import OURS, THEIRS, Ledger
from tests.node.world import CN, PK, World, bulletin, forged, name_of, receipt


def _verified(world: World, node: str) -> Report:
    bundles = {n.domain: n.bundle for n in world.nations.values()}
    return verify_file(world.folder / f"{node}.db", node, bundles)


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
        assert store.entries(THEIRS, 3, 1)[0].wraps == ()
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
    edge = world.pk.store.edge(THEIRS)
    batch = forged(world.cn.nation, edge, [bad.entry, good.entry, bad.entry])
    batch.envelopes[1].CopyFrom(good)
    world.pk.node.receive(CN, batch)

    refused = world.pk.store.refused(THEIRS, 0, 10)
    assert [stored.reason for stored in refused] == ["DUPLICATE_ID", "NOT_RELEASABLE"]
    assert _verified(world, PK).ok


def test_a_receipt_that_came_before_its_bulletin_is_for_every_desk(
    world: World,
) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    early = receipt(world.cn.nation, name_of(sent), pb.RELATION_OPENED)
    edge = world.pk.store.edge(THEIRS)
    world.pk.node.receive(CN, forged(world.cn.nation, edge, [early.entry]))
    assert _verified(world, PK).ok

    world.pk.from_desk(sent)

    assert world.pk.store.entries(THEIRS, 3, 1)[0].desks == ("*",)
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
    world.pk.store.prune(OURS, [4, 5, 7])

    assert _verified(world, PK).ok


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
    with closing(sqlite3.connect(ledger.path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN EXCLUSIVE")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(database, "READING", ("busy_timeout = 1",))
            with pytest.raises(Refusal) as refused:
                ledger.verify()

    assert refused.value.reason is Reason.LOCKED
