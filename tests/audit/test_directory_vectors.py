"""The directory heads of the export vectors, as the page has them."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from exchange.audit.judge.chunk import ChunkState
from exchange.audit.judge.directory_heads import DirectoryTree, check_heads
from exchange.audit.sources.export_file import Export
from exchange.ledger.directory_tree import is_directory
from exchange.ledger.merkle import leaf_hash
from exchange.ledger.note import Vkey
from exchange.trust.directory import Directory
from exchange.trust.key_ends import KeyEnds
from tests.audit.log_in_memory import PK

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/spec/exports.json").read_text()
)["directories"]
ENTRIES = [bytes.fromhex(entry) for entry in VECTORS["entries"]]


@pytest.fixture(scope="module")
def state() -> ChunkState:
    log, cosigners = (
        tuple(map(Vkey.parse, VECTORS[kind])) for kind in ("log_keys", "cosigners")
    )
    directory = Directory(PK.node, PK.bundle)
    ends = KeyEnds({}, {})
    return ChunkState(PK.node, directory, log, cosigners, ends, strict=False)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["shows"])
def test_directory_heads_are_good_or_not(
    case: dict[str, Any], state: ChunkState
) -> None:
    leaves = [(n, leaf_hash(e)) for n, e in enumerate(ENTRIES) if is_directory(e)]
    notes = [VECTORS["notes"][name].encode() for name in case["notes"]]

    found, faults = check_heads(notes, DirectoryTree(leaves, VECTORS["end"]), state)

    assert [reason for _, reason, _ in faults] == case["wrong"]
    newest = [found.size, found.last_s] if found.count else None
    assert newest == case["newest"]


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(bytes.fromhex(VECTORS["file"]))

    with Export.open(path) as export:
        (log,) = export.logs
        assert [entry for _, entry in log.entries()] == ENTRIES
        shown = list(log.directory_notes())

    assert [note.decode() for note in shown] == [
        VECTORS["notes"][name] for name in ("of 1", "of 9 a minute later")
    ]


# A second reader, from docs/spec/export.md and ledger.md alone.


def read(data: bytes) -> dict[int, list[bytes]]:
    """Return the items of an export of one log, by the kind of their record."""
    found: dict[int, list[bytes]] = {}
    at, end = 16, int.from_bytes(data[-40:-32])
    while at < end:
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 5])
        at, stop = at + 5, at + 5 + size
        while at < stop:
            length = int.from_bytes(data[at : at + 4])
            found.setdefault(kind, []).append(data[at + 4 : at + 4 + length])
            at += 4 + length
    return found


def root(leaves: list[bytes]) -> bytes:
    """Return the root of RFC 6962."""
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    pair = root(leaves[:half]) + root(leaves[half:])
    return hashlib.sha256(b"\1" + pair).digest()


def test_another_reader_computes_the_same_roots() -> None:
    found = read(bytes.fromhex(VECTORS["file"]))
    core = re.compile(
        rb"\x0a[\x80-\xff]{0,2}[\x00-\x7f]\x08\x01\x10\x01\x18\x05", re.DOTALL
    )
    leaves = [
        hashlib.sha256(b"\0" + (entry if core.match(entry) else b"")).digest()
        for entry in found[4]
    ]

    heads = [note.split(b"\n") for note in found[10]]

    assert [(name, int(size)) for name, size, *_ in heads] == [
        (VECTORS["origin"].encode() + b"/directory", size) for size in (1, 9)
    ]
    for _, size, claimed, *_ in heads:
        assert base64.b64decode(claimed) == root(leaves[: int(size)])
