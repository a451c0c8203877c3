"""One Watch of a desk: what it is told, in which order, and when all of it is."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from exchange.node import express_inbox, views
from exchange.node.desk_watch import DeskWatch
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from exchange.v1 import exchange_service_pb2 as rpc
from tests.faults import NEVER, Disk
from tests.node.test_express_inbox import flash
from tests.node.world import PK, World, bulletin


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
