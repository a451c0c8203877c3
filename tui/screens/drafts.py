"""The drafts of this officer: continue, discard or restore one.

A killed program leaves a whole draft or none.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import App
from textual.binding import BindingType

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.schema import LANGUAGES
from exchange.desk.records import NONE, Row, SavedDraft
from exchange.errors import FusionError, Refusal
from exchange.limits import DAY, MINUTE
from exchange.words import word
from tui.desk import Desk
from tui.draft_titles import shown_begin, title, what_of
from tui.drafts import FORM, EditorDraft, drafts, keep_discarded
from tui.form import Form
from tui.keys import bind
from tui.screens.choice_screen import ChoiceScreen
from tui.widgets.bar import Bar, BarPart
from tui.widgets.choices import BETWEEN, Choices, Entry
from tui.widgets.page import Text
from tui.words import join_words, label, lang, say, say_n
from tui.workers import ask_desk, notify_error

AGES = (  # ms of the unit, its words; the first that is whole
    (DAY, word("{n} d ago")),
    (60 * MINUTE, word("{n} h ago")),
    (MINUTE, word("{n} min ago")),
)


class DraftEntry(NamedTuple):
    draft: EditorDraft
    about: Row | None = None


def read_drafts(desk: Desk) -> list[DraftEntry]:
    """Ask the desk; the last begun first."""
    return [DraftEntry(one, _about(desk, one)) for one in drafts(desk)]


def _about(desk: Desk, draft: EditorDraft) -> Row | None:
    if draft.editor != FORM:
        return next(iter(desk.rows([draft.number])), None)
    try:
        references = Form.load(draft.stored.text, lang()).references
    except Refusal:
        return None
    return desk.about(bytes.fromhex(references[0].name)) if references else None


def age(saved: int, now: int) -> str:
    if not saved:
        return ""
    past = max(0, now - saved)
    unit, said = next((one for one in AGES if past >= one[0]), AGES[-1])
    return say(said).format(n=past // unit)


def entry(number: int, one: DraftEntry, now: int) -> Entry:
    draft, about = one
    text, tongue = shown_begin(draft, about)
    said = code_label("language", tongue, lang()) if tongue in LANGUAGES else ""
    head = (what_of(draft, about), said, age(draft.stored.saved, now))
    return Entry(
        number,
        [
            Text(BETWEEN.join(filter(None, head)), lang(), embeds=True),
            Text(text or "…", tongue, "subject", gutter=True),
        ],
    )


class DraftsScreen(ChoiceScreen[None]):
    """`discarded` are this session's, latest last."""

    KEYS: ClassVar = (
        ("↵", word("continue")),
        ("⌫", word("discard")),
        ("u", word("undo")),
        ("c", word("compose")),
        ("Esc", word("back")),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("delete,backspace", "discard", "Discard the draft", "⌫"),
        bind("u,ctrl+z", "undo", "Bring back the last discarded draft", "u"),
        bind("c,f3", "compose", "Compose a new bulletin", "c"),
    ]

    def __init__(
        self,
        desk: Desk,
        now: Callable[[], int],
        discarded: list[SavedDraft],
    ) -> None:
        super().__init__()
        self.desk, self.now, self.discarded = desk, now, discarded
        self.drafts: Mapping[int, EditorDraft] = {}

    def on_screen_resume(self) -> None:
        self._read()

    def _read(self, step: Callable[[], object] = lambda: None) -> None:
        def work() -> Sequence[DraftEntry]:
            step()
            return read_drafts(self.desk)

        ask_desk(self, work, self._show, self._failed)

    def _show(self, found: Sequence[DraftEntry]) -> None:
        self.drafts = {n: one.draft for n, one in enumerate(found, 1)}
        count = say_n("{n} unfinished draft", "{n} unfinished drafts", len(found))
        gone = say_n("{n} discarded", "{n} discarded", len(self.discarded))
        self.query_one("#head", Bar).put(
            [
                BarPart(label("Unfinished drafts"), "key"),
                BarPart(join_words(count) if found else ""),
                BarPart(join_words(gone) if self.discarded else "", "unsure"),
            ]
        )
        now = self.now()
        shown = [entry(n, one, now) for n, one in enumerate(found, 1)]
        none = Entry(0, [Text(say("No draft is unfinished."), lang(), "dim")])
        self.choices.choose_from(shown or [none])

    def _failed(self, error: FusionError) -> None:
        notify_error(self, error)
        ask_desk(self, lambda: read_drafts(self.desk), self._show)

    @on(Choices.Chosen)
    def _chosen(self, event: Choices.Chosen) -> None:
        app, desk = self.app, self.desk
        draft = self.drafts[event.entry.number]
        self.dismiss()
        go_on(app, desk, draft, self.now)

    def action_discard(self) -> None:
        """Discard the draft under the cursor, as painted."""
        if not (seen := self.choices.seen_entry):
            self.app.bell()
            return
        stored = self.drafts[seen.number].stored
        if stored in self.discarded:  # the key is pressed again before it has gone
            return
        keep_discarded(self.discarded, stored)

        def drop() -> None:
            try:
                self.desk.drop_draft(stored.mark)
            except FusionError:
                if stored in self.discarded:
                    self.discarded.remove(stored)
                raise

        self._read(drop)
        said = f"{say('Discarded; u brings it back')}{COLON[lang()]}"
        self.notify(f"{said}{title(self.drafts[seen.number])}", markup=False)

    def action_undo(self) -> None:
        if not self.discarded:
            self.notify(say("No more drafts to bring back."), markup=False)
            return

        stored = self.discarded.pop()  # now, as the key may be pressed again meanwhile

        def restore() -> None:
            try:
                self.desk.save_draft(NONE, stored.text)
            except FusionError:
                keep_discarded(self.discarded, stored)
                raise

        self._read(restore)

    def action_compose(self) -> None:
        from tui.screens.compose import Compose  # noqa: PLC0415 - only then

        app, desk, now = self.app, self.desk, self.now
        self.dismiss()
        app.push_screen(Compose(desk, now=now))


def go_on(
    app: App[None], desk: Desk, draft: EditorDraft, now: Callable[[], int]
) -> None:
    if draft.editor == FORM:
        from tui.screens.compose import Compose  # noqa: PLC0415 - only then

        app.push_screen(Compose(desk, saved=draft, now=now))
    else:
        from tui.screens import translate_menu  # noqa: PLC0415 - only then

        translate_menu.go_on(app, desk, draft)
