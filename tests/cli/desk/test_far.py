"""A desk far from its node: real commands over a line with delay and loss."""

import json
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from exchange import config
from exchange.desk.client import Desk
from exchange.desk.link.background_sync import BackgroundSync
from tests.cli.conftest import PASSPHRASE, Result
from tests.cli.desk.conftest import Pair, bulletin, free_port, loaded
from tests.far import Line, carried

At = Callable[..., Result]
PATIENCE = 60.0  # s


def moved(home: Path, address: str) -> Path:
    """Leave a home with its desk only, whose node is at that address."""
    for part in ("node", "nation"):
        shutil.rmtree(home / part)
    with (home / "desk" / "config.toml").open("a") as file:
        file.write(f'address = "{address}"\n')
    return home


@pytest.fixture(params=[0.04, 0.3, 1.0], ids=["40 ms", "300 ms", "1000 ms"])
def far(request: pytest.FixtureRequest, pair: Pair, stopped: Path) -> Iterator[Path]:
    """A desk's home; its node runs at the other end of the line."""
    listen = config.read_node(config.node_home(pair.pk)).listen
    with carried(Line(int(listen.rpartition(":")[2]), request.param)) as port:
        yield moved(stopped, f"127.0.0.1:{port}")


def test_status_answers(far: Path, fusion: At) -> None:
    assert loaded(fusion("status", "--home", far, "--json"))["node"] == "islamabad.pk"


def test_what_is_sent_is_handed_over_and_listed(
    far: Path, at: At, tmp_path: Path
) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))

    sent = loaded(at(far, "send", path, "--json"))

    assert sent["state"] in {"local", "cosigned"}
    listed = {
        row["name"]: row for row in loaded(at(far, "list", "--json"))["bulletins"]
    }
    assert listed[sent["name"]]["state"] != "queued"


def test_what_arrives_is_shown_while_it_is_watched(
    pair: Pair, far: Path, at: At, tmp_path: Path
) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin(to=["ops.islamabad.pk"])))
    told = threading.Event()
    with Desk.open(far, "", PASSPHRASE) as desk:
        following = BackgroundSync(desk, told.set)
        following.start()
        name = bytes.fromhex(loaded(at(pair.cn, "send", path, "--json"))["name"])
        until = time.monotonic() + PATIENCE
        knows = desk.mailbox.messages.knows
        while not (following.up and knows(name)) and time.monotonic() < until:
            told.wait(0.1)  # a status call of its own says whether the node is up
        up = following.up
        following.stop()
        assert knows(name)
    assert up


@pytest.mark.parametrize("where", ["socket", "port"])
def test_a_node_that_is_stopped_is_noticed_at_once(
    stopped: Path, fusion: At, where: str
) -> None:
    if where == "port":
        moved(stopped, f"127.0.0.1:{free_port()}")
    began = time.monotonic()

    fusion("status", "--home", stopped, "--json").ended(3)
    assert time.monotonic() - began < 10


def test_how_long_connecting_may_take_is_a_setting(stopped: Path, fusion: At) -> None:
    """Something listens and says nothing: only the time given ends the attempt."""
    with closing(socket.create_server(("127.0.0.1", 0))) as mute:
        moved(stopped, f"127.0.0.1:{mute.getsockname()[1]}")
        with (stopped / "desk" / "config.toml").open("a") as file:
            file.write("connect_s = 2\n")
        began = time.monotonic()

        fusion("status", "--home", stopped, "--json").ended(3)
        assert 1.5 < time.monotonic() - began < 15
