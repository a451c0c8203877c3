"""A translation under way in memory, by the real steps and checks."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from exchange.bulletin.translations import segments_of
from exchange.desk.records import NONE, BackTranslation, Mark, TranslationUnit
from exchange.desk.translation.pending_translation import PendingTranslation
from exchange.errors import Reason, Refusal
from exchange.translation import back_translation, steps
from exchange.translation.checks import Finding, check
from exchange.translation.glossary import Glossary
from exchange.translation.memory import Suggestion
from exchange.translation.steps import Put
from exchange.v1.bulletin_pb2 import Content, Segment, TranslatedSegment, Translation

GLOSSARY = Glossary.seed()


@dataclass
class FakeBench(PendingTranslation):
    """The work on a translation, which asks no mailbox."""

    content: Content
    lang: str
    officer: str = "duty-1@ops.islamabad.pk"
    suggestions: Mapping[str, Sequence[Suggestion]] = field(default_factory=dict)
    sent: list[Translation] = field(default_factory=list)
    refuse: Refusal | None = None
    forget: Callable[[Mark], None] = lambda _: None
    """Of its desk: forgets a draft."""

    def __post_init__(self) -> None:
        self.now = steps.begin(self.content, self.lang, None)

    def _said(self) -> Mapping[str, TranslatedSegment]:
        return {segment.id: segment for segment in self.now.segments}

    def _found(self, source: Segment, text: str) -> list[Finding]:
        return check(source, text, self.lang, GLOSSARY, frozenset(self.now.confirmed))

    def pieces(self) -> list[TranslationUnit]:
        said = self._said()
        empty = TranslatedSegment(state="INITIAL")
        return [
            TranslationUnit(
                source=one,
                translation=said.get(i, empty),
                findings=self._found(one, said[i].text) if i in said else [],
                terms=[
                    (
                        one.text[f.start : f.end],
                        GLOSSARY.preferred_form(f.term, self.lang),
                    )
                    for f in GLOSSARY.find_terms(one.text, one.lang)
                ],
                suggestions=self.suggestions.get(i, ()),
            )
            for i, one in segments_of(self.content).items()
        ]

    def put(self, texts: Mapping[str, Put], saved: Mark = NONE) -> Translation:
        if self.refuse:
            raise self.refuse
        self.now = steps.put(self.content, self.now, self.officer, texts)
        self.forget(saved)
        return self.now

    def _all(self) -> list[Finding]:
        return [one for piece in self.pieces() for one in piece.findings]

    def confirm(self, keys: Iterable[str]) -> Translation:
        self.now = steps.confirm(self.now, list(keys), self._all())
        return self.now

    def advance(
        self, state: str, segments: Collection[str] | None = None
    ) -> Translation:
        self.now = steps.advance(
            self.content,
            self.now,
            self.officer,
            state,
            self._all(),
            precedence=3,
            segments=segments,
        )
        return self.now

    def blind(self) -> dict[str, str]:
        if self.refuse:
            raise self.refuse
        return {segment.id: segment.text for segment in self.now.segments}

    def put_back(self, texts: Mapping[str, str], saved: Mark = NONE) -> Translation:
        self.now = back_translation.put_back(
            self.content, self.now, self.officer, texts
        )
        self.forget(saved)
        return self.now

    def compare(self) -> list[BackTranslation]:
        if not self.now.HasField("back"):
            raise Refusal(Reason.FIELD_MISSING, "back")
        back = {segment.id: segment.text for segment in self.now.back.segments}
        said = self._said()
        return [
            BackTranslation(one, said[i].text, back[i])
            for i, one in segments_of(self.content).items()
        ]

    def judge(self, *, same: bool) -> Translation:
        self.now = back_translation.judge(
            self.content, self.now, self.officer, same=same
        )
        return self.now

    def send(self) -> bytes:
        if self.refuse:
            raise self.refuse
        self.sent.append(self.now)
        return bytes(32)
