"""Vectors of the trailer behind an audit export."""

import hashlib
from collections.abc import Iterator

from exchange.audit.sources import export_signature, records
from exchange.audit.sources.export_file import NUMBER
from keys.pae import pae
from keys.signing import Ed25519Signer

Case = dict[str, object]

TIME = 1_795_500_000_000
OFFICER = "duty-1@ops.islamabad.pk"
SIGNER = Ed25519Signer(hashlib.sha256(b"officer").digest())


def export() -> bytes:
    """Return the least that is an export: a log without entries."""
    data, rows = records.MAGIC, []
    origin = b"islamabad.pk.fusion/log/1"
    for kind, items in (
        (records.HEADER, [b"islamabad.pk", NUMBER.pack(TIME)]),
        (records.LOG, [origin, NUMBER.pack(0)]),
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
    file = export()
    good = signed(file)
    tail = export_signature.MARK
    for shows, data, reason in (
        ("no trailer", file, None),
        ("a trailer", file + good, None),
        ("over other bytes", file + signed(file + b"x"), "SIGNATURE"),
        ("in another domain of signatures", file + signed(file, "sig"), "SIGNATURE"),
        ("another time than was signed",
         file + (TIME + 1).to_bytes(8) + good[8:], "SIGNATURE"),
        ("another officer than signed it",
         file + good.replace(b"duty-1", b"duty-2"), "SIGNATURE"),
        ("a bit of the signature", file + good[:50] + bytes([good[50] ^ 1]) + good[51:],
         "SIGNATURE"),
        ("twice", file + good + signed(file + good), "INPUT"),
        ("the mark alone", file + tail, "INPUT"),
        ("a length beyond the file", file + b"\xff" + tail, "INPUT"),
        ("no officer", file + signed(file, officer=""), "INPUT"),
        ("the name of a desk", file + signed(file, officer="ops.islamabad.pk"),
         "INPUT"),
        ("the first half of it", file + good[: len(good) // 2], "INPUT"),
        ("a byte between export and trailer", file + b"\0" + good, "INPUT"),
    ):  # fmt: skip
        yield {"shows": shows, "file": data.hex(), "reason": reason}


def exports() -> dict[str, object]:
    return {
        "officer": OFFICER,
        "time": TIME,
        "kid": SIGNER.kid.hex(),
        "public": SIGNER.public.hex(),
        "trailers": list(cases()),
    }


FILES = {"exports": exports}
