"""What an export must hold, by the vectors; and by a reader of the pages alone."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from exchange.audit import verify_export
from exchange.audit.judge.demands import Asked
from exchange.audit.verify_export import ExportRequest
from tests.node.world import FILED

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors/spec/demands.json").read_text()
)
TRUST = [
    (f"{place}.bundle", bytes.fromhex(data))
    for place, data in enumerate(VECTORS["trust"])
]


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["shows"])
def test_an_export_lacks_what_the_file_says(
    case: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "export"
    path.write_bytes(bytes.fromhex(case["file"]))
    asked = Asked([note.encode() for note in case["known"]])

    found = verify_export.verify(
        ExportRequest(
            path, TRUST, FILED, workers=1, require_cosigned=False, asked=asked
        )
    )

    lacks = found.demands
    assert list(lacks.missing) == case["missing"]
    back = [[one.origin, one.size, one.shown] for one in lacks.rolled_back]
    assert back == case["rolled_back"]
    assert list(lacks.forks) == case["fork"]
    assert found.dated_back == case["time"]
    lacking = any((case["missing"], back, case["fork"], case["time"]))
    assert found.ok != lacking


# A second reader, from docs/spec/export.md and ledger.md alone.


class Key:
    """A public key as a vkey has it."""

    def __init__(self, vkey: str) -> None:
        self.name, _, rest = vkey.partition("+")
        _, _, data = rest.partition("+")
        raw = base64.b64decode(data)
        self.type, self.public = raw[0], raw[1:]
        named = self.name.encode() + b"\n" + raw
        self.id = hashlib.sha256(named).digest()[:4]

    def time(self, text: bytes, line: bytes) -> int | None:
        """Return when (s) this key set a line, 0 where it says none; None if not."""
        if self.type == 1:
            message, time, signature = text, 0, line
        else:
            time, signature = int.from_bytes(line[:8]), line[8:]
            origin, size, root = text.split(b"\n")[:3]
            name = self.name.encode()
            message = b"subtree/v1\n\0" + bytes([len(name)]) + name + line[:8]
            message += bytes([len(origin)]) + origin + bytes(8)
            message += int(size).to_bytes(8) + base64.b64decode(root)
        try:
            if self.type == 1:
                Ed25519PublicKey.from_public_bytes(self.public).verify(
                    signature, message
                )
            else:
                MLDSA44PublicKey.from_public_bytes(self.public).verify(
                    signature, message
                )
        except InvalidSignature:
            return None
        return time


KEYS = [
    Key(vkey)
    for node in VECTORS["nodes"].values()
    for vkey in (*node["logs"], *node["mirrors"])
]
LOGS = {key.name for key in KEYS if "/log/" in key.name}


def times(note: bytes) -> tuple[bytes, dict[str, int]] | None:
    """Return the text of a head that its log signed twice, and when each signed."""
    text, _, lines = note.partition(b"\n\n")
    text += b"\n"
    found: dict[str, int] = {}
    sorts = set()
    for line in lines.decode().splitlines():
        _, name, data = line.split(" ")
        raw = base64.b64decode(data)
        for key in KEYS:
            if (key.name, key.id) == (name, raw[:4]):
                at = key.time(text, raw[4:])
                if at is None:
                    return None
                found[name] = max(at, found.get(name, 0))
                sorts |= {key.type} if text.startswith(name.encode() + b"\n") else set()
    return (text, found) if sorts == {1, 6} else None


def records(data: bytes) -> list[tuple[int, list[bytes]]]:
    """Return the records of an export: kind and items."""
    found = []
    at, end = 16, int.from_bytes(data[-40:-32])
    while at < end:
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 5])
        at, stop, items = at + 5, at + 5 + size, []
        while at < stop:
            length = int.from_bytes(data[at : at + 4])
            items.append(data[at + 4 : at + 4 + length])
            at += 4 + length
        found.append((kind, items))
    return found


def root(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << (len(leaves) - 1).bit_length() - 1
    pair = root(leaves[:half]) + root(leaves[half:])
    return hashlib.sha256(b"\1" + pair).digest()


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["shows"])
def test_a_reader_by_the_pages_alone_says_the_same(case: dict[str, Any]) -> None:
    (_, (name, time)), *rest = records(bytes.fromhex(case["file"]))
    node = name.decode()
    logs: dict[str, dict[int, list[bytes]]] = {}
    held: dict[int, list[bytes]] = {}
    for kind, items in rest:
        if kind == 2:
            logs[items[0].decode()] = held = {}
        held[kind] = items
    missing, back, forks, own = sorted(LOGS - logs.keys()), [], [], []
    for log, held in logs.items():
        size = int.from_bytes(held[2][1])
        signer = log if log.startswith(f"{node}.") else f"{node}.fusion/mirror"
        ends = []
        shown_at: dict[int, bytes] = {}
        for note in (*(one.encode() for one in case["known"]), *held.get(5, [])):
            signed = times(note)
            if signed is None or not note.startswith(log.encode() + b"\n"):
                continue
            text, at = signed
            end = int(text.split(b"\n")[1])
            if note in held.get(5, []):
                own += [at.get(signer, 0)]
            if end > size and signer in at:
                ends.append(end)
            leaves = [hashlib.sha256(b"\0" + one).digest() for one in held.get(4, [])]
            shown = base64.b64decode(text.split(b"\n")[2])
            two = shown_at.setdefault(end, shown) != shown
            if two or (end <= size and shown != root(leaves[:end])):
                forks.append(log)
        back += [[log, size, max(ends)]] if ends else []

    assert missing == case["missing"]
    assert back == case["rolled_back"]
    assert list(dict.fromkeys(forks)) == case["fork"]
    assert (int.from_bytes(time) // 1_000 < max(own, default=0)) == case["time"]
