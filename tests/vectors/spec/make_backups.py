"""Vectors of a desk's backup. The salt is random: each run writes other, equal ones."""

import hashlib
import io
import json
from collections.abc import Iterator, Sequence

from exchange.home import backup_file
from keys import keystore
from keys.sealed_stream import seal_under
from tests.vectors.spec.make_keys import PASSPHRASE

Case = dict[str, object]

CONTENT = {"config.toml": b'name = "ops.islamabad.pk"\n', "officers/duty-1.key": b"FKS2"}


def sealed(
    *pieces: bytes, magic: bytes = backup_file.MAGIC, role: str = backup_file.ROLE
) -> bytes:
    out = io.BytesIO()
    writer = seal_under(out, magic, role, PASSPHRASE, cost=keystore.FLOOR)
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    return out.getvalue()


def manifest(**changes: object) -> bytes:
    said = {
        "version": 2,
        "desk": "ops.islamabad.pk",
        "made": 1_795_500_000_000,
        "files": [listed(name, data) for name, data in CONTENT.items()],
        "rows": {"message": 0},
    }
    data = json.dumps(said | changes).encode()
    return len(data).to_bytes(4) + data


def listed(name: str, data: bytes) -> dict[str, object]:
    digest = hashlib.sha256(data).hexdigest()
    return {"name": name, "size": len(data), "sha256": digest}


def cases() -> Iterator[Case]:
    content: Sequence[bytes] = list(CONTENT.values())
    good = sealed(manifest(), *content)
    outside = [listed("../config.toml", content[0])]
    twice = [listed("config.toml", content[0])] * 2
    for shows, data, reason in (
        ("a backup of two files", good, None),
        ("a bit of it", good[:-20] + bytes([good[-20] ^ 1]) + good[-19:], "KEYSTORE"),
        ("without its end", good[:-1], "KEYSTORE"),
        ("of another sort", sealed(manifest(), *content, magic=b"FDA2"), "KEYSTORE"),
        ("of an older version", sealed(manifest(), *content, magic=b"FDB1"), "KEYSTORE"),
        ("in another role", sealed(manifest(), *content, role="officer"), "KEYSTORE"),
        ("of another version", sealed(manifest(version=3), *content), "INPUT"),
        ("a name that leads out", sealed(manifest(files=outside), content[0]), "INPUT"),
        ("a name twice", sealed(manifest(files=twice), content[0], content[0]),
         "INPUT"),
        ("files in another order", sealed(manifest(), *reversed(content)), "INPUT"),
        ("more than it lists", sealed(manifest(), *content, b"x"), "INPUT"),
        ("less than it lists", sealed(manifest(), content[0]), "INPUT"),
        ("no manifest", sealed(b"\0\0\0\2[]"), "INPUT"),
    ):  # fmt: skip
        yield {"shows": shows, "file": data.hex(), "reason": reason}


def backups() -> dict[str, object]:
    files = {name: data.hex() for name, data in CONTENT.items()}
    return {"passphrase": PASSPHRASE, "files": files, "backups": list(cases())}


FILES = {"backups": backups}
