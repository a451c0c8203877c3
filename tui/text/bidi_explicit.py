"""UAX #9, X1 to X10: explicit levels and the isolating run sequences."""

import unicodedata
from typing import NamedTuple

from msgspec import Struct

MAX_DEPTH = 125  # BD2
ISOLATES = frozenset(("LRI", "RLI", "FSI"))
REMOVED = frozenset(("RLE", "LRE", "RLO", "LRO", "PDF", "BN"))  # X9
_EMBEDDINGS = frozenset(("RLE", "LRE", "RLO", "LRO"))
_OVERRIDES = {"RLO": "R", "LRO": "L"}


def classes(text: str) -> list[str]:
    """Return the Bidi_Class of each character; unassigned ones count as L."""
    return [unicodedata.bidirectional(char) or "L" for char in text]


def first_strong(kinds: list[str], start: int, *, stop_at_pdi: bool) -> int | None:
    """P2 and P3: the level of the first strong character outside isolates."""
    depth = 0
    for kind in kinds[start:]:
        if kind in ISOLATES:
            depth += 1
        elif kind == "PDI":
            if not depth and stop_at_pdi:
                return None
            depth = max(0, depth - 1)
        elif not depth and kind in ("L", "R", "AL"):
            return int(kind != "L")
    return None


def matching(kinds: list[str]) -> dict[int, int]:
    """BD9: isolate initiators and their PDIs, both ways."""
    pairs: dict[int, int] = {}
    waiting: list[int] = []
    for place, kind in enumerate(kinds):
        if kind in ISOLATES:
            waiting.append(place)
        elif kind == "PDI" and waiting:
            opening = waiting.pop()
            pairs[opening], pairs[place] = place, opening
    return pairs


class _Status(NamedTuple):
    level: int
    override: str
    isolate: bool


class _Walk:
    """X1 to X8: one pass over the paragraph with the stack of directions."""

    def __init__(self, kinds: list[str], base: int) -> None:
        self.kinds, self.types, self.base = kinds, kinds[:], base
        self.levels = [base] * len(kinds)
        self.stack = [_Status(base, "", isolate=False)]
        self.over_isolate = self.over_embedding = self.valid = 0

    def run(self) -> None:
        for place, kind in enumerate(self.kinds):
            self.levels[place] = self.stack[-1].level
            if kind in _EMBEDDINGS:
                self._embed(kind)
            elif kind in ISOLATES:
                self._isolate(place, kind)
            elif kind == "PDI":
                self._end_isolate(place)
            elif kind == "PDF":
                self._end_embedding()
            elif kind == "B":
                self.levels[place] = self.base
            elif kind != "BN":
                self._override(place)

    def _override(self, place: int) -> None:
        self.types[place] = self.stack[-1].override or self.types[place]

    def _push(self, *, rtl: bool, override: str, isolate: bool) -> bool:
        level = self.stack[-1].level
        new = (level + 1) | 1 if rtl else (level + 2) & ~1
        if new > MAX_DEPTH or self.over_isolate or self.over_embedding:
            return False
        self.stack.append(_Status(new, override, isolate))
        return True

    def _embed(self, kind: str) -> None:
        rtl = kind[0] == "R"
        if not self._push(rtl=rtl, override=_OVERRIDES.get(kind, ""), isolate=False):
            self.over_embedding += not self.over_isolate

    def _isolate(self, place: int, kind: str) -> None:
        self._override(place)
        rtl = kind == "RLI" or (
            kind == "FSI" and first_strong(self.kinds, place + 1, stop_at_pdi=True) == 1
        )
        if self._push(rtl=rtl, override="", isolate=True):
            self.valid += 1
        else:
            self.over_isolate += 1

    def _end_isolate(self, place: int) -> None:
        if self.over_isolate:
            self.over_isolate -= 1
        elif self.valid:
            self.over_embedding = 0
            while not self.stack[-1].isolate:
                self.stack.pop()
            self.stack.pop()
            self.valid -= 1
        self.levels[place] = self.stack[-1].level
        self._override(place)

    def _end_embedding(self) -> None:
        if self.over_isolate:
            return
        if self.over_embedding:
            self.over_embedding -= 1
        elif not self.stack[-1].isolate and len(self.stack) > 1:
            self.stack.pop()


class Explicit(Struct, frozen=True):
    """The result of X1 to X10: embedding levels, classes after overrides, sequences."""

    base: int
    kinds: list[str]  # as in the text
    types: list[str]  # after overrides
    levels: list[int]
    pairs: dict[int, int]
    kept: list[int]  # places that X9 does not remove
    index: dict[int, int]  # place -> its index in `kept`
    sequences: list[list[int]]

    def ends(self, places: list[int]) -> tuple[str, str]:
        """X10: the classes before and after an isolating run sequence."""
        here = self.levels[places[0]]
        before = self._level_at(self.index[places[0]] - 1)
        last = places[-1]
        open_end = self.kinds[last] in ISOLATES and last not in self.pairs
        after = self.base if open_end else self._level_at(self.index[last] + 1)
        return _direction(max(before, here)), _direction(max(after, here))

    def _level_at(self, at: int) -> int:
        inside = 0 <= at < len(self.kept)
        return self.levels[self.kept[at]] if inside else self.base


def _direction(level: int) -> str:
    return "R" if level & 1 else "L"


def _level_runs(kept: list[int], levels: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for place in kept:
        if runs and levels[runs[-1][-1]] == levels[place]:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _sequences(
    runs: list[list[int]], kinds: list[str], pairs: dict[int, int]
) -> list[list[int]]:
    """BD13: level runs, joined from each isolate initiator to its PDI."""
    starts = {run[0]: run for run in runs}
    out = []
    for run in runs:
        if kinds[run[0]] == "PDI" and run[0] in pairs:
            continue  # part of the sequence of its initiator
        sequence = run[:]
        while kinds[sequence[-1]] in ISOLATES:
            after = starts.get(pairs.get(sequence[-1], -1))
            if after is None:
                break
            sequence += after
        out.append(sequence)
    return out


def explicit(kinds: list[str], base: int) -> Explicit:
    """Apply X1 to X10 to the classes of a paragraph of level `base`."""
    walk = _Walk(kinds, base)
    walk.run()
    pairs = matching(kinds)
    kept = [place for place, kind in enumerate(kinds) if kind not in REMOVED]
    index = {place: at for at, place in enumerate(kept)}
    sequences = _sequences(_level_runs(kept, walk.levels), kinds, pairs)
    return Explicit(base, kinds, walk.types, walk.levels, pairs, kept, index, sequences)
