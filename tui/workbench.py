"""A translation in progress at a desk, as the translator's screens call it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from exchange.desk.records import NONE, BackTranslation, Mark, TranslationUnit
from exchange.v1.bulletin_pb2 import Translation

if TYPE_CHECKING:  # for types only: the translator's screens load it
    from exchange.translation.steps import Put


class Workbench(Protocol):
    """A translation of one bulletin into one language, in progress at this desk.

    Every step is saved at once; a Refusal names the obstacle.
    """

    @property
    def lang(self) -> str:
        """Of the translation."""

    @property
    def now(self) -> Translation:
        """As the last step, or `pieces`, left it."""

    def pieces(self) -> Sequence[TranslationUnit]:
        """Return them in reading order."""

    def put(self, texts: Mapping[str, "Put"], saved: Mark = NONE) -> object:
        """Set texts by segment.

        The draft they were typed in, of the mark `saved`, is deleted with them.
        """

    def confirm(self, keys: Sequence[str]) -> object:
        """Answer for findings, by their keys."""

    def advance(self, state: str) -> object:
        """Move all segments to TRANSLATED, REVIEWED or FINAL."""

    def blind(self) -> Mapping[str, str]:
        """Return the translated texts; Refusal for an officer who knows the source."""

    def put_back(self, texts: Mapping[str, str], saved: Mark = NONE) -> object:
        """Set this officer's back-translation of all texts, in the source's language.

        The draft it was typed in, of the mark `saved`, is deleted with it.
        """

    def compare(self) -> Sequence[BackTranslation]:
        """Return them side by side with the source."""

    def judge(self, *, same: bool) -> object:
        """Judge if the back-translation has the same meaning as the source."""

    def send(self) -> bytes:
        """Sign and queue it for the source's readers; return its name."""
