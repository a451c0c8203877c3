"""Translate one segment at a time: its source above, findings below.

Typed text is a draft until the officer leaves the segment; then it goes into the
translation, under this officer's responsibility.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import OpenedBulletin, TranslationUnit
from exchange.errors import FusionError, Refusal
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from exchange.translation.back_translation import is_wanted
from exchange.translation.steps import Put
from exchange.words import word
from tui.bulletin_names import name_of
from tui.desk import Desk, Workbench
from tui.drafts import TRANSLATION, EditorDraft, Typed, parse_typed, typed_json
from tui.keys import bind
from tui.screens.dialogs import Pick
from tui.screens.editor import Editor
from tui.screens.segments import fixed_text, help_items, list_items, source_items
from tui.screens.translation_box import send_box
from tui.text.safe_text import safe
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.page import TextPage
from tui.widgets.text_editor import Edit
from tui.words import join_words, label, lang, say
from tui.workers import ask_desk, ask_to_open, notify_error

WIDE = 100  # columns with room for the list of segments
STATES = ("TRANSLATED", "REVIEWED", "FINAL")
KEYS = (
    ("↵", word("continue")),
    ("F9", word("confirm")),
    ("^T", word("state")),
    ("^S", word("sign")),
    ("Esc", word("back")),
    ("F8", word("suggestion")),
    ("F7", word("fixed part")),
)


class Translate(Editor):
    DEFAULT_CSS = """
    Translate #segments { width: 30; border-right: vkey $primary; }
    Translate.narrow #segments { display: none; }
    Translate #source { height: 2fr; }
    Translate #target { height: 2fr; margin: 0 1; }
    Translate #help { height: 3fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "back", "Back; typed text is kept", "Esc"),
        bind("pagedown,ctrl+n", "go(1)", "Next segment"),
        bind("pageup", "go(-1)", "Previous segment"),
        bind("f7", "fixed", "Insert a fixed part", "F7"),
        bind("f8", "suggestion", "Use the next suggestion", "F8"),
        bind("f9", "confirm", "Confirm the point a check asks about", "F9"),
        bind("f4,ctrl+t", "state", "Translated, reviewed or final", "^T"),
        bind("ctrl+s", "send", "Sign and send the translation", "^S"),
    ]

    def __init__(
        self,
        desk: Desk,
        opened: OpenedBulletin,
        bench: Workbench,
        draft: EditorDraft | None = None,
    ) -> None:
        super().__init__(desk, draft)
        self.opened, self.bench, self.draft = opened, bench, draft
        self.target = Edit(id="target", longest=SEGMENT_MAX)
        self.pieces: Sequence[TranslationUnit] = ()
        self.at = 0
        self._taken = -1  # the suggestion in the editor
        self._percent = 0
        self._unchecked = False  # whether the typed text is unchecked

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Bar(id="unsaved")
        with Horizontal():
            yield TextPage(id="segments")
            with Vertical():
                yield TextPage(id="source")
                yield Bar(id="edge")
                yield self.target
                yield TextPage(id="help")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#keys", KeyLine).keys(KEYS, "F1")
        for page in ("#segments", "#source", "#help"):
            self.query_one(page).can_focus = False
        self.target.focus()
        ask_desk(self, self.bench.pieces, partial(self._renewed, self._begin))

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < WIDE, "narrow")

    @property
    def piece(self) -> TranslationUnit:
        return self.pieces[self.at]

    # The desk's translation.

    def _renewed(
        self, then: Callable[[], None], pieces: Sequence[TranslationUnit]
    ) -> None:
        self.pieces = pieces
        then()
        self._draw()

    def _step(
        self,
        step: Callable[[], object],
        then: Callable[[], None],
        refused: Callable[[], None] = lambda: None,
    ) -> None:
        def work() -> Sequence[TranslationUnit]:
            step()
            return self.bench.pieces()

        def complain(error: FusionError) -> None:
            notify_error(self, self._in_words(error))
            refused()

        ask_to_open(self, work, partial(self._renewed, then), complain)

    def _in_words(self, error: FusionError) -> FusionError:
        for piece in self.pieces:
            for one in piece.findings:
                if one.key == error.where:
                    told = f"{one.segment}{COLON[lang()]}{one.text()}"
                    return Refusal(error.reason, told, error.why)
        return error

    # Drawing.

    def _draw(self) -> None:
        if self.slot.over:
            return
        bench, piece = self.bench, self.piece
        self.query_one("#segments", TextPage).put(list_items(self.pieces, self.at))
        self.query_one("#source", TextPage).put(source_items(piece))
        self._help()
        done = sum(bool(each.translation.text) for each in self.pieces)
        row, now = self.opened.row, bench.now
        wanted = is_wanted(now, row.precedence)
        back = label("to be translated back") if wanted else ""
        title = join_words(say("Translate"), name_of(row))
        flash = "alarm" if row.precedence == "FLASH" else ""
        ways = f"{piece.source.lang} → {bench.lang}"
        self.query_one("#head", Bar).put(
            [
                BarPart(title, "key"),
                BarPart(_code("precedence", row.precedence), flash),
                BarPart(ways),
                BarPart(_code("translation_state", now.state)),
                BarPart(f"{done} / {len(self.pieces)}"),
                BarPart(back, "unsure"),
                BarPart(safe(now.translator), keep=1),
                BarPart(safe(now.reviewer), keep=0),
            ]
        )
        self._edge()

    @on(Edit.Changed)
    def _typed(self) -> None:
        self.save_soon()
        self._edge()
        if self.pieces and self._unchecked is self._is_put:
            self._help()

    @property
    def _is_put(self) -> bool:
        return self.target.text.strip() in {"", self.piece.translation.text}

    def _help(self) -> None:
        self._unchecked = not self._is_put
        told = help_items(self.piece, self.bench.lang, unchecked=self._unchecked)
        self.query_one("#help", TextPage).put(told)

    def _edge(self) -> None:
        if not self.pieces:
            return
        piece, length = self.piece, len(self.target.text)
        place = f"{safe(piece.source.id)}  {self.at + 1} / {len(self.pieces)}"
        over = length > self.longest
        origin = (
            _code("translation_origin", piece.translation.origin)
            if piece.translation.origin
            else ""
        )
        self.query_one("#edge", Bar).put(
            [
                BarPart(place, "key"),
                BarPart(_code("translation_state", piece.translation.state)),
                BarPart(origin),
                BarPart(f"{length} / {self.longest}", "bad" if over else ""),
            ]
        )

    @property
    def longest(self) -> int:
        return SEGMENT_MAX if self.at else SUBJECT_MAX

    # Segments.

    def _next_empty(self) -> int:
        order = [*range(self.at, len(self.pieces)), *range(self.at)]
        return next((n for n in order if not self.pieces[n].translation.text), self.at)

    def _begin(self) -> None:
        """Open the draft's segment with its typed text, else one without a text.

        Undo restores the translation's own text.
        """
        at = {piece.source.id: n for n, piece in enumerate(self.pieces)}
        typed: list[Typed] = []
        if self.draft is not None:
            try:
                typed = [one for one in parse_typed(self.draft) if one.segment in at]
            except FusionError as error:
                notify_error(self, error)
        if not typed:
            self._open(self._next_empty())
            return
        self._open(at[typed[-1].segment])
        self.target.replace(typed[-1].text)
        self._percent = typed[-1].percent
        self.tell_reopened()

    def _open(self, at: int) -> None:
        self.at, self._taken, self._percent = at, -1, 0
        self.target.load(self.piece.translation.text, self.bench.lang)
        self.save_soon()

    def snapshot(self) -> Callable[[], str]:
        text = self._text_to_save()
        return lambda: text

    def _text_to_save(self) -> str:
        if not self.pieces:
            return self.draft.stored.text if self.draft else ""
        if self._is_put:
            return ""
        piece, text = self.piece, self.target.text
        typed = Typed(piece.source.id, text, percent=self._percent)
        number, lang = self.opened.row.number, self.bench.lang
        return typed_json(TRANSLATION, number, lang, [typed])

    def _keep(
        self, then: Callable[[], None], refused: Callable[[], None] = lambda: None
    ) -> None:
        typed, piece = self.target.text, self.piece
        text = typed.strip()
        if self._is_put:
            then()
            self._draw()
            return
        percent = self._percent
        made = Put(text, "MEMORY", percent) if percent else Put(text)
        texts = {piece.source.id: made}

        def go_on() -> None:
            at, now = self.at, self.target.text
            then()
            if self.at != at and now.startswith(typed):
                self.target.insert(now.removeprefix(typed))

        self._step(
            lambda: self.slot.end(lambda mark: self.bench.put(texts, mark)),
            go_on,
            refused,
        )

    @on(Edit.Submitted)
    def _submitted(self, _: Edit.Submitted) -> None:
        if self.pieces:
            self._keep(lambda: self._open(self._next_empty()))

    def action_go(self, by: int) -> None:
        if self.pieces:
            to = (self.at + by) % len(self.pieces)
            self._keep(lambda: self._open(to))

    def action_fixed(self) -> None:
        text = self.target.text
        for span in self.piece.source.spans if self.pieces else ():
            said = fixed_text(span, self.piece.source.lang, self.bench.lang)
            if said not in text and span.text not in text:
                self.target.insert_word(said)
                return

    def action_suggestion(self) -> None:
        found = self.piece.suggestions if self.pieces else ()
        if found:
            self._taken = (self._taken + 1) % len(found)
            self._percent = found[self._taken].percent
            self.target.replace(found[self._taken].text)

    # States.

    def action_confirm(self) -> None:
        """Confirm all findings of this segment that an officer can confirm.

        Unchecked text is only stored: its findings were not shown yet.
        """
        if not self.pieces:
            return
        if not self._is_put:
            self._keep(lambda: None)
            return
        keys = [one.key for one in self.piece.findings if one.answerable]
        if keys:
            self._step(lambda: self.bench.confirm(keys), lambda: None)

    def action_state(self) -> None:
        labels = {
            code: code_label("translation_state", code, lang()) for code in STATES
        }

        def reached(choice: list[str] | None) -> None:
            if choice:
                self._step(lambda: self.bench.advance(choice[0]), lambda: None)

        def ask() -> None:
            self.app.push_screen(
                Pick(word("Translation"), labels, [], many=False), reached
            )

        if self.pieces:
            self._keep(ask)

    def action_send(self) -> None:
        def signed(done: bool | None) -> None:  # noqa: FBT001 - of a screen
            if done:
                self.leave()

        def ask() -> None:
            box = send_box(self.desk, self.opened, self.bench, self.pieces)
            self.app.push_screen(box, signed)

        if self.pieces:
            self._keep(ask)

    def action_back(self) -> None:
        """Store the typed text and leave; if it is refused, keep it as a draft."""

        def leave() -> None:
            self.save_then(self.leave)

        if self.pieces:
            self._keep(leave, leave)
        else:
            leave()


def _code(codes: str, value: str) -> str:
    return label(code_label(codes, value, lang()))
