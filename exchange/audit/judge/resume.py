"""Resume an interrupted audit, without verifying signatures again.

A small file beside the export records the runs of entries in which every signature
verified, of entries and heads. It is bound to the export's digest, to the trust files,
and by a MAC to this user's own key, or the giver of an export could forge it. Digests,
form, order, directory, tree and roots are computed in each run.
"""

import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from keys import files
from keys.errors import KeyFileError

VERSION = 2  # of the file's meaning; a file of another version is ignored
KEY_SIZE = 32
SIZE_MAX = 64 * 1024 * 1024  # bytes; one bit for each run
SAVE_EVERY = 2.0  # s
SUFFIX = ".progress"


class Resumption:
    """Marks of verified runs, forgotten after the audit."""

    def __init__(self) -> None:
        self._done: dict[str, bytearray] = {}

    def has(self, origin: str, run: int) -> bool:
        bits = self._done.get(origin, b"")
        return run >> 3 < len(bits) and bool(bits[run >> 3] >> (run & 7) & 1)

    def add(self, origin: str, run: int) -> None:
        bits = self._done.setdefault(origin, bytearray())
        bits.extend(bytes(max(0, (run >> 3) + 1 - len(bits))))
        bits[run >> 3] |= 1 << (run & 7)

    def save(self) -> None:
        """Save the verified runs, if they are kept at all."""

    def forget(self) -> None:
        """Discard the verified runs: the audit is complete."""


class KeptResumption(Resumption):
    """Marks of verified runs, kept in a file until the audit is complete."""

    def __init__(self, path: Path, key: bytes, binding: bytes) -> None:
        """Load `path`, if it has this binding and this key's MAC."""
        super().__init__()
        self._path, self._key, self._binding = path, key, binding
        self._saved = time.monotonic()
        self._load()

    def add(self, origin: str, run: int) -> None:
        """Mark a run; saves from time to time."""
        super().add(origin, run)
        if time.monotonic() - self._saved >= SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Save the marks; if that fails, the audit goes on but cannot be resumed."""
        self._saved = time.monotonic()
        done = {origin: bits.hex() for origin, bits in self._done.items()}
        said = json.dumps(done, sort_keys=True).encode()
        try:
            files.replace(self._path, self._mac(said).hex().encode() + b"\n" + said)
        except (KeyFileError, OSError):
            return

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _mac(self, record: bytes) -> bytes:
        bound = b"fusion audit %d\n" % VERSION + self._binding + record
        return hmac.digest(self._key, bound, "sha256")

    def _load(self) -> None:
        try:
            with self._path.open("rb") as file:
                mac, _, said = file.read(SIZE_MAX).partition(b"\n")
        except OSError:
            return
        if hmac.compare_digest(mac, self._mac(said).hex().encode()):
            for origin, bits in json.loads(said).items():
                self._done[origin] = bytearray.fromhex(bits)

    @classmethod
    def beside(
        cls, export: Path, digest: bytes, trust: Iterable[bytes], key: bytes
    ) -> Self:
        """Return marks in a file beside the export, bound by this user's own key."""
        binding = hashlib.sha256(digest)
        for data in trust:
            binding.update(hashlib.sha256(data).digest())
        path = export.with_name(export.name + SUFFIX)
        return cls(path, key, binding.digest())


def own_key(folder: Path) -> bytes:
    """Make it on first use; a temporary one if that fails."""
    path = folder / "audit.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            files.create(path, secrets.token_bytes(KEY_SIZE))
        return _sized(files.read(path))
    except (KeyFileError, OSError):
        return secrets.token_bytes(KEY_SIZE)


def _sized(key: bytes) -> bytes:
    if len(key) != KEY_SIZE:
        raise KeyFileError("audit.key")
    return key


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """XDG base directories."""
    given = environ.get("XDG_STATE_HOME", "")
    base = Path(given) if given.startswith("/") else Path("~/.local/state").expanduser()
    return base / "fusion"
