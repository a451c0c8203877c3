"""A log to append to, and what a healthy database looks like."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from exchange.ledger import checkpoint, merkle
from exchange.ledger.checkpoint import Head
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.store import ENTRY, HEAD, NewBatch, NewEntry, Store, StoredHead
from keys.signing import Ed25519Signer, MlDsa44Signer
from tests.stored import all_entries, all_hashes, all_heads

ORIGIN = checkpoint.log_origin("islamabad.pk")
ED, ML = Ed25519Signer(b"e" * 32), MlDsa44Signer(b"m" * 32)
NOW = 1_764_000_000_000  # ms
BULLETIN, DIRECTORY = 1, 5


def entry(
    number: int, *, reason: str = "", kind: int = BULLETIN, salt: bytes = b""
) -> NewEntry:
    """Return an entry as unlike any other as a real one."""
    digest = hashlib.sha256(b"%d " % number + salt).digest()
    return NewEntry(
        entry=b"entry %d " % number + salt,
        name=digest,
        id=digest[:16],
        kind=kind,
        wraps=(digest * 37 + digest[:16], bytes(1_200)),
        body=b"body %d" % number,
        desks=("ops.islamabad.pk", "ops.beijing.cn"),
        reason=reason,
    )


@dataclass
class Log:
    """The writer of one log, as its node would be."""

    store: Store
    origin: str = ORIGIN
    edge: Edge = field(default_factory=Edge.empty)
    held: Head | None = None

    def grown(self, entries: list[NewEntry]) -> Head:
        """Return the head that would cover these entries."""
        edge = self.edge.extend([leaf_hash(new.entry) for new in entries]).edge
        return Head(self.origin, edge.size, edge.root())

    def append(self, *entries: NewEntry) -> StoredHead:
        """Append and move on."""
        stored = self.put(list(entries))
        self.edge = self.store.logs.edge(self.origin)
        self.held = stored.head
        return stored

    def put(self, entries: list[NewEntry]) -> StoredHead:
        """Append without moving on: again is the same call."""
        head = self.grown(entries)
        new = NewBatch(entries, head, note(head))
        return self.store.append(self.origin, self.held, [new], NOW)[0]


def note(head: Head, time_s: int = NOW // 1000) -> bytes:
    return checkpoint.sign_head(head, ED, ML, time_s)


def verify(store: Store, origin: str = ORIGIN) -> int:
    """Assert that everything stored of a log fits together; return its size."""
    size = store.logs.size(origin)
    entries = list(all_entries(store, origin))
    leaves = [leaf_hash(stored.entry) for stored in entries]
    nodes = list(all_hashes(store, origin))

    assert [stored.index for stored in entries] == list(range(size))
    assert [stored.leaf for stored in entries] == leaves
    assert nodes == sorted(Edge.empty().extend(leaves).nodes)
    for kept in all_heads(store, origin):
        assert merkle.root_hash(leaves[: kept.head.size]) == kept.head.root
    newest = store.heads.newest(origin)
    assert store.logs.position(origin) == (newest.head if newest else None)
    assert damage(store) == []
    verify_arrivals(store, origin, size)
    return size


def damage(store: Store) -> list[str]:
    """Return what SQLite finds wrong with its own pages and indexes."""
    with store._database.read_cursor() as connection:
        if connection.server:
            return []
        found = connection.execute("PRAGMA integrity_check")
        return [line for (line,) in found if line != "ok"]


def verify_arrivals(store: Store, origin: str, size: int) -> None:
    """Assert that arrivals are dense, and tell each entry once, in order."""
    arrivals = store.arrivals.page(0, 100_000)

    assert [one.number for one in arrivals] == list(range(1, len(arrivals) + 1))
    ours = [one for one in arrivals if one.origin == origin]
    assert [one.index for one in ours if one.kind == ENTRY] == list(range(size))
    heads = [one.index for one in ours if one.kind == HEAD]
    assert heads == sorted(kept.head.size for kept in all_heads(store, origin))


"""What makes of a database one of before names and ids were merged."""


def everything(path: Path) -> list[object]:
    """Return every row of every table, by SQLite itself."""
    from sqlcipher3 import dbapi2  # noqa: PLC0415  for this only

    with dbapi2.connect(path) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        rows = [
            (name, connection.execute(f'SELECT * FROM "{name}"').fetchall())  # noqa: S608
            for (name,) in tables
        ]
    connection.close()
    return list(rows)
