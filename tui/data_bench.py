"""What the screens ask of a desk about a translation under way (`tui.data`)."""

# ruff: noqa: D102 - a property is explained where its name does not say all

from collections.abc import Mapping, Sequence
from typing import Protocol

from exchange.v1.bulletin_pb2 import Segment
from tui.drafts import NONE, Mark


class Finding(Protocol):
    """Something that a check found in a translated text."""

    @property
    def key(self) -> str:
        """By which it is confirmed: `s1 NEGATION`."""

    @property
    def answerable(self) -> bool:
        """Whether a person may answer for it; else it must be mended."""

    def text(self) -> str:
        """Return what is wrong, in the language in use. May hold foreign text."""


class Suggestion(Protocol):
    """An earlier translation of a text that resembles the one at hand."""

    @property
    def text(self) -> str: ...
    @property
    def percent(self) -> int:
        """By how much its source is the text at hand; 100 is the very text."""


class Piece(Protocol):
    """A segment beside its translation."""

    @property
    def source(self) -> Segment: ...
    @property
    def text(self) -> str:
        """The translation, "" where there is none yet."""

    @property
    def state(self) -> str:
        """INITIAL, TRANSLATED, REVIEWED or FINAL."""

    @property
    def origin(self) -> str:
        """HUMAN, MEMORY or MACHINE; "" where there is no text."""

    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def terms(self) -> Sequence[tuple[str, str]]:
        """Agreed terms: as the source has each, and as the translation shall."""

    @property
    def suggestions(self) -> Sequence[Suggestion]:
        """The best first."""


class Compared(Protocol):
    """A segment beside what came back of its translation."""

    @property
    def source(self) -> Segment: ...
    @property
    def text(self) -> str: ...
    @property
    def back(self) -> str: ...


class Workbench(Protocol):
    """A translation of one bulletin into one language, under way at this desk.

    Every step is kept at once, and raises a Refusal that names what stands against it.
    """

    @property
    def lang(self) -> str:
        """Of the translation."""

    @property
    def state(self) -> str:
        """The least of its segments' states."""

    @property
    def translator(self) -> str:
        """An officer; "" where nothing was written yet."""

    @property
    def reviewer(self) -> str: ...
    @property
    def back_wanted(self) -> bool:
        """Whether it must be translated back and compared before it is reviewed."""

    def pieces(self) -> Sequence[Piece]:
        """Return every segment, in reading order."""

    def put(
        self, segment: str, text: str, percent: int = 0, saved: Mark = NONE
    ) -> None:
        """Put a text; `percent` is that of the suggestion that it was taken from.

        The draft in which it was typed, of the mark `saved`, is dropped with it.
        """

    def confirm(self, keys: Sequence[str]) -> None:
        """Answer for findings."""

    def advance(self, state: str) -> None:
        """Bring all segments to TRANSLATED, REVIEWED or FINAL."""

    def blind(self) -> Mapping[str, str]:
        """Return the translated texts alone; Refusal for who knows the source."""

    def put_back(self, texts: Mapping[str, str], saved: Mark = NONE) -> None:
        """Put what this officer made of all of them, in the source's language.

        The draft in which they were typed, of the mark `saved`, is dropped with it.
        """

    def compared(self) -> Sequence[Compared]:
        """Return source, translation and what came back side by side."""

    def judge(self, *, same: bool) -> None:
        """Say whether what came back says the same."""

    def send(self) -> bytes:
        """Sign and queue it for the source's readers; return its name."""
