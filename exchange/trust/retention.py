"""Retention: wraps and bodies are kept until `expires` + retention.

Stated in the log itself, so all members erase alike; `expires` is in the signed header,
so erased texts can be distinguished from missing ones. The newest statement counts,
also for older entries. A longer one restores nothing.
"""

from collections.abc import Callable

from msgspec import Struct

from exchange.limits import CLOCKS_APART_MAX, RETENTION
from exchange.trust.directory import Directory

Past = Callable[[int], bool]
"""A function: whether a time (ms UTC) is past by this clock and by signed time."""


class Retention(Struct, frozen=True):
    """The retentions of a log in order: (since, length), both in ms."""

    periods: tuple[tuple[int, int], ...] = ((0, RETENTION),)

    def end(self, expires: int) -> int:
        """Return the time (ms UTC) after which erasure is due."""
        return expires + self.periods[-1][1]

    def may_be_erased(self, expires: int, now: int) -> bool:
        """Return whether wraps and body may be absent: they were due under a statement.

        Allows for a sender's clock a little ahead of ours.
        """
        ends = (*(since for since, _ in self.periods[1:]), now + CLOCKS_APART_MAX + 1)
        return any(
            max(since, expires + length) < end
            for (since, length), end in zip(self.periods, ends, strict=True)
        )


def of(directory: Directory) -> Retention:
    return Retention(tuple(directory.retentions))


def may_lack(expires: int, past: Past) -> bool:
    """Return whether wraps and body may be absent on arrival.

    They may once the envelope has expired: a shorter, later retention may have erased
    them.
    """
    return past(expires)
