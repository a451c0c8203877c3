"""Private keys at rest under a passphrase (docs/spec/keystore.md, "The file").

"FKS2" || u32 len || header || Cobblestone256(context = all before it), the length
big-endian, the header a deterministic protobuf, the key by Argon2id (RFC 9106) from the
passphrase in NFC and UTF-8. The header is the context, so neither the cost nor the role
can be edited. Every fault of a file gives the same KeystoreError.
"""

import os
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from google.protobuf.message import DecodeError
from msgspec import Struct

from keys import files, sealed_file, sealing
from keys.errors import CannotOpen, KeystoreError
from keys.secret_records import SecretRecord
from keys.v1.keystore_pb2 import KeystoreHeader, KeystoreSecrets

MAGIC = b"FKS2"
VERSION = 2
SALT_SIZE = 16
KID_SIZE = 32
ROLE_MAX = 32  # characters


# OpenSSL 4.0.3 runs the lanes in one thread pool; two derivations at once wait forever
# for each other's lanes.
_ONE_DERIVATION = threading.Lock()


class Cost(Struct, frozen=True):
    """The cost of one guess of the passphrase (Argon2id)."""

    memory_kib: int
    passes: int
    lanes: int


DEFAULT_COST = Cost(64 * 1024, 3, 4)
FLOOR = Cost(64 * 1024, 1, 1)
# A hostile file must not cost much memory or time: at most about a second.
CEILING = Cost(256 * 1024, 4, 16)


class FileKey(SecretRecord, frozen=True):
    """A key derived from a passphrase and a salt; it opens files with that salt."""

    cost: Cost
    salt: bytes
    secret: bytes


@dataclass(frozen=True)
class Unlocked:
    """The keys in a keystore; `kid` is empty if there is no signing key.

    `key` opened the file.
    """

    role: str
    kid: bytes
    secrets: KeystoreSecrets = field(repr=False)
    key: FileKey = field(repr=False, compare=False)


