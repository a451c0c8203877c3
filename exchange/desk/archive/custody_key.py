"""The key that archives are sealed for: its private half is in custody.

That is a keystore file under a passphrase of its own. A desk needs only the public
half, one line: `fusion/1 custody <base64>`.
"""

import base64
import os
import re
from pathlib import Path

from exchange import config
from exchange.errors import Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.ledger.note import decode_base64
from keys import files, keystore, sealing
from keys.errors import WeakKey
from keys.sealing import Opener
from keys.v1.keystore_pb2 import KeystoreSecrets

ROLE = "custody"
MAGIC = "fusion/1 custody "
FILE_MAX = 4_096  # bytes
_LINE = re.compile(rf"{MAGIC}(.+)\n".encode())
_NO_KEY = Why("not a public custody key; fusion desk custody makes one")


def make(path: Path, passphrase: str) -> Path:
    """Return the path of the public half; Refusal(HOME_EXISTS)."""
    opener, public = Opener.generate(), path.with_name(f"{path.name}.pub")
    for one in (path, public):
        if os.path.lexists(one):
            raise Refusal(Reason.HOME_EXISTS, str(one))
    secrets = KeystoreSecrets(custody_seed=opener.seed)
    with config.refusing(path):
        keystore.create(path, passphrase, ROLE, b"", secrets)
    line = f"{MAGIC}{base64.b64encode(opener.public).decode()}\n"
    with config.refusing(public):
        files.create(public, line.encode())
    return public


def read_public(path: Path) -> bytes:
    """Raise Refusal(KEY) if it is not valid for sealing."""
    found = _LINE.fullmatch(read_file(path, FILE_MAX))
    try:
        return sealing.check_public(decode_base64(found[1].decode() if found else ""))
    except (Refusal, WeakKey, ValueError):
        raise Refusal(Reason.KEY, path.name, _NO_KEY) from None


def unlock(path: Path, passphrase: str) -> Opener:
    """Unlock the key; takes about 0.2 s; Refusal(KEYSTORE | KEY_FILE)."""
    secrets = config.unlock(path, passphrase, ROLE).secrets
    with config.refusing(path):
        return Opener(secrets.custody_seed)
