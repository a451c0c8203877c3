"""Old entries of logs as files beside the database: C2SP tlog-tiles, full ones only.

    ledger.db.cold/<origin>/tile/entries/<index>   256 entries
    ledger.db.cold/<origin>/tile/0/<index>         their leaf hashes
    ledger.db.cold/<origin>/tile/<level>/<index>   full tiles of the levels above

A file is written once; it is synced and read back before anything relies on it. It
holds only the public part of a log: no wraps and no body.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

from exchange.atomic_file import atomic
from exchange.errors import Reason, Refusal, Tampered, Why
from exchange.input_file import read_file
from exchange.ledger import subtree
from exchange.ledger.merkle import HASH_SIZE, root_hash
from exchange.ledger.tiles import WIDTH, Tile, decode_bundle, encode_bundle
from exchange.limits import COLD_BUNDLE_MAX, COLD_BUNDLES_HELD
from keys.files import sync

_NOT_AS_WRITTEN = Why(
    "a file of old entries is missing or was changed; put it back from a backup, or"
    " stop the node and give fusion fsck --repair"
)
SUFFIX = ".cold"
FOLDER_MODE = 0o700


def full_above(tile: int) -> Iterator[Tile]:
    """Yield the tiles above, as long as this tile of level 0 fills one."""
    level, end = 1, tile + 1
    while end % WIDTH == 0:
        yield Tile(level, end // WIDTH - 1, WIDTH)
        level, end = level + 1, end // WIDTH


class ColdFiles:
    """The files of old entries; any thread may use it.

    A read by a root returns only entries that hash to it. A missing, truncated or
    changed file raises Tampered(DATABASE) with its name.
    """

    def __init__(self, database: Path) -> None:
        self.folder = database.with_name(f"{database.name}{SUFFIX}")
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[str, int, bytes], list[bytes]] = OrderedDict()

    def entry(self, origin: str, index: int, root: bytes) -> bytes:
        tile, place = divmod(index, WIDTH)
        key = origin, tile, root
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][place]
        entries = self.bundle(origin, tile, root)
        with self._lock:
            self._held[key] = entries
            while len(self._held) > COLD_BUNDLES_HELD:
                self._held.popitem(last=False)
        return entries[place]

    def bundle(self, origin: str, tile: int, root: bytes) -> list[bytes]:
        """Read 256 entries, and check that they hash to that root."""
        entries = self.as_they_stand(origin, tile)
        if root_hash(subtree.leaves(entries)) != root:
            raise Tampered(Reason.DATABASE, self.name(origin, tile), _NOT_AS_WRITTEN)
        return entries

    def as_they_stand(self, origin: str, tile: int) -> list[bytes]:
        """Return the 256 entries without checking their hash."""
        name = self.name(origin, tile)
        try:
            return decode_bundle(read_file(self.folder.parent / name, COLD_BUNDLE_MAX))
        except Refusal:
            raise Tampered(Reason.DATABASE, name, _NOT_AS_WRITTEN) from None

    def hash_tile(self, origin: str, tile: Tile) -> bytes:
        """Read a tile unchecked; Tampered(DATABASE) if it is missing."""
        name = self.hash_name(origin, tile)
        try:
            return read_file(self.folder.parent / name, WIDTH * HASH_SIZE)
        except Refusal:
            raise Tampered(Reason.DATABASE, name, _NOT_AS_WRITTEN) from None

    def name(self, origin: str, tile: int) -> str:
        """Return the file's name for messages, relative to the database."""
        return self._short(origin, Tile(0, tile, WIDTH).entries_path)

    def hash_name(self, origin: str, tile: Tile) -> str:
        """Return the name of a tile of hashes, as `name` does for entries."""
        return self._short(origin, tile.path)

    def names(self, origin: str, tile: int) -> list[str]:
        """Return the files, with the tiles that the bundle fills."""
        found = [Tile(0, tile, WIDTH).entries_path, Tile(0, tile, WIDTH).path]
        found += [one.path for one in full_above(tile)]
        folder = _checked(origin, self.folder.name)
        return [f"{folder}/{path}" for path in found]

    def _short(self, origin: str, path: str) -> str:
        return f"{self.folder.name}/{_checked(origin, self.folder.name)}/{path}"

    def write(self, origin: str, tile: int, entries: Sequence[bytes]) -> int:
        """Return the size in bytes, of entries and hashes.

        Replaces an older file; syncs and reads back before it returns. Refusal(DISK),
        and Tampered(DATABASE) if the disk returns other bytes.
        """
        leaves = subtree.leaves(entries)
        place = Tile(0, tile, WIDTH)
        bundle = encode_bundle(entries)
        self._put(self.hash_name(origin, place), b"".join(leaves))
        self._put(self.name(origin, tile), bundle)
        self.bundle(origin, tile, root_hash(leaves))
        return len(bundle)

    def write_hashes(self, origin: str, tile: Tile, hashes: Sequence[bytes]) -> None:
        self._put(self.hash_name(origin, tile), b"".join(hashes))

    def _put(self, name: str, data: bytes) -> None:
        path = self.folder.parent / name
        try:
            make_folder(path.parent, self.folder)
            for draft in path.parent.glob(f".{path.name}.*"):
                draft.unlink()  # of a move that was killed; only one process moves
            with atomic(path) as file:
                file.write(data)
        except (OSError, Refusal) as error:
            raise Refusal(Reason.DISK, name) from error


def _checked(origin: str, where: str) -> str:
    """Raise Tampered(DATABASE) unless it is a path below a folder."""
    if "\0" in origin or {"", ".", ".."}.intersection(origin.split("/")):
        raise Tampered(Reason.DATABASE, where)
    return origin


def make_folder(folder: Path, top: Path) -> None:
    if folder.is_dir():
        return
    if folder != top:
        make_folder(folder.parent, top)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
    sync(folder.parent)
