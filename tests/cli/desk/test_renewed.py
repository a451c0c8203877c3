"""Keys renewed while both nodes run: nobody restarts, and nothing is refused."""

from exchange import config
from keys import tls
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import AtDesk


def test_an_officer_signs_with_the_next_key_at_once(pk: AtDesk, cn: AtDesk) -> None:
    desk = pk.place
    before = config.unlock(desk.officer_key("duty-2"), PASSPHRASE, "officer").kid
    spki = tls.spki_hash(desk.tls_cert.read_bytes())

    found = pk.json("keys", "renew", "--officer", "duty-2")

    assert {one["name"] for one in found["renewed"]} >= {"duty-2@ops.islamabad.pk"}
    after = config.unlock(desk.officer_key("duty-2"), PASSPHRASE, "officer").kid
    assert after != before
    assert tls.spki_hash(desk.tls_cert.read_bytes()) == spki
    sent = pk.json("send", pk.file(), "--officer", "duty-2")
    assert sent["state"] == "local"
    pk.until_cosigned(sent["name"])
    assert cn.until_cosigned(sent["name"])["verdict"] == "ACCEPTED"
    assert list(desk.inbox.glob("*.envelope")) == []  # the desk has said it itself


def test_the_next_key_signs_a_translation_while_the_node_is_down(desk: AtDesk) -> None:
    """No log has shown it to the desk, which knows the key as its officer's own."""
    desk.json("keys", "renew", "--officer", "duty-2")
    sent = desk.json("send", desk.file(), "--officer", "duty-2")
    assert sent["state"] == "queued"
