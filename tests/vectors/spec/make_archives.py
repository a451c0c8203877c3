"""Vectors of an archive. What is sealed is random: each run writes other, equal ones."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence

from exchange.desk.archive import archive_file
from keys.sealed_stream import seal_for
from keys.sealing import Opener
from tests.vectors.spec.make_keys import seed

Case = dict[str, object]

OPENER = Opener(seed("custody"))
LINES: Sequence[dict[str, object]] = [
    {"line": "archive", "version": 2, "desk": "ops.islamabad.pk", "messages": 0},
    {"line": "a line that nobody knows", "text": "喀喇昆仑 قراقرم"},
]


def encoded(lines: Sequence[dict[str, object]]) -> bytes:
    return b"".join(
        json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines
    )


def ending(lines: Sequence[dict[str, object]], **changes: object) -> dict[str, object]:
    digest = hashlib.sha256(encoded(lines)).hexdigest()
    return {"line": "end", "lines": len(lines), "sha256": digest} | changes


def sealed(
    data: bytes,
    magic: bytes = archive_file.MAGIC,
    label: str = archive_file.LABEL,
    opener: Opener = OPENER,
) -> bytes:
    out = io.BytesIO()
    writer = seal_for(out, magic, label, opener.public)
    writer.write(data)
    writer.finish()
    return out.getvalue()


def cases() -> Iterator[Case]:
    whole = encoded([*LINES, ending(LINES)])
    good = sealed(whole)
    for shows, data, reason in (
        ("an archive", good, None),
        ("a bit of it", good[:-20] + bytes([good[-20] ^ 1]) + good[-19:], "SEAL"),
        ("without its last byte", good[:-1], "SEAL"),
        ("of another sort", sealed(whole, magic=b"FDB2"), "SEAL"),
        ("of an older version", sealed(whole, magic=b"FDA1"), "SEAL"),
        ("sealed as something else", sealed(whole, label="wrap"), "SEAL"),
        ("for another key", sealed(whole, opener=Opener(seed("other"))), "SEAL"),
        ("without its end", sealed(encoded(LINES)), "INPUT"),
        ("a line less", sealed(encoded([LINES[0], ending(LINES)])), "INPUT"),
        ("another digest", sealed(encoded([*LINES, ending(LINES, sha256="00")])),
         "INPUT"),
        ("more behind its end", sealed(whole + encoded([LINES[1]])), "INPUT"),
        ("no JSON", sealed(b"text\n" + whole), "INPUT"),
        ("a line without a word", sealed(b"{}\n" + whole), "INPUT"),
        ("a last line without LF", sealed(whole[:-1]), "INPUT"),
    ):  # fmt: skip
        yield {"shows": shows, "file": data.hex(), "reason": reason}


def archives() -> dict[str, object]:
    key = {"seed": seed("custody").hex(), "kid": OPENER.kid.hex()}
    return key | {"lines": list(LINES), "archives": list(cases())}


FILES = {"archives": archives}
