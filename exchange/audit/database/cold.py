"""Check the files that hold old entries, and their rows (cold_files.py).

Their entries are verified with the rest of the log. A fault here is a file that is
missing, cut short or changed, or a row that is not as written.
"""

from collections.abc import Iterator, Mapping

from exchange.audit.result import Fault, shown
from exchange.errors import FusionError, Reason, Refusal, Tampered
from exchange.ledger import subtree
from exchange.ledger.tiles import LEVEL_BITS, WIDTH, Tile
from exchange.store.cold_files import full_above
from exchange.store.raw_rows import RawRows
from exchange.store.row_checksums import Row, Value
from exchange.store.tables import ColdRow


def check_cold(raw: RawRows, origins: Mapping[Value, str]) -> Iterator[Fault]:
    for row in raw.rows("cold"):
        origin, tile = origins.get(row["log"]), row["tile"]
        if origin is None or not isinstance(tile, int) or tile < 0:
            yield Fault(None, None, Reason.DATABASE, f"cold {shown(row['log'])}")
            continue
        try:
            _check(raw, row, origin, tile)
        except FusionError as error:
            yield Fault(origin, tile * WIDTH, error.reason, error.where)


def _check(raw: RawRows, row: Row, origin: str, tile: int) -> None:
    """Raise Tampered for a fault of the row or its files.

    1. The row is as written, and its root is the stored node of the tree.
    2. The bundle hashes to that root.
    3. The tiles of hashes match its entries and the nodes above.
    """
    # 1
    root = row["root"]
    if not ColdRow.is_as_written(row) or not isinstance(root, bytes):
        raise Refusal(Reason.DATABASE, f"cold {tile}")
    if raw.node(row["log"], LEVEL_BITS, tile) != root:
        raise Refusal(Reason.ROOT, f"hash {LEVEL_BITS}/{tile}")
    # 2
    entries = raw.cold.bundle(origin, tile, root)
    # 3
    leaves = b"".join(subtree.leaves(entries))
    _compare(raw, origin, Tile(0, tile, WIDTH), leaves)
    for above in full_above(tile):
        nodes = (
            raw.node(row["log"], above.level * LEVEL_BITS, above.index * WIDTH + one)
            for one in range(WIDTH)
        )
        hashes = b"".join(one for one in nodes if isinstance(one, bytes))
        _compare(raw, origin, above, hashes)


def _compare(raw: RawRows, origin: str, tile: Tile, hashes: bytes) -> None:
    if raw.cold.hash_tile(origin, tile) != hashes:
        raise Tampered(Reason.DATABASE, raw.cold.hash_name(origin, tile))
