"""fusion audit verify: the same verification, by the auditor's name."""

import json

from tests.audit.ledger import change
from tests.cli.conftest import AtHome, Fusion


def test_it_says_what_was_verified(begun: AtHome) -> None:
    found = begun("audit", "verify", "--json")

    told = json.loads(found.out)
    assert (found.code, found.err) == (0, "")
    assert (told["ok"], told["entries"]) == (True, 5)
    # The issuer by two roots, three officers' keys, a sealing key; a head of two
    # lines for each, as each was taken from the inbox by itself.
    assert told["signatures"] == 2 + 4 + 5 * 2


def test_it_says_the_same_as_fsck(begun: AtHome) -> None:
    change(begun.database, "UPDATE log SET root = zeroblob(32)")

    for options in ([], ["--json"]):
        told = begun("audit", "verify", *options)
        checked = begun("fsck", *options)

        assert (told.code, told.out) == (checked.code, checked.out)
        assert told.code == 1


def test_without_a_subcommand_it_is_bad_usage(fusion: Fusion) -> None:
    found = fusion("audit")

    assert (found.code, found.err) == (2, "")
    assert found.out == fusion("audit", "--help").out
