"""The cosigners that a policy asks for, and how long ago each cosigned."""

from collections.abc import Iterable
from typing import Any

from exchange.cli.lazy import lazy_imports
from exchange.limits import SECOND
from exchange.words import say
from exchange.words.ages import ago

with lazy_imports():
    from exchange.bulletin.values import iso
    from exchange.desk.link import heads
    from exchange.desk.link.heads import HeldSizes
    from exchange.ledger.policy import Policy


def list_cosigners(
    sizes: "HeldSizes", policy: "Policy", index: int, now: int
) -> list[dict[str, object]]:
    """Return of each cosigner its name, and the time and age (s) of its newest line.

    Both are None where it has no line that covers the entry; `now` is in ms.
    """
    return [
        {
            "name": name,
            "at": iso(time_s * SECOND) if time_s else None,
            "age": max(0, now // SECOND - time_s) if time_s else None,
        }
        for name, time_s in heads.cosigned_times(sizes, policy, index).items()
    ]


def lines(cosigners: Iterable[dict[str, Any]]) -> list[str]:
    """Return each cosigner in words, on a line."""
    return [_line(one) for one in cosigners]


def _line(cosigner: dict[str, Any]) -> str:
    if not cosigner["at"]:
        return say("cosigner {name} missing", name=cosigner["name"])
    return say(
        "cosigner {name} {when}, {ago}",
        name=cosigner["name"],
        when=cosigner["at"],
        ago=ago(cosigner["age"] * SECOND),
    )
