"""What only this node had is kept where it is proven, else named; not signed beside."""

from contextlib import closing

import pytest

from exchange.node import own_log, start_up, submissions, upkeep
from exchange.node.lost_entries import read_lost
from exchange.node.submission_check import Submission
from exchange.store import Store
from exchange.v1 import envelope_pb2 as pb
from tests.audit.ledger import OURS, Ledger, change
from tests.desk.bench import Bench, client, said
from tests.desk.conftest import bench, met
from tests.node.world import CN, PK, World, bulletin, name_of
from tests.rebuild.support import repair

__all__ = ["bench", "met"]

HASH = "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 0 AND \"index\" = 0"


def closed(world: World) -> Ledger:
    world.pk.store.close()
    return Ledger(world.folder / f"{PK}.db", world.bundles)


def reopened(world: World) -> None:
    world.pk = world._site(PK)
    world.greet()


def test_a_log_with_a_lost_entry_signs_nothing(world: World) -> None:
    """What lay behind it waits, with what desks hand over; nothing is signed beside."""
    world.meet()
    pk, cn = world.pk.nation, world.cn.nation
    sent = [bulletin(pk, cn, b"%d" % number) for number in range(3)]
    for one in sent:
        world.pk.from_desk(one)
    start = world.cn.store.logs.size(OURS)
    head = world.pk.store.heads.newest(OURS)
    assert head
    ledger = closed(world)
    spoil = "UPDATE entry SET entry = x'00' WHERE log = 1 AND \"index\" = ?"
    change(ledger.path, spoil, start + 1)

    outcome = repair(ledger)

    (own,) = (log for log in outcome.logs if log.awaited)
    assert (own.origin, own.size, own.of) == (OURS, start + 1, start + 3)
    assert (outcome.after.ok, outcome.sound) == (True, False)
    reopened(world)
    store, node = world.pk.store, world.pk.node
    assert store.logs.size(OURS) == start + 1
    assert head.head in [seen.head for seen in store.sightings.all()]
    assert [one.name for one in store.desk_queue.pending(9)] == [name_of(sent[2])]
    world.pk.from_desk(sent[1])
    assert not node.may_sign
    assert store.logs.size(OURS) == start + 1
    assert {one.name for one in store.desk_queue.pending(9)} == set(
        map(name_of, sent[1:])
    )


def test_what_is_not_signed_yet_is_signed_afterwards(world: World) -> None:
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    submissions.commit(world.pk.node, [Submission(sent, world.pk.nation.desk)])
    (unsigned,) = world.pk.store.boundaries(OURS)
    ledger = closed(world)
    change(ledger.path, HASH)

    outcome = repair(ledger)

    assert outcome.sound
    reopened(world)
    own_log.publish(world.pk.node)
    held = world.pk.store.heads.newest(OURS)
    assert held
    assert held.head == unsigned.head


def test_a_repair_without_loss_is_no_restored_start(world: World) -> None:
    world.meet()
    start_up.write_emissions(world.pk.record, start_up.emissions_of(world.pk.store))
    record = start_up.read_emissions(world.pk.record)
    assert record
    assert record.epoch
    ledger = closed(world)
    change(ledger.path, HASH)

    repair(ledger)

    with closing(Store(ledger.path)) as store:
        assert not start_up.is_restored(record, store)
    change(ledger.path, "UPDATE writer SET epoch = epoch + 1")
    assert repair(ledger).lost == ["writer 1"]
    with closing(Store(ledger.path)) as store:
        assert start_up.is_restored(record, store)
    reopened(world)


@pytest.mark.parametrize("spoilt", [False, True])
def test_heads_seen_are_kept(world: World, *, spoilt: bool) -> None:
    world.meet()
    world.cn.from_desk(bulletin(world.cn.nation, world.pk.nation))
    world.greet()
    (seen,) = world.pk.store.sightings.all()
    ledger = closed(world)
    change(ledger.path, HASH)
    if spoilt:
        change(ledger.path, "UPDATE sighting SET promised = 1 - promised")

    repair(ledger)

    with closing(Store(ledger.path)) as store:
        kept = store.sightings.all()
        assert kept == ([] if spoilt else [seen])
        assert (store.writer() is None) is spoilt  # then the next start hears everybody
    reopened(world)


