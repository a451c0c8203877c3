"""A desk on another machine than its node: mTLS instead of the socket."""

import pytest

from exchange.errors import Reason
from keys import tls
from tests.cli.desk.conftest import AtDesk, moved, refused
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
