"""Heads of a log: signed, verified, cosigned, merged (C2SP tlog-checkpoint v1.0.0).

Our heads carry the log's Ed25519 line (0x01) and its ML-DSA-44 line (0x06, C2SP
tlog-cosignature v1.1), which is timed; both must verify. A partner that holds every
entry below adds its own 0x06 line. Heads are equal by origin, size and root, never by
their bytes: lines change.
"""

import base64
from collections.abc import Iterable, Sequence
from functools import lru_cache

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger import note as notes
from exchange.ledger.merkle import EMPTY_ROOT, HASH_SIZE, SIZE_MAX
from exchange.ledger.note import Key, Line, Note, Vkey, parse_note
from exchange.limits import HEAD_LINES_MAX, LINES_VERIFIED, NOTE_LINES_MAX
from keys import signing
from keys.errors import BadSignature

TIME_SIZE = 8  # bytes, big-endian seconds, before the signature of a timed line
TIME_MAX = 2**63 - 1  # s
TIMED_SIZES = (TIME_SIZE + 64, TIME_SIZE + 2_420)
ALGORITHMS = {
    notes.ED25519: signing.ED25519,
    notes.ED25519_COSIGNATURE: signing.ED25519,
    notes.ML_DSA_44: signing.ML_DSA_44,
}


def log_origin(node: str, number: int = 1) -> str:
    """Return `islamabad.pk.fusion/log/1`."""
    return f"{node}.fusion/log/{number}"


def cosigner_name(node: str) -> str:
    """Return `islamabad.pk.fusion/mirror`."""
    return f"{node}.fusion/mirror"


