"""A database to be rebuilt, and a partner from which its node fetches the rest."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from sqlcipher3 import dbapi2

from exchange.audit.database.places import check_places
from exchange.audit.result import Report
from exchange.audit.verify_database import verify_file
from exchange.ledger.checkpoint import Head
from exchange.node import outbox, peer_heads, replicas
from exchange.node.members import Members
from exchange.node.node import Node
from exchange.node.upkeep import catch_up
from exchange.rebuild.outcome import Outcome
from exchange.rebuild.run import Given, repair_file
from exchange.store import Store, raw_rows
from tests.audit import ledger as ledgers
from tests.audit.ledger import OURS, THEIRS, Ledger
from tests.clocks import stopped
from tests.node import world as worlds
from tests.node.receiving import fetch, take_next
from tests.node.world import CN, FILED, PK

LEFT = ("", ".sha256", "-wal", "-shm")  # the last two where it was only read


@contextmanager
def serving(sound: Ledger, folder: Path) -> Iterator[Node]:
    """Open a copy of a sound database as the partner's node."""
    store = Store(Path(shutil.copy(sound.path, folder / "partner.db")))
    try:
        members = Members(CN, store, sound.bundles)
        node = Node(members, store, worlds.keys_of(CN), stopped(FILED))
        yield catch_up(node)
    finally:
        store.close()


def repair(
    ledger: Ledger,
    proofs: tuple[bytes, ...] = (),
    emitted: Mapping[str, Head] | None = None,
    now: int = 0,
) -> Outcome:
    """Rebuild a database; what is reported is what a second look finds."""
    given = Given(PK, ledger.bundles, proofs, emitted or {}, now)
    outcome = repair_file(ledger.path, given, lambda *_: None)
    beside = {one.name for one in ledger.path.parent.glob(f"{ledger.path.name}*")}
    kept = {name for name in beside if ".damaged" in name}
    if outcome.kept:  # closed, and every byte of it noted
        assert beside - kept == {ledger.path.name, f"{ledger.path.name}.sha256"}
    assert outcome.kept in kept | {""}
    assert beside - kept <= {ledger.path.name + more for more in LEFT}
    if outcome.kept or outcome.before.ok:
        found = verify_file(ledger.path, PK, ledger.bundles, now=now)
        assert outcome.after == found
    return outcome


def bring_back(ledger: Ledger, partner: Node) -> Report:
    """Start the node, let it fetch the rest by the everyday protocol, and verify it."""
    store = Store(ledger.path)
    members = Members(PK, store, ledger.bundles)
    node = catch_up(Node(members, store, worlds.keys_of(PK), stopped(FILED)))
    peer_heads.hear_partner(node, CN, outbox.log_positions(partner.store))
    fetch(node, partner)
    while store.logs.size(THEIRS) < partner.store.logs.size(THEIRS):
        take_next(node, partner)
    for origin in (OURS, THEIRS):
        lacking = outbox.lacking_texts(store, origin)
        for text in outbox.load_texts(partner, PK, origin, lacking):
            replicas.complete_text(node, CN, text)
    store.close()
    return verify_file(ledger.path, PK, ledger.bundles)


def put_back(ledger: Ledger, data: bytes) -> None:
    """Put a closed file back, without what stands beside it."""
    for path in ledger.path.parent.glob(f"{ledger.path.name}*"):
        path.unlink()
    ledger.path.write_bytes(data)


def rows(path: Path) -> dict[str, list[object]]:
    """Return every row of every table and the schema, in no order."""
    with closing(dbapi2.connect(path)) as connection:
        asked = "SELECT name FROM sqlite_schema WHERE type = 'table'"
        names = [name for (name,) in connection.execute(asked)]
    schema, *tables = ledgers.contents(path)
    found = {"schema": [row[:4] for row in schema]}  # type: ignore[attr-defined]  # of rows
    found |= dict(zip(names, tables, strict=True))
    return {name: sorted(held, key=repr) for name, held in found.items()}


MERGED = frozenset({"name_place", "id_place", "place_slice", "place_filter"})
"""Tables that a repair makes again; `fsck` compares them with the entries."""


def differences(
    ledger: Ledger, right: dict[str, list[object]], *but: str
) -> dict[str, tuple[list[object], list[object]]]:
    """Return, by table, the rows that lack and those that there should not be.

    Arrivals are numbered again, and with them the desks' cursors. Names and ids are
    merged again; what says where they stand is compared with the entries.
    """
    found = rows(ledger.path)
    with raw_rows.open_view(ledger.path) as raw:
        origins = {row.number: str(row.origin) for row in raw.logs()}
        assert list(check_places(raw, origins)) == []
    tables = right.keys() - {"arrival", "desk", *MERGED, *but}
    return {
        table: (
            [row for row in right[table] if row not in found[table]],
            [row for row in found[table] if row not in right[table]],
        )
        for table in tables
        if found[table] != right[table]
    }


def without(held: dict[str, list[object]], *names: str) -> dict[str, list[object]]:
    """Return the rows of other tables."""
    return {name: found for name, found in held.items() if name not in names}


def leaves(path: Path, origin: str, count: int) -> list[bytes]:
    """Return the first leaf hashes of a log."""
    with closing(Store(path, read_only=True)) as store:
        return [stored.leaf for stored in store.entries.page(origin, 0, count)]
