"""Verify directory heads at a desk: by the log's keys, and by other nations'."""

from exchange.desk.pinned_logs import Pinned
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.note import Vkey
from exchange.trust import names


def verify_directory(note: bytes, origin: str, pinned: Pinned) -> VerifiedHead:
    """Return a directory head of a pinned log, keeping only valid lines.

    Raises Refusal as `verify_directory_head` does, also if a key of the log ended;
    COSIGNATURE if the line of another nation's mirror does not verify.
    """
    keys = pinned.log_keys(origin)
    verified = pinned.ends.verify_directory_head(note, origin, keys)
    cosigners = _foreign_mirrors(origin, pinned)
    pinned.ends.line_times(note, cosigners)
    kept = checkpoint.only(note, [*keys, *cosigners])
    return VerifiedHead(verified.head, verified.time_s, kept)


def known_time(verified: VerifiedHead, origin: str, pinned: Pinned, node: str) -> int:
    """Return the time (s) up to which a directory head shows a log; 0 if none counts.

    `node` is the desk's own. It may hold the keys of its nation's logs: there another
    nation must have signed too, and the earlier of the two times counts.
    """
    if names.domain_of(pinned.origins[origin]) != names.domain_of(node):
        return verified.time_s
    mirrors = _foreign_mirrors(origin, pinned)
    lines = pinned.ends.cosignatures(verified.note, mirrors)
    return min(verified.time_s, max(lines.values(), default=0))


def _foreign_mirrors(origin: str, pinned: Pinned) -> list[Vkey]:
    """Return the unrevoked keys of mirrors of other nations than the log's."""
    others = pinned.others(pinned.origins[origin])
    mirrors = set(map(checkpoint.cosigner_name, others))
    keys = pinned.ends.unrevoked(pinned.mirror_keys(origin))
    return [key for key in keys if key.name in mirrors]
