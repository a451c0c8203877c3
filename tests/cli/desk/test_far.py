"""A desk far from its node: real commands over a line with delay and loss."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from exchange.desk.link.background_sync import BackgroundSync
from tests.cli.desk.conftest import AtDesk, free_port, moved
from tests.far import Line, carried

PATIENCE = 60.0  # s


@pytest.fixture(params=[0.04, 0.3, 1.0], ids=["40 ms", "300 ms", "1000 ms"])
def far(request: pytest.FixtureRequest, pk: AtDesk, desk: AtDesk) -> Iterator[AtDesk]:
    """A desk whose node runs at the other end of the line."""
    with carried(Line(int(pk.listen.rpartition(":")[2]), request.param)) as port:
        yield moved(desk, f"127.0.0.1:{port}")


def test_what_is_sent_is_handed_over_and_listed(far: AtDesk) -> None:
    assert far.json("status")["node"] == "islamabad.pk"
    sent = far.json("send", far.file())

    assert sent["state"] in {"local", "cosigned"}
    listed = {row["name"]: row for row in far.list()}
    assert listed[sent["name"]]["state"] != "queued"


def test_what_arrives_is_shown_while_it_is_watched(cn: AtDesk, far: AtDesk) -> None:
    told = threading.Event()
    with far.open() as desk:
        following = BackgroundSync(desk, told.set)
        following.start()
        name = bytes.fromhex(cn.send(to=["ops.islamabad.pk"]))
        until = time.monotonic() + PATIENCE
        knows = desk.mailbox.messages.knows
        while not (following.up and knows(name)) and time.monotonic() < until:
            told.wait(0.1)  # a status call of its own says whether the node is up
        up = following.up
        following.stop()
        assert knows(name)
    assert up


@pytest.mark.parametrize("where", ["socket", "port"])
def test_a_node_that_is_stopped_is_noticed_at_once(desk: AtDesk, where: str) -> None:
    if where == "port":
        moved(desk, f"127.0.0.1:{free_port()}")
    began = time.monotonic()

    desk("status", "--json", words=None).ended(3)
    assert time.monotonic() - began < 10


def test_how_long_connecting_may_take_is_a_setting(desk: AtDesk) -> None:
    """Something listens and says nothing: only the time given ends the attempt."""
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        moved(desk, f"127.0.0.1:{mute.getsockname()[1]}")
        with desk.place.config.open("a") as file:
            file.write("connect_s = 2\n")
        began = time.monotonic()

        desk("status", "--json", words=None).ended(3)
        assert 1.5 < time.monotonic() - began < 15
