"""The form of a desk's backup: one sealed file (docs/spec/backup.md).

Sealed under a passphrase: u32 length, the manifest (JSON), then the files it names, in
order, and nothing more. The manifest has the size and SHA-256 of each.
"""

import hashlib
import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import asdict

from exchange import config
from exchange.errors import MADE_BEFORE, Reason, Refusal, Why, unreadable
from exchange.limits import BACKUP_FILES_MAX, BACKUP_MANIFEST_MAX
from keys import sealed_stream
from keys.errors import KeystoreError, OlderFile

MAGIC, ROLE, VERSION = b"FDB2", "backup", 2
PIECE = 256 * 1024  # bytes
_LENGTH = struct.Struct(">I")
_NAME = re.compile(
    r"(?:[A-Za-z0-9_-][A-Za-z0-9._@-]{0,99}/)?[A-Za-z0-9_-][A-Za-z0-9._@-]{0,99}"
)
_WRONG = Why("wrong passphrase, or the backup is damaged")


class BackedUpFile(Struct, frozen=True):
    """A file: its name in the desk's folder, bytes, SHA-256 (hexadecimal)."""

    name: str
    size: int
    sha256: str


class Manifest(Struct, frozen=True):
    """The head of a backup: its desk, time (ms UTC), and contents.

    `rows` counts the rows of the mailbox by table.
    """

    desk: str
    made: int
    files: Sequence[BackedUpFile]
    rows: Mapping[str, int]

    def encode(self) -> bytes:
        said = asdict(self) | {"files": [asdict(file) for file in self.files]}
        return json.dumps({"version": VERSION, **said}).encode()

    @classmethod
    def parse(cls, data: bytes) -> "Manifest":
        """Raise Refusal(INPUT) if it is malformed."""
        try:
            said = _members(data)
            files = [_listed(one) for one in said["files"]]
            rows = {str(table): int(n) for table, n in said["rows"].items()}
            manifest = cls(str(said["desk"]), int(said["made"]), files, rows)
        except (
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
            OverflowError,
            RecursionError,
        ):
            raise Refusal(Reason.INPUT, "manifest") from None
        names = {one.name for one in files}
        if len(names) != len(files) or len(files) > BACKUP_FILES_MAX:
            raise Refusal(Reason.INPUT, "manifest: files")
        return manifest


def _members(data: bytes) -> Mapping[str, Any]:
    said = json.loads(data)
    if not isinstance(said, dict) or said["version"] != VERSION:
        raise ValueError(VERSION)
    return said


def _listed(said: Mapping[str, Any]) -> BackedUpFile:
    name, size, sha256 = said["name"], int(said["size"]), str(said["sha256"])
    if size < 0:
        raise ValueError(size)
    return BackedUpFile(check_name(name), size, sha256)


def check_name(name: object) -> str:
    """Raise Refusal(INPUT) for a name not allowed in a backup.

    At most one folder deep, of letters, digits and . _ @ -, and not hidden.
    """
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise Refusal(Reason.INPUT, f"manifest: {name!a}")
    return name


def describe(folder: Path, name: str, path: Path | None = None) -> BackedUpFile:
    """Describe a file; if given, `path` is read under its name."""
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(path or folder / name):
        digest.update(piece)
        size += len(piece)
    return BackedUpFile(check_name(name), size, digest.hexdigest())


def write(
    out: BinaryIO, passphrase: str, manifest: Manifest, paths: Mapping[str, Path]
) -> None:
    """Raise Refusal(CONFLICT) naming a file that no longer matches the manifest."""
    sealed = sealed_stream.seal_under(out, MAGIC, ROLE, passphrase)
    head = manifest.encode()
    sealed.write(_LENGTH.pack(len(head)) + head)
    for one in manifest.files:
        digest = hashlib.sha256()
        for piece in _pieces(paths[one.name]):
            digest.update(piece)
            sealed.write(piece)
        if digest.hexdigest() != one.sha256:
            raise Refusal(Reason.CONFLICT, one.name)
    sealed.finish()


class BackupReader:
    """Reads a backup once, from beginning to end."""

    def __init__(self, file: BinaryIO, passphrase: str) -> None:
        """Raise KeystoreError or Refusal(INPUT)."""
        self._pieces = sealed_stream.open_under(file, MAGIC, ROLE, passphrase)
        self._held = b""
        (size,) = _LENGTH.unpack(self._take(_LENGTH.size))
        if size > BACKUP_MANIFEST_MAX:
            raise Refusal(Reason.INPUT, "manifest")
        self.manifest = Manifest.parse(self._take(size))

    def content(self, one: BackedUpFile) -> Iterator[bytes]:
        """Yield it in pieces; Refusal(INPUT) if it does not match."""
        digest, left = hashlib.sha256(), one.size
        while left:
            piece = self._take(min(left, PIECE))
            digest.update(piece)
            left -= len(piece)
            yield piece
        if digest.hexdigest() != one.sha256:
            raise Refusal(Reason.INPUT, one.name)

    def end(self) -> None:
        """Raise Refusal(INPUT) if more data follows."""
        if self._held or any(self._pieces):
            raise Refusal(Reason.INPUT, "end")

    def _take(self, size: int) -> bytes:
        held = [self._held]
        have = len(self._held)
        while have < size:
            piece = next(self._pieces, None)
            if piece is None:
                raise Refusal(Reason.INPUT, "end")
            held.append(piece)
            have += len(piece)
        joined = b"".join(held)
        self._held = joined[size:]
        return joined[:size]


@contextmanager
def open_backup(path: Path, passphrase: str) -> Iterator[BackupReader]:
    """Raise Refusal: KEYSTORE for a wrong passphrase or a damaged file.

    These look alike; INPUT is for an unreadable file.
    """
    try:
        with path.open("rb") as file:
            yield BackupReader(file, passphrase)
    except OlderFile:
        raise Refusal(Reason.KEYSTORE, path.name, MADE_BEFORE) from None
    except KeystoreError:
        raise Refusal(Reason.KEYSTORE, path.name, _WRONG) from None
    except OSError as error:
        raise unreadable(error, str(path)) from None


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:
        raise unreadable(error, config.short(path)) from None
