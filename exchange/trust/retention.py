"""Retention: wraps and bodies are kept until `expires` + retention.

The retention of a log is said in it by the nation whose log it is, so all members
erase alike; `expires` stands in the signed header, so what was erased can be told
from what is missing for ever. The newest statement counts, for older entries too. A
later, longer one brings nothing back: what was due under an earlier one is rightly
gone.
"""

from collections.abc import Callable

from msgspec import Struct

from exchange.limits import CLOCKS_APART_MAX, RETENTION
from exchange.trust.directory import Directory

Past = Callable[[int], bool]
"""A function: whether a time (ms UTC) is behind this clock and behind signed time."""


class Retention(Struct, frozen=True):
    """The retentions of a log in their order: (since when, how long), both in ms."""

    periods: tuple[tuple[int, int], ...] = ((0, RETENTION),)

    def end(self, expires: int) -> int:
        """Return the time (ms UTC) behind which wraps and body are over."""
        return expires + self.periods[-1][1]

    def may_be_erased(self, expires: int, now: int) -> bool:
        """Whether their absence is right: they were due under one of the statements.

        Another's clock, by which they were not sent, may be a little ahead of ours.
        """
        ends = (*(since for since, _ in self.periods[1:]), now + CLOCKS_APART_MAX + 1)
        return any(
            max(since, expires + length) < end
            for (since, length), end in zip(self.periods, ends, strict=True)
        )


def of(directory: Directory) -> Retention:
    """Return the retention of a log, as far as its statements were applied."""
    return Retention(tuple(directory.retentions))


def may_lack(expires: int, past: Past) -> bool:
    """Whether wraps and body may be absent on arrival: the envelope has expired.

    Not its whole retention: whoever reads a log from its beginning meets what a
    shorter retention, stated further up, has erased.
    """
    return past(expires)
