"""How far a desk knows the directory of each log, beside its mailbox's rows.

Small records in the mailbox's settings; within the caller's transaction.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from exchange.desk.mailbox import Mailbox
from exchange.ledger.merkle import Edge

ROOTS_MAX = 64  # heads of a log still without a directory head


class KnownDirectory(Struct, frozen=True):
    """The newest directory head that agrees: over `size` entries, at a time (s)."""

    size: int
    time_s: int
    note: bytes


class DoubtedHead(Struct, frozen=True):
    """A directory head with another root than this desk computed.

    `asked` is the size of the newest such head for which the node was asked for all
    DIRECTORY entries without returning those of that root; 0 before.
    """

    size: int
    note: bytes
    asked: int = 0


class DirectoryStates:
    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    def edge(self, origin: str) -> Edge | None:
        """Return None if an earlier program read the log without keeping it."""
        size = self._mailbox.logs.tree(origin).size
        found = self._edge(f"directory:{origin}") or Edge.empty()
        return found if found.size == size else None

    def set_edge(self, origin: str, edge: Edge) -> None:
        self._write_edge(f"directory:{origin}", edge)

    def base(self, origin: str) -> Edge:
        """Return the edge, empty at first; entries after it may be asked for again."""
        return self._edge(f"directory-base:{origin}") or Edge.empty()

    def set_base(self, origin: str, edge: Edge) -> None:
        self._write_edge(f"directory-base:{origin}", edge)

    def roots(self, origin: str) -> dict[int, bytes]:
        """Return size -> root at the newest heads."""
        found = self._read(f"directory-roots:{origin}")
        return {int(size): base64.b64decode(root) for size, root in found.items()}

    def set_roots(self, origin: str, roots: Mapping[int, bytes]) -> None:
        kept = {size: _text(roots[size]) for size in sorted(roots)[-ROOTS_MAX:]}
        self._write(f"directory-roots:{origin}", kept)

    def known(self, origin: str) -> KnownDirectory | None:
        found = self._read(f"directory-known:{origin}")
        if not found:
            return None
        return KnownDirectory(found["size"], found["time_s"], found["note"].encode())

    def set_known(self, origin: str, known: KnownDirectory) -> None:
        note = known.note.decode()
        record = {"size": known.size, "time_s": known.time_s, "note": note}
        self._write(f"directory-known:{origin}", record)

    def since(self, origin: str) -> int:
        """Return ms UTC; 0 if it is not followed yet."""
        return int(self._mailbox.settings.get(f"directory-since:{origin}", "0"))

    def set_since(self, origin: str, now: int) -> None:
        if not self.since(origin):
            self._mailbox.settings.set(f"directory-since:{origin}", str(now))

    def doubt(self, origin: str) -> DoubtedHead | None:
        found = self._read(f"directory-doubt:{origin}")
        if not found:
            return None
        return DoubtedHead(found["size"], found["note"].encode(), found["asked"])

    def set_doubt(self, origin: str, doubt: DoubtedHead | None) -> None:
        """Set a doubt; None forgets it."""
        record: dict[str, Any] = {}
        if doubt is not None:
            note = doubt.note.decode()
            record = {"size": doubt.size, "note": note, "asked": doubt.asked}
        self._write(f"directory-doubt:{origin}", record)

    def forget(self, origin: str) -> None:
        for what in ("", "-base", "-roots", "-known", "-doubt"):
            self._write(f"directory{what}:{origin}", {})

    def _edge(self, key: str) -> Edge | None:
        found = self._read(key)
        if not found:
            return None
        return Edge(found["size"], tuple(map(base64.b64decode, found["hashes"])))

    def _write_edge(self, key: str, edge: Edge) -> None:
        self._write(key, {"size": edge.size, "hashes": _texts(edge.hashes)})

    def _read(self, key: str) -> dict[str, Any]:
        found = json.loads(self._mailbox.settings.get(key, "{}"))
        return found if isinstance(found, dict) else {}

    def _write(self, key: str, record: object) -> None:
        self._mailbox.settings.set(key, json.dumps(record))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _texts(hashes: Sequence[bytes]) -> list[str]:
    return [_text(one) for one in hashes]
