"""Vectors of the trailer behind an audit export, and of the directory heads in it."""

import hashlib
from collections.abc import Iterator

from exchange.audit.sources import export_signature, records
from exchange.audit.sources.export_file import NUMBER
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.directory_head import sign_directory_head
from exchange.ledger.merkle import Edge, leaf_hash
from keys.pae import pae
from keys.signing import Ed25519Signer
from tests.trust.nation import ed, ml
from tests.vectors.spec.make_ledger import (
    BLANK,
    DIRECTORY,
    KNOWN,
    LOG,
    MIRROR,
    ORIGIN,
)
from tests.vectors.spec.make_ledger import TIME as SIGNED_AT

Case = dict[str, object]

TIME = 1_795_500_000_000
OFFICER = "duty-1@ops.islamabad.pk"
SIGNER = Ed25519Signer(hashlib.sha256(b"officer").digest())


def file(entries: list[bytes], directory: list[bytes]) -> bytes:
    """Return an export of one log; without entries it is the least that is one."""
    data, rows = records.MAGIC, []
    for kind, items in (
        (records.HEADER, [b"islamabad.pk", NUMBER.pack(TIME)]),
        (records.LOG, [ORIGIN.encode(), NUMBER.pack(len(entries))]),
        (records.ENTRIES, entries),
        (records.DIRECTORY, directory),
    ):
        for row, record in records.chunks(kind, items):
            rows.append(row)
            data += record
    index = records.index(rows)
    return data + index + records.trailer(len(data), index)


def signed(
    file: bytes, label: str = "export", officer: str = OFFICER, time: int = TIME
) -> bytes:
    """Return a trailer as the page has it, not as the program makes it."""
    digest, name = hashlib.sha256(file).digest(), officer.encode()
    over = pae(label, digest, time.to_bytes(8), name)
    start = time.to_bytes(8) + SIGNER.kid + SIGNER.sign(over)
    return start + name + bytes([len(name)]) + export_signature.MARK


def cases() -> Iterator[Case]:
    plain = file([], [])
    good = signed(plain)
    tail = export_signature.MARK
    for shows, data, reason in (
        ("no trailer", plain, None),
        ("a trailer", plain + good, None),
        ("over other bytes", plain + signed(plain + b"x"), "SIGNATURE"),
        ("in another domain of signatures", plain + signed(plain, "sig"), "SIGNATURE"),
        ("another time than was signed",
         plain + (TIME + 1).to_bytes(8) + good[8:], "SIGNATURE"),
        ("another officer than signed it",
         plain + good.replace(b"duty-1", b"duty-2"), "SIGNATURE"),
        ("a bit of the signature", plain + good[:50] + bytes([good[50] ^ 1]) + good[51:],
         "SIGNATURE"),
        ("twice", plain + good + signed(plain + good), "INPUT"),
        ("the mark alone", plain + tail, "INPUT"),
        ("a length beyond the file", plain + b"\xff" + tail, "INPUT"),
        ("no officer", plain + signed(plain, officer=""), "INPUT"),
        ("the name of a desk", plain + signed(plain, officer="ops.islamabad.pk"),
         "INPUT"),
        ("the first half of it", plain + good[: len(good) // 2], "INPUT"),
        ("a byte between export and trailer", plain + b"\0" + good, "INPUT"),
    ):  # fmt: skip
        yield {"shows": shows, "file": data.hex(), "reason": reason}


# Directory heads: of a log of 9 entries, of which two are of its directory.

ENTRIES = [
    (DIRECTORY if place in {0, 6} else b"") + b"entry %d" % place for place in range(9)
]
END = 9


def directory_note(
    size: int,
    time: int = SIGNED_AT,
    entries: list[bytes] | None = None,
    origin: str = ORIGIN,
) -> bytes:
    """Return a directory head of the first `size` entries, the root by the page."""
    leaves = [
        leaf_hash(one) if one.startswith(DIRECTORY) else BLANK
        for one in (entries or ENTRIES)[:size]
    ]
    edge = Edge.empty().extend(leaves).edge
    return sign_directory_head(origin, edge, ed(ORIGIN), ml(ORIGIN), time)


def directory_notes() -> dict[str, bytes]:
    good = directory_note(7)
    hidden = [*ENTRIES[:6], b"entry 6", *ENTRIES[7:]]
    held = checkpoint.cosign(good, MIRROR, ml(MIRROR), SIGNED_AT + 5)
    return {
        "of 1": directory_note(1),
        "of 7": good,
        "of 7 with the mirror's line": held,
        "of 7 with a forged line of the mirror": good
        + checkpoint.only(directory_note_of_mirror(), KNOWN).partition(b"\n\n")[2],
        "of 9 a minute later": directory_note(9, SIGNED_AT + 60),
        "of 9 an hour earlier": directory_note(9, SIGNED_AT - 3_600),
        "of 9 without the entry at 6": directory_note(9, entries=hidden),
        "of 10": directory_note(10, entries=[*ENTRIES, b"entry 9"]),
        "of another log": directory_note(7, origin="lahore.pk.fusion/log/1"),
        "a head of the log itself": checkpoint.sign_head(
            Head(ORIGIN, 7, bytes(32)), ed(ORIGIN), ml(ORIGIN), SIGNED_AT
        ),
        "another size": good.replace(b"\n7\n", b"\n8\n", 1),
        "nothing": b"",
    }


def directory_note_of_mirror() -> bytes:
    """Return another directory head, under which the mirror did set its line."""
    return checkpoint.cosign(directory_note(1), MIRROR, ml(MIRROR), SIGNED_AT)


def directory_cases() -> Iterator[Case]:
    for notes, wrong, newest in (
        ([], [], None),
        (["of 1", "of 7", "of 9 a minute later"], [], (9, SIGNED_AT + 60)),
        (["of 7 with the mirror's line"], [], (7, SIGNED_AT)),
        (["of 7 with a forged line of the mirror"], ["COSIGNATURE"], None),
        (["of 7", "of 1"], ["HEAD"], (7, SIGNED_AT)),
        (["of 7", "of 7"], ["HEAD"], (7, SIGNED_AT)),
        (["of 7", "of 9 an hour earlier"], ["HEAD"], (7, SIGNED_AT)),
        (["of 1", "of 9 without the entry at 6"], ["DIRECTORY"], (1, SIGNED_AT)),
        (["of 10"], ["HEAD"], None),
        (["of another log"], ["HEAD"], None),
        (["a head of the log itself"], ["HEAD"], None),
        (["another size"], ["HEAD"], None),
        (["nothing", "of 7"], ["NOTE"], (7, SIGNED_AT)),
    ):
        yield {
            "shows": ", ".join(notes) or "none",
            "notes": notes,
            "wrong": wrong,
            "newest": newest,
        }


def directories() -> dict[str, object]:
    notes = directory_notes()
    good = [notes["of 1"], notes["of 9 a minute later"]]
    return {
        "origin": ORIGIN,
        "log_keys": [key.encode() for key in LOG],
        "cosigners": [key.encode() for key in KNOWN],
        "entries": [entry.hex() for entry in ENTRIES],
        "end": END,
        "notes": {name: note.decode() for name, note in notes.items()},
        "cases": list(directory_cases()),
        "file": file(ENTRIES, good).hex(),
    }


def exports() -> dict[str, object]:
    return {
        "officer": OFFICER,
        "time": TIME,
        "kid": SIGNER.kid.hex(),
        "public": SIGNER.public.hex(),
        "trailers": list(cases()),
        "directories": directories(),
    }


FILES = {"exports": exports}
