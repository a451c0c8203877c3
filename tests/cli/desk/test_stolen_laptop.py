"""A stolen laptop: an officer is revoked while both nodes run, and readers see it."""

import json
from collections.abc import Iterator

import pytest

from tests.cli.conftest import Fusion
from tests.cli.desk.conftest import AtDesk, Pair, serving_pair, until

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
