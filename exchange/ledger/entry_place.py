"""The place of an entry as people write it.

    islamabad.pk#3                  if the node has one log
    islamabad.pk/2#3                in its log 2
    islamabad.pk.fusion/log/2#3     the same, by the origin of the log

A node has one log; after a fork it continues in one with the next number.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from exchange.errors import Reason, Refusal, Why

_PLACE = re.compile(
    r"([a-z0-9.-]{1,128}?)(?:(?:\.fusion/log)?/([1-9][0-9]{0,8}))?#([0-9]{1,18})"
)


class EntryPlace(NamedTuple):
    """`log` is the number of the log, None if not given."""

    node: str
    log: int | None
    index: int  # type: ignore[assignment]  # never searched

    def choose(self, origins: Sequence[str], where: str = "NAME") -> str:
        """Return the matching one of the node's logs that have the index.

        Refusal(NOT_FOUND) or Refusal(AMBIGUOUS), which name `where`.
        """
        logs = {number_of(origin): origin for origin in origins}
        if self.log is not None:
            logs = {number: logs[number] for number in logs.keys() & {self.log}}
        if not logs:
            raise Refusal(Reason.NOT_FOUND, where)
        if len(logs) > 1:
            places = ", ".join(f"{self.node}/{n}#{self.index}" for n in sorted(logs))
            why = Why("that node has several logs; give one of {places}", places=places)
            raise Refusal(Reason.AMBIGUOUS, where, why)
        return logs.popitem()[1]


def parse(text: str) -> EntryPlace | None:
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    return EntryPlace(found[1], int(found[2]) if found[2] else None, int(found[3]))


def number_of(origin: str) -> int:
    return int(origin.rpartition("/")[2])


def log_name(origin: str, *, several: bool) -> str:
    node = origin.partition(".fusion/")[0]
    return f"{node}/{number_of(origin)}" if several else node
