"""Reading JSON that a stranger may have written: each refusal names its field."""

import json
import re
from dataclasses import dataclass

from exchange.errors import Reason, Refusal
from exchange.limits import BODY_MAX

INPUT_MAX = 4 * BODY_MAX  # bytes of JSON; escapes make up to six of one
DEPTH_MAX = 16  # objects and lists in each other; a bulletin needs five
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Object(dict[str, object]):
    """A JSON object that remembers a key that stood twice."""

    twice: str | None = None


def _pairs(pairs: list[tuple[str, object]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.twice = next(key for key in keys if keys.count(key) > 1)
    return found


def _step(path: str, key: object) -> str:
    """Return the path of a member; a hostile key never reaches the terminal."""
    name = str(key) if isinstance(key, int) else key
    shown = name if isinstance(name, str) and _KEY.fullmatch(name) else "?"
    return f"{path}.{shown}" if path else shown


def _sound(root: object) -> None:
    """Refuse keys that stand twice and deep nesting, wherever they are."""
    todo: list[tuple[str, int, object]] = [("", 0, root)]
    while todo:
        path, depth, value = todo.pop()
        if depth > DEPTH_MAX:
            raise Refusal(Reason.INPUT, path.split(".")[0])
        if isinstance(value, _Object):
            if value.twice is not None:
                raise Refusal(Reason.INPUT, _step(path, value.twice))
            todo += [(_step(path, k), depth + 1, v) for k, v in value.items()]
        elif isinstance(value, list):
            todo += [(_step(path, i), depth + 1, v) for i, v in enumerate(value)]


def read_json(data: bytes) -> dict[str, object]:
    """Return the one JSON object in `data` (UTF-8).

    Raises Refusal: TOO_LONG over INPUT_MAX bytes; INPUT where it is no JSON object,
    holds a key twice or nests too deep.
    """
    if len(data) > INPUT_MAX:
        raise Refusal(Reason.TOO_LONG, "input")
    try:
        root = json.loads(data.decode(), object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        raise Refusal(Reason.INPUT, "input") from error
    if not isinstance(root, dict):
        raise Refusal(Reason.INPUT, "input")
    _sound(root)
    return root


@dataclass(frozen=True, slots=True)
class At:
    """A JSON value and the dotted path to it."""

    value: object
    path: str = ""

    def refusal(self, reason: Reason = Reason.FIELD_VALUE) -> Refusal:
        """Return a refusal that names this place."""
        return Refusal(reason, self.path or "input")

    def members(self, *known: str) -> dict[str, "At"]:
        """Return the members of an object that has no others than those known."""
        found = self.all_members()
        for key, at in found.items():
            if key not in known:
                raise at.refusal(Reason.FIELD_UNKNOWN)
        return found

    def all_members(self) -> dict[str, "At"]:
        """Return the members of an object, whatever UTF-8 text they are called."""
        if not isinstance(self.value, dict):
            raise self.refusal()
        found = {k: At(v, _step(self.path, k)) for k, v in self.value.items()}
        for key, at in found.items():
            if _SURROGATE.search(str(key)):
                raise at.refusal(Reason.FIELD_UNKNOWN)
        return found

    def items(self) -> list["At"]:
        """Return the items of a list."""
        if not isinstance(self.value, list):
            raise self.refusal()
        return [At(v, _step(self.path, i)) for i, v in enumerate(self.value)]

    def text(self) -> str:
        """Return a text that UTF-8 can write."""
        if not isinstance(self.value, str) or _SURROGATE.search(self.value):
            raise self.refusal()
        return self.value

    def integer(self, low: int, high: int) -> int:
        """Return a whole number within the inclusive bounds."""
        if type(self.value) is not int or not low <= self.value <= high:
            raise self.refusal()
        return self.value

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self.refusal()
        return self.value


def need(members: dict[str, At], key: str, path: str = "") -> At:
    """Return a member, or refuse for its absence."""
    if key not in members:
        raise Refusal(Reason.FIELD_MISSING, _step(path, key))
    return members[key]
