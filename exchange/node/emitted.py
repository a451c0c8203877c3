"""The record outside of the database of what this node has shown: `node/emitted`.

A database that was put back to an older state does not know what it has signed since.
By this file beside it, which is no part of its copies, a node that starts tells that
this has happened (FORMATS B3):

    epoch   of the writer
    logs    of each log the newest head: size and root (hexadecimal)

It is older than the database by a second at most, so a database that is older than it
was restored. So was one beside which it is missing, or does not read: `init` writes
it, and a node on an older state has none until it has heard everybody.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.errors import Reason, Refusal
from exchange.ledger.checkpoint import Head
from keys import files
from keys.errors import KeyFileError

if TYPE_CHECKING:  # who makes a home needs no database
    from exchange.store import Store


@dataclass(frozen=True, slots=True)
class Emitted:
    """What a node has shown: the epoch of its writer, and each log's newest head."""

    epoch: int = 0
    heads: Mapping[str, Head] = field(default_factory=dict)


def read(path: Path) -> Emitted | None:
    """Return the record; None where there is none that can be read."""
    try:
        said = json.loads(files.read(path))
        heads = {
            str(origin): Head(str(origin), int(log["size"]), bytes.fromhex(log["root"]))
            for origin, log in said["logs"].items()
        }
        return Emitted(int(said["epoch"]), heads)
    except (KeyFileError, ValueError, TypeError, KeyError, AttributeError):
        return None


def write(path: Path, emitted: Emitted) -> None:
    """Put a record in the place of the one before; a crash leaves one of the two.

    Raises Refusal(DISK) where the file cannot be written.
    """
    logs = {
        origin: {"size": head.size, "root": head.root.hex()}
        for origin, head in sorted(emitted.heads.items())
    }
    data = json.dumps({"epoch": emitted.epoch, "logs": logs}).encode()
    try:
        files.replace(path, data)
    except (OSError, KeyFileError) as error:
        raise Refusal(Reason.DISK, path.name) from error


def of_store(store: "Store") -> Emitted:
    """Return the record of a database as it stands."""
    claim = store.writer()
    heads = {
        origin: held.head
        for origin in store.logs.origins()
        if (held := store.heads.newest(origin)) is not None
    }
    return Emitted(claim.epoch if claim else 0, heads)


def is_restored(emitted: Emitted | None, store: "Store") -> bool:
    """Whether a database is an older state of itself, or beside another's record.

    1. Without a record it is, but for one that was made before there were records and
       has no writer since: its migration left epoch 0.
    2. Its epoch is behind the record.
    3. One of its logs is, or has another root at the size that is recorded.
    """
    claim = store.writer()
    epoch = claim.epoch if claim else 0
    # 1
    if emitted is None:
        return claim is None or epoch > 0
    # 2
    if epoch < emitted.epoch:
        return True
    # 3
    return not all(_holds(store, head) for head in emitted.heads.values())


def _holds(store: "Store", head: Head) -> bool:
    """Whether a database holds a log at least up to a head, and with its root."""
    if store.logs.size(head.origin) < head.size:
        return False
    try:
        return store.logs.root_at(head.origin, head.size) == head.root
    except Refusal:  # a hash is missing: whatever this is, it is not what was written
        return False


class Record:
    """Keeps the record of one database up to date; for one thread at a time.

    Without a path nothing is written, and no database is taken for a restored one: for
    a node that has no home. `excused` is where the operator leaves names of members
    whom nobody can hear, one a line; it is gone once the record is kept again.
    """

    def __init__(self, path: Path | None = None, excused: Path | None = None) -> None:
        self._path, self._excused = path, excused
        self._written: Emitted | None = None

    def open(self, store: "Store", holder: bytes) -> bool:
        """Become the writer of a database; return whether it was restored.

        Then the record goes, before anything else: a start that comes to nothing must
        not make the next one look clean. Else it is written first.
        """
        if self._path is None:
            store.claim(holder)
            return False
        before = read(self._path)
        restored = is_restored(before, store)
        if restored:
            self._remove()
        elif before is None:
            write(self._path, of_store(store))
        store.claim(holder, above=before.epoch if before else 0)
        return restored

    def excused(self) -> list[str]:
        """Return the members that the operator excuses from being heard."""
        if self._excused is None or not self._excused.exists():
            return []
        try:
            return files.read(self._excused).decode().split()
        except (KeyFileError, UnicodeDecodeError):
            return []

    def save(self, store: "Store") -> None:
        """Write what has changed since; to be called once a second, and at the end."""
        if self._path is None:
            return
        if self._excused is not None:
            self._excused.unlink(missing_ok=True)
        emitted = of_store(store)
        if emitted != self._written:
            write(self._path, emitted)
            self._written = emitted

    def _remove(self) -> None:
        if self._path is not None:
            try:
                files.remove(self._path)
            except KeyFileError as error:
                raise Refusal(Reason.DISK, self._path.name) from error
