"""What is left of a note, and how a whole one is made of it and a partner's."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from exchange.audit.judge.keys import LogKeys
from exchange.audit.sources.database import stated
from exchange.errors import FusionError, Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import Head
from exchange.ledger.note import DASH, Line, Note, Vkey, parse_note
from exchange.ledger.policy import Policy
from exchange.limits import NOTE_LINES_MAX, NOTE_MAX
from exchange.store.raw import Raw
from exchange.store.sums import Value
from exchange.trust import policies
from exchange.trust.directory import Directory

MARK = DASH.encode()


def with_witnesses(raw: Raw, origin: str, keys: LogKeys) -> LogKeys:
    """Return the keys with those of the witnesses that policies in a log ever named.

    Also in those that it goes on from. Statements are read as they stand.
    """
    directory = Directory(keys.node, keys.bundle)
    found = {vkey.key: vkey for vkey in keys.mirrors}
    origins = keys.bundle.nodes[keys.node].origins
    numbers = {row.origin: row.number for row in raw.logs()}
    for log in origins[: origins.index(origin) + 1]:
        for index, (core, statement) in enumerate(stated(raw, numbers.get(log))):
            directory.apply(index, core, statement)
            found |= {vkey.key: vkey for vkey in _witnesses(directory, keys)}
    return replace(keys, mirrors=list(found.values()))


def _witnesses(directory: Directory, keys: LogKeys) -> Collection[Vkey]:
    text = directory.quorum_text
    if text is None:
        return ()
    return policies.genuine(Policy.parse(text), keys.mirrors).vkeys


def verified(note: Value, origin: str, keys: LogKeys) -> Head:
    """Return the head of a note that its log signed; raise a Refusal."""
    if not isinstance(note, bytes):
        raise Refusal(Reason.NOTE)
    head = checkpoint.verify_head(note, keys.log).head
    if head.origin != origin:
        raise Refusal(Reason.ORIGIN)
    return head


def verified_lines(note: Value, head: Head, keys: LogKeys) -> list[Line]:
    """Return the lines of a note, damaged or not, that sign this head; a key once."""
    known = {key.key: key for key in (*keys.log, *keys.mirrors)}
    found: dict[tuple[str, bytes], Line] = {}
    for line in _lines(note, head):
        vkey = known.get(line.key)
        if vkey is not None and line.key not in found and _signs(line, vkey, head):
            found[line.key] = line
    return list(found.values())


def _lines(note: Value, head: Head) -> Iterator[Line]:
    """Yield the lines of a note that are well formed, whatever stands around them."""
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


def joined(own: Sequence[Line], theirs: Iterable[Line]) -> list[Line]:
    """Return the lines of both in a partner's order; of a key's lines our own.

    The first line of a key that was kept here says when that was.
    """
    held = {line.key: line for line in own}
    found = [held.pop(line.key, line) for line in theirs]
    return [*found, *held.values()]


def whole(lines: Sequence[Line], head: Head, keys: LogKeys) -> bytes:
    """Return the note that these lines make; Refusal(HEAD) unless its log signed it."""
    note = Note(head.text(), tuple(lines)).encode()
    if not lines or checkpoint.verify_head(note, keys.log).head != head:
        raise Refusal(Reason.HEAD)
    return note
