"""fusion audit verify: the same verification, by the auditor's name."""

import json
from pathlib import Path

import pytest

from exchange.net.assemble import open_home
from tests.audit.ledger import change
from tests.cli.conftest import NOW, Fusion
from tests.clocks import stopped


@pytest.fixture
def begun(home: Path) -> Path:
    """A home whose node has started once, and is stopped."""
    with open_home(home, stopped(NOW)):
        pass
    return home


def test_it_says_what_was_verified(fusion: Fusion, begun: Path) -> None:
    found = fusion("audit", "verify", "--home", begun, "--json")

    told = json.loads(found.out)
    assert (found.code, found.err) == (0, "")
    assert (told["ok"], told["entries"]) == (True, 5)
    # The issuer by two roots, three officers' keys, a sealing key; a head of two
    # lines for each, as each was taken from the inbox by itself.
    assert told["signatures"] == 2 + 4 + 5 * 2


def test_it_says_the_same_as_fsck(fusion: Fusion, begun: Path) -> None:
    change(begun / "node" / "ledger.db", "UPDATE log SET root = zeroblob(32)")

    for options in ([], ["--json"]):
        told = fusion("audit", "verify", "--home", begun, *options)
        checked = fusion("fsck", "--home", begun, *options)

        assert (told.code, told.out) == (checked.code, checked.out)
        assert told.code == 1


def test_without_a_subcommand_it_is_bad_usage(fusion: Fusion) -> None:
    found = fusion("audit")

    assert (found.code, found.err) == (2, "")
    assert found.out == fusion("audit", "--help").out
