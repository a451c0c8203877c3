"""A translation under way as the terminal sees it (`tui.desk.Workbench`)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from exchange.bulletin.translations import BY_PERSONS
from exchange.desk.client import Desk
from exchange.desk.incoming.translation_memory import suggestions
from exchange.desk.records import NONE, BackTranslation, Mark, TranslationUnit
from exchange.desk.translation.translating import Put, Translating
from exchange.translation.memory import Suggestion
from exchange.v1 import envelope_pb2 as env

_FLASH = env.PRECEDENCE_FLASH


class Workbench:
    """One bulletin, one language; each step is kept at once."""

    def __init__(self, desk: Desk, name: bytes, lang: str) -> None:
        self._translating = Translating(desk)
        self._mailbox = desk.mailbox
        self._name = name
        self._source = self._translating.source(name, lang)
        self._now = self._translating.begin(name, lang)
        self.lang = self._now.lang

    @property
    def state(self) -> str:
        """The least of its segments' states."""
        return self._now.state

    @property
    def translator(self) -> str:
        """Who answers for the texts."""
        return self._now.translator

    @property
    def reviewer(self) -> str:
        """Who reviewed them."""
        return self._now.reviewer

    @property
    def back_wanted(self) -> bool:
        """Whether it must be translated back and compared before it is reviewed."""
        flash = self._source.precedence == _FLASH
        return flash and not self._now.back.judge and self.state not in BY_PERSONS

    def pieces(self) -> Sequence[TranslationUnit]:
        """Return every segment, in reading order."""
        self._now = self._translating.current(self._name, self.lang)
        return [
            replace(part, suggestions=self._suggestions(part))
            for part in self._translating.parts(self._name, self.lang)
        ]

    def _suggestions(self, part: TranslationUnit) -> list[Suggestion]:
        label, source = self._source.label, part.source
        return suggestions(self._mailbox, label, source, self.lang)

    def put(
        self, segment: str, text: str, percent: int = 0, saved: Mark = NONE
    ) -> None:
        """Put a text; one that was suggested with its percentage.

        The draft of the mark `saved` is dropped in the same write.
        """
        made = Put(text, "MEMORY", percent) if percent else Put(text)
        self._now = self._translating.put(self._name, self.lang, {segment: made}, saved)

    def confirm(self, keys: Sequence[str]) -> None:
        """Answer for findings."""
        self._now = self._translating.confirm(self._name, self.lang, keys)

    def advance(self, state: str) -> None:
        """Bring all segments to a state."""
        self._now = self._translating.advance(self._name, self.lang, state)

    def blind(self) -> Mapping[str, str]:
        """Return the translated texts alone."""
        return self._translating.blind(self._name, self.lang)

    def put_back(self, texts: Mapping[str, str], saved: Mark = NONE) -> None:
        """Put what this officer made of them; drop the draft of the mark `saved`."""
        self._now = self._translating.put_back(self._name, self.lang, texts, saved)

    def compared(self) -> Sequence[BackTranslation]:
        """Return source, translation and what came back side by side."""
        return self._translating.beside(self._name, self.lang)

    def judge(self, *, same: bool) -> None:
        """Say whether what came back says the same."""
        self._now = self._translating.judge(self._name, self.lang, same=same)

    def send(self) -> bytes:
        """Sign and queue it; return its name."""
        return self._translating.send(self._name, self.lang)
