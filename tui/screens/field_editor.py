"""Fill in a form row; each field type has its own box."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from textual import on
from textual.screen import Screen

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import WITHIN
from exchange.bulletin.schema import Field, Type
from exchange.errors import FusionError, Refusal
from exchange.words import word
from tui.fields import Fields, FormRow
from tui.screens.dialogs import Ask, Pick
from tui.screens.field_options import options_of, words_of
from tui.screens.time_box import TimeBox
from tui.widgets.text_editor import Edit
from tui.words import join_words, lang, say

HINTS = {
    Type.DATE: "2026-11-24",
    Type.COUNT: "a whole number",
    Type.DECIMAL: "35.317",
    Type.WORD: "letters, digits and -: ROUND-4",
    Type.RANGE: "1 or 10-15",
    Type.GRID: "43S DU 12340 56780",
    Type.PATIENT: word("the patient's number, never a name: P1"),
    Type.HASH: word("64 hexadecimal digits"),
}
BETWEEN = word("with commas between")
WORDS = word("letters, digits and -, with commas between: A,B")
NO_CHOICE = ""
_ANY = (0, 99_999)  # no real bounds


class FieldScreen(Screen[Any]):
    """The base of screens with rows to fill in."""

    now: Callable[[], int]
    """Returns the time in ms UTC, the reference for typed times."""

    def renew(self) -> None:
        """Show the values again."""
        raise NotImplementedError

    def complain(self, error: FusionError) -> None:
        """Show the error at its row."""
        raise NotImplementedError

    def note_typed(self, row: FormRow, values: Sequence[str] | None) -> None:
        """Record input for a row before it is taken; None: no more."""
        raise NotImplementedError


class Value(Ask):
    def __init__(
        self, title: str, text: str, hint: str, changed: Callable[[str], None]
    ) -> None:
        super().__init__(title, text, hint)
        self._tell = changed

    @on(Edit.Changed)
    def _typed(self, event: Edit.Changed) -> None:
        if not isinstance(event, Edit.Submitted):
            self._tell(event.text)


def hint(field: Field) -> str:
    several = field.many and field.type is Type.WORD
    bounded = field.type in {Type.COUNT, Type.DECIMAL} and field.bounds != _ANY
    plain = bounded and (field.unit or field.type is Type.DECIMAL)
    words = [] if plain else [say(WORDS if several else HINTS.get(field.type, ""))]
    if field.unit:
        one, _, many = code_label("unit", field.unit, lang()).partition("|")
        words.append(many or one)
    if bounded:
        low, high = (f"{bound:,}" for bound in field.bounds)
        words.append(say("between {low} and {high}").format(low=low, high=high))
    if field.many and not several:
        words.append(say(BETWEEN))
    return join_words(WITHIN[lang()].join(filter(None, words)))


def fill(screen: FieldScreen, fields: Fields, row: FormRow) -> None:
    """Ask for a row's value in the box of its type, and set it.

    Tables use `tui.screens.table.fill_table`.
    """
    if options := options_of(row.field):
        pick(screen, fields, row, options)
    else:
        _ask(screen, fields, row)


def put(
    screen: FieldScreen, fields: Fields, row: FormRow, values: Sequence[str] | None
) -> None:
    if values is None:
        return
    try:
        fields.set(row, values)
    except Refusal as error:
        screen.complain(error)
    else:
        screen.renew()


def pick(
    screen: FieldScreen, fields: Fields, row: FormRow, options: Mapping[str, str]
) -> None:
    chosen, codes = fields.values.get(row.path, []), row.field.codes
    words = words_of(codes) if codes else {}
    many = row.field.many
    if not (many or chosen):
        options = {NO_CHOICE: "—", **options}
    box = Pick(row.label, options, chosen, many=many, words=words)
    screen.app.push_screen(box, lambda found: put(screen, fields, row, found))


def _ask(screen: FieldScreen, fields: Fields, row: FormRow) -> None:
    values = fields.values.get(row.path, [])

    def split(text: str) -> list[str]:
        commas = text.replace("،", ",").replace("，", ",").replace("、", ",")
        return commas.split(",") if row.field.many else [text]

    def take(text: str | None) -> None:
        screen.note_typed(row, None)
        if text is not None:
            put(screen, fields, row, split(text))

    def tell(text: str) -> None:
        screen.note_typed(row, split(text))

    said = ", ".join(values)
    box = (
        TimeBox(row.label, said, screen.now, tell)
        if row.field.type is Type.TIME
        else Value(row.label, said, hint(row.field), tell)
    )
    screen.app.push_screen(box, take)