def test_what_desks_hand_over_again_takes_its_place_under_the_signed_head(
    world: World,
) -> None:
    """By its leaf hash; then the log goes on, and no head lies beside another."""
    world.meet()
    pk, cn = world.pk.nation, world.cn.nation
    sent = [bulletin(pk, cn, b"%d" % number) for number in range(4)]
    for one in sent:
        world.pk.from_desk(one)
    start = world.cn.store.logs.size(OURS)
    signed = world.pk.store.heads.newest(OURS)
    assert signed
    ledger = closed(world)
    spoil = "UPDATE entry SET entry = x'00' WHERE log = 1 AND \"index\" = ?"
    for lost in (1, 2):
        change(ledger.path, spoil, start + lost)
    change(ledger.path, HASH)  # of a place that is not lost

    outcome = repair(ledger)

    assert [log.origin for log in outcome.logs if log.awaited] == [OURS]
    assert ledger.path.with_name("lost").exists()
    world.pk = world._site(PK)
    world.pk.node.lost = read_lost(ledger.path.with_name("lost"))
    gone: list[bool] = []
    world.pk.node.on_refilled = lambda: gone.append(True)
    world.greet()
    store, node = world.pk.store, world.pk.node
    # Another text under a lost entry is refused; one of two is not enough.
    spoilt = pb.Envelope.FromString(sent[1].SerializeToString())
    spoilt.body = bytes(len(spoilt.body))
    (answer,) = world.pk.from_desk(spoilt)
    assert answer.reason == "BODY"
    assert world.pk.from_desk(sent[2])[0].waiting
    upkeep.tick(node)
    assert (store.logs.size(OURS), node.may_sign, gone) == (start + 1, False, [])

    assert world.pk.from_desk(sent[1])[0].waiting
    upkeep.tick(node)

    assert (store.logs.size(OURS), node.may_sign, gone) == (start + 4, True, [True])
    assert store.logs.root_at(OURS, signed.head.size) == signed.head.root
    held = [stored.name for stored in store.entries.page(OURS, start, 4)]
    assert held == list(map(name_of, sent))
    assert store.desk_queue.pending(9) == []
    world.pk.from_desk(bulletin(pk, cn, b"after"))
    world.meet()
    assert world.cn.store.logs.size(OURS) == start + 5
    assert not world.cn.node.forks


def test_without_its_leaf_hash_a_place_stays_empty(world: World) -> None:
    """Nothing is tried at it: the log signs nothing more."""
    world.meet()
    sent = bulletin(world.pk.nation, world.cn.nation)
    world.pk.from_desk(sent)
    size = world.pk.store.logs.size(OURS)
    ledger = closed(world)
    for table in ("entry SET entry", "hash SET hash"):
        level = "" if table.startswith("entry") else "level = 0 AND "
        spoil = f"UPDATE {table} = x'00' WHERE {level}log = 1 AND \"index\" = ?"
        change(ledger.path, spoil, size - 1)

    outcome = repair(ledger)

    assert [log.origin for log in outcome.logs if log.awaited] == [OURS]
    assert not ledger.path.with_name("lost").exists()
    reopened(world)
    assert world.pk.from_desk(sent)[0].waiting
    upkeep.tick(world.pk.node)
    assert (world.pk.store.logs.size(OURS), world.pk.node.may_sign) == (size - 1, False)


# Desks at a node whose arrivals a rebuild has numbered again.


def test_desks_survive_renumbered_arrivals(bench: Bench) -> None:
    world = bench.world
    to_cn, to_pk = world.nations[CN], world.nations[PK]
    for _ in range(2):
        bench.pk.send(said(to_cn))
        bench.cn.send(said(to_pk))
        world.meet()
        bench.pk.sync()
    rows = bench.pk.mailbox.database.count()
    last = len(world.pk.store.arrivals.page(0, 1_000))
    world.pk.store.close()
    ledger = Ledger(world.folder / f"{PK}.db", world.bundles)
    change(ledger.path, "UPDATE arrival SET sum = 7 WHERE number = 3")

    assert repair(ledger).after.ok

    world.pk = world._site(PK)
    world.greet()
    assert len(world.pk.store.arrivals.page(0, 1_000)) != last
    client(bench.pk).site = world.pk
    bench.pk.sync()
    assert bench.pk.mailbox.database.count() == rows
    bench.cn.send(said(to_pk))
    sent = bench.pk.send(said(to_cn))
    world.meet()
    bench.pk.sync()
    assert bench.pk.mailbox.database.count() == rows + 2
    assert world.pk.store.entries.by_name(sent.name) is not None
