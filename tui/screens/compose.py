"""Write a bulletin: the form follows from the kind's declaration."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen

from exchange.bulletin.codes import CODES
from exchange.bulletin.declare import Type
from exchange.bulletin.draft import Draft
from exchange.bulletin.kinds import KINDS
from exchange.errors import TEXTS, FusionError, Refusal
from exchange.limits import SEGMENT_MAX, SUBJECT_MAX
from exchange.words import refusal
from tui.data import Desk, Review
from tui.form import DESKS, MORE, Form, Prose, Row
from tui.keys import bind
from tui.screens.boxes import Ask, Pick, Write
from tui.screens.review import Sending
from tui.text import safe
from tui.widgets.bar import Bar, KeyLine, Part
from tui.widgets.form_view import FormView
from tui.words import joined, label, lang, say

HINTS = {
    Type.TIME: "UTC: 2026-11-24 14:30",
    Type.DATE: "2026-11-24",
    Type.COUNT: "a whole number",
    Type.DECIMAL: "35.317",
    Type.WORD: "letters, digits and -: ROUND-4",
    Type.RANGE: "1 or 10-15",
    Type.GRID: "43S DU 12340 56780",
    Type.TALLY: "code and number, with commas between: CHN:2, PAK:1",
}
KEYS = (
    ("↵", "fill in"),
    ("⌫", "empty"),
    ("^S", "review"),
    ("Esc", "keep for later"),
    ("^N", "begin anew"),
    ("F1", "keys"),
)


class Compose(Screen[None]):
    """The form. Esc keeps what was written and leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "postpone", "Keep for later and leave"),
        bind("ctrl+s,f6", "review", "Review before signing", "^S"),
        bind("ctrl+n", "anew", "Begin anew: another kind", "^N"),
    ]

    def __init__(self, desk: Desk, draft: Draft | None = None) -> None:
        """Go on with a draft, whole or not; else with what was kept, or begin."""
        super().__init__()
        self.desk, self.draft = desk, draft
        self.form: Form | None = None

    def compose(self) -> ComposeResult:
        """Show a title, the form, the keys."""
        yield Bar(id="head")
        yield FormView(id="form")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        """Go on with the kept draft, or ask for the kind."""
        keys = [(key, label(word)) for key, word in KEYS]
        self.query_one("#keys", KeyLine).keys(keys)
        self.view.focus()
        if self.draft is not None:
            try:
                self._begin(Form.from_draft(self.draft, lang()))
            except Refusal as error:
                self.complain(error)
                self.dismiss()
        elif kept := self.desk.kept_draft():
            try:
                self._begin(Form.load(kept, lang()))
            except Refusal as error:
                self.complain(error)
                self.action_anew()
            else:
                self.notify(say("The kept draft goes on."), markup=False)
        else:
            self.action_anew()

    @property
    def view(self) -> FormView:
        """The form's widget."""
        return self.query_one("#form", FormView)

    def action_anew(self) -> None:
        """Ask for the kind; what stood here goes only when one is chosen."""
        labels = {code: kind.labels[lang()] for code, kind in KINDS.items()}
        self.app.push_screen(
            Pick("Kind of bulletin", labels, [], many=False), self._picked_kind
        )

    def _picked_kind(self, codes: list[str] | None) -> None:
        if codes:
            self._begin(Form.new(KINDS[codes[0]], lang()))
        elif self.form is None:
            self.dismiss()

    def _begin(self, form: Form) -> None:
        self.form = form
        title = joined(f"{say('Compose')}:", form.kind.labels[lang()])
        self.query_one("#head", Bar).put([Part(title, "key")])
        self.view.cursor = 0
        self.view.show(form)

    # Filling in.

    @on(FormView.Fill)
    def _fill(self, event: FormView.Fill) -> None:
        form, row = self.form, event.row
        if form is None:
            return
        if row.path == MORE:
            path = form.add_paragraph()
            self.view.show(form)
            self.view.go(path)
            row = self.view.rows[self.view.cursor]
        prose = form.prose_at(row.path)
        if prose is not None:
            self._write(row, prose)
        elif options := self._options(row):
            self._pick(row, options)
        else:
            self._ask(row)

    @on(FormView.Empty)
    def _empty(self, event: FormView.Empty) -> None:
        self._take(event.row, [])

    def _options(self, row: Row) -> dict[str, str]:
        field = row.field
        if row.path in DESKS:
            return {desk: desk for desk in self.desk.desks()}
        if field.type is Type.FLAG:
            words = CODES["word"]
            return {"true": words["YES"][lang()], "false": words["NO"][lang()]}
        if field.codes and field.type is not Type.TALLY:
            return {c: words[lang()] for c, words in CODES[field.codes].items()}
        return {}

    def _write(self, row: Row, prose: Prose) -> None:
        longest = SUBJECT_MAX if row.path == "subject" else SEGMENT_MAX

        def take(found: Prose | None) -> None:
            if found is not None and self.form is not None:
                self.form.write(row.path, prose.written(found.lang, found.text))
                self.view.show(self.form)

        self.app.push_screen(Write(row.label, prose, longest), take)

    def _pick(self, row: Row, options: dict[str, str]) -> None:
        chosen = self.form.values.get(row.path, []) if self.form else []
        box = Pick(row.label, options, chosen, many=row.field.many)
        self.app.push_screen(box, lambda found: self._take(row, found))

    def _ask(self, row: Row) -> None:
        values = self.form.values.get(row.path, []) if self.form else []
        hint = HINTS.get(row.field.type, "")

        def take(text: str | None) -> None:
            if text is not None:
                self._take(row, text.split(",") if row.field.many else [text])

        self.app.push_screen(Ask(row.label, ", ".join(values), hint), take)

    def _take(self, row: Row, values: list[str] | None) -> None:
        if values is None or self.form is None:
            return
        try:
            self.form.set(row, values)
        except Refusal as error:
            self.complain(error)
        else:
            self.view.show(self.form)

    # Leaving.

    def action_postpone(self) -> None:
        """Keep what was written."""
        self._keep()

    @work(thread=True)
    def _keep(self) -> None:
        if self.form is not None:
            try:
                self.desk.keep_draft(self.form.keep())
            except FusionError as error:
                self.app.call_from_thread(self.complain, error)
                return
        self.app.call_from_thread(self.dismiss)

    def action_review(self) -> None:
        """Check all, then show what would be signed."""
        if self.form is None:
            return
        try:
            draft = self.form.draft()
        except FusionError as error:
            self.complain(error)
        else:
            self._review(draft)

    @work(thread=True, exclusive=True)
    def _review(self, draft: Draft) -> None:
        try:
            review = self.desk.review(draft)
        except FusionError as error:
            self.app.call_from_thread(self.complain, error)
            return
        self.app.call_from_thread(self._show, draft, review)

    def _show(self, draft: Draft, review: Review) -> None:
        self.app.push_screen(Sending(self.desk, draft, review), self._reviewed)

    def _reviewed(self, done: str | None) -> None:
        if done == "sent":
            self.notify(say("Signed and handed over."), markup=False)
            self.dismiss()
        elif done == "postpone":
            self.action_postpone()
        elif done == "discard":
            self.dismiss()

    def complain(self, error: FusionError) -> None:
        """Put the cursor on the field that is wrong, and say what."""
        text = say(TEXTS[error.reason])
        at = self.form.row_of(error.where) if self.form else -1
        if self.form is not None and at >= 0:
            self.view.show(self.form, (at, text))
        self.notify(safe(refusal(error)), severity="error", markup=False)
