"""A desk on another machine than its node: mTLS instead of the socket."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange import config
from exchange.errors import Reason
from keys import tls
from tests.cli.conftest import Result
from tests.cli.desk.conftest import Pair, bulletin, loaded
from tests.cli.desk.test_send import refused
from tests.tls_keys import public_of

At = Callable[..., Result]


@pytest.fixture
def apart(pair: Pair, stopped: Path) -> Path:
    """A home with a desk only, whose settings name the address of its node."""
    listen = config.read_node(config.node_home(pair.pk)).listen
    shutil.rmtree(stopped / "node")
    shutil.rmtree(stopped / "nation")
    with (stopped / "desk" / "config.toml").open("a") as file:
        file.write(f'address = "{listen}"\n')
    return stopped


def test_it_sends_and_reads_over_mtls(apart: Path, at: At, tmp_path: Path) -> None:
    path = tmp_path / "bulletin.json"
    path.write_text(json.dumps(bulletin()))
    sent = loaded(at(apart, "send", path, "--json"))
    assert sent["state"] == "local"
    listed = loaded(at(apart, "list", "--json"))["bulletins"]
    assert sent["name"] in {row["name"] for row in listed}


def test_status_over_mtls(apart: Path, fusion: At) -> None:
    assert loaded(fusion("status", "--home", apart, "--json"))["agree"] is True


def test_a_certificate_of_another_nation_s_authority_is_refused(
    apart: Path, fusion: At
) -> None:
    """Made out to the right name, by an authority that the node knows nothing of."""
    ca = tls.make_ca("pk", 1_700_000_000_000)
    desk = config.desk_home(apart)
    key = tls.new_key()
    made = tls.issue(
        ca,
        tls.spiffe_of("desk", "ops.islamabad.pk"),
        public_of(key),
        1_700_000_000_000,
        3650,
    )
    desk.tls_key.write_bytes(key)
    desk.tls_cert.write_bytes(made)
    assert fusion("status", "--home", apart, "--json").ended(3).out == ""


def test_a_node_that_is_not_in_the_bundle_is_not_believed(
    pair: Pair, apart: Path, fusion: At
) -> None:
    """Beijing's node answers at the address, but for Islamabad's name."""
    listen = config.read_node(config.node_home(pair.cn)).listen
    settings = apart / "desk" / "config.toml"
    lines = [x for x in settings.read_text().splitlines() if "address" not in x]
    settings.write_text("\n".join([*lines, f'address = "{listen}"', ""]))
    assert fusion("status", "--home", apart, "--json").code == 3


def test_a_certificate_that_was_not_issued_yet(apart: Path, at: At) -> None:
    config.desk_home(apart).tls_cert.unlink()
    refused(at(apart, "list"), Reason.HOME, "desk/tls.crt")


def test_what_cannot_be_handed_in_is_said_and_stops_no_reading(
    apart: Path, at: At
) -> None:
    (config.desk_home(apart).inbox / "0001.envelope").write_bytes(b"\xff")
    told = at(apart, "list").ended(0)
    assert told.err.startswith("islamabad.pk: inbox/0001.envelope: ")
    assert told.err.count("\n") == 1
