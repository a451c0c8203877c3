"""Write a bulletin: the form follows from the kind's declaration."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import ClassVar, TypeAlias

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from exchange.bulletin.check import CheckedDraft
from exchange.bulletin.draft import Draft
from exchange.bulletin.schema import LANGUAGES, Type
from exchange.desk.board.records import ELSEWHERE
from exchange.desk.outgoing.address_groups import AddressBook
from exchange.errors import FusionError, Refusal
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from exchange.words import means, word
from tui import drafts, times
from tui.desk import Desk
from tui.fields import TABLES
from tui.form import DESKS, MORE, MORE_REFERENCES, Form, FormRow, Paragraph
from tui.keys import bind
from tui.outside_editor import is_allowed
from tui.screens import recipients, source
from tui.screens.dialogs import Pick
from tui.screens.editor import Editor
from tui.screens.field_editor import FieldScreen, fill, put
from tui.screens.field_options import SITE, place_value, takes_place
from tui.screens.form_head import head_parts
from tui.screens.form_reading import reading
from tui.screens.kind_pick import GLOSSARY, KindPick, begin_chosen
from tui.screens.paragraph_editor import Write
from tui.screens.reference_rows import add, known_rows, relate
from tui.screens.review import Done, Sending, review_of
from tui.screens.review_page import ReviewPreview
from tui.screens.table import fill_table
from tui.screens.template_box import TemplateBox
from tui.templates import Defaults, KeptTemplates, from_template
from tui.widgets.bar import Bar, KeyLine
from tui.widgets.form_view import FormView
from tui.widgets.page import TextPage
from tui.words import lang, say
from tui.workers import ask_desk, ask_to_open, notify_error

READING = 120  # columns
KEYS = (
    ("↵", "fill in"),
    ("⌫", "empty"),
    ("^S", "review"),
    ("^G", word("next needed")),
    ("Esc", "keep for later"),
    ("^T", word("templates")),
    ("^B", word("place from the board")),
    ("[ ]", "language"),
    ("^N", "new bulletin (this one is kept)"),
)
PutIn: TypeAlias = Callable[[Form], None]
"""Puts unfinished input into a form."""


class Reading(TextPage, can_focus=False):
    """What is filled in, as one reads it."""


class Compose(Editor, FieldScreen):
    """The form; Esc saves the draft and leaves.

    From READING columns on, what is filled in is read beside it.
    """

    DEFAULT_CSS = """
    Compose #form { width: 1fr; }
    Compose #reading { display: none; width: 1fr; padding: 0 1; }
    Compose.wide #reading { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "postpone", "Keep for later and leave"),
        bind("ctrl+s,f6", "review", "Review before signing", "^S"),
        bind("ctrl+b", "place", "Take a place from the board", "^B"),
        bind("ctrl+t,f4", "templates", "Templates of the desk, and its defaults", "^T"),
        bind(
            "]", "language(1)", "Read it in the next language, beside the form", "[ ]"
        ),
        bind("[", "language(-1)", "Read it in the previous language"),
        bind("ctrl+n", "new", "New bulletin; this one is kept as a draft", "^N"),
    ]

    def __init__(
        self,
        desk: Desk,
        draft: Draft | None = None,
        saved: drafts.EditorDraft | None = None,
        instead: bytes = b"",
        now: Callable[[], int] = times.now,
    ) -> None:
        """Continue the desk's `draft` or a `saved` one, else begin.

        `instead` names a returned bulletin that the sent one replaces. `now` gives the
        time in ms UTC, the reference for typed times.
        """
        super().__init__(desk, saved)
        self.draft, self.saved, self.instead, self.now = draft, saved, instead, now
        self.form: Form | None = None
        self.reader = lang()
        self._empty_form = ""  # its text when begun: nothing to save yet
        self._typing: Callable[[], PutIn] | None = None  # input that is not taken yet
        self._offered: KeptTemplates | None = None  # once read
        self._code = ""  # chosen before that
        self._needed = ""  # path of the field being filled in, if it was missing

    def compose(self) -> ComposeResult:
        yield Bar(id="head")
        yield Bar(id="unsaved")
        with Horizontal():
            yield FormView(id="form")
            yield Reading(id="reading")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#keys", KeyLine).keys(KEYS, "F1")
        self.view.focus()
        if self.draft is not None:
            self._begin_with(self.draft)
        elif self.saved is not None:
            self._go_on(self.saved)
        else:
            self._ask_kind()

    def on_screen_resume(self) -> None:
        self.save_soon()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= READING, "wide")
        self._read()

    def action_language(self, by: int) -> None:
        at = LANGUAGES.index(self.reader)
        self.reader = LANGUAGES[(at + by) % len(LANGUAGES)]
        self._read()

    def _read(self) -> None:
        if self.form is not None and self.has_class("wide"):
            self.query_one(Reading).put(list(reading(self.form, self.reader)))

    @property
    def view(self) -> FormView:
        return self.query_one("#form", FormView)

    def _begin_with(self, draft: Draft) -> None:
        if draft.kind.terms:
            self.notify(say(GLOSSARY), markup=False)
            self.leave()
        else:
            form = Form.from_draft(draft, lang())
            form.instead = self.instead.hex()
            self._begin(form)
            self.save_soon()
            if self.view.missing() == ["subject"]:  # all that a reply needs
                self.view.action_missing()
                self.view.action_fill()

    # The draft.

    def snapshot(self) -> Callable[[], str]:
        """Return a maker of the form's text, with the input of a box over it."""
        if self.form is None:
            kept = self.saved.stored.text if self.saved else ""
            return lambda: kept
        empty, put_in = self._empty_form, self._typing() if self._typing else None
        form = replace(
            self.form,
            values=dict(self.form.values),
            prose=list(self.form.prose),
            references=list(self.form.references),
            confirmed=list(self.form.confirmed),
        )

        def make() -> str:
            if put_in is not None:
                put_in(form)
            text = form.keep()
            return "" if text == empty else text

        return make

    def note_typed(self, row: FormRow, values: Sequence[str] | None) -> None:
        def put_in(form: Form) -> None:
            with suppress(Refusal):  # kept, to be corrected
                form.set(row, values or ())

        self._typing = None if values is None else lambda: put_in
        self.save_soon()

    def _go_on(self, saved: drafts.EditorDraft) -> None:
        try:
            form = Form.load(saved.stored.text, lang())
        except Refusal as error:
            self.complain(error)
            self._damaged()
            return
        self._begin(form)
        self.tell_reopened()

    def _damaged(self) -> None:
        options = {"drop": say("Discard unreadable drafts")}

        def sure(choice: list[str] | None) -> None:
            if choice:
                ask_desk(self, self.slot.discard, lambda _: self.leave(), self._kept)
            else:
                self.leave()

        self.app.push_screen(Pick(word("Discard"), options, [], many=False), sure)

    def _kept(self, error: FusionError) -> None:
        self.complain(error)
        self.leave()

    def action_new(self) -> None:
        self.save_then(self._ask_kind, opens=True)

    def action_templates(self) -> None:
        if self.form is not None:
            box = TemplateBox(self.desk, self.form)
            self.app.push_screen(box, self._picked_template)

    def _picked_template(self, text: str | None) -> None:
        if text is not None:
            begin = partial(from_template, text, lang())
            self.save_then(partial(self._begin_new, begin), opens=True)

    def _ask_kind(self) -> None:
        box, self._offered, self._code = KindPick(), None, ""
        self.app.push_screen(box, self._picked_kind)

        def read(found: Sequence[tuple[str, str]]) -> None:
            self._offer(KeptTemplates.read(found), box)

        def refused(error: FusionError) -> None:
            self._offer(KeptTemplates(Defaults(), {}), box)
            notify_error(self, error)

        ask_to_open(self, self.desk.templates, read, refused)

    def _offer(self, kept: KeptTemplates, box: KindPick) -> None:
        self._offered = kept
        if kept.damaged:
            said = say("The desk's defaults cannot be read; set them again by ^T.")
            self.notify(said, severity="error", markup=False)
        box.offer_templates(kept.templates)
        if self._code:
            self._picked_kind([self._code])

    def _picked_kind(self, codes: list[str] | None) -> None:
        if codes and self._offered is None:
            self._code = codes[0]
        elif codes and self._offered is not None:
            self._begin_new(partial(begin_chosen, codes[0], self._offered))
        elif self.form is None:
            self.leave()

    def _begin_new(self, begin: Callable[[], Form]) -> None:
        try:
            form = begin()
        except Refusal as error:
            notify_error(self, error)
            if self.form is None:
                self._ask_kind()
            return
        self.slot = drafts.Slot(self.desk)
        self._empty_form = form.keep()
        self._begin(form)

    def _begin(self, form: Form) -> None:
        self.form = form
        self.view.cursor = 0
        self.renew()
        self._learn(form)

    def _learn(self, form: Form) -> None:
        ask_desk(
            self,
            partial(known_rows, self.desk, form),
            partial(self._learned, form),
            self.complain,
        )

    def _learned(self, form: Form, known: Mapping[str, str]) -> None:
        form.known = known
        for view in self.query(FormView):  # gone if the screen was left
            view.refresh()
            self._read()

    # Filling in.

    @on(FormView.Fill)
    def _fill(self, event: FormView.Fill) -> None:
        form, row = self.form, event.row
        if form is None:
            return
        self._needed = row.path if self.view.is_missing(row) else ""
        if row.path == MORE:
            path = form.add_paragraph()
            self.renew()
            self.view.go(path)
            row = self.view.rows[self.view.cursor]
        prose = form.prose_at(row.path)
        if row.path == MORE_REFERENCES:
            add(self, self.desk, form, self.renew)
        elif prose is not None:
            self._write(form, row, prose)
        elif row.path in DESKS:
            recipients.ask(self, self.desk, form, row)
        elif row.path == source.SOURCE:
            source.ask(self, self.desk, form, row)
        elif form.reference_at(row.path) >= 0:
            relate(self, form, row)
        elif row.field.type is Type.HASH:
            self.notify(say("The desk itself fills this in."), markup=False)
        elif row.field.type in TABLES:
            fill_table(self, form, row)
        else:
            fill(self, form, row)

    @on(FormView.Empty)
    def _empty(self, event: FormView.Empty) -> None:
        form, row = self.form, event.row
        if form is None or row.path in {MORE, MORE_REFERENCES}:
            return
        if form.prose_at(row.path) is None:  # a text is not lost by one key
            put(self, form, row, [])

    def _write(self, form: Form, row: FormRow, prose: Paragraph) -> None:
        longest = SUBJECT_MAX if row.path == "subject" else SEGMENT_MAX

        def take(paragraph: Paragraph | None) -> None:
            self._typing = None
            if paragraph is not None:
                form.write(row.path, paragraph)
                self.renew()
            if box.reviewed:
                self.action_review()

        def typing() -> PutIn:
            made = box.current()
            return lambda form: form.write(row.path, made())

        may_lend = partial(is_allowed, self.desk)
        box = Write(row.label, prose, longest, self.save_soon, may_lend)
        self._typing = typing
        self.app.push_screen(box, take)

    def action_place(self) -> None:
        """Fill the row with a place of the board; the site if it takes no place."""
        from tui.screens.board import BoardScreen  # noqa: PLC0415 - only then

        form, view = self.form, self.view
        if form is None:
            return
        row = view.rows[view.cursor]
        if not takes_place(row.field):
            row = next(one for one in form.rows() if one.path == SITE)

        def take(stop: str) -> None:
            if stop == ELSEWHERE:
                self.notify(say("No place is there; choose a stop."), markup=False)
                return
            put(self, form, row, [place_value(row.field, stop)])
            view.go(row.path)

        self.app.push_screen(BoardScreen(self.desk, self.now, take=take))

    # Leaving.

    def action_postpone(self) -> None:
        self.save_then(self.leave)

    def action_review(self) -> None:
        if self.form is not None:
            tell = self._check, self.complain
            recipients.ask_book(self, self.desk, self.form, *tell)

    def _check(self, form: Form, book: AddressBook | None) -> None:
        try:
            # Drop the confirmations of values that changed since.
            draft = form.draft(book).confirm()
        except FusionError as error:
            self.complain(error)
        else:
            self._review(draft)

    def _review(self, draft: CheckedDraft) -> None:
        ask_to_open(
            self,
            lambda: review_of(self.desk, draft),
            lambda shown: self._show(draft, shown),
            self.complain,
        )

    def _show(self, draft: CheckedDraft, shown: ReviewPreview) -> None:
        if self.is_current:
            instead = bytes.fromhex(self.form.instead) if self.form else b""
            box = Sending(self.desk, draft, shown, self.slot, self._confirmed)
            box.instead = instead
            self.app.push_screen(box, self._reviewed)

    def _confirmed(self, confirmed: Sequence[str]) -> None:
        if self.form is not None:
            self.form.confirmed = list(confirmed)
            self.save_soon()

    def _reviewed(self, how: Done | None) -> None:
        if how == "sent":
            self.leave()
        elif how == "postpone":
            self.action_postpone()
        elif how == "discard":
            self.post_message(self.Discarded(self.snapshot()()))
            self.notify(say("Discarded; w, then u, brings it back."), markup=False)
            self.leave()

    def renew(self) -> None:
        """Save the form; redraw it if the screen is still open.

        After a missing or wrong field is filled in, the cursor goes to the next missing
        one.
        """
        self.save_soon()
        if self.form is None or not self.query(FormView):
            return
        view = self.view
        view.show(self.form)
        self._read()
        missing = view.missing()
        self.query_one("#head", Bar).put(head_parts(self.form, len(missing)))
        here = view.rows[view.cursor].path
        if here == self._needed and missing and here not in missing:
            view.action_missing()
            self._needed = ""

    def complain(self, error: FusionError) -> None:
        self.save_soon()
        text = means(error)
        path = self.form.row_of(error.where) if self.form else ""
        if self.form is not None and path and self.query(FormView):
            self.view.show(self.form, (path, text))
        notify_error(self, error)
