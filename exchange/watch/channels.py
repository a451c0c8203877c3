"""Channels to people: the items each has reported, and when it is retried; pure.

A channel is the hook, or Apprise. An item is reported once while it lasts; an
unreported one stays due.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from exchange.limits import HOOK_RETRY_FIRST, HOOK_RETRY_MAX
from exchange.watch.notice import Notice, What


class Item(msgspec.Struct, frozen=True):
    """A FLASH or an alarm, identified by `key`."""

    what: What
    key: str
    where: str
    details: Mapping[str, str]


class WatchChannel(msgspec.Struct):
    told: list[str] = []
    """Keys of the reported items that still last."""
    failures: int = 0
    """Failed tries since the last success."""

    def due(self, items: Iterable[Item]) -> list[Item]:
        told = set(self.told)
        return [one for one in items if one.key not in told]

    def note(self, told: Sequence[Item], *, well: bool) -> None:
        if well:
            self.told = list(dict.fromkeys([*self.told, *(one.key for one in told)]))
            self.failures = 0
        else:
            self.failures += 1

    def forget_ended(self, items: Iterable[Item]) -> bool:
        """Forget ended items: one that comes back is new."""
        lasts = {one.key for one in items}
        kept = [key for key in self.told if key in lasts]
        changed = kept != self.told
        self.told = kept
        return changed

    def pause(self, *, fresh: bool) -> int:
        """Return the ms to the next try: doubled each time, the shortest if `fresh`."""
        steps = 0 if fresh else min(max(self.failures - 1, 0), 16)
        return min(HOOK_RETRY_FIRST << steps, HOOK_RETRY_MAX)


def notices(
    due: Sequence[Item], items: Sequence[Item], at: int, *, more: bool
) -> list[tuple[Notice, Sequence[Item]]]:
    """Return one per sort in `due`, the most urgent first.

    `items` still last; with `more` the notices have details.
    """
    found: list[tuple[Notice, Sequence[Item]]] = []
    for what in What:
        new = [one for one in due if one.what is what]
        if new:
            every = [one for one in items if one.what is what]
            details = [one.details for one in new] if more else []
            where, n = new[0].where, len(every)
            found.append((Notice(what, where, n, len(new), at, details), new))
    return found
