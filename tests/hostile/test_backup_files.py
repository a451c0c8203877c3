"""Backups in wrong hands."""

from pathlib import Path

import pytest

from exchange.errors import Reason, Refusal
from tests.home.test_backup_file import VECTORS, read


def test_b1_another_passphrase_opens_nothing(tmp_path: Path) -> None:
    path = tmp_path / "backup"
    path.write_bytes(bytes.fromhex(VECTORS["backups"][0]["file"]))

    with pytest.raises(Refusal) as raised:
        read(path, "another")

    assert raised.value.reason is Reason.KEYSTORE
