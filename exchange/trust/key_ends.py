"""Until when the keys of logs and cosigners count, by the bundles of their nations.

docs/spec/ledger.md, "Keys that ended". A retired key counts up to the newest that it
signed, a revoked one up to the time from when on it may have been in others' hands.
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

    `sizes` has for a retired key of a log the size of the largest head that it signed,
    `signed_s` when (s) that was; `times` for a retired cosigner and for any revoked key
    the latest time (s) of a line of it that counts. `revoked` are the revoked ones
    among them.
    """

    sizes: Mapping[Key, int]
    times: Mapping[Key, int]
    revoked: frozenset[Key] = frozenset()
    signed_s: Mapping[Key, int] = {}

    def has(self, key: Key) -> bool:
        """Whether a key ended."""
        return key in self.sizes or key in self.times

    def signs(self, key: Key, size: int) -> bool:
        """Whether a line by this key counts under a head of this size."""
        return size <= self.sizes.get(key, size)

    def counts(self, key: Key, time_s: int) -> bool:
        """Whether a line by this key of this time (s) counts."""
        return time_s <= self.times.get(key, time_s)

    def refuses(self, key: Key, time_s: int) -> bool:
        """Whether a refusal that this key of a log signed then (s) counts."""
        retired = time_s > self.signed_s.get(key, time_s)
        return self.counts(key, time_s) and not retired

    def unrevoked(self, keys: Iterable[Vkey]) -> list[Vkey]:
        """Return those of some keys that nobody has revoked."""
        return [key for key in keys if key.key not in self.revoked]

    def check_evidence(self, heads: Iterable[bytes], log_keys: Sequence[Vkey]) -> None:
        """Raise Refusal(HEAD) where one of two heads rests on a revoked key of a log.

        Two such prove no fork, whatever the time says: whoever has that key made them.
        """
        for head in heads:
            self.verify_head(head, self.unrevoked(log_keys))

    def verify_head(self, head: bytes, log_keys: Sequence[Vkey]) -> VerifiedHead:
        """Return the head in a note, signed in both sorts by keys that count under it.

        Raises as `checkpoint.verify_head` does, Refusal(HEAD) also where a key ended.
        """
        origin = checkpoint.parse_head(parse_note(head).text).origin
        own = [key for key in log_keys if key.name == origin]
        return self._verify(head, own, checkpoint.verify_head)

    def verify_directory_head(
        self, head: bytes, origin: str, log_keys: Sequence[Vkey]
    ) -> VerifiedHead:
        """Return a directory head of a log, as `verify_head` does one of the log."""

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
        """Return the head in a note that `verify` accepts by keys that had not ended.

        1. Both lines verify, by keys of the log that sign heads of this size.
        2. Those of revoked keys are of a time before.
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
        """Return the time (s) of each line by these keys that counts under a head.

        Raises Refusal(COSIGNATURE) where one does not verify.
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
    """Return the keys that ended by what these bundles say.

    With `at` (ms UTC) those only that had ended then: as who looked at that time.
    """
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
    """Yield each retired key, the size of its last head if it is a log's, its time."""
    for key, last in node.retired.items():
        if key in node.cosigners:
            yield key, None, int.from_bytes(last)
        else:
            verified = checkpoint.verify_head(last, node.logs)
            yield key, verified.head.size, verified.time_s
