"""Backups in wrong hands."""

from pathlib import Path

from exchange.errors import Reason
from tests.expecting import refusing
from tests.home.test_backup_file import VECTORS, read


def test_b1_another_passphrase_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(bytes.fromhex(VECTORS["backups"][0]["file"]))

    with refusing(Reason.KEYSTORE):
        read(path, "another")
