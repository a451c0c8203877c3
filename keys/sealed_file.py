"""The common frame of key files: magic, clear header, sealed part.

magic || u32 len || header || sealed, the length big-endian, the header a canonical
protobuf; the last byte of the magic is the digit of its version. All bytes before
`sealed` are its context, so the clear part cannot be edited.
"""

import struct
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from keys.errors import KeystoreError, OlderFile

LENGTH = struct.Struct(">I")
MAGIC_SIZE = 4
PREFIX_SIZE = MAGIC_SIZE + LENGTH.size

_Header = TypeVar("_Header", bound=Message)


def frame(magic: bytes, header: Message) -> bytes:
    clear = header.SerializeToString(deterministic=True)
    return magic + LENGTH.pack(len(clear)) + clear


def check_not_older(magic: bytes, data: bytes) -> None:
    """Raise OlderFile for the magic of an older version."""
    found = data[:MAGIC_SIZE]
    if found[:-1] == magic[:-1] and found < magic:
        raise OlderFile


def split(
    magic: bytes, data: bytes, kind: type[_Header]
) -> tuple[bytes, _Header, bytes]:
    """Return the bytes before the sealed part, the header, the sealed part.

    KeystoreError if the frame is wrong or the header not canonical; the caller checks
    the header's values.
    """
    check_not_older(magic, data)
    if len(data) < PREFIX_SIZE or not data.startswith(magic):
        raise KeystoreError
    (size,) = LENGTH.unpack_from(data, MAGIC_SIZE)
    before, sealed = data[: PREFIX_SIZE + size], data[PREFIX_SIZE + size :]
    return before, read_header(before[PREFIX_SIZE:], kind), sealed


def read_header(clear: bytes, kind: type[_Header]) -> _Header:
    """Parse a header; raise KeystoreError if it is not canonical."""
    try:
        header = kind.FromString(clear)
    except DecodeError:
        raise KeystoreError from None
    header.DiscardUnknownFields()
    if header.SerializeToString(deterministic=True) != clear:
        raise KeystoreError
    return header
