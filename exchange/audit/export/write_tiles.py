"""A log as a tree of tiles, for other people's tools (C2SP tlog-tiles).

Built from the entries alone, not from the stored tree, and only if they lead to the
newest head.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from exchange.audit.sources.log_source import LogSource, Progress, silent
from exchange.errors import Reason, Refusal, Tampered, unreadable
from exchange.ledger import checkpoint, subtree
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge
from exchange.ledger.tiles import LEVEL_BITS, WIDTH, Tile, encode_bundle
from exchange.trust import names
from keys import drafts

CHECKPOINT = "checkpoint"


def write(
    out: Path, sources: Iterable[LogSource], progress: Progress = silent
) -> dict[str, int]:
    """Return the sizes of the logs.

    Written whole, or not at all, each in a folder of its origin; an empty log has no
    head, and no folder. Refusal(HOME_EXISTS) if `out` exists, Tampered(ROOT | MISSING)
    if the entries do not lead to the newest head, and errors of reading.
    """
    with _new(out) as draft:
        found = {}
        for source in sources:
            if source.size:
                folder = draft / _checked(source.origin)
                found[source.origin] = _Tiles(folder, source).write(progress)
        return found


@contextmanager
def _new(out: Path) -> Iterator[Path]:
    """Rename the draft to `out` when the block ends."""
    if out.exists():
        raise Refusal(Reason.HOME_EXISTS, str(out))
    with ExitStack() as making:
        try:
            draft = making.enter_context(drafts.new_folder(out))
        except OSError as error:
            raise unreadable(error, str(out)) from None
        yield draft
        draft.rename(out)


def _checked(origin: str) -> str:
    """Raise Tampered unless it is a safe path: islamabad.pk.fusion/log/1."""
    node, middle, number = origin.partition(".fusion/log/")
    if not (middle and names.is_node(node) and number.isascii() and number.isdigit()):
        raise Tampered(Reason.DATABASE, "ledger.db")
    return origin


class _Tiles:
    """Each is written when it is full."""

    def __init__(self, folder: Path, source: LogSource) -> None:
        self._folder, self._source = folder, source
        self._entries: list[bytes] = []
        self._edge = Edge.empty()
        # For each level: the hashes of the tile being filled, and its index.
        self._hashes: list[list[bytes]] = []
        self._places: list[int] = []

    def write(self, progress: Progress) -> int:
        """Return the size of the log.

        1. The entries, as they come.
        2. The rest, as partial tiles.
        3. They lead to the newest head, the checkpoint: there was no gap.
        """
        # 1
        for _, entry in self._source.entries():
            self._entries.append(entry)
            if len(self._entries) == WIDTH:
                self._flush()
                progress(self._source.origin, self._edge.size, self._source.size)
        # 2
        if self._entries:
            self._flush()
        for level, hashes in enumerate(self._hashes):
            if hashes:
                self._tile(level)
        # 3
        note = self._newest()
        head = checkpoint.head_of(note)
        if head != Head(self._source.origin, self._edge.size, self._edge.root()):
            raise Tampered(Reason.ROOT, self._source.origin)
        self._put(CHECKPOINT, note)
        return head.size

    def _newest(self) -> bytes:
        note = None
        for note in self._source.head_notes():  # noqa: B007 - the last one
            continue
        if note is None:
            raise Tampered(Reason.MISSING, f"{self._source.origin}: a head")
        return self._source.newest_note() or note

    def _flush(self) -> None:
        leaves = subtree.leaves(self._entries)
        tile = Tile(0, self._edge.size // WIDTH, len(leaves))
        self._put(tile.entries_path, encode_bundle(self._entries))
        grown = self._edge.extend(leaves)
        self._edge, self._entries = grown.edge, []
        for level, _, hashed in grown.nodes:
            if level % LEVEL_BITS == 0:
                self._add(level // LEVEL_BITS, hashed)

    def _add(self, level: int, hashed: bytes) -> None:
        if level == len(self._hashes):
            self._hashes.append([])
            self._places.append(0)
        self._hashes[level].append(hashed)
        if len(self._hashes[level]) == WIDTH:
            self._tile(level)
            self._hashes[level].clear()
            self._places[level] += 1

    def _tile(self, level: int) -> None:
        hashes = self._hashes[level]
        tile = Tile(level, self._places[level], len(hashes))
        self._put(tile.path, b"".join(hashes))

    def _put(self, path: str, data: bytes) -> None:
        file = self._folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
