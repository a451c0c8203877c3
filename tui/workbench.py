"""A translation under way at a desk, as the screens of a translator call it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from exchange.desk.records import NONE, BackTranslation, Mark, TranslationUnit
from exchange.v1.bulletin_pb2 import Translation

if TYPE_CHECKING:  # only named here: the translator's screens load it
    from exchange.translation.steps import Put


class Workbench(Protocol):
    """A translation of one bulletin into one language, under way at this desk.

    Every step is kept at once, and raises a Refusal that names what stands against it.
    """

    @property
    def lang(self) -> str:
        """Of the translation."""

    @property
    def now(self) -> Translation:
        """As the last step, or `pieces`, left it."""

    def pieces(self) -> Sequence[TranslationUnit]:
        """Return every segment, in reading order."""

    def put(self, texts: Mapping[str, "Put"], saved: Mark = NONE) -> object:
        """Put texts by segment.

        The draft in which they were typed, of the mark `saved`, is dropped with them.
        """

    def confirm(self, keys: Sequence[str]) -> object:
        """Answer for findings, by their keys."""

    def advance(self, state: str) -> object:
        """Bring all segments to TRANSLATED, REVIEWED or FINAL."""

    def blind(self) -> Mapping[str, str]:
        """Return the translated texts alone; Refusal for who knows the source."""

    def put_back(self, texts: Mapping[str, str], saved: Mark = NONE) -> object:
        """Put what this officer made of all of them, in the source's language.

        The draft in which they were typed, of the mark `saved`, is dropped with it.
        """

    def compare(self) -> Sequence[BackTranslation]:
        """Return source, translation and back-translation side by side."""

    def judge(self, *, same: bool) -> object:
        """Judge the back-translation: whether it says the same as the source."""

    def send(self) -> bytes:
        """Sign and queue it for the source's readers; return its name."""
