"""The notice that a hook receives: counts and a name; details only by setting; pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from exchange.clock import time_of
from exchange.limits import NOTICE_DETAILS_MAX, NOTICE_TEXT_MAX
from exchange.words import say, say_n


class What(StrEnum):
    """The most urgent first."""

    FLASH = "FLASH"  # waiting for this desk's answer
    UNANSWERED = "UNANSWERED"  # FLASH waiting for 10 minutes or longer
    DRILL = "DRILL"  # waiting FLASH of an exercise or a test
    ALARM = "ALARM"  # of the node, its keys, or an unreachable node
    TEST = "TEST"  # a test of the hook


class Notice(Struct, frozen=True):
    """`where` is a desk or a node, `at` ms UTC.

    `new` of the `count` are reported for the first time. `details` is empty unless
    asked for.
    """

    what: What
    where: str
    count: int
    new: int
    at: int
    details: Sequence[Mapping[str, str]] = field(default=())

    def text(self) -> str:
        n, place = self.count, self.where
        match self.what:
            case What.FLASH:
                return say_n(
                    "{n} FLASH waits at {place}",
                    "{n} FLASH wait at {place}",
                    n,
                    place=place,
                )
            case What.UNANSWERED:
                return say_n(
                    "{n} FLASH is unanswered at {place} for 10 minutes",
                    "{n} FLASH are unanswered at {place} for 10 minutes",
                    n,
                    place=place,
                )
            case What.DRILL:
                return say_n(
                    "drill: {n} FLASH waits at {place}",
                    "drill: {n} FLASH wait at {place}",
                    n,
                    place=place,
                )
            case What.ALARM:
                return say_n(
                    "{n} alarm at {place}; run: fusion status",
                    "{n} alarms at {place}; run: fusion status",
                    n,
                    place=place,
                )
            case What.TEST:
                return say("a test of the hook at {place}", place=place)

    def as_json(self) -> dict[str, Any]:
        shown = [
            {key: plain(value) for key, value in one.items()}
            for one in self.details[:NOTICE_DETAILS_MAX]
        ]
        told = {
            "notice": 1,
            "what": self.what.value,
            "where": plain(self.where),
            "count": self.count,
            "new": self.new,
            "at": time_of(self.at),
            "text": plain(self.text()),
        }
        return told | ({"details": shown} if shown else {})

    def environment(self) -> dict[str, str]:
        return {
            "FUSION_WHAT": self.what.value,
            "FUSION_WHERE": plain(self.where),
            "FUSION_COUNT": str(self.count),
            "FUSION_NEW": str(self.new),
            "FUSION_AT": time_of(self.at),
            "FUSION_TEXT": plain(self.text()),
        }


def plain(text: str) -> str:
    """Cut foreign text; replace what a program or terminal obeys.

    Control, line-end, invisible, reordering characters and lone surrogates become ?.
    """
    cut = text[:NOTICE_TEXT_MAX]
    return "".join(c if c.isprintable() else "?" for c in cut)
