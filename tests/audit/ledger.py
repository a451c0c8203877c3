"""A small ledger with one of everything, and ways to change what is stored."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.audit.export import write_export
from exchange.audit.export.write_export import Exporter
from exchange.audit.result import Report
from exchange.audit.verify_database import verify_file
from exchange.ledger import checkpoint, fork
from exchange.limits import HEARTBEAT
from exchange.node import peer_heads, replicas
from exchange.store import (
    PeerState,
    SaidRefusal,
    Store,
    StoredRefused,
    StoredTimes,
    StoredUndelivered,
    StoredWaiting,
    raw_rows,
)
from exchange.store.place_keys import ID, NAME, key_of, slice_of
from exchange.store.places import PlaceChange
from exchange.trust.bundle import Bundle
from exchange.v1 import envelope_pb2 as pb
from tests.node import world as worlds
from tests.node.receiving import receive_batch
from tests.node.refusing import proof_of
from tests.node.world import CN, FILED, PK, World, bulletin, forged, name_of, receipt

AT = FILED + 60_000  # ms; when an export is taken
OURS = checkpoint.log_origin(PK)
THEIRS = checkpoint.log_origin(CN)
REFUSED = 6  # the index of what Beijing may not say, in its log
RECEIPT = 5  # of a receipt, in its log


def export(database: Path, out: Path, node: str = PK, at: int = FILED) -> Path:
    """Write the export of a node's database."""
    with raw_rows.open_view(database) as raw:
        write_export.write(raw, Exporter(node), lambda: at, out)
    return out


@dataclass(frozen=True)
class Ledger:
    """The database of Islamabad's node, closed, and the bundles that it pinned."""

    path: Path
    bundles: dict[str, Bundle]

    def copy(self, folder: Path) -> "Ledger":
        return Ledger(Path(shutil.copy(self.path, folder / "ledger.db")), self.bundles)

    def verify(self) -> Report:
        return verify_file(self.path, PK, self.bundles)


def make(folder: Path) -> Ledger:
    """Return a ledger that holds each kind of row that there is."""
    with worlds.world(folder) as world:
        world.meet()
        fill(world)
        bundles = world.bundles
        path = folder / f"{PK}.db"
    return Ledger(path, bundles)


def fill(world: World) -> None:
    """Send both ways, receive what is REFUSED, be refused, and lose a link."""
    pk, cn = world.pk, world.cn
    sent = bulletin(pk.nation, cn.nation)
    back = [bulletin(cn.nation, pk.nation, b"%d" % n) for n in range(2)]
    pk.from_desk(sent)
    cn.from_desk(*back)
    world.meet()
    cn.from_desk(receipt(cn.nation, name_of(sent), pb.RELATION_OPENED))
    pk.from_desk(receipt(pk.nation, name_of(back[0]), pb.RELATION_ACKNOWLEDGED))
    world.meet()
    edge = pk.store.logs.edge(THEIRS)
    bad = bulletin(cn.nation, pk.nation, b"bad", tlp=pb.TLP_RED, releasable_to=["pk"])
    copy = back[1].entry
    receive_batch(pk.node, CN, forged(cn.nation, edge, [bad.entry, copy, b"no entry"]))
    pk.store.retention.note_undelivered(
        StoredUndelivered(OURS, 3, CN, (cn.nation.desk,), FILED)
    )
    (refused,) = pk.store.entries.page(OURS, 3, 1)
    proof = proof_of(CN, OURS, refused.entry, 3, "LABEL")
    said = SaidRefusal(3, "LABEL", proof)
    pk.store.partners.note_refusal(OURS, CN, said, FILED)
    state = PeerState(
        up=True, since=FILED, failures=3, next_try_at=FILED + 9, reason="UNREACHABLE"
    )
    pk.store.partners.set_peer(CN, state)
    pk.store.budgets.keep({(CN, "entries"): 4_096})
    _aside(world)
    _merge(pk.store, name_of(sent), name_of(back[0]))


def _merge(store: Store, *names: bytes) -> None:
    """Merge a slice for each name, and one for its id."""
    held = store._places
    for name in names:
        stored = store.entries.by_name(name)
        assert stored is not None
        for key in (key_of(NAME, name), key_of(ID, stored.id)):
            with store._database.write_cursor() as cursor:
                merged = held._merge_slice(cursor, slice_of(key))
            held.take_up(PlaceChange(merged=[merged]))


def _aside(world: World) -> None:
    """Renew a line, keep what waits, and freeze a log."""
    pk, cn = world.pk, world.cn
    cn.now = FILED + HEARTBEAT
    line = replicas.cosign_again(cn.node, PK)
    assert line is not None
    peer_heads.record_cosignature(pk.node, CN, line)
    waiting = [bulletin(pk.nation, cn.nation, b"waits %d" % n) for n in range(2)]
    pk.store.desk_queue.enqueue_pending(
        [
            StoredWaiting(name_of(one), one.SerializeToString(), desk, FILED)
            for one, desk in zip(waiting, (pk.nation.desk, ""), strict=True)
        ]
    )
    pk.store.retention.set_times(StoredTimes(FILED, CN, FILED))
    pk.store.retention.note_read(pk.nation.desk, 2, FILED)
    told = StoredRefused(b"n" * 32, pk.nation.desk, "LABEL", "label", FILED)
    pk.store.desk_queue.refuse([told], FILED)
    keys = worlds.keys_of(CN)
    beside = checkpoint.sign_head(
        checkpoint.Head(THEIRS, 2, b"\7" * 32), keys.log, keys.log_pq, FILED // 1000
    )
    held = pk.store.heads.newest(THEIRS)
    assert held is not None
    ours = checkpoint.only(held.note, pk.node.members.log_keys(THEIRS))
    proof = fork.between(beside, ours, partial(pk.store.logs.hash, THEIRS))
    pk.store.forks.add(THEIRS, proof.encode(), FILED)


@contextmanager
def opened(path: Path) -> Iterator[dbapi2.Connection]:
    """Open a database beneath the store's own rules: its triggers are off meanwhile."""
    with closing(dbapi2.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN IMMEDIATE")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        yield connection
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")


def change(path: Path, sql: str, *values: object) -> None:
    """Run one statement that the store's triggers would forbid."""
    with opened(path) as connection:
        assert connection.execute(sql, values).rowcount == 1


def contents(path: Path) -> list[object]:
    """Return every row of every table and the schema, byte by byte, as SQLite reads."""
    with closing(dbapi2.connect(path)) as connection:
        connection.text_factory = bytes
        schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema"
        tables = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall()
        return [
            connection.execute(schema).fetchall(),
            *(
                connection.execute(f'SELECT * FROM "{name.decode()}"').fetchall()  # noqa: S608
                for (name,) in tables
            ),
        ]
