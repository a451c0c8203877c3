"""Directory heads: a log's second checkpoint, over its directory tree.

The origin is `<origin of the log>/directory`; the lines are from the log's own keys,
under the log's name, and its mirrors (docs/spec/ledger.md, "Directory heads").
"""

from collections.abc import Sequence

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint
from exchange.ledger import note as notes
from exchange.ledger.checkpoint import Head, VerifiedHead
from exchange.ledger.merkle import Edge
from exchange.ledger.note import Line, Note, Vkey, parse_note
from keys import signing

_SUFFIX = "/directory"


def directory_origin(origin: str) -> str:
    return origin + _SUFFIX


def directory_head(origin: str, edge: Edge) -> Head:
    return Head(directory_origin(origin), edge.size, edge.root())


def sign_directory_head(
    origin: str, edge: Edge, ed: signing.Signer, ml: signing.Signer, time_s: int
) -> bytes:
    text = directory_head(origin, edge).text()
    vkey = Vkey(origin, notes.ED25519, ed.public)
    line = Line(vkey.name, vkey.key_id, ed.sign(text))
    return checkpoint.cosign(Note(text, (line,)).encode(), origin, ml, time_s)


def verify_directory_head(
    note: bytes, origin: str, log_keys: Sequence[Vkey]
) -> VerifiedHead:
    """Raise Refusal(HEAD) for another origin, or as `checkpoint.verify_head` does."""
    parsed = parse_note(note)
    head = checkpoint.parse_head(parsed.text)
    if head.origin != directory_origin(origin):
        raise Refusal(Reason.HEAD, head.origin)
    keys = [key for key in log_keys if key.name == origin]
    return VerifiedHead(head, checkpoint.verify_log_lines(parsed, keys), note)


def lacks_log(note: bytes, origin: str) -> bool:
    """Return whether a note has lines of mirrors only; False if malformed."""
    try:
        return all(line.name != origin for line in parse_note(note).lines)
    except Refusal:
        return False
