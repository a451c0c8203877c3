"""One bulletin: verdict above the text, facts, prose, and its languages below."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Vertical

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.prose_view import (
    Doubts,
    ProseText,
    Rendition,
    best,
    gravest_sign,
    passages,
)
from exchange.bulletin.punctuation import COLON
from exchange.desk.answer_words import describe_refusal
from exchange.desk.records import OpenedBulletin
from exchange.v1.bulletin_pb2 import Content, Segment
from tui.clipboard import Took, copy
from tui.state_signs import not_accepted, verdict_of
from tui.text.safe_text import hidden, safe
from tui.times import stamp
from tui.widgets.bar import Bar, BarPart
from tui.widgets.bulletin_context import items_above, items_below
from tui.widgets.page import Item, Pair, Text, TextPage, draw
from tui.widgets.verdict_bar import code, verdict_rows
from tui.words import join_words, lang, say
from tui.workers import ask_desk


def prose(segments: Sequence[Segment], style: str = "") -> list[Item]:
    items: list[Item] = []
    for segment in segments:
        spans = tuple((span.text, span.occurrence) for span in segment.spans)
        items.append(Text(segment.text, segment.lang, style, gutter=True, spans=spans))
        items.append(Text("", ""))
    return items


DOUBTED = {"!": "bad", "?": "unsure"}
"""The style of what the checks hold against a translation, by its sign."""


def translation_items(
    content: Content, translation: Rendition, doubts: Doubts | None = None
) -> list[Item]:
    """Put each passage before its source, with titles."""
    shown = replace(translation, doubts=doubts or {})
    items: list[Item] = []
    states = _states(translation)
    items += [Text(f"! {note}", lang(), "unsure") for note in translation.notes]
    for passage in passages(content, shown, lang()):
        style = DOUBTED.get(passage.sign, "heading")
        items += [Text(passage.title, lang(), style), Text("", "")]
        for piece in passage.pieces:
            if not piece.source and (said := states.get(piece.segment.id)):
                items.append(Text(said, lang(), "dim"))
            items += _piece(content, piece)
    return items


def _states(translation: Rendition) -> dict[str, str]:
    """Return state and origin by segment; {} if all are alike."""
    here, segments = (
        lang(),
        translation.translation.segments if translation.translation else (),
    )
    labels = {
        segment.id: " · ".join(
            (
                code_label("translation_state", segment.state, here),
                code_label("translation_origin", segment.origin, here),
            )
        )
        for segment in segments
        if segment.id in translation.texts
    }
    return labels if len(set(labels.values())) > 1 else {}


def _piece(content: Content, piece: ProseText) -> list[Item]:
    style = "subject" if piece.segment is content.subject else ""
    spans = prose([piece.segment], style) if piece.source else []
    mark = [Text(f"! {piece.mark}", lang(), "unsure")] if piece.mark else []
    doubts = [
        Text(f"{doubt.sign} {doubt.text}", lang(), DOUBTED[doubt.sign])
        for doubt in piece.doubts
    ]
    text = Text(piece.text, piece.lang, style, gutter=True)
    return [*mark, *doubts, *(spans or [text, Text("", "")])]


def page(
    opened: OpenedBulletin,
    shown: int,
    facts: Sequence[Item],
    doubts: Doubts | None = None,
) -> list[Item]:
    """Return the page of a bulletin in its language `shown`, 0 the original.

    `doubts` are the checks' doubts about the translation shown.
    """
    items = _page(opened, shown, facts, doubts)
    if not_accepted(opened.row):
        why = [step.why for step in opened.states if step.state == "refused"]
        return [_not_accepted(why[-1] if why else ""), *map(_struck, items)]
    notes = [Text(f"! {note}", lang(), "unsure") for note in opened.notes]
    return [*_refusal(opened), *notes, *items]


def _not_accepted(reason: str) -> Text:
    why = safe(describe_refusal(reason))
    return Text(say("NOT ACCEPTED: {why}").format(why=why), lang(), "bad")


def _struck(item: Item) -> Item:
    prose_of_others = isinstance(item, Text) and item.gutter
    return replace(item, style="struck") if prose_of_others else item


def _refusal(opened: OpenedBulletin) -> list[Item]:
    verdict = opened.row.verdict
    if verdict in ("ACCEPTED", "") or verdict_of(opened).style != "bad":
        return []
    why = safe(describe_refusal(verdict))
    return [Text(say("Refused: {why}").format(why=why), lang(), "bad")]


def _page(
    opened: OpenedBulletin, shown: int, facts: Sequence[Item], doubts: Doubts | None
) -> list[Item]:
    content = opened.content
    if opened.recall is not None:
        told = Text(say("Recall"), lang(), "subject")
        return [told, *items_above(opened), *facts, Text("", ""), *items_below(opened)]
    if content is None:
        text = say("This bulletin could not be opened here.")
        return [Text(text, lang(), "bad"), *facts, Text("", ""), *items_below(opened)]
    subject = [*prose([content.subject], "subject"), *_hidden(content)]
    subject = [*items_above(opened), *subject]
    rest = prose(content.segments)
    said = items_below(opened)
    if shown == 0:
        return [*subject, *facts, Text("", ""), *_untranslated(opened), *rest, *said]
    translated = translation_items(content, opened.translations[shown - 1], doubts)
    return [*subject, *facts, Text("", ""), *translated, *said]


def _untranslated(opened: OpenedBulletin) -> list[Item]:
    content, here = opened.content, lang()
    if content is None or content.subject.lang == here:
        return []
    if best(opened.translations, here):
        return []
    return [Text(passages(content, None, here)[0].title, here, "heading")]


def _hidden(content: Content) -> list[Item]:
    segments = (content.subject, *content.segments)
    count = sum(len(hidden(segment.text)) for segment in segments)
    if not count:
        return []
    text = f"! {say('Invisible characters in the text')}{COLON[lang()]}{count} (u)"
    return [Text(text, lang(), "unsure")]


def fact_items(opened: OpenedBulletin) -> list[Item]:
    from exchange.bulletin.render import parts  # noqa: PLC0415 - start-up

    here = lang()
    items: list[Item] = []
    if opened.content is not None:
        found = parts(opened.content, None, here, opened.row.filed)
        items = [Pair(f.label, f.value, here) for part in found for f in part.facts]
    for desk, klass in opened.recipients:
        title = code_label("recipient_class", klass, here)
        items.append(Pair(title, desk, "en", "", here))
    items.append(Pair(say("Expires"), stamp(opened.expires), here))
    return items


Check: TypeAlias = Callable[[Content, Rendition], Doubts]
"""A function that checks a translation of a content; it may take seconds."""


class Ready(NamedTuple):
    facts: Sequence[Item]
    shown: int
    doubts: Doubts


class Reader(Vertical):
    """Shows one bulletin. The bars are ours alone; its prose is behind a gutter."""

    DEFAULT_CSS = """
    Reader { height: 1fr; }
    Reader > #verdict { height: 2; }
    """

    def __init__(self, check: Check, *, id: str | None = None) -> None:  # noqa: A002 - Textual's
        """`check` finds doubts about a translation."""
        super().__init__(id=id)
        self._check = check
        self.opened: OpenedBulletin | None = None
        self.facts: Sequence[Item] = ()
        self.doubts: Doubts = {}
        self.shown = 0
        self.preferred = ""
        self._wanted = b""  # name of the translation asked for

    def compose(self) -> ComposeResult:
        yield Bar(id="verdict")
        yield TextPage(id="text")
        yield Bar(id="languages")

    @property
    def text(self) -> TextPage:
        return self.query_one("#text", TextPage)

    def prepare(self, opened: OpenedBulletin) -> Ready:
        """Do the slow part in a worker: facts, checks, layout of the prose."""
        shown = self.shown if self._same(opened) else self._choose(opened)
        return self._ready(opened, shown, fact_items(opened))

    def _ready(
        self, opened: OpenedBulletin, shown: int, facts: Sequence[Item]
    ) -> Ready:
        doubts: Doubts = {}
        if shown and opened.content is not None:
            doubts = self._check(opened.content, opened.translations[shown - 1])
        for text in self.query(TextPage):  # gone while the screen is taken down
            draw(page(opened, shown, facts, doubts), text.columns)
        return Ready(facts, shown, doubts)

    def _same(self, opened: OpenedBulletin) -> bool:
        same = self.opened is not None and self.opened.row.name == opened.row.name
        return same and self.shown <= len(opened.translations)

    def show(self, opened: OpenedBulletin, ready: Ready) -> None:
        same = self._same(opened)
        self.opened, self.facts = opened, ready.facts
        if same and self.shown != ready.shown:  # another language was chosen meanwhile
            self._turn(opened, self.shown, ready.facts)
        else:
            self._put(ready, keep=same)

    def _put(self, ready: Ready, *, keep: bool = False) -> None:
        self.shown, self.doubts = ready.shown, ready.doubts
        self._draw(keep=keep)

    def want(self, name: bytes) -> None:
        """Show the translation of that name at the next load.

        b"" returns to the preferred language.
        """
        before, self._wanted = self._wanted, name
        if self.opened is not None and name != before:
            self.shown = self._choose(self.opened)

    def _choose(self, opened: OpenedBulletin) -> int:
        for at, one in enumerate(opened.translations, 1):
            if self._wanted and one.name == self._wanted:
                return at
        want = self.preferred or lang()
        if opened.content is None or opened.content.subject.lang == want:
            return 0
        found = best(opened.translations, want)
        return 1 + list(opened.translations).index(found) if found else 0

    def _draw(self, *, keep: bool = False) -> None:
        if self.opened is None:
            return
        self.query_one("#verdict", Bar).put(*verdict_rows(self.opened))
        self.query_one("#languages", Bar).put(self._languages(self.opened))
        text = self.query_one(TextPage)
        items = page(self.opened, self.shown, self.facts, self.doubts)
        if not keep or list(text.items) != items:
            text.put(items)

    def _languages(self, opened: OpenedBulletin) -> list[BarPart]:
        if opened.recall is not None:
            return []  # its codes speak every language
        original = opened.content.subject.lang if opened.content else "?"
        parts = [join_words(say("original"), original)]
        for one in opened.translations:
            state = code("translation_state", one.state)
            parts.append(
                safe(f"{one.lang} {state} {code('translation_origin', one.origin)}")
            )
        if sign := gravest_sign(self.doubts):
            parts[self.shown] = f"{sign} {parts[self.shown]}"
        return [
            BarPart(f" {text} ", "chosen", 1)
            if at == self.shown
            else BarPart(f" {text} ", "", -at)
            for at, text in enumerate(parts)
        ]

    def language(self, by: int) -> None:
        if self.opened is None:
            return
        self.shown = (self.shown + by) % (1 + len(self.opened.translations))
        content = self.opened.content
        if self.shown:
            self.preferred = self.opened.translations[self.shown - 1].lang
        elif content:
            self.preferred = content.subject.lang
        self._turn(self.opened, self.shown, self.facts)

    def _turn(self, opened: OpenedBulletin, shown: int, facts: Sequence[Item]) -> None:
        ask_desk(
            self,
            lambda: self._ready(opened, shown, facts),
            lambda ready: self._turned(opened, ready),
            newest_of="language",
        )

    def _turned(self, opened: OpenedBulletin, ready: Ready) -> None:
        if self.opened is opened and self.shown == ready.shown:  # still the same choice
            self._put(ready)

    def copy(self) -> None:
        """Copy the logical text, not the drawn text."""
        if self.opened and self.opened.content:
            content = self.opened.content
            segments = (content.subject, *content.segments)
            texts = [segment.text for segment in segments]
            if self.shown:
                found = self.opened.translations[self.shown - 1].texts
                texts = [found.get(segment.id, "") for segment in segments]
            text = "\n\n".join(texts)
            ask_desk(self, lambda: copy(text, os.environ), partial(self._copied, text))

    def _copied(self, text: str, took: Took) -> None:
        """Send it to a terminal only now; notify which tool took it."""
        if took.by_terminal:
            self.app.copy_to_clipboard(text)
        self.notify(say(took.value), markup=False)
