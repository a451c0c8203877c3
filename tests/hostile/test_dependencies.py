"""A dependency that was exchanged."""

import re

from tests.test_project import locked, wanted


def test_c6_every_locked_file_has_its_hash() -> None:
    assert len(locked()) > len(wanted())
    for name, releases in locked().items():
        for rest in releases.values():
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", rest), name
