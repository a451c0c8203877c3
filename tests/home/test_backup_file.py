"""A desk's backup is read as docs/spec/backup.md has it."""

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.home.backup_file import open_backup
from tests.expecting import refusing

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/spec/backups.json").read_text()
)


def read(path: Path, passphrase: str) -> dict[str, str]:
    with open_backup(path, passphrase) as backup:
        found = {
            one.name: b"".join(backup.content(one)).hex()
            for one in backup.manifest.files
        }
        backup.end()
    return found


@pytest.mark.parametrize("case", VECTORS["backups"], ids=lambda case: case["shows"])
def test_a_backup_is_read_as_the_vectors_say(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "backup"
    path.write_bytes(bytes.fromhex(case["file"]))

    if case["reason"] is None:
        assert read(path, VECTORS["passphrase"]) == VECTORS["files"]
        return
    with refusing(case["reason"]):
        read(path, VECTORS["passphrase"])
