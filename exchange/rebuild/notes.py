"""Notes of heads, damaged or not, and their sound lines."""

from collections.abc import Iterable, Iterator, Sequence

from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import DASH, Line, Note, Vkey, parse_note
from exchange.limits import NOTE_LINES_MAX, NOTE_MAX
from exchange.store.row_checksums import Value

MARK = DASH.encode()


def verify_head(note: Value, origin: str, log_keys: Sequence[Vkey]) -> Head:
    if not isinstance(note, bytes):
        raise Refusal(Reason.NOTE, origin)
    head = checkpoint.verify_head(note, log_keys).head
    if head.origin != origin:
        raise Refusal(Reason.ORIGIN, origin)
    return head


def sound_lines(note: Value, head: Head, vkeys: Iterable[Vkey]) -> list[Line]:
    """Return at most one line for each of `vkeys`, its first sound one."""
    known = {vkey.key: vkey for vkey in vkeys}
    found: dict[tuple[str, bytes], Line] = {}
    for line in _lines(note, head):
        vkey = known.get(line.key)
        if vkey is not None and line.key not in found and _signs(line, vkey, head):
            found[line.key] = line
    return list(found.values())


def is_whole(note: Value, head: Head, lines: Sequence[Line]) -> bool:
    return note == Note(head.text(), tuple(lines)).encode()


def join(ours: Sequence[Line], theirs: Iterable[Line]) -> list[Line]:
    """Return a partner's lines; of one key our own: it dates our copy."""
    held = {line.key: line for line in ours}
    found = [held.pop(line.key, line) for line in theirs]
    return [*found, *held.values()]


def _lines(note: Value, head: Head) -> Iterator[Line]:
    raw = note if isinstance(note, bytes) else str(note).encode(errors="replace")
    candidates = [line for line in raw[:NOTE_MAX].split(b"\n") if line.startswith(MARK)]
    for line in candidates[:NOTE_LINES_MAX]:
        try:
            yield parse_note(head.text() + b"\n" + line + b"\n").lines[0]
        except Refusal:
            continue


def _signs(line: Line, vkey: Vkey, head: Head) -> bool:
    try:
        checkpoint.verify_line(head.text(), line, vkey, Reason.HEAD)
    except FusionError:
        return False
    return True
