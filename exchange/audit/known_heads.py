"""Heads that an auditor verified before, kept in a file from audit to audit.

    fusion-heads@v1 LF
    LF note ...               each a C2SP signed note, with all its lines

The file is not trusted: a head counts by its signatures.
"""

from collections.abc import Iterable
from pathlib import Path

from exchange.atomic_file import atomic
from exchange.errors import FusionError, Reason, Refusal, Why
from exchange.input_file import read_file
from exchange.ledger.checkpoint import Head, head_of
from exchange.ledger.note import Key, parse_note
from exchange.limits import KNOWN_HEADS_BYTES, KNOWN_HEADS_MAX

MAGIC = b"fusion-heads@v1\n"
NO_HEADS_FILE = Why("is no file that --heads-out wrote; give one, or leave it out")


def read(path: Path) -> list[bytes]:
    """Raise Refusal(INPUT) if it is malformed."""
    try:
        return parse(read_file(path, KNOWN_HEADS_BYTES))
    except ValueError:
        raise Refusal(Reason.INPUT, str(path), NO_HEADS_FILE) from None


def parse(data: bytes) -> list[bytes]:
    """Return the notes in a file; raise ValueError if it is malformed."""
    parts = data[len(MAGIC) + 1 :].split(b"\n\n")
    notes = [
        text + b"\n\n" + lines.removesuffix(b"\n") + b"\n"
        for text, lines in zip(parts[::2], parts[1::2], strict=False)
    ]
    if encode(notes) != data or len(notes) > KNOWN_HEADS_MAX:
        raise ValueError(len(notes))
    try:
        for note in notes:
            head_of(note)
    except FusionError as error:
        raise ValueError(error.reason) from None
    return notes


def encode(notes: Iterable[bytes]) -> bytes:
    return MAGIC + b"".join(b"\n" + note for note in notes)


def write(path: Path, notes: Iterable[bytes]) -> None:
    with atomic(path) as file:
        file.write(encode(newest(notes)))


def newest(notes: Iterable[bytes]) -> list[bytes]:
    """Return the largest head of each log with a line of each key."""
    ordered = sorted(((head_of(note), note) for note in notes), key=_rank, reverse=True)
    seen: set[tuple[str, Key]] = set()
    kept: list[tuple[Head, bytes]] = []
    for head, note in ordered:
        keys = {(head.origin, line.key) for line in parse_note(note).lines}
        if not keys <= seen:
            seen |= keys
            kept.append((head, note))
    return [note for _, note in sorted(kept, key=_rank)]


def _rank(one: tuple[Head, bytes]) -> tuple[str, int, bytes]:
    head, note = one
    return head.origin, head.size, note
