"""Keys renewed while both nodes run: nobody restarts, and nothing is refused."""

from pathlib import Path

from exchange import config
from keys import tls
from tests.cli.conftest import PASSPHRASE
from tests.cli.desk.conftest import Pair, loaded
from tests.cli.desk.test_send import At, until_cosigned, written


def test_an_officer_signs_with_the_next_key_at_once(
    pair: Pair, at: At, tmp_path: Path
) -> None:
    desk = config.desk_home(pair.pk)
    before = config.unlock(desk.officer_key("duty-2"), PASSPHRASE, "officer").kid
    spki = tls.spki_hash(desk.tls_cert.read_bytes())

    found = loaded(at(pair.pk, "keys", "renew", "--officer", "duty-2", "--json"))

    assert {one["name"] for one in found["renewed"]} >= {"duty-2@ops.islamabad.pk"}
    after = config.unlock(desk.officer_key("duty-2"), PASSPHRASE, "officer").kid
    assert after != before
    assert tls.spki_hash(desk.tls_cert.read_bytes()) == spki
    options = ("--officer", "duty-2", "--json")
    sent = loaded(at(pair.pk, "send", written(tmp_path), *options))
    assert sent["state"] == "local"
    until_cosigned(at, pair.pk, sent["name"])
    assert until_cosigned(at, pair.cn, sent["name"])["verdict"] == "ACCEPTED"
    assert list(desk.inbox.glob("*.envelope")) == []  # the desk has said it itself


def test_the_next_key_signs_a_translation_while_the_node_is_down(
    stopped: Path, at: At, tmp_path: Path
) -> None:
    """No log has shown it to the desk, which knows the key as its officer's own."""
    loaded(at(stopped, "keys", "renew", "--officer", "duty-2", "--json"))
    options = ("--officer", "duty-2", "--json")
    sent = loaded(at(stopped, "send", written(tmp_path), *options))
    assert sent["state"] == "queued"
