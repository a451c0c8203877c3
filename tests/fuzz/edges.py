"""Inputs that are right but for one value, which lies at the edge of what a type holds.

Bytes that are mutated by chance nearly never get past a form as infinity, 2^63, an
integer of 5,000 digits or a length of 2^64; a parser that is let through there must
refuse them itself.
"""

import re
from random import Random

NUMBERS = re.compile(rb"(?<![\w.-])-?\d+(?:\.\d+)?(?![\w.])")
TEXTS = (
    *(str(number).encode() for number in (-1, 2**31, 2**63, 2**64, 2**65, 0.5)),
    b"Infinity",  # of JSON, which Python takes
    b"-Infinity",
    b"NaN",
    b"inf",  # of TOML
    b"1e999",
    b"9" * 5_000,
)
VARINTS = (2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
DEPTH = 4


def at_an_edge(seed: bytes, chance: Random) -> bytes:
    """Return the seed with a number of its text, or of its message, at an edge."""
    texts = [found.span() for found in NUMBERS.finditer(seed)]
    varints = _numbers(seed, DEPTH)
    if not texts and not varints:
        return seed
    place = chance.randrange(len(texts) + len(varints))
    if place < len(texts):
        (start, end), new = texts[place], chance.choice(TEXTS)
    else:
        start, end, sized = varints[place - len(texts)]
        more = (len(seed),) if sized else ()
        new = _varint(chance.choice((*VARINTS, *more)))
    return seed[:start] + new + seed[end:]


def _numbers(data: bytes, depth: int, at: int = 0) -> list[tuple[int, int, bool]]:
    """Return the varints of a message, and which are lengths; none if it is none."""
    found: list[tuple[int, int, bool]] = []
    end = at + len(data)
    place, start = 0, at
    while start < end:
        tag, place = _read(data, start - at)
        kind, value_at, value = tag & 7, place, 0
        if kind in (_VARINT, _BYTES):
            value, place = _read(data, place)
            if value < 0:
                return []
            found.append((at + value_at, at + place, kind == _BYTES))
        if kind == _BYTES:
            inner = data[place : place + value]
            if len(inner) != value:
                return []
            if depth:
                found += _numbers(inner, depth - 1, at + place)
            place += value
        elif kind != _VARINT:
            if kind not in (_FIXED64, _FIXED32):
                return []
            place += 8 if kind == _FIXED64 else 4
        start = at + place
    return found if start == end else []


def _read(data: bytes, at: int) -> tuple[int, int]:
    """Return a varint and where it ends; a negative one for none."""
    value = 0
    for place in range(at, min(at + 10, len(data))):
        value |= (data[place] & 0x7F) << 7 * (place - at)
        if data[place] < 0x80:
            return value, place + 1
    return -1, len(data)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))