class Head(Struct, frozen=True):
    """A log's commitment to `size` entries under `root` (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n".encode()


class VerifiedHead(Struct, frozen=True):
    """A head signed by both keys of its log, the time (s), and the note as received."""

    head: Head
    time_s: int
    note: bytes


def head_of(note: bytes) -> Head:
    """Raise Refusal(NOTE | HEAD); nothing is verified."""
    return parse_head(parse_note(note).text)


def parse_head(text: bytes) -> Head:
    """Raise Refusal(HEAD) unless exactly three lines.

    Stricter than tlog-checkpoint: no extension lines (the 0x06 line would not sign
    them), no spaces or plus in the origin.
    """
    try:
        origin, size, root, end = text.decode().split("\n")
        head = Head(notes.check_name(origin), _size(size), notes.decode_base64(root))
    except (ValueError, Refusal):
        raise Refusal(Reason.HEAD, "text") from None
    if end or len(head.root) != HASH_SIZE:
        raise Refusal(Reason.HEAD, "text")
    if head.size == 0 and head.root != EMPTY_ROOT:
        raise Refusal(Reason.HEAD, "root of nothing")
    return head


def _size(text: str) -> int:
    size = int(text)  # accepts other digits, spaces and signs too: compared below
    if str(size) != text or not 0 <= size <= SIZE_MAX:
        raise ValueError(text)
    return size


def sign_head(head: Head, ed: signing.Signer, ml: signing.Signer, time_s: int) -> bytes:
    vkey = Vkey(head.origin, notes.ED25519, ed.public)
    line = Line(vkey.name, vkey.key_id, ed.sign(head.text()))
    return cosign(Note(head.text(), (line,)).encode(), head.origin, ml, time_s)


def cosign(note: bytes, name: str, ml: signing.Signer, time_s: int) -> bytes:
    """Return the note with a new 0x06 line of `name`, replacing an older one.

    The caller holds and has verified every entry below the head.
    """
    parsed = parse_note(note)
    head = parse_head(parsed.text)
    vkey = Vkey(name, notes.ML_DSA_44, ml.public)
    signature = ml.sign(_timed_head(name, time_s, head))
    line = Line(name, vkey.key_id, time_s.to_bytes(TIME_SIZE) + signature)
    others = [each for each in parsed.lines if each.key != vkey.key]
    return _encode(parsed.text, [*others, line])


def verify_head(note: bytes, log_keys: Sequence[Vkey]) -> VerifiedHead:
    """Verify a head by both of its log's keys.

    `log_keys` are all in the trust bundle, old ones too. Refusal(NOTE) if malformed,
    else as `verify_log_lines`. The time is that of the newest 0x06 line.
    """
    parsed = parse_note(note)
    head = parse_head(parsed.text)
    keys = [vkey for vkey in log_keys if vkey.name == head.origin]
    return VerifiedHead(head, verify_log_lines(parsed, keys), note)


def verify_log_lines(parsed: Note, log_keys: Sequence[Vkey]) -> int:
    """Return the time (s) of the newest line of one log's keys.

    Refusal(HEAD) unless a 0x01 and a 0x06 line verify and no line of the keys fails.
    """
    known = {vkey.key: vkey for vkey in log_keys}
    types: set[int] = set()
    times = [0]
    for line in parsed.lines:
        if vkey := known.get(line.key):
            times.append(verify_line(parsed.text, line, vkey, Reason.HEAD))
            types.add(vkey.type)
    if not {notes.ED25519, notes.ML_DSA_44} <= types:
        raise Refusal(Reason.HEAD, parse_head(parsed.text).origin)
    return max(times)


def cosignatures(note: bytes, vkeys: Iterable[Vkey]) -> dict[str, int]:
    """Return each cosigner's newest time (s) under the note.

    Refusal(COSIGNATURE) if a line of a known key does not verify; lines of unknown keys
    are ignored (C2SP signed-note).
    """
    times: dict[str, int] = {}
    for (name, _), time_s in line_times(note, vkeys).items():
        times[name] = max(time_s, times.get(name, 0))
    return times


def line_times(note: bytes, vkeys: Iterable[Vkey]) -> dict[Key, int]:
    """Return the newest time (s) of each of these keys with a line under the note.

    For 0x04 and 0x06 lines alike. Raises and ignores like `cosignatures`.
    """
    parsed = parse_note(note)
    known = {vkey.key: vkey for vkey in vkeys}
    times: dict[Key, int] = {}
    for line in parsed.lines:
        if vkey := known.get(line.key):
            time_s = verify_line(parsed.text, line, vkey, Reason.COSIGNATURE)
            times[line.key] = max(time_s, times.get(line.key, 0))
    return times


def verify_line(text: bytes, line: Line, vkey: Vkey, reason: Reason) -> int:
    """Verify one line by its key; return its time (s), 0 for an untimed one.

    Raises Refusal(reason) if it does not verify, Refusal(HEAD) if the line's type signs
    only heads and the text is not one.
    """
    time_s, signature = 0, line.signature
    if vkey.type != notes.ED25519:
        time_s = int.from_bytes(signature[:TIME_SIZE])
        signature = signature[TIME_SIZE:]
    try:
        message = signed_message(text, vkey, time_s)
        _verify(ALGORITHMS[vkey.type], vkey.public, signature, message)
    except (ValueError, BadSignature):
        raise Refusal(reason, line.name) from None
    return time_s


_verify = lru_cache(LINES_VERIFIED)(signing.verify)
"""Cached: a head comes again with each added line; old lines are verified once."""


def signed_message(text: bytes, vkey: Vkey, time_s: int) -> bytes:
    """Raise ValueError for a bad time."""
    if vkey.type == notes.ED25519:
        return text
    if vkey.type == notes.ML_DSA_44:
        return _timed_head(vkey.name, time_s, parse_head(text))
    if not 0 < time_s <= TIME_MAX:
        raise ValueError(time_s)
    return b"cosignature/v1\ntime %d\n%b" % (time_s, text)


def _timed_head(name: str, time_s: int, head: Head) -> bytes:
    if not time_s:
        raise ValueError(time_s)
    return subtree_message(name, time_s, head.origin, (0, head.size), head.root)


def subtree_message(
    name: str, time_s: int, origin: str, span: tuple[int, int], root: bytes
) -> bytes:
    """Return the signed bytes of type 0x06 (C2SP tlog-cosignature).

    `span` is [start, end); start is 0 if a time is given. ValueError for values without
    an encoding.
    """
    start, end = span
    if start and time_s:
        raise ValueError(time_s)
    if not 0 <= time_s <= TIME_MAX or len(root) != HASH_SIZE:
        raise ValueError(time_s)
    return b"".join(
        [
            b"subtree/v1\n\0",
            _counted(name),
            time_s.to_bytes(TIME_SIZE),
            _counted(origin),
            start.to_bytes(8),
            end.to_bytes(8),
            root,
        ]
    )


def _counted(name: str) -> bytes:
    """Return the name after its length in one byte; ValueError if empty or too long."""
    raw = name.encode()
    if not raw:
        raise ValueError(len(raw))
    return bytes([len(raw)]) + raw  # ValueError above 255


def merge(note_a: bytes, note_b: bytes) -> bytes:
    """Join the lines of both notes, the newest line of each key.

    `note_b` adds new keys only up to HEAD_LINES_MAX lines. The caller has verified both
    and dropped unknown lines (`only`): an unverified line could displace a good one.
    Refusal(HEAD) unless both are notes of one head.
    """
    a, b = parse_note(note_a), parse_note(note_b)
    if a.text != b.text:
        raise Refusal(Reason.HEAD, "two heads")
    lines = {line.key: line for line in a.lines}
    for line in b.lines:
        held = lines.get(line.key)
        if held is None:
            if len(lines) < HEAD_LINES_MAX:
                lines[line.key] = line
        elif claimed_time(line) > claimed_time(held):
            lines[line.key] = line
    return _encode(a.text, list(lines.values()))


def completed(note: bytes, other: bytes) -> bytes:
    """Add to `note` the lines of `other` for keys that are missing in it.

    At most HEAD_LINES_MAX lines; the rest is left out. Both as for `merge`.
    """
    a, b = parse_note(note), parse_note(other)
    if a.text != b.text:
        raise Refusal(Reason.HEAD, "two heads")
    held = {line.key for line in a.lines}
    new = [line for line in b.lines if line.key not in held]
    room = max(0, HEAD_LINES_MAX - len(a.lines))
    return _encode(a.text, [*a.lines, *new[:room]])


def claimed_time(line: Line) -> int:
    """Return 0 for a line that is not of a timed length."""
    if len(line.signature) not in TIMED_SIZES:
        return 0
    return int.from_bytes(line.signature[:TIME_SIZE])


def signed_at(note: bytes, origin: str) -> int:
    """Return the time (s) of the log's own line in a verified note, or 0."""
    lines = parse_note(note).lines
    return max((claimed_time(line) for line in lines if line.name == origin), default=0)


def only(note: bytes, vkeys: Iterable[Vkey]) -> bytes:
    """Raise Refusal(NOTE) if no line is left."""
    parsed = parse_note(note)
    known = {vkey.key for vkey in vkeys}
    return _encode(parsed.text, [line for line in parsed.lines if line.key in known])


def _encode(text: bytes, lines: list[Line]) -> bytes:
    if not 1 <= len(lines) <= NOTE_LINES_MAX:
        raise Refusal(Reason.NOTE, "number of signatures")
    return Note(text, tuple(lines)).encode()
