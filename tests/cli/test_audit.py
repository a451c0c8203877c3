"""fusion audit verify: what fsck verifies, and an export whose keys ended since."""

import json
from datetime import UTC, datetime
from pathlib import Path

from tests.audit.ended_keys import export_of, newest_line, retire_mirror, trust
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


def test_the_command_takes_a_time_and_says_what_it_rests_on(
    tmp_path: Path, fusion: Fusion
) -> None:
    exported = export_of(tmp_path)
    last = newest_line(exported)
    paths = []
    for name, data in trust("cn", retire_mirror(last)):
        paths.append(tmp_path / name)
        paths[-1].write_bytes(data)
    given = ["audit", "verify", "--bundle", exported, "--trust", *paths]
    day = datetime.fromtimestamp(last, UTC).isoformat()

    refused = fusion(*given).ended(1)
    assert "RETIRED KEYS" in refused.out.splitlines()[-3]
    assert fusion(*given, "--at", day).code == 0
    assert fusion(*given, "--against", exported).code == 1
    unclear = fusion(*given, "--at", "yesterday").refused()
    assert "--at" in unclear.err
