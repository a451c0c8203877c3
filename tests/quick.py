"""What the tests of one process share, so that keystores open quickly.

Copies of one home are opened by one passphrase: Argon2id would derive the same key
each time.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from keys import keystore
from keys.v1.keystore_pb2 import KeystoreHeader

MEMORY = Path("/dev/shm")  # noqa: S108  a disk that need not sync, where there is one
ROOM = 1 << 30  # bytes that must be free there
DERIVE = keystore._derive


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Lend a folder for files that need not survive a power cut, only the process.

    It is in memory where there is room, else where temporary files are.
    """
    room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with tempfile.TemporaryDirectory(dir=MEMORY if room else None) as folder:
        yield Path(folder)


@contextmanager
def quick_keystores() -> Iterator[None]:
    """Derive a key once only from the same passphrase, salt and cost."""
    derived: dict[tuple[str, bytes], bytes] = {}

    def remembered(passphrase: str, header: KeystoreHeader) -> bytes:
        given = (passphrase, header.SerializeToString(deterministic=True))
        if given not in derived:
            derived[given] = DERIVE(passphrase, header)
        return derived[given]

    with patch.object(keystore, "_derive", remembered):
        yield
