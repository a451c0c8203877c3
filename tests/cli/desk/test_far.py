"""A desk on another machine than its node: over mTLS, with delay and loss."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from exchange.desk.link.background_sync import BackgroundSync
from exchange.errors import Reason
from keys import tls
from tests.cli.desk.conftest import AtDesk, free_port, moved, refused
from tests.far import Line, carried
from tests.tls_keys import public_of


@pytest.fixture
def apart(pk: AtDesk, desk: AtDesk) -> AtDesk:
    """A home with a desk only, whose settings name the address of its node."""
    return moved(desk, pk.listen)


def test_it_sends_and_reads_over_mtls(apart: AtDesk) -> None:
    sent = apart.json("send", apart.file())
    assert sent["state"] == "local"
    assert sent["name"] in {row["name"] for row in apart.list()}
    assert apart.json("status")["agree"] is True


def test_a_certificate_of_another_nation_s_authority_is_refused(apart: AtDesk) -> None:
    """Made out to the right name, by an authority that the node knows nothing of."""
    made_at, key = 1_700_000_000_000, tls.new_key()
    ca = tls.make_ca("pk", made_at)
    name = tls.spiffe_of("desk", "ops.islamabad.pk")
    apart.place.tls_key.write_bytes(key)
    made = tls.issue(ca, name, public_of(key), made_at, 3650)
    apart.place.tls_cert.write_bytes(made)
    assert apart("status", "--json", words=None).ended(3).out == ""


def test_a_node_that_is_not_in_the_bundle_is_not_believed(
    cn: AtDesk, apart: AtDesk
) -> None:
    """Beijing's node answers at the address, but for Islamabad's name."""
    settings = apart.place.config
    lines = [x for x in settings.read_text().splitlines() if "address" not in x]
    settings.write_text("\n".join([*lines, f'address = "{cn.listen}"', ""]))
    assert apart("status", "--json", words=None).code == 3


def test_a_certificate_that_was_not_issued_yet(apart: AtDesk) -> None:
    apart.place.tls_cert.unlink()
    refused(apart("list"), Reason.HOME, "desk/tls.crt")


def test_what_cannot_be_handed_in_is_said_and_stops_no_reading(apart: AtDesk) -> None:
    (apart.place.inbox / "0001.envelope").write_bytes(b"\xff")
    told = apart("list").ended(0)
    assert told.err.startswith("islamabad.pk: inbox/0001.envelope: ")
    assert told.err.count("\n") == 1


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
