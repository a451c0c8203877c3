"""Keys renewed or revoked while both nodes run: nobody restarts, and readers see it."""

import json
from collections.abc import Iterator

import pytest

from exchange import config
from keys import tls
from tests.cli.conftest import PASSPHRASE, Fusion
from tests.cli.desk.conftest import AtDesk, Pair, serving_pair, until


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


DISOWNED, BEFORE = "VERIFIED, SINCE DISOWNED", "VERIFIED, BEFORE REVOCATION"


@pytest.fixture(scope="module")
def robbed(tmp_path_factory: pytest.TempPathFactory, cheap: None) -> Iterator[Pair]:  # noqa: ARG001 - first
    """Two nodes of their own: other tests go on signing as these officers."""
    with serving_pair(tmp_path_factory.mktemp("robbed")) as made:
        yield made


@pytest.mark.parametrize(
    ("officer", "since", "word"),
    [
        ("duty-2", "2026-01-01T00:00Z", DISOWNED),
        ("duty-1", "2027-12-01T00:00Z", BEFORE),
    ],
)
def test_the_first_line_says_how_the_signer_stands(
    robbed: Pair, fusion: Fusion, officer: str, since: str, word: str
) -> None:
    pk, cn = AtDesk(robbed.pk, fusion), AtDesk(robbed.cn, fusion)
    name = pk.send("--officer", officer)
    pk.until_cosigned(name)
    assert cn("show", name).out.startswith("VERIFIED  ")

    subject = f"{officer}@ops.islamabad.pk"
    pk("keys", "revoke", subject, "--since", since, "--yes").ended(0)

    until(
        lambda: json.loads(cn("show", name, "--json").out),
        lambda found: found["signers"][0]["standing"] != "GOOD",
    )
    shown = cn("show", name).out
    assert shown.startswith(f"{word}  ")
    assert "by issuer@pk" in shown
    pk("send", pk.file(), "--officer", officer).ended(2, "SIGNER_REVOKED")
