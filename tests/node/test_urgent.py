"""What a Watch is told ahead of its arrivals."""

from exchange.limits import URGENT_MAX
from exchange.node import express_inbox
from exchange.node.urgent import UrgentWatch
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.node.test_express_inbox import flash
from tests.node.world import PK, World, bulletin

DESK = "ops.beijing.cn"


def come_ahead(world: World, sent: pb.Envelope, below: int = 0) -> None:
    frame = rpc.Express(envelope=sent, below=below)
    assert not express_inbox.receive(world.cn.node, PK, frame).reason


def watch(world: World, desk: str = DESK, after: int = 0) -> UrgentWatch:
    return UrgentWatch(world.cn.node, desk, after)


def all_news(one: UrgentWatch) -> list[desk_pb.Urgent]:
    found: list[desk_pb.Urgent] = []
    while page := one.news():
        found += page
    return found


def test_what_came_ahead_is_told_once_a_watch(met: World) -> None:
    sent = flash(met, b"one")
    come_ahead(met, sent)
    first = watch(met)

    (told,) = first.news()

    assert told.envelope == sent
    assert not told.HasField("place")
    assert (told.verdict, told.refused_reason) == (0, "")
    assert first.news() == []
    assert len(watch(met).news()) == 1


def test_it_is_told_to_its_desks_alone(met: World) -> None:
    come_ahead(met, flash(met, b"one"))

    assert watch(met, "other.beijing.cn").news() == []


def test_what_becomes_of_it_is_told(met: World) -> None:
    sent = flash(met, b"one")
    come_ahead(met, sent, below=4)
    first = watch(met)
    first.news()

    met.pk.from_desk(bulletin(met.pk.nation, met.cn.nation, b"routine"))
    met.carry(met.pk, met.cn)

    (told,) = first.news()
    assert (told.envelope, told.refused_reason) == (sent, "NOT_LOGGED")


def test_urgent_entries_above_the_cursor_are_told_the_most_urgent_first(
    met: World,
) -> None:
    routine = bulletin(met.pk.nation, met.cn.nation, b"routine")
    flashes = [flash(met, b"%d" % number) for number in range(2)]
    immediate = flash(met, b"i", precedence=pb.PRECEDENCE_IMMEDIATE)
    met.pk.from_desk(immediate, routine, *flashes)
    met.carry(met.pk, met.cn)

    told = watch(met).news()

    newest_first = [flashes[1], flashes[0], immediate]
    assert [one.envelope for one in told] == newest_first
    assert [one.place for one in told] == [6, 5, 3]
    assert {one.verdict for one in told} == {ledger_pb2.VERDICT_ACCEPTED}


def test_below_the_cursor_nothing_is(met: World) -> None:
    met.pk.from_desk(flash(met, b"one"))
    met.carry(met.pk, met.cn)
    last = len(met.cn.store.arrivals.page(0, 100))

    behind = watch(met, after=last)

    assert behind.news() == []
    met.pk.from_desk(flash(met, b"two"))
    met.carry(met.pk, met.cn)
    assert len(behind.news()) == 1
    assert behind.news() == []


def test_of_many_only_the_first_are_told_and_none_twice(met: World) -> None:
    count = URGENT_MAX + 6
    met.pk.from_desk(*(flash(met, b"%d" % number) for number in range(count)))
    met.carry(met.pk, met.cn)

    told = all_news(watch(met))

    assert [one.place for one in told] == list(range(count + 2, 8, -1))


def test_what_the_desk_lacks_of_keys_travels_with_it(met: World) -> None:
    origin = met.pk.node.origin
    met.pk.from_desk(flash(met, b"one"))
    met.carry(met.pk, met.cn)

    (behind,) = watch(met).news()
    (abreast,) = UrgentWatch(met.cn.node, DESK, 0, {origin: 3}).news()

    entries = [one.entry for one in met.cn.store.entries.page(origin, 0, 2)]
    assert list(behind.statements) == entries  # issuer and officer
    assert list(abreast.statements) == []
