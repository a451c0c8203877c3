"""Numbers of bulletins as docs/spec/receipts.md counts them, without our code."""

from collections.abc import Collection, Sequence

AHEAD = 1_024


def count(
    came: Sequence[int | None], said: Collection[tuple[int, str]] = ()
) -> tuple[int, list[list[int]], int | None]:
    """Return the largest number in reach, those missing, and the least out of reach.

    Those missing are in runs, each by its first and last. None is a bulletin that does
    not open; `said` are officers' words on numbers.
    """
    last = dict(said)
    closed = sum(one is None for one in came)
    base = max((n for n, word in last.items() if word == "GO_ON"), default=0)
    ignored = {n for n, word in last.items() if word == "MISUSED"}
    reach, beyond = base, None
    seen = sorted({one for one in came if one is not None} - ignored)
    for number in seen:
        if number > reach + AHEAD + closed:
            beyond = number
            break
        reach = max(reach, number)
    holes = sorted(set(range(base + 1, reach)) - set(seen) - ignored)
    return reach, runs(holes) if len(holes) > closed else [], beyond


def runs(numbers: Sequence[int]) -> list[list[int]]:
    """Return ascending numbers as pairs, of those that follow each other."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
