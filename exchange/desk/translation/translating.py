"""Translations at a desk: under way in the mailbox, then signed and sent.

    translating = Translating(desk)
    translating.begin(name, "ur")                        # or an earlier one goes on
    translating.put(name, "ur", {"s1": Put("...")})       # INITIAL, by this officer
    translating.findings(name, "ur")                     # what stands against it
    translating.confirm(name, "ur", ["s1 NEGATION"])
    translating.advance(name, "ur", "TRANSLATED")
    ... another officer: advance(name, "ur", "REVIEWED"); then
    translating.send(name, "ur")                         # name of the translation

Officers of one desk share the mailbox, so each step may be another's, and who may take
it is asked of `exchange.translation.steps`. Everything works with the node stopped.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from exchange import envelope
from exchange.bulletin import content as bulletin
from exchange.bulletin.attestations import READ_BACK, SAME, attest
from exchange.bulletin.prose import known_language
from exchange.bulletin.translations import (
    ITS_LANGUAGE,
    NOT_SIGNER,
    STATES,
    segments_of,
)
from exchange.desk.client import Desk
from exchange.desk.incoming import threads
from exchange.desk.incoming.relations import relation_of
from exchange.desk.mailbox import NONE, Mark
from exchange.desk.mailbox import Translation as Kept
from exchange.desk.outgoing.filing import keep
from exchange.desk.outgoing.prepare import cite
from exchange.desk.records import BackTranslation, TranslationUnit
from exchange.desk.translation import terms
from exchange.desk.translation.side_by_side import (
    Source,
    found_in,
    terms_of,
)
from exchange.errors import Reason, Refusal, Why
from exchange.translation import back_translation, steps
from exchange.translation.checks import Finding
from exchange.translation.glossary import Glossary
from exchange.translation.steps import Put
from exchange.trust.labels import Label
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

__all__ = ["Put", "Source", "Translating"]
FORMER = tuple(map(relation_of, ("CORRECTS", "SUPERSEDES", "UPDATES")))
"""What a bulletin says of the one whose translation serves it too."""
GONE = frozenset({"RECALLED", "SUPERSEDED", "CORRECTED"})
_NO_TEXT = Why("only a bulletin that could be opened here is translated")
_NOT_BEGUN = Why("no translation into that language is under way here")


def _goes_as_far(kept: Kept, label: Label) -> bool:
    core = envelope.parse_core(env.Entry.FromString(kept.entry).core)
    try:
        label.check_within(Label.of(core))
    except Refusal:
        return False
    return True


Step = Callable[[Source, pb.Translation], pb.Translation]


class Translating:
    """What the officer of a desk does to translations of bulletins that it has.

    `lang` is en, ur or zh-Hans (zh). Every method raises Refusal: NOT_FOUND,
    REFERENCES or KIND where there is no such bulletin, LANGUAGE where it is in that
    language already.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._mailbox = desk.mailbox
        self._officer, self._signer = desk.officer.name, desk.officer.signer

    def source(self, name: bytes, lang: str) -> Source:
        """Return the bulletin, if this desk has its text and it can be translated."""
        about = cite(self._mailbox, name)
        if about.core.kind != env.KIND_BULLETIN or about.content is None:
            raise Refusal(Reason.KIND, name.hex()[:16], _NO_TEXT)
        content = bulletin.decode(about.content)
        if known_language(lang) == content.subject.lang:
            raise Refusal(Reason.LANGUAGE, "lang", ITS_LANGUAGE)
        return Source(name, about, content)

    def standing(self, name: bytes, lang: str) -> Source:
        """Return the same if a translation of it can be sent still; Refusal(STALE)."""
        stands = threads.standing(self._mailbox, name)
        if stands in GONE:
            raise Refusal(Reason.STALE, f"{name.hex()[:16]}: {stands}")
        return self.source(name, lang)

    def glossary(self) -> Glossary:
        """Return the glossary in force at this desk."""
        return terms.glossary(self._desk)

    # What is there.

    def work(self, name: bytes, lang: str) -> pb.Translation | None:
        """Return the translation under way, None where nobody began one."""
        return self._mailbox.pending_translations.get(name, known_language(lang))

    def current(self, name: bytes, lang: str) -> pb.Translation:
        """Return it, or what `begin` would begin with; nothing is kept."""
        return self._current(self.source(name, lang), known_language(lang))

    def _current(self, source: Source, lang: str) -> pb.Translation:
        work = self._mailbox.pending_translations.get(source.name, lang)
        if work is not None:
            return work
        return steps.begin(source.content, lang, self._earlier(source, lang))

    def _earlier(self, source: Source, lang: str) -> pb.Translation | None:
        """Return the furthest translation of this bulletin, else of its forerunner.

        One under a stricter label than the bulletin's is read, and not gone on from:
        what is made here goes out under the bulletin's own.
        """
        references = source.about.core.references
        former = [one.name for one in references if one.relation in FORMER]
        for name in (source.name, *former):
            for kept in self._mailbox.translations.of(name):
                if kept.lang == lang and _goes_as_far(kept, source.label):
                    return bulletin.decode_translation(kept.content)
        return None

    def findings(self, name: bytes, lang: str) -> list[Finding]:
        """Return what the checks find in each text, confirmed findings aside."""
        source = self.source(name, lang)
        return self._findings(source, self._current(source, known_language(lang)))

    def _findings(self, source: Source, work: pb.Translation) -> list[Finding]:
        glossary, said = self.glossary(), {s.id: s for s in work.segments}
        return [
            finding
            for segment in segments_of(source.content).values()
            if segment.id in said
            for finding in found_in(source, work, said[segment.id], glossary)
        ]

    def parts(self, name: bytes, lang: str) -> list[TranslationUnit]:
        """Return every segment beside its translation, with what is to be known."""
        source, lang = self.source(name, lang), known_language(lang)
        work, glossary = self._current(source, lang), self.glossary()
        said = {segment.id: segment for segment in work.segments}
        empty = pb.TranslatedSegment(state=STATES[0])
        return [
            TranslationUnit(
                segment,
                said.get(segment.id, empty),
                found_in(source, work, said[segment.id], glossary)
                if segment.id in said
                else [],
                terms_of(segment, lang, glossary),
            )
            for segment in segments_of(source.content).values()
        ]

    # Steps.

    def begin(self, name: bytes, lang: str) -> pb.Translation:
        """Keep a translation to work on; one that is under way stays.

        It goes on from the furthest that is here, this desk's or a partner's; of a
        bulletin that another one corrected what did not change is carried over.
        """
        return self._step(name, lang, lambda _, work: work)

    def put(
        self, name: bytes, lang: str, texts: Mapping[str, Put], saved: Mark = NONE
    ) -> pb.Translation:
        """Put texts by segment; this officer is the translator from then on.

        The draft of the mark `saved`, in which they were typed, is dropped with it.
        """
        officer = self._officer
        return self._step(
            name,
            lang,
            lambda s, work: steps.put(s.content, work, officer, texts),
            saved=saved,
        )

    def take(self, name: bytes, lang: str) -> pb.Translation:
        """Let this officer answer for the texts that another one began; all INITIAL."""

        def step(source: Source, work: pb.Translation) -> pb.Translation:
            texts = {segment.id: Put(segment.text) for segment in work.segments}
            return steps.put(source.content, work, self._officer, texts)

        return self._step(name, lang, step, STATES[1])

    def advance(
        self,
        name: bytes,
        lang: str,
        state: str,
        segments: Collection[str] | None = None,
    ) -> pb.Translation:
        """Bring segments (all, unless named) to TRANSLATED, REVIEWED or FINAL.

        To INITIAL they are given back. Raises Refusal(TRANSLATION) naming the finding
        or the person that stands against it.
        """

        def step(source: Source, work: pb.Translation) -> pb.Translation:
            made = steps.advance(
                source.content,
                work,
                self._officer,
                state,
                self._findings(source, work),
                precedence=source.precedence,
                segments=segments,
            )
            made.glossary = self.glossary().version
            return made

        return self._step(name, lang, step, state, segments)

    def confirm(self, name: bytes, lang: str, keys: Iterable[str]) -> pb.Translation:
        """Answer for findings: "s1 NEGATION"."""
        asked = list(keys)
        return self._step(
            name,
            lang,
            lambda source, work: steps.confirm(
                work, asked, self._findings(source, work)
            ),
        )

    def _step(  # noqa: PLR0913 - what is translated, the step, and what goes with it
        self,
        name: bytes,
        lang: str,
        step: Step,
        says: str = "",
        segments: Collection[str] | None = None,
        *,
        saved: Mark = NONE,
    ) -> pb.Translation:
        """Take a step and sign what it says of this officer: all of it, or none.

        `says` is what he says by it, of these segments or of all, though he said it
        before: the key by which he did may hold no longer. The draft of the mark
        `saved` is dropped with it.
        """
        source, lang = self.source(name, lang), known_language(lang)
        with self._mailbox.database.transaction():
            work = self._current(source, lang)
            made = step(source, work)
            ids = [s.id for s in made.segments] if segments is None else segments
            anew = {(i, says) for i in ids}
            attest(work, made, self._officer, self._signer, anew)
            self._mailbox.pending_translations.put(
                name, made, self._officer, self._desk.clock()
            )
            self._mailbox.drafts.drop(self._officer, saved)
        return made

    def drop(self, name: bytes, lang: str) -> None:
        """Give up a translation under way."""
        self._mailbox.pending_translations.drop(name, known_language(lang))

    # Back-translation.

    def blind(self, name: bytes, lang: str) -> dict[str, str]:
        """Return the translated texts alone, for somebody who has not seen the source.

        Refusal(TRANSLATION) for who has: its author, the translator, the reviewer.
        """
        source = self.source(name, lang)
        work = self._current(source, known_language(lang))
        self._check_blind(source, work)
        return {segment.id: segment.text for segment in work.segments}

    def put_back(
        self, name: bytes, lang: str, texts: Mapping[str, str], saved: Mark = NONE
    ) -> pb.Translation:
        """Put what this officer made of the translated texts, all of them.

        The draft of the mark `saved`, in which they were typed, is dropped with it.
        """

        def step(source: Source, work: pb.Translation) -> pb.Translation:
            self._check_blind(source, work)
            return back_translation.put_back(source.content, work, self._officer, texts)

        return self._step(name, lang, step, READ_BACK, saved=saved)

    def _check_blind(self, source: Source, work: pb.Translation) -> None:
        seen = {work.translator, work.reviewer, work.back.judge, source.about.author}
        if self._officer in seen:
            raise Refusal(
                Reason.TRANSLATION, "back.translator", back_translation.KNOWS_SOURCE
            )

    def beside(self, name: bytes, lang: str) -> list[BackTranslation]:
        """Return source, translation and back-translation side by side."""
        source = self.source(name, lang)
        work = self._current(source, known_language(lang))
        if not work.HasField("back"):
            raise Refusal(Reason.FIELD_MISSING, "back", back_translation.NO_BACK)
        said = {segment.id: segment.text for segment in work.segments}
        back = {segment.id: segment.text for segment in work.back.segments}
        return [
            BackTranslation(segment, said.get(i, ""), back.get(i, ""))
            for i, segment in segments_of(source.content).items()
        ]

    def judge(self, name: bytes, lang: str, *, same: bool) -> pb.Translation:
        """Say whether what came back says the same; if not, it is translated anew."""
        officer = self._officer
        return self._step(
            name,
            lang,
            lambda s, work: back_translation.judge(s.content, work, officer, same=same),
            SAME,
        )

    # Sending.

    def send(self, name: bytes, lang: str) -> bytes:
        """Sign the translation under way, for the source's readers; return its name.

        1. There is one that this officer translated or reviewed (TRANSLATION), and its
           source stands (STALE).
        2. Nothing that was found since stands against its states (TRANSLATION).
        3. It keeps the rules by which its readers will judge it.
        4. Kept and queued, in the place of the work; then handed over.
        """
        # 1
        source, lang = self.source(name, lang), known_language(lang)
        work = self._mailbox.pending_translations.get(name, lang)
        if work is None:
            raise Refusal(Reason.NOT_FOUND, f"{name.hex()[:16]} {lang}", _NOT_BEGUN)
        if self._officer not in {work.translator, work.reviewer}:
            raise Refusal(Reason.TRANSLATION, "translator", NOT_SIGNER)
        self.standing(name, lang)
        # 2
        states = {segment.id: segment.state for segment in work.segments}
        for finding in self._findings(source, work):
            state = states[finding.segment]
            if finding.blocks(state):
                raise finding.refusal()
        # 3
        made = self._desk.render(name, source.about, work)
        # 4
        with self._mailbox.database.transaction():
            keep(self._mailbox, made, self._officer, self._desk.clock())
            self._mailbox.pending_translations.drop(name, lang)
        self._desk.hand_over()
        return made.name
