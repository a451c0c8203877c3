"""A large file sealed under a passphrase or for a key, processed in pieces.

    magic || u32 len || header || Cobblestone256(context = all before it)
    magic || kid || sealed key || Cobblestone256(context = all before it)

The first is the form of a keystore (docs/spec/keystore.md), the second that of a wrap;
each with its own magic and without a size limit. Every piece given out is verified, but
only reading to the end proves that the file is complete.
"""

import os
import secrets
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from keys import keystore, sealed_file, sealing
from keys.errors import CannotOpen, KeystoreError
from keys.keystore import DEFAULT_COST, KID_SIZE, SALT_SIZE, Cost
from keys.pae import kid, pae
from keys.sealing import KEY_SIZE, SEALED_SIZE, Opener
from keys.v1.keystore_pb2 import KeystoreHeader

PIECE = 256 * 1024  # bytes read at a time
HEADER_MAX = 256  # bytes; a header has under 100


class SealedWriter:
    """Seals data piece by piece; `finish` ends the file."""

    def __init__(self, out: BinaryIO, key: bytes, before: bytes) -> None:
        """Write the part before the sealed one, which is its context."""
        self._out = out
        self._box = Cobblestone256Encryptor(key, before)
        out.write(before)

    def write(self, data: bytes) -> None:
        self._out.write(self._box.update(data))

    def finish(self) -> None:
        """Write the end; without it the file does not open."""
        self._out.write(self._box.finalize())


def seal_under(  # noqa: PLR0913 - the header's fields, and values fixed in tests
    out: BinaryIO,
    magic: bytes,
    role: str,
    passphrase: str,
    *,
    cost: Cost = DEFAULT_COST,
    random: Callable[[int], bytes] = os.urandom,
) -> SealedWriter:
    """Begin a file; takes about 0.2 s."""
    header = keystore.make_header(role, b"", cost, random(SALT_SIZE))
    before = sealed_file.frame(magic, header)
    return SealedWriter(out, keystore.derive_checked(passphrase, header), before)


def open_under(
    file: BinaryIO, magic: bytes, role: str, passphrase: str
) -> Iterator[bytes]:
    """Raise KeystoreError on any fault.

    1. Check the magic, the size of the header, and that it is canonical and in bounds.
    2. Check its role.
    3. Check the passphrase and every other byte, up to the end.
    """
    # 1
    before = file.read(sealed_file.PREFIX_SIZE)
    sealed_file.check_not_older(magic, before)
    if len(before) != sealed_file.PREFIX_SIZE or not before.startswith(magic):
        raise KeystoreError
    (size,) = sealed_file.LENGTH.unpack_from(before, sealed_file.MAGIC_SIZE)
    if size > HEADER_MAX:
        raise KeystoreError
    clear = file.read(size)
    header = sealed_file.read_header(clear, KeystoreHeader)
    key = keystore.derive_checked(passphrase, header)
    # 2
    if header.role != role:
        raise KeystoreError
    # 3
    yield from _open(file, key, before + clear)


def seal_for(out: BinaryIO, magic: bytes, label: str, public: bytes) -> SealedWriter:
    """Begin a file for the holder of an X-Wing private key.

    `label` is the purpose of the file. WeakKey if the public key cannot be sealed to.
    """
    key, id_ = secrets.token_bytes(KEY_SIZE), kid(Opener.algorithm, public)
    before = magic + id_ + sealing.seal(public, pae(label, id_), key)
    return SealedWriter(out, key, before)


def open_for(
    file: BinaryIO, magic: bytes, label: str, opener: Opener
) -> Iterator[bytes]:
    """Raise CannotOpen on any fault. OlderFile if it is of an older version."""
    before = file.read(len(magic) + KID_SIZE + SEALED_SIZE)
    id_ = before[len(magic) : len(magic) + KID_SIZE]
    sealed_file.check_not_older(magic, before)
    if not before.startswith(magic) or id_ != opener.kid:
        raise CannotOpen
    key = opener.open(before[len(magic) + KID_SIZE :], pae(label, id_))
    try:
        yield from _open(file, key, before)
    except KeystoreError:
        raise CannotOpen from None


def _open(file: BinaryIO, key: bytes, before: bytes) -> Iterator[bytes]:
    try:
        box = Cobblestone256Decryptor(key, before)
        while piece := file.read(PIECE):
            yield box.update(piece)
        yield box.finalize()
    except (InvalidTag, ValueError):
        raise KeystoreError from None
