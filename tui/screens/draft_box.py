"""The drafts that the officer left: one of them goes on, or is discarded."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import App
from textual.binding import BindingType

from exchange.bulletin.punctuation import COLON
from exchange.words import word
from tui.desk import DeskProtocol
from tui.draft_titles import title
from tui.drafts import FORM, EditorDraft, drafts
from tui.keys import bind
from tui.screens.dialogs import Pick
from tui.times import stamp
from tui.words import lang, say
from tui.workers import ask_desk

NEW = "+"  # the code of none of them
DISCARD = "-"  # before the code of one that is to be discarded


class DraftChoice(Pick):
    """One of the drafts, to go on with or to be discarded."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("delete,backspace", "discard", "Discard the draft")
    ]

    def action_discard(self) -> None:
        """End with the draft under the cursor, marked to be discarded."""
        at = self.options.highlighted
        code = self.options.get_option_at_index(at).id if at is not None else None
        if code and code != NEW:
            self.dismiss([f"{DISCARD}{code}"])


def choose(app: App[None], desk: DeskProtocol, *, new: bool = False) -> None:
    """Ask which draft goes on, then open it.

    With `new` it is offered, too, to begin a bulletin; at once where no form is left.
    """

    def read() -> Sequence[EditorDraft]:
        return [one for one in drafts(desk) if not new or one.editor == FORM]

    ask_desk(app, read, lambda found: _ask(app, desk, found, new))


def _ask(
    app: App[None],
    desk: DeskProtocol,
    drafts: Sequence[EditorDraft],
    new: bool,  # noqa: FBT001 - of `choose`
) -> None:
    if not drafts:
        if new:
            _compose(app, desk)
        else:
            app.notify(say("No draft is unfinished."), markup=False)
        return
    by_code = {str(at): draft for at, draft in enumerate(drafts)}
    labels = {
        code: "  ".join(filter(None, (stamp(draft.stored.saved), title(draft))))
        for code, draft in by_code.items()
    }
    if new:
        labels[NEW] = say("New bulletin; this one is kept as a draft")

    def chosen(codes: list[str] | None) -> None:
        code = codes[0] if codes else ""
        if code == NEW:
            _compose(app, desk)
        elif code.startswith(DISCARD):
            one = by_code[code.removeprefix(DISCARD)]
            _discard(app, desk, one, lambda: choose(app, desk, new=new))
        elif code:
            go_on(app, desk, by_code[code])

    box = DraftChoice(word("Unfinished drafts"), labels, [], many=False)
    box.note = word("⌫ discards a draft.")
    app.push_screen(box, chosen)


def go_on(app: App[None], desk: DeskProtocol, draft: EditorDraft) -> None:
    """Open a draft in its editor."""
    if draft.editor == FORM:
        _compose(app, desk, draft)
    else:
        from tui.screens import translate_menu  # noqa: PLC0415 - only then

        translate_menu.go_on(app, desk, draft)


def _compose(
    app: App[None], desk: DeskProtocol, draft: EditorDraft | None = None
) -> None:
    from tui.screens.compose import Compose  # noqa: PLC0415 - only then

    app.push_screen(Compose(desk, saved=draft))


def _discard(
    app: App[None], desk: DeskProtocol, draft: EditorDraft, then: Callable[[], None]
) -> None:
    """Ask once more, then discard a draft."""
    options = {"drop": f"{say('Discard')}{COLON[lang()]}{title(draft)}"}

    def sure(choice: list[str] | None) -> None:
        if choice:
            ask_desk(app, lambda: desk.drop_draft(draft.stored.mark), lambda _: then())
        else:
            then()

    app.push_screen(Pick(word("Discard"), options, [], many=False), sure)
