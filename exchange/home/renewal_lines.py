"""The result of a renewal in lines: renewed keys, and steps left."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from exchange.home import life_lines
from exchange.home.key_table import named_life
from exchange.home.renewal import Renewed
from exchange.words import say


def as_json(renewed: Renewed, now: int) -> dict[str, Any]:
    return {
        "renewed": [named_life(one, now) for one in renewed.done],
        "retired": list(renewed.retired),
        "asking": [part.folder.name for part in renewed.asking],
        "running": [part.folder.name for part in renewed.running],
        "left": [named_life(one, now) for one in renewed.left],
        "clock": renewed.clock,
    }


def lines(renewed: Renewed, now: int) -> Iterator[str]:
    found = as_json(renewed, now)
    if renewed.clock:
        yield renewed.clock
    for one in found["renewed"]:
        key = f"{one['role']} {one['name']}"
        yield say("{key}: renewed, ends {when}", key=key, when=one["ends"])
    for name in found["retired"]:
        yield say("{name}: a key that was replaced is revoked now", name=name)
    for part in found["asking"]:
        yield say(
            "{part}: carry its request to the nation (fusion keys request --part "
            "{part}), and the answer back",
            part=part,
        )
    for part in found["running"]:
        yield say(
            "{part}: its new keys are ready; stop it and run this command again",
            part=part,
        )
    yield from _left(renewed, found["left"])
    if not any(found.values()):
        yield say("no renewal is due")


def _left(renewed: Renewed, left: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    under_way = {(one.role, one.name) for one in renewed.under_way}
    for one in left:
        role, name = one["role"], one["name"]
        if one["waits"]:
            yield life_lines.line(one)
        elif one["next_from"] and renewed.running:
            continue  # covered by the line about the running node
        elif (role, name) in under_way:
            key, when = f"{role} {name}", one["ends"]
            yield say(
                "{key}: its successor is under way; this one ends {when}",
                key=key,
                when=when,
            )
        else:
            yield say("not renewed: {line}", line=life_lines.line(one))
