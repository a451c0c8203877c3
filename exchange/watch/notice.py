"""The notice that a hook receives: counts and whose; more only by setting; pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from exchange.clock import time_of
from exchange.limits import NOTICE_DETAILS_MAX, NOTICE_TEXT_MAX
from exchange.words import say, say_n


class What(StrEnum):
    """The sorts of notices, the most urgent first."""

    FLASH = "FLASH"  # that wait for an answer of the desk
    UNANSWERED = "UNANSWERED"  # of these, since 10 minutes or longer
    DRILL = "DRILL"  # FLASH of an exercise or a test that wait
    ALARM = "ALARM"  # of the node, of its keys, of a node that does not answer
    TEST = "TEST"  # somebody tries the hook


class Notice(Struct, frozen=True):
    """One call of a hook; `where` is a desk or a node, `at` ms UTC.

    `new` of the `count` are told for the first time. `details` is empty unless the
    settings ask for more.
    """

    what: What
    where: str
    count: int
    new: int
    at: int
    details: Sequence[Mapping[str, str]] = field(default=())

    def text(self) -> str:
        """Return it in one line, in the language in use."""
        n, where = self.count, self.where
        match self.what:
            case What.FLASH:
                return say_n(
                    "{n} FLASH waits at {where}",
                    "{n} FLASH wait at {where}",
                    n,
                    where=where,
                )
            case What.UNANSWERED:
                return say_n(
                    "{n} FLASH is unanswered at {where} for 10 minutes",
                    "{n} FLASH are unanswered at {where} for 10 minutes",
                    n,
                    where=where,
                )
            case What.DRILL:
                return say_n(
                    "drill: {n} FLASH waits at {where}",
                    "drill: {n} FLASH wait at {where}",
                    n,
                    where=where,
                )
            case What.ALARM:
                return say_n(
                    "{n} alarm at {where}; run: fusion status",
                    "{n} alarms at {where}; run: fusion status",
                    n,
                    where=where,
                )
            case What.TEST:
                return say("a test of the hook at {where}", where=where)

    def as_json(self) -> dict[str, Any]:
        """Return what stands on the hook's standard input."""
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
        """Return what stands in the hook's environment, all of it plain text."""
        return {
            "FUSION_WHAT": self.what.value,
            "FUSION_WHERE": plain(self.where),
            "FUSION_COUNT": str(self.count),
            "FUSION_NEW": str(self.new),
            "FUSION_AT": time_of(self.at),
            "FUSION_TEXT": plain(self.text()),
        }


def plain(text: str) -> str:
    """Return text of others cut and without what a program or a terminal obeys.

    No control, no line end, no mark that reorders or hides; a lone surrogate, which
    cannot be encoded, becomes ? too.
    """
    cut = text[:NOTICE_TEXT_MAX]
    return "".join(c if c.isprintable() else "?" for c in cut)
