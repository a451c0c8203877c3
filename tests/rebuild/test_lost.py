"""What only this node had is kept where it is proven, else named; not signed beside."""

from contextlib import closing

import pytest

from exchange.node import own_log, start_up, submissions
from exchange.node.submission_check import Submission
from exchange.store import Store
from tests.audit.ledger import OURS, Ledger, change
from tests.node.world import CN, PK, World, bulletin, name_of
from tests.rebuild.support import Partner, repair

HASH = "UPDATE hash SET hash = x'00' WHERE log = 1 AND level = 0 AND \"index\" = 0"


def closed(world: World) -> Ledger:
    world.pk.store.close()
    bundles = {nation.domain: nation.bundle for nation in world.nations.values()}
    return Ledger(world.folder / f"{PK}.db", bundles)


def reopened(world: World) -> None:
    world.pk = world._site(PK)
    world.greet()


def test_an_entry_that_was_signed_and_is_lost_ends_the_log(world: World) -> None:
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

    outcome = repair(ledger, Partner(world.cn.node))

    assert [(one.origin, one.index, one.what, one.asked) for one in outcome.lost] == [
        (OURS, start + 1, "entry", [CN])
    ]
    assert (outcome.after.ok, outcome.broken, outcome.ended) == (True, True, (OURS,))
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

    assert (outcome.lost, outcome.ended) == ((), ())
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
    assert [one.what for one in repair(ledger).lost] == ["writer"]
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
        (kept,) = store.sightings.all()
    assert (kept.head, kept.note) == (seen.head, seen.note)
    assert kept.promised is (seen.promised and not spoilt)
    reopened(world)
