"""How long keys of logs and cosigners are valid, by their nations' bundles.

docs/spec/ledger.md, "Keys that ended".
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from exchange.errors import Reason, Refusal
from exchange.ledger import checkpoint, directory_head, note
from exchange.ledger.checkpoint import VerifiedHead
from exchange.ledger.note import Key, Vkey, parse_note
from exchange.limits import SECOND
from exchange.trust.bundle import Bundle, ListedNode


class KeyEnds(Struct, frozen=True):
    """The keys that ended, by name and key ID.

    For a retired log key: `sizes` has the size of the largest head it signed,
    `signed_s` the time (s) of that. For a retired cosigner and any revoked key: `times`
    has the latest valid time (s) of a line. `revoked` are the revoked ones among them.
    """

    sizes: Mapping[Key, int]
    times: Mapping[Key, int]
    revoked: frozenset[Key] = frozenset()
    signed_s: Mapping[Key, int] = {}

    def has(self, key: Key) -> bool:
        return key in self.sizes or key in self.times

    def signs(self, key: Key, size: int) -> bool:
        return size <= self.sizes.get(key, size)

    def counts(self, key: Key, time_s: int) -> bool:
        return time_s <= self.times.get(key, time_s)

    def refuses(self, key: Key, time_s: int) -> bool:
        """Return whether a refusal signed by this log key at this time (s) is valid."""
        retired = time_s > self.signed_s.get(key, time_s)
        return self.counts(key, time_s) and not retired

    def unrevoked(self, keys: Iterable[Vkey]) -> list[Vkey]:
        return [key for key in keys if key.key not in self.revoked]

    def check_evidence(self, heads: Iterable[bytes], log_keys: Sequence[Vkey]) -> None:
        """Raise Refusal(HEAD) if a head depends on a revoked log key.

        They prove no fork: a thief may have made them.
        """
        for head in heads:
            self.verify_head(head, self.unrevoked(log_keys))

    def verify_head(self, head: bytes, log_keys: Sequence[Vkey]) -> VerifiedHead:
        """Verify as `checkpoint.verify_head`; Refusal(HEAD) if a key ended."""
        origin = checkpoint.head_of(head).origin
        own = [key for key in log_keys if key.name == origin]
        return self._verify(head, own, checkpoint.verify_head)

    def verify_directory_head(
        self, head: bytes, origin: str, log_keys: Sequence[Vkey]
    ) -> VerifiedHead:
        def verify(head: bytes, keys: Sequence[Vkey]) -> VerifiedHead:
            return directory_head.verify_directory_head(head, origin, keys)

        own = [key for key in log_keys if key.name == origin]
        return self._verify(head, own, verify)

    def _verify(
        self,
        head: bytes,
        log_keys: Sequence[Vkey],
        verify: Callable[[bytes, Sequence[Vkey]], VerifiedHead],
    ) -> VerifiedHead:
        """Return the head that `verify` accepts by keys that had not ended.

        1. Both lines verify, by log keys valid for this size.
        2. Lines of revoked keys are from before the revocation.
        """
        if not self.sizes and not self.times:
            return verify(head, log_keys)
        # 1
        parsed = parse_note(head)
        size = checkpoint.parse_head(parsed.text).size
        signing = [key for key in log_keys if self.signs(key.key, size)]
        verified = verify(head, signing)
        # 2
        lines = {line.key for line in parsed.lines}
        own = [key for key in signing if key.key in lines]
        sorts = {key.type for key in own if self.counts(key.key, verified.time_s)}
        if not {note.ED25519, note.ML_DSA_44} <= sorts:
            raise Refusal(Reason.HEAD, verified.head.origin)
        return verified

    def line_times(self, head: bytes, vkeys: Iterable[Vkey]) -> dict[Key, int]:
        """Return the times (s) of these keys' valid lines.

        Raises Refusal(COSIGNATURE) if one does not verify.
        """
        times = checkpoint.line_times(head, vkeys)
        return {key: at for key, at in times.items() if self.counts(key, at)}

    def cosignatures(self, head: bytes, vkeys: Iterable[Vkey]) -> dict[str, int]:
        """Return the newest of these times by the name of each cosigner."""
        times: dict[str, int] = {}
        for (name, _), time_s in self.line_times(head, vkeys).items():
            times[name] = max(time_s, times.get(name, 0))
        return times


NO_ENDS = KeyEnds({}, {})
"""No key has ended."""


def key_ends(bundles: Iterable[Bundle], at: int | None = None) -> KeyEnds:
    """Return the keys that ended; with `at` (ms UTC), only those ended by then."""
    sizes: dict[Key, int] = {}
    times: dict[Key, int] = {}
    signed_s: dict[Key, int] = {}
    revoked: set[Key] = set()
    for bundle in bundles:
        for node in bundle.nodes.values():
            for key, size, time_s in _retired(node):
                if at is not None and time_s * SECOND >= at:
                    continue
                if size is None:
                    times[key.key] = time_s
                else:
                    sizes[key.key] = size
                    signed_s[key.key] = time_s
            for key in (*node.logs, *node.cosigners):
                since = bundle.revoked.get(
                    hashlib.sha256(key.encode().encode()).digest()
                )
                if since is not None and (at is None or since <= at):
                    last = (since - 1) // SECOND
                    times[key.key] = min(last, times.get(key.key, last))
                    revoked.add(key.key)
    return KeyEnds(sizes, times, frozenset(revoked), signed_s)


def _retired(node: ListedNode) -> Iterator[tuple[Vkey, int | None, int]]:
    """Yield each, its last head's size if it is a log's, and its time."""
    for key, last in node.retired.items():
        if key in node.cosigners:
            yield key, None, int.from_bytes(last)
        else:
            verified = checkpoint.verify_head(last, node.logs)
            yield key, verified.head.size, verified.time_s
