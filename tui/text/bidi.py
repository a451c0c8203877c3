"""Unicode Bidirectional Algorithm (UAX #9): levels of a paragraph, order of a line.

Levels are computed over the whole paragraph before it is cut into lines, so that a date
or a bracket reads the same wherever a line ends. The code names the rules as UAX #9
does; X1 to X10 are in bidi_explicit.py.
"""

import unicodedata
from collections.abc import Iterator

from msgspec import Struct

from tui.text.bidi_explicit import (
    ISOLATES,
    REMOVED,
    Explicit,
    classes,
    explicit,
    first_strong,
)
from tui.text.mirrored_pairs import MIRRORED

_NEUTRAL = frozenset(("B", "S", "WS", "ON", "FSI", "LRI", "RLI", "PDI"))
_TRAILING = ISOLATES | REMOVED | {"PDI", "WS"}  # L1
_ET = frozenset(("ET",))
_STRONG_OF = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
_CANON = {"\u2329": "\u3008", "\u232a": "\u3009"}
_BRACKETS_MAX = 63  # BD16


def _bracket_table() -> dict[str, tuple[str, bool]]:
    out = {}
    for one, other in MIRRORED.items():
        kind = unicodedata.category(one)
        if kind in ("Ps", "Pe") and unicodedata.bidirectional(one) == "ON":
            out[one] = (_CANON.get(other, other), kind == "Ps")
    return out


_BRACKETS = _bracket_table()


def paragraph_levels(text: str, base: int | None = None) -> tuple[list[int], int]:
    """Return the level of each character of a paragraph, and that of the paragraph.

    `base` is 0 for left to right, 1 for right to left, None for the first strong
    character's (P2, P3).
    """
    kinds = classes(text)
    if base is None:
        base = first_strong(kinds, 0, stop_at_pdi=False) or 0
    if not text:
        return [], base
    found = explicit(kinds, base)
    levels = found.levels[:]
    for places in found.sequences:
        _Sequence(text, found, places).settle(levels)
    before = base
    for place, kind in enumerate(kinds):
        if kind in REMOVED:  # the level of the character before them
            levels[place] = before
        before = levels[place]
    return levels, base


class _Sequence(Struct):
    """One isolating run sequence: W1 to W7, N0 to N2, I1 and I2."""

    text: str
    explicit: Explicit
    places: list[int]

    def settle(self, levels: list[int]) -> None:
        here = self.explicit.levels[self.places[0]]
        sos, eos = self.explicit.ends(self.places)
        types = _weak([self.explicit.types[place] for place in self.places], sos)
        embedding = "R" if here & 1 else "L"
        self._brackets(types, sos, embedding)
        _neutral(types, sos, eos, embedding)
        for place, kind in zip(self.places, types, strict=True):
            levels[place] = here + _implicit(here, kind)

    def _brackets(self, types: list[str], sos: str, embedding: str) -> None:
        """N0."""
        for opening, closing in self._pairs(types):
            inside = _inside(types, opening, closing, embedding)
            if not inside:
                continue
            if inside != embedding:
                inside = _strong_before(types, opening, sos)
            for place in (opening, closing):
                types[place] = inside
                self._marks_after(types, place, inside)

    def _pairs(self, types: list[str]) -> list[tuple[int, int]]:
        """BD16: places of paired brackets, by the place of the opening one."""
        waiting: list[tuple[str, int]] = []
        pairs: list[tuple[int, int]] = []
        for place, kind in enumerate(types):
            char = self.text[self.places[place]]
            if kind != "ON" or char not in _BRACKETS:
                continue
            other, opens = _BRACKETS[char]
            if not opens:
                _close(waiting, pairs, _CANON.get(char, char), place)
            elif len(waiting) == _BRACKETS_MAX:
                return []
            else:
                waiting.append((other, place))
        return sorted(pairs)

    def _marks_after(self, types: list[str], place: int, kind: str) -> None:
        kinds = self.explicit.kinds
        for after in range(place + 1, len(types)):
            if kinds[self.places[after]] != "NSM":
                return
            types[after] = kind


