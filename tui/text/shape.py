"""Join Arabic-script letters for a terminal that shows one glyph a cell.

The tables come from `unicodedata` alone: each presentation form names its letter in its
decomposition. Each glyph keeps its place in the text.
"""

import unicodedata
from itertools import pairwise
from typing import Literal, NamedTuple

ZWNJ, ZWJ, TATWEEL = "\u200c", "\u200d", "\u0640"
LAM = "\u0644"
Form = Literal["isolated", "final", "initial", "medial"]
# Urdu letters with no presentation form: shown as base and mark, or the nearest.
NEAREST = {"\u06c2": "\u06c1\u0654", "\u06c3": "\u0629", "\u06d3": "\u06d2\u0654"}


class Shaped(NamedTuple):
    """Shown letters in logical order, and the place in the source of each."""

    text: str
    places: list[int]


def _tables() -> tuple[dict[str, dict[str, str]], dict[str, dict[str, str]]]:
    forms: dict[str, dict[str, str]] = {}
    lam_alef: dict[str, dict[str, str]] = {}
    for point in (*range(0xFB50, 0xFC00), *range(0xFE70, 0xFEFD)):
        tag, *letters = unicodedata.decomposition(chr(point)).split() or [""]
        form = tag.strip("<>")
        if form not in ("isolated", "final", "initial", "medial"):
            continue
        if len(letters) == 1:
            letter = chr(int(letters[0], 16))
            forms.setdefault(letter, {}).setdefault(form, chr(point))
        elif letters[0] == "0644" and form in ("isolated", "final"):
            lam_alef.setdefault(chr(int(letters[1], 16)), {})[form] = chr(point)
    return forms, lam_alef


FORMS, LAM_ALEF = _tables()


def _transparent(char: str) -> bool:
    category = unicodedata.category(char)
    return category in ("Mn", "Me") or (category == "Cf" and char not in (ZWNJ, ZWJ))


def _joins_next(char: str) -> bool:
    return char in (TATWEEL, ZWJ) or "initial" in FORMS.get(char, ())


def _joins_previous(char: str) -> bool:
    return char in (TATWEEL, ZWJ) or "final" in FORMS.get(char, ())


def _source(text: str) -> list[tuple[str, int]]:
    return [
        (part, place)
        for place, char in enumerate(text)
        for part in (char if char in FORMS else NEAREST.get(char, char))
    ]


def _form(char: str, before: str, after: str) -> str:
    back = bool(before) and _joins_next(before) and _joins_previous(char)
    ahead = bool(after) and _joins_next(char) and _joins_previous(after)
    if back:
        want: Form = "medial" if ahead else "final"
    else:
        want = "initial" if ahead else "isolated"
    return FORMS[char].get(want, char)


def _ligature(char: str, before: str, after: str) -> str:
    """Return the one glyph of a lam and the alef right after it."""
    if char != LAM or after not in LAM_ALEF:
        return ""
    joined = bool(before) and _joins_next(before)
    return LAM_ALEF[after]["final" if joined else "isolated"]


def shape(text: str) -> Shaped:
    """Return the letters of `text` as they are shown, still in logical order.

    ZWNJ and ZWJ steer the joins and are dropped; marks keep their places.
    """
    source = _source(text)
    out = [char for char, _ in source]
    solid = [k for k, (char, _) in enumerate(source) if not _transparent(char)]
    solid.append(-1)
    before, eaten = "", -1
    for here, following in pairwise(solid):
        char = source[here][0]
        after = source[following][0] if following >= 0 else ""
        if here != eaten and char in FORMS:
            glyph = _ligature(char, before, after) if following == here + 1 else ""
            if glyph:
                out[following], eaten = "", following
            out[here] = glyph or _form(char, before, after)
        before = char
    kept = [k for k, char in enumerate(out) if char and char not in (ZWNJ, ZWJ)]
    return Shaped("".join(out[k] for k in kept), [source[k][1] for k in kept])
