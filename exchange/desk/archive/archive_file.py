"""The form of an archive: one sealed file of JSON lines (docs/spec/archive.md)."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from exchange.atomic_file import atomic
from exchange.errors import FILE_MADE_BEFORE, Reason, Refusal, Why, unreadable
from exchange.limits import ARCHIVE_LINE_MAX
from keys import sealed_stream
from keys.errors import CannotOpen, OlderFile
from keys.sealing import Opener

MAGIC, LABEL, VERSION = b"FDA2", "archive", 2
BEGIN, TRUST, STATEMENT = "archive", "trust", "statement"
MESSAGE, END = "message", "end"
Record = Mapping[str, Any]
_WRONG = Why("not sealed for this key, or the archive is damaged")


def write(path: Path, public: bytes, records: Iterable[Record]) -> int:
    """Return the number of records; the file is complete or not there."""
    digest, count = hashlib.sha256(), 0
    with atomic(path) as file:
        sealed = sealed_stream.seal_for(file, MAGIC, LABEL, public)
        for record in records:
            line = _line(record)
            digest.update(line)
            sealed.write(line)
            count += 1
        end = {"line": END, "lines": count, "sha256": digest.hexdigest()}
        sealed.write(_line(end))
        sealed.finish()
    return count


def read(path: Path, opener: Opener) -> Iterator[tuple[bytes, Record]]:
    """Yield each line with its record, except the end.

    Raises Refusal: SEAL if the key does not open it or it is damaged, INPUT if a line
    is malformed or the end does not match the lines.
    """
    digest, count, ended = hashlib.sha256(), 0, False
    for line in _lines(path, opener):
        record = _parse(line, count)
        if ended:
            raise Refusal(Reason.INPUT, f"archive, line {count + 2}")
        if record["line"] == END:
            said = record.get("lines"), record.get("sha256")
            if said != (count, digest.hexdigest()):
                raise Refusal(Reason.INPUT, f"archive, line {count + 1}")
            ended = True
            continue
        digest.update(line)
        count += 1
        yield line, record
    if not ended:
        raise Refusal(Reason.INPUT, f"archive, line {count + 1}")


def _line(record: Record) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _parse(line: bytes, count: int) -> Record:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or not isinstance(record.get("line"), str):
        raise Refusal(Reason.INPUT, f"archive, line {count + 1}")
    return record


def _lines(path: Path, opener: Opener) -> Iterator[bytes]:
    held = b""
    try:
        with path.open("rb") as file:
            for piece in sealed_stream.open_for(file, MAGIC, LABEL, opener):
                *whole, held = (held + piece).split(b"\n")
                yield from (line + b"\n" for line in whole)
                if len(held) > ARCHIVE_LINE_MAX:
                    raise Refusal(Reason.TOO_LONG, "archive")
    except OlderFile:
        raise Refusal(Reason.SEAL, path.name, FILE_MADE_BEFORE) from None
    except CannotOpen:
        raise Refusal(Reason.SEAL, path.name, _WRONG) from None
    except OSError as error:
        raise unreadable(error, str(path)) from None
    if held:
        raise Refusal(Reason.INPUT, "archive")
