"""The translation memory: earlier translations of similar texts, in percent.

Memory leaks content between compartments, so it is kept by label. A pair has the label
of its message: the TLP, the releasable domains and the caveats, both sorted. It is
suggested for a text only if all three are equal. A stricter pair would leak into a
wider message; a wider one would suggest that its text may go wherever the stricter
message goes.

A suggestion is shown as written: its numbers are those of the earlier text.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import Struct

from exchange.bulletin.search_fold import fold_words
from exchange.trust import labels
from exchange.trust.labels import Labelled
from exchange.v1 import envelope_pb2 as pb

EXACT = 100  # percent: an identical text
NEAR_MAX = 99  # percent, the most for any other text
MATCH_MIN = 60  # percent, the least for a suggestion
SUGGESTED_MAX = 5  # suggestions shown to a translator


class TextPair(NamedTuple):
    """A text and its translation; `changed` in ms UTC."""

    lang: str
    text: str
    target_lang: str
    target_text: str
    officer: str
    changed: int


class Suggestion(Struct, frozen=True):
    """A translation, and the similarity of its source to the text in percent."""

    text: str
    percent: int
    source: str = ""
    officer: str = ""
    changed: int = 0


class MemoryLabel(Struct, frozen=True, order=True):
    """The label that keeps memories apart; lists are sorted."""

    tlp: str
    releasable_to: tuple[str, ...]
    caveats: tuple[str, ...] = ()

    @classmethod
    def of(cls, labelled: Labelled) -> "MemoryLabel":
        tlp = pb.Tlp.Name(labelled.tlp).removeprefix("TLP_")
        releasable = tuple(sorted(labelled.releasable_to))
        return cls(tlp, releasable, tuple(sorted(labelled.caveats)))

    @property
    def handling(self) -> labels.Label:
        tlp = pb.Tlp.Value(f"TLP_{self.tlp}")
        return labels.Label(tlp, frozenset(self.releasable_to), frozenset(self.caveats))

    @classmethod
    def parse(cls, text: str) -> "MemoryLabel | None":
        """Return None for a text not written by `str`."""
        tlp, *rest = text.split("/")
        if f"TLP_{tlp}" not in pb.Tlp.keys() or len(rest) not in {1, 2}:  # noqa: SIM118  # an enum of protobuf
            return None
        lists = [tuple(part.split(",")) if part else () for part in rest]
        made = cls(tlp, *lists)
        return made if made.releasable_to and str(made) == text else None

    def __str__(self) -> str:
        """Return `AMBER/cn,pk` or `AMBER/cn,pk/CAVEAT,OTHER`."""
        lists = [",".join(sorted(self.releasable_to))]
        if self.caveats:
            lists.append(",".join(sorted(self.caveats)))
        return "/".join([self.tlp, *lists])


def suggest(pairs: Iterable[TextPair], text: str, limit: int) -> list[Suggestion]:
    """Return the best and newest first.

    `pairs` are of one label and one pair of languages. The percentage is one less the
    share of changed characters (Levenshtein, by the longer text), after folding case
    and letters that keyboards confuse, rounded down; only an identical text has 100.
    Omits duplicates.
    """
    folded = fold_words(text)
    best: dict[str, Suggestion] = {}
    for pair in pairs:
        percent = EXACT if pair.text == text else _alike(folded, fold_words(pair.text))
        if percent < MATCH_MIN:
            continue
        found = Suggestion(
            pair.target_text, percent, pair.text, pair.officer, pair.changed
        )
        held = best.get(found.text)
        if held is None or _rank(found) < _rank(held):
            best[found.text] = found
    return sorted(best.values(), key=_rank)[:limit]


def _alike(text: str, other: str) -> int:
    """Return per cent, 0 below MATCH_MIN; both texts are folded."""
    from rapidfuzz.distance import Levenshtein  # noqa: PLC0415  # 50 ms; few need it

    longer = max(len(text), len(other), 1)
    most = longer * (100 - MATCH_MIN) // 100
    changed = Levenshtein.distance(text, other, score_cutoff=most)
    if changed > most:
        return 0
    return min(100 * (longer - changed) // longer, NEAR_MAX)


def _rank(suggestion: Suggestion) -> tuple[int, int, str]:
    return -suggestion.percent, -suggestion.changed, suggestion.text
