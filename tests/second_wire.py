"""Protobuf's wire format a second time: the one encoding of a message, and no other.

A schema is "name:kind:reason:rule ..." by field number from 1. Kinds: u uint32, e enum,
i int64, s string, b bytes, s* and m* repeated strings and messages. Rules: of a number
its greatest value (the least is 1), of bytes their length, of a list the most
items, of a string a pattern's name; none when empty.
"""

import re
from typing import Any

ODD = "NOT_CANONICAL"
# What a varint stays under; an enum may also be a sign-extended negative.
ENDS = {"u": 1 << 32, "e": 1 << 31, "i": 1 << 64}
FORMS = {
    "name": "[a-z0-9.@-]{1,128}",
    "role": "author|releaser|issuer|root",
    "domain": "[a-z0-9-]{1,63}",
    "caveat": "[A-Z0-9_]{1,64}",
}


class Bad(Exception):
    """Refused; the one argument is the reason."""


def need(holds: object, reason: str) -> None:
    if not holds:
        raise Bad(reason)


def varint(data: bytes) -> tuple[int, bytes]:
    """Return the number and the rest; minimal encodings of 64 bits only."""
    width = next((i + 1 for i, byte in enumerate(data[:10]) if byte < 128), 0)
    number = sum((byte & 127) << 7 * i for i, byte in enumerate(data[:width]))
    need(width == 1 or (width and data[width - 1] and number < 1 << 64), ODD)
    return number, data[width:]


def parse(schema: str, data: bytes) -> dict[str, Any]:
    """Read one message: ascending fields, nothing unknown, no written default."""
    fields = [field.split(":")[:2] for field in schema.split()]
    found: dict[str, list[Any]] = {name: [] for name, _ in fields}
    last = 0
    while data:
        tag, data = varint(data)
        number = tag >> 3
        need(max(last, 1) <= number <= len(fields), ODD)
        name, kind = fields[number - 1]
        need(tag & 7 == (0 if kind in ENDS else 2), ODD)
        need(kind.endswith("*") or number > last, ODD)
        value, data = varint(data)
        if kind in ENDS:
            negative = kind == "e" and value >= (1 << 64) - ENDS["e"]
            need(value and (negative or value < ENDS[kind]), ODD)
            found[name].append(value - (1 << 64) if value >> 63 else value)
        else:
            need(len(data) >= value and (value or kind.endswith("*")), ODD)
            found[name].append(data[:value])
            data = data[value:]
        last = number
    return {name: _shape(kind, found[name]) for name, kind in fields}


def _shape(kind: str, values: list[Any]) -> Any:  # noqa: ANN401 - what the kind says
    if kind[0] == "s":
        try:
            values = [value.decode() for value in values]
        except UnicodeDecodeError:
            raise Bad(ODD) from None
    empty = {"s": "", "b": b""}.get(kind, 0)
    return values if kind.endswith("*") else [*values, empty][0]


def check(schema: str, message: dict[str, Any]) -> dict[str, Any]:
    """Hold each field against its rule."""
    for field in schema.split():
        name, kind, reason, rule = field.split(":")
        value = message[name]
        if rule.isdigit() and kind in ENDS:
            need(1 <= value <= int(rule), reason or ODD)
        elif rule.isdigit() and kind == "b":
            need(len(value) == int(rule), reason or ODD)
        elif rule.isdigit():
            need(len(value) <= int(rule), reason or ODD)
        elif rule:
            texts = value if kind == "s*" else [value]
            need(all(re.fullmatch(FORMS[rule], text) for text in texts), reason)
    return message