def create(  # noqa: PLR0913 - the header's fields, and values fixed in tests
    path: Path,
    passphrase: str,
    role: str,
    kid: bytes,
    secrets: KeystoreSecrets,
    *,
    cost: Cost = DEFAULT_COST,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Create it with mode 0600; KeyFileError if it exists already."""
    header = _header_for(secrets, role, kid, cost, random(SALT_SIZE))
    files.create(path, encode(header, passphrase, secrets))


def replace(  # noqa: PLR0913 - as create
    path: Path,
    passphrase: str,
    role: str,
    kid: bytes,
    secrets: KeystoreSecrets,
    *,
    cost: Cost = DEFAULT_COST,
    random: Callable[[int], bytes] = os.urandom,
) -> None:
    """Replace it in one step, with a new salt."""
    header = _header_for(secrets, role, kid, cost, random(SALT_SIZE))
    files.replace(path, encode(header, passphrase, secrets))


def change_passphrase(files_of: Mapping[Path, Unlocked], passphrase: str) -> None:
    """Re-encrypt keystores under a new passphrase: all of them, or none.

    The old files are destroyed. Takes 0.2 s for each; KeyFileError.
    """
    written = {}
    for path, keys in files_of.items():
        salt = os.urandom(SALT_SIZE)
        header = _header_for(keys.secrets, keys.role, keys.kid, DEFAULT_COST, salt)
        written[path] = encode(header, passphrase, keys.secrets)
    files.replace_all(written)


def create_by(
    path: Path, key: FileKey, role: str, kid: bytes, secrets: KeystoreSecrets
) -> None:
    files.create(path, _encode_by(key, role, kid, secrets))


def replace_by(
    path: Path, key: FileKey, role: str, kid: bytes, secrets: KeystoreSecrets
) -> None:
    files.replace(path, _encode_by(key, role, kid, secrets))


def unlock(path: Path, passphrase: str) -> Unlocked:
    """Raise KeyFileError or KeystoreError."""
    return decode(files.read(path), passphrase)


def unlock_by(path: Path, key: FileKey) -> Unlocked:
    """Open it like `unlock`, without the delay."""

    def secret_of(header: KeystoreHeader) -> bytes:
        if (_cost_of(header), header.salt) != (key.cost, key.salt):
            raise KeystoreError
        return key.secret

    return _decode(files.read(path), FLOOR, secret_of)


def read_header(path: Path) -> KeystoreHeader:
    """Return it unauthenticated; raise KeyFileError or KeystoreError."""
    _, header, _ = sealed_file.split(MAGIC, files.read(path), KeystoreHeader)
    return header


def make_header(role: str, kid: bytes, cost: Cost, salt: bytes) -> KeystoreHeader:
    return KeystoreHeader(
        version=VERSION,
        memory=cost.memory_kib,
        passes=cost.passes,
        lanes=cost.lanes,
        salt=salt,
        role=role,
        kid=kid,
    )


def _header_for(
    secrets: KeystoreSecrets, role: str, kid: bytes, cost: Cost, salt: bytes
) -> KeystoreHeader:
    header = make_header(role, kid, cost, salt)
    header.on_token = bool(secrets.token)
    return header


def encode(
    header: KeystoreHeader,
    passphrase: str,
    secrets: KeystoreSecrets,
    floor: Cost = FLOOR,
) -> bytes:
    """Raise KeystoreError if the header is out of bounds."""
    _check_header(header, floor)
    return _seal(header, _derive(passphrase, header), secrets)


def _encode_by(key: FileKey, role: str, kid: bytes, secrets: KeystoreSecrets) -> bytes:
    header = _header_for(secrets, role, kid, key.cost, key.salt)
    return _seal(header, key.secret, secrets)


def _seal(header: KeystoreHeader, secret: bytes, secrets: KeystoreSecrets) -> bytes:
    before = sealed_file.frame(MAGIC, header)
    return before + sealing.seal_body(secret, before, secrets.SerializeToString())


def decode(data: bytes, passphrase: str, floor: Cost = FLOOR) -> Unlocked:
    """Raise KeystoreError on any fault."""
    return _decode(data, floor, lambda header: _derive(passphrase, header))


def _decode(
    data: bytes, floor: Cost, secret_of: Callable[[KeystoreHeader], bytes]
) -> Unlocked:
    """Raise KeystoreError on any fault.

    Checks 1 the frame and that the header is canonical, 2 its values, before memory is
    allocated by them, 3 the passphrase and every other byte.
    """
    # 1
    before, header, sealed = sealed_file.split(MAGIC, data, KeystoreHeader)
    # 2
    _check_header(header, floor)
    # 3
    secret = secret_of(header)
    try:
        clear = sealing.open_body(secret, before, sealed)
        secrets = KeystoreSecrets.FromString(clear)
    except (CannotOpen, DecodeError):
        raise KeystoreError from None
    if header.on_token != bool(secrets.token):
        raise KeystoreError
    key = FileKey(_cost_of(header), header.salt, secret)
    return Unlocked(header.role, header.kid, secrets, key)


def _cost_of(header: KeystoreHeader) -> Cost:
    return Cost(header.memory, header.passes, header.lanes)


def _check_header(header: KeystoreHeader, floor: Cost) -> None:
    sound = (
        header.version == VERSION
        and floor.memory_kib <= header.memory <= CEILING.memory_kib
        and floor.passes <= header.passes <= CEILING.passes
        and floor.lanes <= header.lanes <= CEILING.lanes
        and header.memory >= 8 * header.lanes  # RFC 9106 section 3.1
        and len(header.salt) == SALT_SIZE
        and 0 < len(header.role) <= ROLE_MAX
        and header.role.isascii()
        and len(header.kid) in (0, KID_SIZE)
    )
    if not sound:
        raise KeystoreError


def _derive(passphrase: str, header: KeystoreHeader) -> bytes:
    try:
        words = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError:  # a lone surrogate
        raise KeystoreError from None
    kdf = Argon2id(
        salt=header.salt,
        length=sealing.KEY_SIZE,
        iterations=header.passes,
        lanes=header.lanes,
        memory_cost=header.memory,
    )
    with _ONE_DERIVATION:
        return kdf.derive(words)


def derive_checked(passphrase: str, header: KeystoreHeader) -> bytes:
    """Return the key of a file of another sort with such a header.

    Takes about 0.2 s. KeystoreError if the header is out of bounds.
    """
    _check_header(header, FLOOR)
    return _derive(passphrase, header)
