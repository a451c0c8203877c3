"""One Watch of a desk: what it is told, in which order, and when all of it is."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.limits import URGENT_MAX
from exchange.node import express_inbox, urgent, views
from exchange.node.desk_watch import DeskWatch
from exchange.node.urgent import UrgentWatch
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from exchange.v1 import ledger_pb2
from tests.faults import NEVER, Disk
from tests.node.test_express_inbox import flash
from tests.node.world import PK, World, bulletin, name_of


def read_all(watch: DeskWatch) -> list[desk_pb.Arrival]:
    found: list[desk_pb.Arrival] = []
    complete = False
    while not complete:
        page, complete = watch.next_page()
        found += page.arrivals if page else []
    return found


def arrivals_of(world: World) -> list[desk_pb.Arrival]:
    return read_all(DeskWatch(world.pk.node, world.pk.nation.desk, 0))


def test_a_watch_tells_each_arrival_once_and_says_when_all_is_told(met: World) -> None:
    site = met.pk
    watch = DeskWatch(site.node, site.nation.desk, 0)

    assert read_all(watch) == views.arrivals(site.node, site.nation.desk, 0)
    assert watch.next_page() == (None, True)

    site.from_desk(bulletin(site.nation, met.cn.nation))
    page, complete = watch.next_page()

    assert page is not None
    assert complete
    kinds = [one.WhichOneof("arrival") for one in page.arrivals]
    assert kinds == ["entry", "head"]


def test_pages_that_are_cut_follow_until_all_is_told(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = met.pk
    whole = views.arrivals(site.node, site.nation.desk, 0)
    monkeypatch.setattr(views, "PAGE", 2)

    watch = DeskWatch(site.node, site.nation.desk, 0)
    first, complete = watch.next_page()

    assert first is not None
    assert (len(first.arrivals), complete) == (2, False)
    assert [*first.arrivals, *read_all(watch)] == whole


def test_what_is_urgent_goes_before_what_arrived(met: World) -> None:
    site = met.pk
    watch = DeskWatch(site.node, site.nation.desk, len(arrivals_of(met)))
    site.from_desk(flash(met))

    urgent, complete = watch.next_page()
    arrived, after = watch.next_page()

    assert urgent is not None
    assert arrived is not None
    assert (len(urgent.urgent), complete) == (1, False)
    assert (len(arrived.arrivals), after) == (2, True)


def test_a_look_is_one_transaction(tmp_path: Path) -> None:
    path = tmp_path / "islamabad.pk.db"
    with Disk().attach(path) as disk:
        world = World(tmp_path)
        watch = DeskWatch(world.pk.node, world.pk.nation.desk, 0)
        disk.arm(NEVER, "lost")

        page, complete = watch.next_page()

        assert page is not None
        assert complete
        assert disk.heal().count("BEGIN") == 1
        world.close()


@contextmanager
def come_ahead(world: World, sent: pb.Envelope) -> Iterator[Future[rpc.Expressed]]:
    """Let an envelope come to Beijing, whose disk is at work on a batch meanwhile."""
    node = world.cn.node
    shown = node.unstored.shown
    with ThreadPoolExecutor(1) as thread:
        with node.lock:
            frame = rpc.Express(envelope=sent)
            answer = thread.submit(express_inbox.receive, node, PK, frame)
            _wait(lambda: node.unstored.shown > shown or answer.done())
            yield answer
        assert not answer.result().reason


def _wait(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_what_came_ahead_is_shown_before_the_disk_has_it_and_told_once(
    met: World,
) -> None:
    node, sent = met.cn.node, flash(met)
    watch = DeskWatch(node, met.cn.nation.desk, 0)
    read_all(watch)

    with come_ahead(met, sent) as answer:
        page, _ = watch.next_page()
        assert page is not None
        assert [one.envelope for one in page.urgent] == [sent]
        assert watch.next_page() == (None, True)
        assert not answer.done()
        assert node.store.express.brief() == []

    assert [one.peer for one in node.store.express.brief()] == [PK]
    assert node.unstored.rows() == {}
    assert watch.next_page() == (None, True)


def test_what_could_not_be_stored_is_shown_no_more(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, sent = met.cn.node, flash(met)

    def full(*_: object) -> None:
        raise Refusal(Reason.DISK)

    monkeypatch.setattr(node.store.express, "add", full)
    answer = express_inbox.receive(node, PK, rpc.Express(envelope=sent))

    assert answer.reason == Reason.DISK
    assert (node.unstored.shown, dict(node.unstored.rows())) == (1, {})


def test_what_comes_ahead_while_a_page_is_read_goes_before_it(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, sent = met.cn, flash(met)
    watch = DeskWatch(site.node, site.nation.desk, 0)
    page_of, came = views.arrivals, list[rpc.Expressed]()

    def read(*asked: object) -> list[desk_pb.Arrival]:
        if not came:
            frame = rpc.Express(envelope=sent)
            came.append(express_inbox.receive(site.node, PK, frame))
        return page_of(*asked)  # type: ignore[arg-type]  # as the Watch asks

    monkeypatch.setattr(views, "arrivals", read)
    first, complete = watch.next_page()

    assert first is not None
    assert ([one.envelope for one in first.urgent], complete) == ([sent], False)
    assert read_all(watch) == page_of(site.node, site.nation.desk, 0)


def test_a_page_ends_early_when_it_is_told_to(met: World) -> None:
    site = met.cn
    whole = views.arrivals(site.node, site.nation.desk, 0)

    begun = views.arrivals(site.node, site.nation.desk, 0, lambda: True)

    assert begun == whole[:1]


# What it is told ahead of its arrivals.


DESK = "ops.beijing.cn"


def bring_ahead(world: World, sent: pb.Envelope, below: int = 0) -> None:
    frame = rpc.Express(envelope=sent, below=below)
    assert not express_inbox.receive(world.cn.node, PK, frame).reason


def urgent_watch(world: World, desk: str = DESK, after: int = 0) -> UrgentWatch:
    return UrgentWatch(world.cn.node, desk, after)


def all_news(one: UrgentWatch) -> list[desk_pb.Urgent]:
    found: list[desk_pb.Urgent] = []
    while page := one.news():
        found += page
    return found


def test_what_came_ahead_is_told_once_a_watch(met: World) -> None:
    sent = flash(met, b"one")
    bring_ahead(met, sent)
    first = urgent_watch(met)

    (told,) = first.news()

    assert told.envelope == sent
    assert not told.HasField("place")
    assert (told.verdict, told.refused_reason) == (0, "")
    assert first.news() == []
    assert len(urgent_watch(met).news()) == 1


def test_more_ahead_than_a_page_takes_are_all_told(
    met: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also while all before it are open: their log may be held for its budget."""
    monkeypatch.setattr(urgent, "URGENT_MAX", 2)
    sent = [flash(met, b"%d" % number) for number in range(5)]
    for one in sent:
        bring_ahead(met, one)

    told = all_news(urgent_watch(met))

    assert len(told) == len(sent)
    assert {name_of(one.envelope) for one in told} == set(map(name_of, sent))


