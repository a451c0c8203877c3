"""The keys of a home, read from their files; a faulty file gives a Refusal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from google.protobuf.message import DecodeError

from exchange.config.homes import DeskHome, NodeHome, Part, short
from exchange.errors import MADE_BEFORE, Reason, Refusal, Why, unreadable
from keys import files, keystore, token, token_uri
from keys.errors import KeysError, KeystoreError, OlderFile, TokenError, WeakKey
from keys.keystore import FileKey, Unlocked
from keys.signing import Ed25519Signer, MlDsa44Signer
from keys.token import FileSigner, TokenSigner
from keys.v1.keystore_pb2 import KeystoreSecrets

_NO_CERTIFICATE = Why(
    "no such file; it comes with the nation's answer: see fusion keys install"
)

_MISSING = Why("no such file; put it back from a backup")
_NO_URI = Why(
    "not understood; write it as {example}",
    example="pkcs11:token=pk;object=duty-1?module-path=/usr/lib/softhsm/libsofthsm2.so",
)
_TOKEN_WORDS = {
    token_uri.NO_PACKAGE: Why(
        "python-pkcs11 is not installed here: pip install 'fusion-cell[pkcs11]'"
    ),
    token_uri.NO_MODULE: Why("its module cannot be loaded; check module-path"),
    token_uri.NO_TOKEN: Why("no such token is there; put it in"),
    token_uri.NO_KEY: Why("the token has no key of that name, or several"),
    token_uri.OTHER_KEY: Why("the key of that name on the token is another one"),
    token_uri.NO_PIN: Why("the token waits for its PIN; start this program again"),
    token_uri.WRONG_PIN: Why(
        "the PIN is wrong; a token locks itself after some of these"
    ),
    token_uri.LOCKED: Why("the PIN is locked; unlock it with the token's own tools"),
    token_uri.SILENT: Why("the token does not answer"),
    token_uri.FAILED: Why("the token was removed, or does not sign; put it back"),
    token_uri.CANNOT_MAKE: Why("the token cannot make an Ed25519 key"),
}


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except TokenError as error:
        raise Refusal(Reason.TOKEN, short(path), _TOKEN_WORDS[str(error)]) from None
    except OlderFile:
        raise Refusal(Reason.KEYSTORE, short(path), MADE_BEFORE) from None
    except KeystoreError:
        raise Refusal(Reason.KEYSTORE, short(path)) from None
    except KeysError:
        why = None if os.path.lexists(path) else _MISSING
        raise Refusal(Reason.KEY_FILE, short(path), why) from None


def unlock(path: Path, passphrase: str, role: str) -> Unlocked:
    """Open a keystore, in about 0.2 s.

    Raises Refusal(KEY_FILE) if others can read it, else KEYSTORE, also for a file of
    another role or keys that differ from its header.
    """
    with refusing(path):
        return _checked(keystore.unlock(path, passphrase), role)


def unlock_by(path: Path, key: FileKey, role: str) -> Unlocked:
    """Open a keystore at once; raises as `unlock` does."""
    with refusing(path):
        return _checked(keystore.unlock_by(path, key), role)


def _checked(keys: Unlocked, role: str) -> Unlocked:
    if keys.role != role:
        raise KeystoreError
    if keys.secrets.signing_seed or keys.secrets.token:
        _check_signer(keys)
    return keys


def _check_signer(keys: Unlocked) -> None:
    try:
        found = token.signer_of(keys.secrets).kid
    except WeakKey:
        raise KeystoreError from None
    if found != keys.kid:
        raise KeystoreError


class HomeToken(TokenSigner):
    """A key on a token, named in a file of a home; Refusal(TOKEN) if it fails."""

    def __init__(self, path: Path, uri: str, public: bytes) -> None:
        super().__init__(uri, public)
        self._path = path

    def sign(self, message: bytes) -> bytes:
        """Return a verified signature; Refusal(TOKEN) gives the remedy."""
        with refusing(self._path):
            return super().sign(message)


def signer_at(path: Path, secrets: KeystoreSecrets, pin: str = "") -> FileSigner:
    """Return a signer; one on a token can sign if a PIN is given.

    Raises Refusal(TOKEN), or KEY_FILE if there is no key.
    """
    with refusing(path):
        if not secrets.token:
            return Ed25519Signer(secrets.signing_seed)
        signer = HomeToken(path, secrets.token, secrets.public)
    if pin:
        signer.log_in(pin)
    return signer


def make_token_key(uri: str, option: str, pin: str) -> TokenSigner:
    """Return the key that a URI names, made on its token if missing.

    Refusal names the option: FIELD_VALUE for a bad URI; TOKEN.
    """
    try:
        return token.make_key(uri, pin)
    except WeakKey:
        raise Refusal(Reason.FIELD_VALUE, option, _NO_URI) from None
    except TokenError as error:
        raise Refusal(Reason.TOKEN, option, _TOKEN_WORDS[str(error)]) from None


def needs_pin(*paths: Path) -> bool:
    for path in paths:
        with refusing(path):
            if path.exists() and keystore.read_header(path).on_token:
                return True
    return False


def log_needs_pin(node: NodeHome) -> bool:
    """Raise Refusal(KEY_FILE)."""
    return bool(_read_plain(node.log_key).token)


def read_log_key(
    node: NodeHome, path: Path | None = None, pin: str = ""
) -> tuple[FileSigner, MlDsa44Signer]:
    """Raise Refusal(KEY_FILE); TOKEN for a key on one, which signs only with a PIN."""
    path = path or node.log_key
    secrets = _read_plain(path)
    with refusing(path):
        log_pq = MlDsa44Signer(secrets.ml_dsa_seed)
    return signer_at(path, secrets, pin), log_pq


def read_made(path: Path) -> int:
    """Return ms UTC; Refusal(KEY_FILE)."""
    return _read_plain(path).made


def read_mirror_key(node: NodeHome, path: Path | None = None) -> MlDsa44Signer:
    """Raise Refusal(KEY_FILE)."""
    path = path or node.mirror_key
    secrets = _read_plain(path)
    with refusing(path):
        return MlDsa44Signer(secrets.ml_dsa_seed)


def read_tls(part: Part) -> tuple[bytes, bytes]:
    """Return key and certificate, PEM; raise Refusal(KEY_FILE | HOME)."""
    with refusing(part.tls_key):
        key = files.read(part.tls_key)
    try:
        return key, part.tls_cert.read_bytes()
    except FileNotFoundError:
        raise Refusal(Reason.HOME, short(part.tls_cert), _NO_CERTIFICATE) from None
    except OSError as error:
        raise unreadable(error, short(part.tls_cert)) from None


def read_api_key(desk: DeskHome, name: str) -> str:
    """Return the one line of a 0600 file; Refusal(KEY_FILE)."""
    path = desk.folder / Path(name).name
    with refusing(path):
        data = files.read(path)
    try:
        key = data.decode("ascii").strip()
    except UnicodeDecodeError:
        key = ""
    if not key.isprintable() or not key:
        raise Refusal(Reason.KEY_FILE, short(path))
    return key


def check_private(path: Path) -> None:
    """Raise Refusal(KEY_FILE) unless it is its owner's alone (0600)."""
    with refusing(path):
        files.read(path)


def _read_plain(path: Path) -> KeystoreSecrets:
    with refusing(path):
        data = files.read(path)
    try:
        secrets = KeystoreSecrets.FromString(data)
    except DecodeError:
        raise Refusal(Reason.KEY_FILE, short(path)) from None
    if not secrets.made:
        why = MADE_BEFORE if secrets.ml_dsa_seed else None
        raise Refusal(Reason.KEY_FILE, short(path), why)
    return secrets
