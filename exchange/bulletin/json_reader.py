"""A reader of untrusted JSON: each refusal names its field."""

import json
import re

from msgspec import Struct

from exchange.bulletin.suggest import unlike
from exchange.errors import Reason, Refusal, Why, too_large
from exchange.limits import BODY_MAX

INPUT_MAX = 4 * BODY_MAX  # bytes of JSON; an escape takes up to six bytes for one
DEPTH_MAX = 16  # nested objects and lists; a bulletin needs five
HALF = Why("contains an unpaired surrogate; retype the text")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Object(dict[str, object]):
    """A JSON object that remembers a duplicate key."""

    twice: str | None = None


def _pairs(pairs: list[tuple[str, object]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        found.twice = next(key for key in keys if keys.count(key) > 1)
    return found


def _step(path: str, key: object) -> str:
    """Return a path; a hostile key never reaches the terminal."""
    name = str(key) if isinstance(key, int) else key
    shown = name if isinstance(name, str) and _KEY.fullmatch(name) else "?"
    return f"{path}.{shown}" if path else shown


def _sound(root: object) -> None:
    todo: list[tuple[str, int, object]] = [("", 0, root)]
    while todo:
        path, depth, value = todo.pop()
        if depth > DEPTH_MAX:
            raise Refusal(Reason.INPUT, path.split(".")[0], _DEEP)
        if isinstance(value, _Object):
            if value.twice is not None:
                raise Refusal(Reason.INPUT, _step(path, value.twice), _TWICE)
            todo += [(_step(path, k), depth + 1, v) for k, v in value.items()]
        elif isinstance(value, list):
            todo += [(_step(path, i), depth + 1, v) for i, v in enumerate(value)]


_DEEP = Why("the JSON is nested too deeply; write it as in the samples")
_TWICE = Why("is given twice; remove one")
_OBJECT = Why("expected one JSON object, as in the samples")


def read_json(data: bytes, where: str = "input") -> dict[str, object]:
    """Return the one JSON object in `data` (UTF-8), read from `where`.

    Raises Refusal: TOO_LONG over INPUT_MAX bytes; INPUT if it is not a JSON object, has
    a duplicate key or nests too deep.
    """
    if len(data) > INPUT_MAX:
        raise Refusal(Reason.TOO_LONG, where, too_large(INPUT_MAX))
    try:
        root = json.loads(data.decode(), object_pairs_hook=_pairs)
    except (ValueError, RecursionError) as error:
        raise Refusal(Reason.INPUT, where, _broken(error)) from error
    if not isinstance(root, dict):
        raise Refusal(Reason.INPUT, where, _OBJECT)
    _sound(root)
    return root


def _broken(error: Exception) -> Why:
    """Return the position of the error; never the text."""
    if isinstance(error, json.JSONDecodeError):
        return Why(
            "not valid JSON from line {line}, column {column}",
            line=error.lineno,
            column=error.colno,
        )
    if isinstance(error, UnicodeDecodeError):
        return Why("not UTF-8 text; save it as UTF-8")
    return _DEEP if isinstance(error, RecursionError) else _OBJECT


class JsonValue(Struct, frozen=True):
    """A JSON value and the dotted path to it."""

    value: object
    path: str = ""

    def refusal(
        self, reason: Reason = Reason.FIELD_VALUE, why: Why | None = None
    ) -> Refusal:
        return Refusal(reason, self.path or "input", why)

    def members(self, *known: str) -> dict[str, "JsonValue"]:
        """Return the members; refuse any not in `known`."""
        found = self.all_members()
        for key, at in found.items():
            if key not in known:
                raise at.refusal(Reason.FIELD_UNKNOWN, unlike(str(key), known))
        return found

    def all_members(self) -> dict[str, "JsonValue"]:
        """Take any UTF-8 keys."""
        if not isinstance(self.value, dict):
            raise self.refusal(why=Why("expected an object in braces"))
        found = {k: JsonValue(v, _step(self.path, k)) for k, v in self.value.items()}
        for key, at in found.items():
            if _SURROGATE.search(str(key)):
                raise at.refusal(Reason.FIELD_UNKNOWN)
        return found

    def items(self) -> list["JsonValue"]:
        if not isinstance(self.value, list):
            raise self.refusal(why=Why("expected a list in square brackets"))
        return [JsonValue(v, _step(self.path, i)) for i, v in enumerate(self.value)]

    def text(self) -> str:
        """Refuse a text that UTF-8 cannot encode."""
        if not isinstance(self.value, str):
            raise self.refusal(why=Why("expected text; put it in quotes"))
        if _SURROGATE.search(self.value):
            raise self.refusal(why=HALF)
        return self.value

    def integer(self, low: int, high: int) -> int:
        """Refuse it outside the inclusive bounds."""
        if type(self.value) is not int or not low <= self.value <= high:
            raise self.refusal(why=whole(low, high))
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.refusal(why=Why("expected true or false, without quotes"))
        return self.value


def whole(low: int, high: int) -> Why:
    return Why(
        "expected a whole number from {low} to {high}, without quotes",
        low=low,
        high=high,
    )


def need(members: dict[str, JsonValue], key: str, path: str = "") -> JsonValue:
    """Raise Refusal(FIELD_MISSING) without it."""
    if key not in members:
        raise Refusal(Reason.FIELD_MISSING, _step(path, key))
    return members[key]
