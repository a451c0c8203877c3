"""The keys of a home, read from their files; what is wrong with one is a Refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from google.protobuf.message import DecodeError

from exchange.config.homes import DeskHome, NodeHome, Part, short
from exchange.errors import Reason, Refusal, Why, unreadable
from keys import keystore
from keys.errors import KeysError, KeystoreError
from keys.keystore import FileKey, Unlocked
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.v1.keystore_pb2 import KeystoreSecrets

_NO_CERTIFICATE = Why(
    "no such file; it comes with the nation's answer: see fusion keys install"
)


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Tell what is wrong with a key file as Refusal(KEYSTORE | KEY_FILE)."""
    try:
        yield
    except KeystoreError:
        raise Refusal(Reason.KEYSTORE, short(path)) from None
    except KeysError:
        raise Refusal(Reason.KEY_FILE, short(path)) from None


def unlock(path: Path, passphrase: str, role: str) -> Unlocked:
    """Open a keystore that is for `role`; takes about 0.2 s.

    Raise Refusal(KEY_FILE) where others can read it, else KEYSTORE, also for a file
    of another role in its place or keys that are not those of its header.
    """
    with refusing(path):
        return _checked(keystore.unlock(path, passphrase), role)


def unlock_by(path: Path, key: FileKey, role: str) -> Unlocked:
    """Open a keystore by the key of its salt; raises as `unlock` does, at once."""
    with refusing(path):
        return _checked(keystore.unlock_by(path, key), role)


def _checked(keys: Unlocked, role: str) -> Unlocked:
    seed = keys.secrets.signing_seed
    if keys.role != role or (seed and Ed25519Signer.from_seed(seed).kid != keys.kid):
        raise KeystoreError
    return keys


def read_log_key(
    node: NodeHome, path: Path | None = None
) -> tuple[Ed25519Signer, MlDsa44Signer]:
    """Return the two keys of a node's log, or those in `path`; Refusal(KEY_FILE)."""
    path = path or node.log_key
    secrets = _read_plain(path)
    with refusing(path):
        return (
            Ed25519Signer.from_seed(secrets.signing_seed),
            MlDsa44Signer.from_seed(secrets.ml_dsa_seed),
        )


def read_made(path: Path) -> int:
    """Return when a node's key was made (ms UTC), 0 where its file does not say it."""
    return _read_plain(path).made


def read_mirror_key(node: NodeHome, path: Path | None = None) -> MlDsa44Signer:
    """Return the key by which a node cosigns, or that in `path`; Refusal(KEY_FILE)."""
    path = path or node.mirror_key
    secrets = _read_plain(path)
    with refusing(path):
        return MlDsa44Signer.from_seed(secrets.ml_dsa_seed)


def read_tls(part: Part) -> tuple[bytes, bytes]:
    """Return key and certificate, PEM; raise Refusal(KEY_FILE | HOME)."""
    with refusing(part.tls_key):
        key = keystore.read_plain(part.tls_key)
    try:
        return key, part.tls_cert.read_bytes()
    except FileNotFoundError:
        raise Refusal(Reason.HOME, short(part.tls_cert), _NO_CERTIFICATE) from None
    except OSError as error:
        raise unreadable(error, short(part.tls_cert)) from None


def read_api_key(desk: DeskHome, name: str) -> str:
    """Return the key of a service, one line in a 0600 file; Refusal(KEY_FILE)."""
    path = desk.folder / Path(name).name
    with refusing(path):
        data = keystore.read_plain(path)
    try:
        key = data.decode("ascii").strip()
    except UnicodeDecodeError:
        key = ""
    if not key.isprintable() or not key:
        raise Refusal(Reason.KEY_FILE, short(path))
    return key


def _read_plain(path: Path) -> KeystoreSecrets:
    with refusing(path):
        data = keystore.read_plain(path)
    try:
        return KeystoreSecrets.FromString(data)
    except DecodeError:
        raise Refusal(Reason.KEY_FILE, short(path)) from None
