"""Verify directory heads at a desk: by the log's keys, and by other nations'."""

from exchange.desk.pinned_logs import Pinned
from exchange.ledger import checkpoint
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.note import Vkey
from exchange.trust import names


def verify_directory(note: bytes, origin: str, pinned: Pinned) -> VerifiedHead:
    """Verify a head; only its valid lines count.

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
    """Return s; 0 if none counts.

    In a log of the own nation, whose keys `node` may hold, another nation must have
    signed too: the earlier time counts.
    """
    if names.domain_of(pinned.origins[origin]) != names.domain_of(node):
        return verified.time_s
    mirrors = _foreign_mirrors(origin, pinned)
    lines = pinned.ends.cosignatures(verified.note, mirrors)
    return min(verified.time_s, max(lines.values(), default=0))


def _foreign_mirrors(origin: str, pinned: Pinned) -> list[Vkey]:
    others = pinned.others(pinned.origins[origin])
    mirrors = set(map(checkpoint.cosigner_name, others))
    keys = pinned.ends.unrevoked(pinned.mirror_keys(origin))
    return [key for key in keys if key.name in mirrors]
