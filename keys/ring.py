"""A desk's sealing keys at rest: its ring (docs/spec/keystore.md, "The ring").

"FKR2" || u32 len || header || Cobblestone256(key, context = all before it), the key by
HKDF-SHA256 from the key of the desk's database. So every officer of the desk can open
it. Every fault of a file gives the same KeystoreError.
"""

from enum import IntEnum
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from google.protobuf.message import DecodeError
from msgspec import Struct

from keys import files, sealed_file, sealing
from keys.errors import CannotOpen, KeystoreError
from keys.pae import pae
from keys.secret_records import SecretRecord
from keys.v1 import keystore_pb2 as pb

MAGIC = b"FKR2"
VERSION = 2
FIRST_SERIAL = 1


class State(IntEnum):
    MADE = pb.RING_STATE_MADE
    STATED = pb.RING_STATE_STATED
    LOGGED = pb.RING_STATE_LOGGED


class RingKey(SecretRecord, frozen=True):
    """One sealing key; times are ms UTC. A LOGGED one has `log` and `index`."""

    seed: bytes
    valid_from: int
    valid_until: int
    state: State = State.MADE
    log: str = ""
    index: int = 0


class Ring(Struct, frozen=True):
    """A version of a desk's ring, the oldest key first."""

    desk: str
    serial: int
    keys: tuple[RingKey, ...] = ()


def create(path: Path, ring: Ring, database_key: bytes) -> None:
    """Create it with mode 0600; KeyFileError if it exists already."""
    files.create(path, encode(ring, database_key))


def replace(path: Path, ring: Ring, database_key: bytes) -> None:
    """Replace the ring; after a crash the file has the old or the new version."""
    files.replace(path, encode(ring, database_key))


def read(path: Path, desk: str, database_key: bytes) -> Ring:
    """Raise KeyFileError or KeystoreError."""
    return decode(files.read(path), desk, database_key)


def encode(ring: Ring, database_key: bytes) -> bytes:
    header = pb.RingHeader(version=VERSION, desk=ring.desk, serial=ring.serial)
    before = sealed_file.frame(MAGIC, header)
    held = pb.RingKeys(keys=[_message(key) for key in ring.keys])
    key = derive_key(database_key, ring.desk)
    return before + sealing.seal_body(key, before, held.SerializeToString())


def decode(data: bytes, desk: str, database_key: bytes) -> Ring:
    """Raise KeystoreError on any fault.

    Checks 1 the frame and that the header is canonical, 2 version, desk and serial, 3
    the key and every other byte, 4 that each key has a seed and a state.
    """
    # 1
    before, header, sealed = sealed_file.split(MAGIC, data, pb.RingHeader)
    # 2
    if (header.version, header.desk) != (VERSION, desk) or not header.serial:
        raise KeystoreError
    # 3
    try:
        clear = sealing.open_body(derive_key(database_key, desk), before, sealed)
        held = pb.RingKeys.FromString(clear)
    except (CannotOpen, DecodeError):
        raise KeystoreError from None
    # 4
    return Ring(desk, header.serial, tuple(_key(one) for one in held.keys))


def derive_key(database_key: bytes, desk: str) -> bytes:
    info = pae("ring", desk.encode("ascii"))
    kdf = HKDF(algorithm=SHA256(), length=sealing.KEY_SIZE, salt=None, info=info)
    return kdf.derive(database_key)


def _message(key: RingKey) -> pb.RingKey:
    return pb.RingKey(
        seed=key.seed,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        state=pb.RingState.ValueType(key.state),
        log=key.log,
        index=key.index,
    )


def _key(held: pb.RingKey) -> RingKey:
    if len(held.seed) != sealing.SEED_SIZE or held.state not in [
        state.value for state in State
    ]:
        raise KeystoreError
    life = held.valid_from, held.valid_until
    return RingKey(held.seed, *life, State(held.state), held.log, held.index)
