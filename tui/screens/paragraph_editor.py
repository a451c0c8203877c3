"""Edit a paragraph: check its language against its script, mark fixed parts."""

import os
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from exchange.bulletin.codes import CODES
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.prose import nfc
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.schema import LANGUAGES
from exchange.bulletin.span_values import check_span_value
from exchange.bulletin.spans import mark_span, place
from exchange.errors import Reason, Refusal
from exchange.v1.bulletin_pb2 import Span
from exchange.words import word
from tui.keys import bind
from tui.outside_editor import Edited, Lend, command, edit, in_memory, room
from tui.paragraph import Paragraph, find_fault, fitting, key
from tui.screens.dialogs import BOX, Ask, Pick, columns_of, fit_line
from tui.screens.field_options import words_of
from tui.widgets.bar import Bar, BarPart, KeyLine
from tui.widgets.text_editor import Edit
from tui.words import LANGUAGES as NAMES
from tui.words import join_words, label, lang, say
from tui.workers import notify_error

REST = 0.3  # s after the last key until fixed parts are searched again
KEYS = (
    ("↵", word("continue")),
    ("Esc", word("save and close")),
    ("^S", "review"),
    ("^L", word("language")),
    ("F7", word("mark fixed part")),
    ("⇥", word("list")),
)
VALUE = word("Value, the same in every language; may be left out")
OUTSIDE_OFF = word("Off here: editor = true in desk/config.toml allows it.")
LEAVES = word("The text leaves the encrypted mailbox while that program runs.")
LEAVES_TO_DISK = word(
    "While that program runs, the text is on a disk, outside of the encrypted mailbox."
)
WRONG = {
    Reason.LANGUAGE: word("Not written in the script of its language"),
    Reason.FIELD_VALUE: word("Contains invisible characters"),
}


