"""fusion audit verify of an export whose keys ended since."""

from datetime import UTC, datetime
from pathlib import Path

from tests.audit.ended_keys import export_of, newest_line, retire_mirror, trust
from tests.cli.conftest import Fusion


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
