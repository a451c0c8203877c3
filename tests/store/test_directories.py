"""Directory trees in the database: the edge of each log, and the heads over it."""

from contextlib import closing
from pathlib import Path

import pytest

from exchange.audit.database.directories import check_directories
from exchange.ledger import directory_tree
from exchange.ledger.merkle import Edge, leaf_hash
from exchange.store import DirectoryFault, NewEntry, Store, raw_rows
from tests.audit.ledger import opened
from tests.store.support import DIRECTORY, NOW, ORIGIN, Log, entry

BEGIN = bytes.fromhex("0a0c080110011805")


def stated(number: int, *, reason: str = "") -> NewEntry:
    kind = 0 if reason else DIRECTORY
    return entry(number, reason=reason, kind=kind)._replace(
        entry=BEGIN + b"%d" % number
    )


def plain(entries: list[NewEntry]) -> Edge:
    leaves = [
        leaf_hash(one.entry if one.entry.startswith(BEGIN) else b"") for one in entries
    ]
    return Edge.empty().extend(leaves).edge


ENTRIES = [
    entry(0),
    stated(1),
    entry(2, reason="LABEL"),
    stated(3, reason="LABEL"),
    *map(entry, range(4, 9)),
]


def test_the_edge_is_that_of_the_entries_whatever_their_verdict(
    store: Store, log: Log
) -> None:
    for at in range(0, len(ENTRIES), 3):
        log.append(*ENTRIES[at : at + 3])

        assert store.directories.edge(ORIGIN) == plain(ENTRIES[: at + 3])
    for size in range(len(ENTRIES) + 1):
        root = store.directories.root_at(ORIGIN, size)
        assert root == plain(ENTRIES[:size]).root()


def test_entries_are_listed_from_a_place_on(store: Store, log: Log) -> None:
    log.append(*ENTRIES)

    listed = store.directories.entries(ORIGIN, 0, 9)
    assert listed == [(1, BEGIN + b"1"), (3, BEGIN + b"3")]
    assert store.directories.entries(ORIGIN, 2, 9) == listed[1:]
    assert store.directories.entries(ORIGIN, 0, 1) == listed[:1]
    assert store.directories.entries(ORIGIN, 2**64 - 1, 9) == []


@pytest.mark.parametrize(
    "change", ["size = 3", "edge = X'00'", "edge = zeroblob(length(edge))", "sum = 1"]
)
def test_a_damaged_edge_is_found_and_holds_up_nothing(path: Path, change: str) -> None:
    with closing(Store(path)) as store:
        store.claim(bytes(16))
        log = Log(store)
        log.append(*ENTRIES)
    with opened(path) as connection:
        connection.execute(f"UPDATE directory SET {change}")  # noqa: S608
    assert faults(path) == ["directory"]

    with closing(Store(path)) as store:
        store.claim(bytes(16))
        assert store.directories.edge(ORIGIN) == plain(ENTRIES)
        log.store = store
        log.append(entry(20))
        assert store.directories.edge(ORIGIN) == plain([*ENTRIES, entry(20)])
    assert faults(path) == []


def test_the_first_evidence_against_a_node_stays(store: Store, log: Log) -> None:
    log.append(*ENTRIES)
    first = DirectoryFault("beijing.cn", 4, b"first", NOW)

    assert store.directories.note_fault(ORIGIN, first)
    assert not store.directories.note_fault(
        ORIGIN, DirectoryFault("beijing.cn", 9, b"second", NOW)
    )
    assert store.directories.faults() == [(ORIGIN, first)]


def test_a_run_of_bulletins_is_of_blanks_alone() -> None:
    edge = directory_tree.extend(Edge.empty(), [], 9)
    assert edge == Edge.empty().extend([leaf_hash(b"")] * 9).edge


def faults(path: Path) -> list[str]:
    with raw_rows.open_view(path) as raw:
        return [fault.what for fault in check_directories(raw, {1: ORIGIN})]
