"""Erasing the text of a recalled entry before its time.

A node cannot read the reason of a recall, so only its operator erases, at the request
of the author's nation. The evidence stays: the recall is in the same log, by an author
of the same desk.
"""

from exchange import envelope
from exchange.errors import Reason, Refusal, Why
from exchange.limits import LIST_MAX
from exchange.node.members import Members
from exchange.store import Erasure, Store, StoredEntry
from exchange.store.values import RECALLED
from exchange.trust.directory import Directory
from exchange.trust.recalls import takes_back
from exchange.v1 import envelope_pb2 as pb

_NOT_RECALLED = Why("its author's desk has not recalled it in this log")


def plan_erasure(
    store: Store, members: Members, target: StoredEntry, now: int
) -> Erasure:
    """Raise Refusal(REFERENCES) if it is not recalled; `now` is ms UTC."""
    node = target.origin.partition(".fusion/")[0]
    directory = members.directory(node)
    if directory is None or not _is_recalled(store, directory, target):
        where = f"{node}#{target.index}"
        raise Refusal(Reason.REFERENCES, where, _NOT_RECALLED)
    return Erasure(target.origin, [target.index], now, RECALLED)


def _is_recalled(store: Store, directory: Directory, target: StoredEntry) -> bool:
    core, start = envelope.split(target.entry).core, target.index + 1
    while page := store.entries.page(target.origin, start, LIST_MAX):
        for stored in page:
            if stored.kind == pb.KIND_RECALL and not stored.reason:
                recall = envelope.split(stored.entry).core
                if takes_back(recall, target.name, core, directory):
                    return True
        start = page[-1].index + 1
    return False