class Write(ModalScreen[Paragraph | None]):
    """A paragraph and its language; Esc saves too and never discards text."""

    DEFAULT_CSS = f"""
    Write {{ {BOX}
        Edit {{ margin: 0 1; height: 8; }}
        OptionList {{ height: auto; max-height: 7; }}
        OptionList, OptionList:focus {{ border: none; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "take", "Save and close"),
        bind("ctrl+s", "review", "Save it, then review the bulletin", "^S"),
        bind("ctrl+l,f8", "language", "Language of the text", "^L"),
        bind("f4", "outside", "Write it in an editor of your own", "F4"),
        bind("f7", "mark", "Mark the selection, or the word, as a fixed part", "F7"),
        bind("space", "fixed", "Fixed or not"),
        bind("tab", "other", "Text, or list of fixed parts"),
    ]

    def __init__(
        self,
        title: str,
        prose: Paragraph,
        longest: int,
        changed: Callable[[], None],
        may_lend: Callable[[], bool],
    ) -> None:
        """Call `changed` at each change of `current`.

        `may_lend`: whether the desk allows another program to edit a text.
        """
        super().__init__()
        self.reviewed = False  # whether the whole bulletin is wanted next
        self.heading, self.prose, self.longest = title, prose, longest
        self.edit = Edit(prose.text, prose.lang, longest=longest, id="text")
        self._tell, self._may_lend = changed, may_lend
        self._cut = False
        self._new = not prose.text.strip()  # so its language follows its script
        self._listed: list[Span] = []
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Bar(id="head")
            yield self.edit
            yield Bar(id="state")
            yield OptionList(markup=False)
            yield KeyLine(id="hint")

    def on_mount(self) -> None:
        self.edit.focus()
        self.query_one("#hint", KeyLine).keys(KEYS, more="")
        self._bars()
        self._list()

    def current(self) -> Callable[[], Paragraph]:
        """Return a maker of the paragraph, saved or not, for any thread."""
        prose, text, language = self.prose, self.edit.text, self.edit.language

        def make() -> Paragraph:
            same = (language, text) == (prose.lang, prose.text)
            return prose if same else prose.rewrite(language, text)

        return make

    @property
    def options(self) -> OptionList:
        return self.query_one(OptionList)

    # Checks.

    @on(Edit.Changed)
    def _changed(self, event: Edit.Changed) -> None:
        if isinstance(event, Edit.Submitted):
            return
        self._cut = False
        self._follow_script()
        self._bars()
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self._settle)
        self._tell()

    def _follow_script(self) -> None:
        """Follow the script of a new text, unless the officer chose a language."""
        edit = self.edit
        if self._new and find_fault(edit.text, edit.language) is Reason.LANGUAGE:
            edit.write_in(fitting(edit.text, edit.language) or edit.language)

    @on(Edit.Full)
    def _full(self, _: Edit.Full) -> None:
        self._cut = True
        self._bars()

    def _bars(self) -> None:
        edit = self.edit
        tongue = label(code_label("language", edit.language, lang()))
        title = [BarPart(label(self.heading), "key"), BarPart(tongue, "chosen")]
        self.query_one("#head", Bar).put(title)
        length = BarPart(
            f"{len(edit.text)} / {self.longest}", "bad" if self._cut else ""
        )
        cut = BarPart(label("The rest did not fit") if self._cut else "", "bad")
        self.query_one("#state", Bar).put([length, cut, *self._wrong()])

    def _wrong(self) -> list[BarPart]:
        edit = self.edit
        why = find_fault(edit.text, edit.language)
        if why is None:
            return []
        found = [BarPart(label(WRONG[why]), "bad")]
        fits = fitting(edit.text, edit.language)
        if fits:
            found.append(BarPart(join_words("^L", NAMES[fits]), "key"))
        return found

    def _settle(self) -> None:
        current = self.current()()
        if current is not self.prose:
            self.prose = current
            self._list()

    def _spans(self) -> list[Span]:
        every = [*self.prose.spans, *self.prose.unkept_spans()]
        return sorted(every, key=lambda span: place(self.prose.text, span))

    def _list(self) -> None:
        self._tell()
        self._lay_out()

    def on_resize(self) -> None:
        if self._listed:
            self._lay_out()

    def _lay_out(self) -> None:
        kept = {key(span) for span in self.prose.spans}
        self._listed = self._spans()
        options = self.options
        at = options.highlighted
        options.clear_options()
        for span in self._listed:
            text = _text(span, kept=key(span) in kept)
            options.add_option(Option(fit_line(text, columns_of(self.app.size))))
        if self._listed:
            options.highlighted = min(at or 0, len(self._listed) - 1)

    # Keys.

    @on(Edit.Submitted)
    def _submitted(self, _: Edit.Submitted) -> None:
        """Show fixed parts first; keep a text that cannot be signed."""
        self._settle()
        if find_fault(self.edit.text, self.edit.language):
            self.app.bell()
        elif self._listed:
            self.options.focus()
        else:
            self.action_take()

    @on(OptionList.OptionSelected)
    def _confirmed(self, _: OptionList.OptionSelected) -> None:
        self.action_take()

    def action_other(self) -> None:
        self._settle()
        if self.edit.has_focus and self._listed:
            self.options.focus()
        else:
            self.edit.focus()

    def action_fixed(self) -> None:
        at = self.options.highlighted
        if at is None or not self.options.has_focus:
            return
        span, prose = self._listed[at], self.prose
        kept = [one for one in prose.spans if key(one) != key(span)]
        if len(kept) == len(prose.spans):
            kept.append(span)
        self.prose = prose.with_spans(kept)
        self._list()
        self.options.highlighted = min(at, max(self.options.option_count - 1, 0))

    def action_language(self) -> None:
        edit, self._new = self.edit, False
        fits = fitting(edit.text, edit.language) if edit.text.strip() else ""
        if fits in {"", edit.language}:
            at = LANGUAGES.index(edit.language) if edit.language in LANGUAGES else -1
            fits = LANGUAGES[(at + 1) % len(LANGUAGES)]
        edit.load(edit.text, fits)
        self._bars()
        self._settle()

    def action_take(self) -> None:
        self._settle()
        self.dismiss(self.prose)

    def action_review(self) -> None:
        self.reviewed = True
        self.action_take()

    # Another editor.

    def action_outside(self) -> None:
        words = command(os.environ)
        if not self._may_lend():
            self.notify(say(OUTSIDE_OFF), markup=False)
            return
        if not words:
            self.notify(say("No editor is named: set EDITOR."), markup=False)
            return
        options = {"stay": say("Stay here"), "go": say("Hand it over, then erase it")}
        box = Pick(word("Edit in another program"), options, [], many=False)
        within = room()
        box.note = LEAVES if in_memory(within) else LEAVES_TO_DISK

        def chosen(choice: list[str] | None) -> None:
            if choice == ["go"]:
                use = partial(edit, self.edit.text, words, within)
                self.post_message(Lend(use, self._edited))

        self.app.push_screen(box, chosen)

    def _edited(self, made: Edited) -> None:
        if made.text is not None:
            self.edit.replace(made.text)
        if made.said:
            said = say(made.said).format(folder=made.folder)
            self.notify(said, severity="error", markup=False)
        self.edit.focus()

    # Marking by hand.

    def action_mark(self) -> None:
        self._settle()
        start, end = (len(nfc(self.edit.text[:at])) for at in self.edit.chosen())
        if start == end:
            self.notify(say("Choose a part of the text first."), markup=False)
            return
        options = {code: said[lang()] for code, said in CODES["span"].items()}

        def picked(choice: list[str] | None) -> None:
            if choice:
                self._mark(start, end, choice[0])

        self.app.push_screen(
            Pick(word("Kind of this part"), options, [], many=False), picked
        )

    def _mark(self, start: int, end: int, kind: str) -> None:
        try:
            span = mark_span(self.prose.text, start, end, kind, self.prose.lang)
        except Refusal as error:
            notify_error(self, error)
            return
        if span.value:
            self._put(span)
        elif kind == "PLACE":
            labels = {code: said[lang()] for code, said in CODES["site"].items()}
            box = Pick(word("Site"), labels, [], many=False, words=words_of("site"))
            self.app.push_screen(box, lambda found: self._valued(span, found))
        else:
            self.app.push_screen(
                Ask(span.text, "", VALUE),
                lambda text: self._valued(span, None if text is None else [text]),
            )

    def _valued(self, span: Span, choice: list[str] | None) -> None:
        if choice is None:
            return
        span.value = choice[0].strip()
        try:
            check_span_value(span, self.prose.lang, "")
        except Refusal as error:
            notify_error(self, error)
        else:
            self._put(span)

    def _put(self, span: Span) -> None:
        others = [one for one in self.prose.spans if key(one) != key(span)]
        self.prose = self.prose.with_spans([*others, span])
        self._list()


def _text(span: Span, *, kept: bool) -> str:
    kind = code_label("span", span.kind, lang())
    value = f" = {span.value}" if span.value not in {"", span.text} else ""
    sign = "[x]" if kept else "[ ]"
    return f"{sign} {kind}{COLON[lang()]}{span.text}{value}"