def _close(
    waiting: list[tuple[str, int]], pairs: list[tuple[int, int]], char: str, place: int
) -> None:
    for depth in range(len(waiting) - 1, -1, -1):
        if waiting[depth][0] == char:
            pairs.append((waiting[depth][1], place))
            del waiting[depth:]
            return


def _inside(types: list[str], opening: int, closing: int, embedding: str) -> str:
    """Find the strong direction between two brackets; the embedding's wins."""
    seen = {_STRONG_OF.get(kind, "") for kind in types[opening + 1 : closing]}
    if embedding in seen:
        return embedding
    return "".join(seen - {""})


def _strong_before(types: list[str], place: int, sos: str) -> str:
    for kind in reversed(types[:place]):
        if kind in _STRONG_OF:
            return _STRONG_OF[kind]
    return sos


def _implicit(here: int, kind: str) -> int:
    """I1 and I2."""
    if here & 1:
        return int(kind != "R")
    return {"R": 1, "AN": 2, "EN": 2}.get(kind, 0)


def _runs(types: list[str], wanted: frozenset[str]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(types):
        end = start
        while end < len(types) and types[end] in wanted:
            end += 1
        if end > start:
            yield start, end
        start = end + 1


def _weak(types: list[str], sos: str) -> list[str]:
    _w1(types, sos)
    _w2(types, sos)
    types = ["R" if kind == "AL" else kind for kind in types]  # W3
    _w4(types)
    _w5(types)
    types = ["ON" if kind in ("ES", "CS", "ET") else kind for kind in types]  # W6
    _w7(types, sos)
    return types


def _w1(types: list[str], sos: str) -> None:
    before = sos
    for place, kind in enumerate(types):
        if kind == "NSM":
            types[place] = "ON" if before in ISOLATES or before == "PDI" else before
        before = types[place]


def _w2(types: list[str], sos: str) -> None:
    strong = sos
    for place, kind in enumerate(types):
        if kind in ("L", "R", "AL"):
            strong = kind
        elif kind == "EN" and strong == "AL":
            types[place] = "AN"


def _w4(types: list[str]) -> None:
    for place in range(1, len(types) - 1):
        before, kind, after = types[place - 1 : place + 2]
        if before != after:
            continue
        if (kind == "ES" and before == "EN") or (
            kind == "CS" and before in ("EN", "AN")
        ):
            types[place] = before


def _w5(types: list[str]) -> None:
    for start, end in _runs(types, _ET):
        if "EN" in (*types[max(0, start - 1) : start], *types[end : end + 1]):
            types[start:end] = ["EN"] * (end - start)


def _w7(types: list[str], sos: str) -> None:
    strong = sos
    for place, kind in enumerate(types):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            types[place] = "L"


def _neutral(types: list[str], sos: str, eos: str, embedding: str) -> None:
    """N1 and N2."""
    for start, end in _runs(types, _NEUTRAL):
        left = _STRONG_OF[types[start - 1]] if start else sos
        right = _STRONG_OF[types[end]] if end < len(types) else eos
        kind = left if left == right else embedding
        types[start:end] = [kind] * (end - start)


def line_order(
    text: str, levels: list[int], start: int, end: int, base: int
) -> list[int]:
    """L1 and L2 over text[start:end]: places of its characters from left to right."""
    kinds = classes(text[start:end])
    now = _reset_ends(kinds, levels[start:end], base)
    order = [k for k in range(end - start) if kinds[k] not in REMOVED]
    odd = [now[k] for k in order if now[k] & 1]
    if odd:
        for level in range(max(now[k] for k in order), min(odd) - 1, -1):
            _reverse(order, now, level)
    return [start + k for k in order]


def _reset_ends(kinds: list[str], levels: list[int], base: int) -> list[int]:
    """L1: separators, and the white space before them or the end, take the base."""
    trailing = True
    for place in range(len(kinds) - 1, -1, -1):
        kind = kinds[place]
        if kind in ("B", "S"):
            trailing = True
        elif kind not in _TRAILING:
            trailing = False
        if trailing:
            levels[place] = base
    return levels


def _reverse(order: list[int], levels: list[int], level: int) -> None:
    """L2 at one level."""
    start = 0
    while start < len(order):
        end = start
        while end < len(order) and levels[order[end]] >= level:
            end += 1
        order[start:end] = order[start:end][::-1]
        start = end + 1
