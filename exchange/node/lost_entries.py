"""Own entries that a repair lost: the places that wait for them, by leaf hash.

The log has signed a head above them, so each place accepts only the entry that the head
commits to. A repair finds the leaf hashes in the damaged database and proves them by
that head; desks may still have the entries in their outbox. Until every place is filled
the node signs nothing (start_up). The file `node/lost`:

    origin  the own log
    start   index of the first place
    leaves  leaf hashes from there on (hexadecimal)

It needs no checksum: entries without the signed root are not appended.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger.merkle import HASH_SIZE, leaf_hash
from keys import files
from keys.errors import KeyFileError

FILE = "lost"


class LostEntries(Struct):
    """The leaf hashes of lost entries from `start` on; empty if none is lost.

    `arrived`: an envelope arrived that may be one of them and was not checked yet.
    """

    origin: str = ""
    start: int = 0
    leaves: Sequence[bytes] = ()
    arrived: bool = True

    def has_place(self, entry: bytes) -> bool:
        return bool(self.leaves) and leaf_hash(entry) in self.leaves

    def between(self, start: int, end: int) -> Sequence[bytes]:
        """Return fewer if not all are known."""
        if start < self.start:
            return ()
        return self.leaves[start - self.start : end - self.start]


def read_lost(path: Path) -> LostEntries:
    """Return no entries if there is no readable file."""
    try:
        record = json.loads(files.read(path))
        leaves = [bytes.fromhex(leaf) for leaf in record["leaves"]]
        if any(len(leaf) != HASH_SIZE for leaf in leaves):
            return LostEntries()
        return LostEntries(str(record["origin"]), int(record["start"]), leaves)
    except (KeyFileError, ValueError, TypeError, KeyError, AttributeError):
        return LostEntries()


def write_lost(path: Path, lost: LostEntries) -> None:
    """Raise Refusal(DISK) if it cannot be written."""
    leaves = [leaf.hex() for leaf in lost.leaves]
    record = {"origin": lost.origin, "start": lost.start, "leaves": leaves}
    try:
        files.replace(path, json.dumps(record).encode())
    except (OSError, KeyFileError) as error:
        raise Refusal(Reason.DISK, path.name) from error
