"""Check the directory trees: each stored edge and each directory head fits its log."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from exchange.audit.result import Fault
from exchange.errors import Reason
from exchange.ledger import directory_tree
from exchange.ledger.directory_head import directory_head
from exchange.ledger.directory_tree import Leaf
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.store.directory_rows import edge_row
from exchange.store.raw_rows import RawRows
from exchange.store.row_checksums import Value


def check_directories(raw: RawRows, origins: Mapping[Value, str]) -> Iterator[Fault]:
    """Check the directories of sound logs.

    1. The stored edge is that of the log's DIRECTORY entries, at the log's size.
    2. Each directory head has the root of its size.
    """
    for log, origin in origins.items():
        if not isinstance(log, int) or not (size := raw.count("entry", log)):
            continue
        leaves = [(at, leaf_hash(entry)) for at, entry in raw.directory_like(log)]
        # 1
        right = edge_row(log, directory_tree.extend(Edge.empty(), leaves, size))
        row = next(raw.rows("directory", log=log), {})
        if tuple(row.values()) != right:
            yield Fault(origin, None, Reason.DATABASE, "directory")
        # 2
        edge = Edge.empty()
        for row in raw.rows("directory_head", log=log):
            edge = _extend(edge, leaves, row["size"], size)
            head = directory_head(origin, edge)
            if (row["size"], row["root"]) != (head.size, head.root):
                yield Fault(origin, None, Reason.DATABASE, "directory_head")


def _extend(edge: Edge, leaves: list[Leaf], to: Value, size: int) -> Edge:
    """Extend the edge to the next head's size, if the log reaches it."""
    if not isinstance(to, int) or not edge.size <= to <= size:
        return edge
    first, last = (bisect_left(leaves, (at,)) for at in (edge.size, to))
    return directory_tree.extend(edge, leaves[first:last], to)
