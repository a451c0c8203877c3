"""The benchmarks in the order of `all`, each with its options and its full size."""

from argparse import ArgumentTypeError
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tests.benchmarks import LEAST, SHORT

PAIR, MEMBERS_MAX = 2, 9  # members of a mesh


class Size(NamedTuple):
    """An option that says how much a benchmark measures with."""

    option: str
    full: object
    read: Callable[[str], object]
    help: str


def at_least(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f"{text} is no number from {least} up")
        return int(text)

    return read


def members(text: str) -> list[int]:
    listed = text.split(",")
    sizes = sorted({int(each) for each in listed if each.isdecimal()})
    if (
        not all(map(str.isdecimal, listed))
        or not PAIR <= sizes[0] <= sizes[-1] <= MEMBERS_MAX
    ):
        raise ArgumentTypeError(f"{text} is no list like 2,3,5,9")
    return sizes


def bulletins(full: int, text: str = "bulletins to measure with") -> Size:
    return Size("bulletins", full, at_least(2), text)


SIZES: Mapping[str, Sequence[Size]] = {
    "exchange": (
        bulletins(20_000),
        Size("runs", 5, at_least(1), "how often to measure"),
        Size("entries", 0, at_least(0), "entries in the logs beforehand"),
    ),
    "latency": (bulletins(200),),
    "priority": (
        # about a minute for seven
        Size("flashes", 20, at_least(2), "FLASH to send"),
        Size("queued", 100_000, at_least(1), "bulletins in the backlog"),
    ),
    "flood": (bulletins(100, "bulletins, alone and beside the flood"),),
    "catchup": (bulletins(100_000, "bulletins in the backlog"),),
    "link": (bulletins(20_000, "bulletins at each RTT; slow lines have fewer"),),
    "members": (
        Size("members", [2, 3, 5, 9], members, "sizes of the meshes, up to 9"),
        bulletins(256, "bulletins of each member, twice"),
    ),
    "memory": (
        Size("entries", 1_000_000, at_least(0), "entries in the logs beforehand"),
        Size("queued", 100_000, at_least(1), "bulletins in the backlog"),
    ),
    "desk": (bulletins(10_000, "bulletins to file"),),
    "start": (Size("runs", 7, at_least(1), "how often to measure"),),
    "tui": (Size("rows", 1_000_000, at_least(LEAST), "bulletins in the mailbox"),),
    "audit": (Size("entries", 100_000, at_least(1_000), "entries in the export"),),
    "crypto": (bulletins(2_000),),
    "ledger": (
        Size("entries", 1_000_000, at_least(2 * SHORT), "entries in the long log"),
    ),
    "upkeep": (
        Size("entries", 20_480, at_least(256), "old entries to erase and move"),
    ),
    "search": (Size("rows", 1_000_000, at_least(LEAST), "bulletins in the mailbox"),),
}
