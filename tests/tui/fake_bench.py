"""A translation under way in memory, by the real steps and checks."""

from collections.abc import Callable, Collection, Mapping

from exchange.desk.incoming.relations import About
from exchange.desk.records import NONE, Mark, TranslationUnit
from exchange.desk.translation.pending_translation import PendingTranslation, Step
from exchange.desk.translation.side_by_side import TranslationSource
from exchange.errors import Refusal
from exchange.translation import steps
from exchange.translation.glossary import Glossary
from exchange.translation.memory import Suggestion
from exchange.v1 import envelope_pb2 as env
from exchange.v1.bulletin_pb2 import Content, Translation

GLOSSARY = Glossary.seed()


class FakeBench(PendingTranslation):
    """The work on a translation, which is in no mailbox."""

    def __init__(
        self,
        content: Content,
        lang: str,
        refuse: Refusal | None = None,
        forget: Callable[[Mark], None] = lambda _: None,
    ) -> None:
        """Take what forgets a draft of its desk."""
        self.name, self.lang = bytes(32), lang
        self.content, self.refuse, self.forget = content, refuse, forget
        self.now = steps.begin(content, lang, None)
        self._officer = "duty-1@ops.islamabad.pk"
        self.suggestions: Mapping[str, list[Suggestion]] = {}
        self.sent: list[Translation] = []

    def source(self) -> TranslationSource:
        core = env.Core(precedence=env.PRECEDENCE_PRIORITY)
        about = About(core, "duty-1@ops.beijing.cn", None)
        return TranslationSource(self.name, about, self.content)

    def glossary(self) -> Glossary:
        return GLOSSARY

    def _current(self, source: TranslationSource) -> Translation:  # noqa: ARG002 - as at a desk
        return self.now

    def _suggestions(
        self,
        source: TranslationSource,  # noqa: ARG002 - as at a desk
        part: TranslationUnit,
    ) -> list[Suggestion]:
        return self.suggestions.get(part.source.id, [])

    def _step(
        self,
        step: Step,
        says: str = "",  # noqa: ARG002 - signs nothing
        segments: Collection[str] | None = None,  # noqa: ARG002 - likewise
        *,
        saved: Mark = NONE,
    ) -> Translation:
        self._refuse()
        self.now = step(self.source(), self.now)
        self.forget(saved)
        return self.now

    def _check_blind(self, source: TranslationSource, work: Translation) -> None:  # noqa: ARG002 - whoever it is
        self._refuse()

    def send(self) -> bytes:
        self._refuse()
        self.sent.append(self.now)
        return bytes(32)

    def _refuse(self) -> None:
        if self.refuse:
            raise self.refuse
