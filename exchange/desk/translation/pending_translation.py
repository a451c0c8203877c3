"""Translations at a desk: under way in the mailbox, then signed and sent.

    pending = PendingTranslation(desk, name, "ur")
    pending.begin()                          # or continue an earlier one
    pending.put({"s1": Put("...")})          # INITIAL, by this officer
    pending.findings()                       # of the checks
    pending.confirm(["s1 NEGATION"])
    pending.advance("TRANSLATED")
    ... another officer: advance("REVIEWED"); then
    pending.send()                           # name of the translation

Officers of one desk share the mailbox; `exchange.translation.steps` decides who may
take a step. Everything works with the node stopped.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from msgspec.structs import replace

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.attestations import READ_BACK, SAME, attest
from exchange.bulletin.prose import known_language
from exchange.bulletin.translations import ITS_LANGUAGE, NOT_SIGNER, STATES, segments_of
from exchange.desk.client import Desk
from exchange.desk.incoming import threads
from exchange.desk.incoming.relations import relation_of
from exchange.desk.incoming.translation_memory import suggestions
from exchange.desk.mailbox import NONE, Mark
from exchange.desk.mailbox import Translation as Kept
from exchange.desk.outgoing.enqueue import keep
from exchange.desk.outgoing.prepare import cite
from exchange.desk.records import BackTranslation, TranslationUnit
from exchange.desk.translation import terms
from exchange.desk.translation.side_by_side import (
    TranslationSource,
    check_text,
    terms_of,
)
from exchange.errors import Reason, Refusal, Why
from exchange.translation import back_translation, steps
from exchange.translation.checks import Finding
from exchange.translation.glossary import Glossary
from exchange.translation.memory import Suggestion
from exchange.translation.steps import Put
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

__all__ = ["PendingTranslation", "Put", "TranslationSource"]
FORMER = tuple(map(relation_of, ("CORRECTS", "SUPERSEDES", "UPDATES")))
"""Relations to a bulletin whose translation serves the newer one too."""
GONE = frozenset({"RECALLED", "SUPERSEDED", "CORRECTED"})
_NO_TEXT = Why("only a bulletin that opened here can be translated")
_NOT_BEGUN = Why("no translation into that language is under way here")


def _goes_as_far(kept: Kept, label: Label) -> bool:
    core = envelope.parse_core(env.Entry.FromString(kept.entry).core)
    try:
        label.check_within(Label.of(core))
    except Refusal:
        return False
    return True


Step = Callable[[TranslationSource, pb.Translation], pb.Translation]


class PendingTranslation:
    """A translation under way; each step is stored at once.

    Every method raises Refusal: NOT_FOUND, REFERENCES or KIND if there is no such
    bulletin, LANGUAGE if it is in that language already.
    """

    def __init__(self, desk: Desk, name: bytes, lang: str) -> None:
        """Take en, ur or zh-Hans; or zh for that."""
        self.name, self.lang = name, known_language(lang)
        self.now = pb.Translation(lang=self.lang)
        """As the last step, or `pieces`, left it; empty before that."""
        self._desk = desk
        self._mailbox = desk.mailbox
        self._officer = desk.officer.name

    def source(self) -> TranslationSource:
        """Return the source, if it is here and can be translated."""
        about = cite(self._mailbox, self.name)
        if about.core.kind != env.KIND_BULLETIN or about.content is None:
            raise Refusal(Reason.KIND, self.name.hex()[:16], _NO_TEXT)
        content = bulletin.decode(about.content)
        if self.lang == content.subject.lang:
            raise Refusal(Reason.LANGUAGE, "lang", ITS_LANGUAGE)
        return TranslationSource(self.name, about, content)

    def require_standing(self) -> TranslationSource:
        """Raise Refusal(STALE) if its translation can no longer be sent."""
        stands = threads.find_standing(self._mailbox, self.name)
        if stands in GONE:
            raise Refusal(Reason.STALE, f"{self.name.hex()[:16]}: {stands}")
        return self.source()

    def glossary(self) -> Glossary:
        return terms.glossary(self._desk)

    # The present state.

    def work(self) -> pb.Translation | None:
        return self._mailbox.pending_translations.get(self.name, self.lang)

    def current(self) -> pb.Translation:
        """Return the work, or the one `begin` would start with."""
        return self._current(self.source())

    def _current(self, source: TranslationSource) -> pb.Translation:
        work = self._mailbox.pending_translations.get(self.name, self.lang)
        if work is not None:
            return work
        return steps.begin(source.content, self.lang, self._earlier(source))

    def _earlier(self, source: TranslationSource) -> pb.Translation | None:
        """Return the furthest translation, else of the forerunner.

        One under a stricter label is not continued: translations go out under the
        bulletin's own.
        """
        references = source.about.core.references
        former = [one.name for one in references if one.relation in FORMER]
        for name in (source.name, *former):
            for kept in self._mailbox.translations.of(name):
                if kept.lang == self.lang and _goes_as_far(kept, source.label):
                    return bulletin.decode_translation(kept.content)
        return None

    def findings(self) -> list[Finding]:
        """Return the findings that are not confirmed."""
        source = self.source()
        return self._findings(source, self._current(source))

    def _findings(
        self, source: TranslationSource, work: pb.Translation
    ) -> list[Finding]:
        glossary, said = self.glossary(), {s.id: s for s in work.segments}
        return [
            finding
            for segment in segments_of(source.content).values()
            if segment.id in said
            for finding in check_text(source, work, said[segment.id], glossary)
        ]

    def parts(self) -> list[TranslationUnit]:
        """Return them with findings and terms."""
        source = self.source()
        work, glossary = self._current(source), self.glossary()
        segments = {segment.id: segment for segment in work.segments}
        empty = pb.TranslatedSegment(state=STATES[0])
        return [
            TranslationUnit(
                segment,
                segments.get(segment.id, empty),
                check_text(source, work, segments[segment.id], glossary)
                if segment.id in segments
                else [],
                terms_of(segment, self.lang, glossary),
            )
            for segment in segments_of(source.content).values()
        ]

    def pieces(self) -> list[TranslationUnit]:
        """Return parts with suggestions from the memory; renew `now`."""
        source = self.source()
        self.now = self._current(source)
        return [
            replace(part, suggestions=self._suggestions(source, part))
            for part in self.parts()
        ]

    def _suggestions(
        self, source: TranslationSource, part: TranslationUnit
    ) -> list[Suggestion]:
        return suggestions(self._mailbox, source.label, part.source, self.lang)

    # Steps.

    def begin(self) -> pb.Translation:
        """Begin the work; one that is under way stays.

        It continues the furthest one here, this desk's or a partner's; for a
        correction, unchanged texts are carried over.
        """
        self.source()  # refused if it cannot be translated, begun or not
        if (held := self.work()) is not None:
            self.now = held  # looking is no step: it stays its officer's
            return held
        return self._step(lambda _, work: work)

    def put(self, texts: Mapping[str, Put], saved: Mark = NONE) -> pb.Translation:
        """Put texts; this officer is the translator from then on.

        The draft of the mark `saved`, in which they were typed, is dropped with it.
        """
        officer = self._officer
        return self._step(
            lambda s, work: steps.put(s.content, work, officer, texts), saved=saved
        )

    def take(self) -> pb.Translation:
        """Take over; texts that another officer began become INITIAL."""

        def step(source: TranslationSource, work: pb.Translation) -> pb.Translation:
            texts = {segment.id: Put(segment.text) for segment in work.segments}
            return steps.put(source.content, work, self._officer, texts)

        return self._step(step, STATES[1])

    def advance(
        self, state: str, segments: Collection[str] | None = None
    ) -> pb.Translation:
        """Bring all segments, unless named, to TRANSLATED, REVIEWED or FINAL.

        INITIAL gives them back. Raises Refusal(TRANSLATION) naming the finding or the
        person that prevents it.
        """

        def step(source: TranslationSource, work: pb.Translation) -> pb.Translation:
            translation = steps.advance(
                source.content,
                work,
                self._officer,
                state,
                self._findings(source, work),
                precedence=source.precedence,
                segments=segments,
            )
            translation.glossary = self.glossary().version
            return translation

        return self._step(step, state, segments)

    def confirm(self, keys: Iterable[str]) -> pb.Translation:
        """Answer for findings: "s1 NEGATION"."""
        asked = list(keys)
        return self._step(
            lambda source, work: steps.confirm(
                work, asked, self._findings(source, work)
            )
        )

    def _step(
        self,
        step: Step,
        says: str = "",
        segments: Collection[str] | None = None,
        *,
        saved: Mark = NONE,
    ) -> pb.Translation:
        """Take a step and sign its claims: all, or none.

        `says` is the claim to sign for these segments, or all, even if he signed it
        before: his earlier key may have ended.
        """
        source = self.source()
        with self._mailbox.database.transaction():
            work = self._current(source)
            translation = step(source, work)
            ids = [s.id for s in translation.segments] if segments is None else segments
            again = {(i, says) for i in ids}
            attest(work, translation, self._officer, self._desk.officer.signer, again)
            self._mailbox.pending_translations.put(
                self.name, translation, self._officer, self._desk.clock()
            )
            self._mailbox.drafts.drop(self._officer, saved)
        self.now = translation
        return translation

    def drop(self) -> None:
        self._mailbox.pending_translations.drop(self.name, self.lang)

    # Back-translation.

    def blind(self) -> dict[str, str]:
        """Return the texts for an officer who has not seen the source.

        Refusal(TRANSLATION) for one who has: its author, the translator, the reviewer.
        """
        source = self.source()
        work = self._current(source)
        self._check_blind(source, work)
        return {segment.id: segment.text for segment in work.segments}

    def put_back(self, texts: Mapping[str, str], saved: Mark = NONE) -> pb.Translation:
        """Put all texts of this officer.

        The draft of the mark `saved` is dropped with it.
        """

        def step(source: TranslationSource, work: pb.Translation) -> pb.Translation:
            self._check_blind(source, work)
            return back_translation.put_back(source.content, work, self._officer, texts)

        return self._step(step, READ_BACK, saved=saved)

    def _check_blind(self, source: TranslationSource, work: pb.Translation) -> None:
        seen = {work.translator, work.reviewer, work.back.judge, source.about.author}
        if self._officer in seen:
            raise Refusal(
                Reason.TRANSLATION, "back.translator", back_translation.KNOWS_SOURCE
            )

    def compare(self) -> list[BackTranslation]:
        source = self.source()
        work = self._current(source)
        if not work.HasField("back"):
            raise Refusal(Reason.FIELD_MISSING, "back", back_translation.NO_BACK)
        said = {segment.id: segment.text for segment in work.segments}
        back = {segment.id: segment.text for segment in work.back.segments}
        return [
            BackTranslation(segment, said.get(i, ""), back.get(i, ""))
            for i, segment in segments_of(source.content).items()
        ]

    def judge(self, *, same: bool) -> pb.Translation:
        """Judge it; if it does not mean the same, the officer starts again."""
        officer = self._officer
        return self._step(
            lambda s, work: back_translation.judge(s.content, work, officer, same=same),
            SAME,
        )

    # Sending.

    def send(self) -> bytes:
        """Send to the source's readers; return the name.

        1. There is one that this officer translated or reviewed (TRANSLATION), and its
           source is in force (STALE).
        2. No new finding blocks its states (TRANSLATION).
        3. It keeps the rules by which its readers will judge it.
        4. Kept and queued, in place of the work; then submitted.
        """
        # 1
        source = self.source()
        work = self._mailbox.pending_translations.get(self.name, self.lang)
        if work is None:
            where = f"{self.name.hex()[:16]} {self.lang}"
            raise Refusal(Reason.NOT_FOUND, where, _NOT_BEGUN)
        if self._officer not in {work.translator, work.reviewer}:
            raise Refusal(Reason.TRANSLATION, "translator", NOT_SIGNER)
        self.require_standing()
        # 2
        states = {segment.id: segment.state for segment in work.segments}
        for finding in self._findings(source, work):
            state = states[finding.segment]
            if finding.blocks(state):
                raise finding.refusal()
        # 3
        name = self._desk.render(self.name, source.about, work)
        # 4
        with self._mailbox.database.transaction():
            keep(self._mailbox, name, self._officer, self._desk.clock())
            self._mailbox.pending_translations.drop(self.name, self.lang)
        self._desk.hand_over()
        return name.name