def test_it_is_told_to_its_desks_alone(met: World) -> None:
    bring_ahead(met, flash(met, b"one"))

    assert urgent_watch(met, "other.beijing.cn").news() == []


def test_what_becomes_of_it_is_told(met: World) -> None:
    sent = flash(met, b"one")
    bring_ahead(met, sent, below=4)
    first = urgent_watch(met)
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

    told = urgent_watch(met).news()

    newest_first = [flashes[1], flashes[0], immediate]
    assert [one.envelope for one in told] == newest_first
    assert [one.place for one in told] == [6, 5, 3]
    assert {one.verdict for one in told} == {ledger_pb2.VERDICT_ACCEPTED}


def test_below_the_cursor_nothing_is(met: World) -> None:
    met.pk.from_desk(flash(met, b"one"))
    met.carry(met.pk, met.cn)
    last = len(met.cn.store.arrivals.page(0, 100))

    behind = urgent_watch(met, after=last)

    assert behind.news() == []
    met.pk.from_desk(flash(met, b"two"))
    met.carry(met.pk, met.cn)
    assert len(behind.news()) == 1
    assert behind.news() == []


def test_of_many_only_the_first_are_told_and_none_twice(met: World) -> None:
    count = URGENT_MAX + 6
    met.pk.from_desk(*(flash(met, b"%d" % number) for number in range(count)))
    met.carry(met.pk, met.cn)

    told = all_news(urgent_watch(met))

    assert [one.place for one in told] == list(range(count + 2, 8, -1))


def test_what_the_desk_lacks_of_keys_travels_with_it(met: World) -> None:
    origin = met.pk.node.origin
    met.pk.from_desk(flash(met, b"one"))
    met.carry(met.pk, met.cn)

    (behind,) = urgent_watch(met).news()
    (abreast,) = UrgentWatch(met.cn.node, DESK, 0, {origin: 3}).news()

    entries = [one.entry for one in met.cn.store.entries.page(origin, 0, 2)]
    assert list(behind.statements) == entries  # issuer and officer
    assert list(abreast.statements) == []
