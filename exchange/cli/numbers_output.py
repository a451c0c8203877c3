"""The sealed counters of a desk: missing numbers, and officers' statements on them."""

from collections.abc import Mapping
from typing import Any

from exchange.cli.lazy import lazy_imports
from exchange.words import say, word

with lazy_imports():
    from exchange.desk.client import Desk
    from exchange.desk.deadlines.missing_bulletins import describe_gap

VERDICTS = {"MISUSED": word("misused"), "GO_ON": word("go on from here")}


def numbers_json(desk: "Desk") -> dict[str, Any]:
    gaps, jumps = desk.mailbox.numbers.gaps(), desk.mailbox.numbers.jumps()
    said = [one.as_json() for one in desk.mailbox.numbers.verdicts()]
    return {
        "missing": [{"desk": gap.desk, "numbers": list(gap.numbers)} for gap in gaps],
        "numbers_out_of_reach": [
            {"desk": one.desk, "reach": one.reach, "number": one.number}
            for one in jumps
        ],
        "number_verdicts": said,
        "number_lines": [
            *(describe_gap(desk, gap) for gap in gaps),
            *map(verdict_line, said),
        ],
    }


def verdict_line(said: Mapping[str, Any]) -> str:
    return say(
        "number {number} of {desk}: {verdict}, by {officer} at {time}",
        number=said["number"],
        desk=said["desk"],
        verdict=say(VERDICTS[said["verdict"]]),
        officer=said["officer"],
        time=said["at"],
    )
