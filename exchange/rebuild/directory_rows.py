"""Directory heads of the old database, and the evidence of those that did not agree."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from exchange.errors import FusionError
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import verify_directory_head
from exchange.ledger.note import Vkey
from exchange.rebuild.history import History
from exchange.rebuild.old_rows import OldRows
from exchange.store import DirectoryFault, Store, StoredHead
from exchange.store.row_checksums import Value

Vkeys = Callable[[str], Sequence[Vkey]]
"""Origin -> whose lines may stand under the heads of that log."""


def take_directories(
    rows: OldRows, store: Store, logs: Mapping[Value, History], vkeys: Vkeys
) -> Iterator[str]:
    """Take over what is as it was written; yield what is lost.

    `logs` are by the number that they had. A directory head that is lost is signed
    again soon.
    """
    for row, valid in rows.summed("directory_head"):
        log, note = logs.get(row["log"]), row["note"]
        head = _head(store, log, note, vkeys) if valid and log else None
        if log and head and (row["size"], row["root"]) == (head.size, head.root):
            store.directories.put(log.origin, StoredHead(head, note, row["at"]))
        else:
            yield f"directory_head {row['size']}"
    for row, valid in rows.summed("directory_fault"):
        log = logs.get(row["log"])
        if valid and log and store.logs.size(log.origin):
            fault = DirectoryFault(row["by"], row["size"], row["note"], row["at"])
            store.directories.note_fault(log.origin, fault)
        else:
            yield "directory_fault"


def _head(store: Store, log: History, note: Value, vkeys: Vkeys) -> Head | None:
    """Return the directory head of a note, if its lines verify and its root does."""
    try:
        if not isinstance(note, bytes):
            return None
        head = verify_directory_head(note, log.origin, log.log_keys).head
        checkpoint.line_times(note, vkeys(log.origin))
        if head.size > store.logs.size(log.origin):
            return None
        root = store.directories.root_at(log.origin, head.size)
    except FusionError:
        return None
    return head if head.root == root else None
