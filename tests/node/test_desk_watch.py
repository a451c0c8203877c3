"""One Watch of a desk: what it is told, in which order, and when all of it is."""

from pathlib import Path

import pytest

from exchange.node import views
from exchange.node.desk_watch import DeskWatch
from exchange.v1 import desk_service_pb2 as desk_pb
from exchange.v1 import envelope_pb2 as pb
from tests.faults import NEVER, Disk
from tests.node.world import World, bulletin


@pytest.fixture
def met(world: World) -> World:
    """Islamabad and Beijing, each with the other's log."""
    world.meet()
    return world


def flash(world: World) -> pb.Envelope:
    return bulletin(
        world.pk.nation,
        world.cn.nation,
        precedence=pb.PRECEDENCE_FLASH,
        mode=pb.MODE_ACTUAL,
    )


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
