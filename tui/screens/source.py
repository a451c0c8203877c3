"""Choose the source of a bulletin from the desk's register; its grade comes with it."""

from collections.abc import Mapping

from exchange.bulletin.codes import label as code_label
from tui.desk import Desk
from tui.fields import FormRow
from tui.form import Form
from tui.screens.dialogs import Pick
from tui.screens.field_editor import FieldScreen, put
from tui.words import lang, say
from tui.workers import ask_to_open, notify_instead

SOURCE, RELIABILITY = "assessment.source", "assessment.reliability"


def ask(screen: FieldScreen, desk: Desk, form: Form, row: FormRow) -> None:
    ask_to_open(
        screen.app,
        lambda: dict(desk.sources()),
        lambda grades: _choose(screen, form, row, grades),
        screen.complain,
    )


def _choose(
    screen: FieldScreen, form: Form, row: FormRow, grades: Mapping[str, str]
) -> None:
    if not grades:
        text = say("No source is registered here: fusion source add")
        notify_instead(screen.app, text)
        return
    labels = {
        code: f"{code}  {code_label('reliability', grade, lang())}"
        for code, grade in grades.items()
    }

    def chosen(choice: list[str] | None) -> None:
        if choice and choice[0] in grades:
            form.values[RELIABILITY] = [grades[choice[0]]]
        put(screen, form, row, choice)

    one = form.values.get(row.path, [])
    screen.app.push_screen(Pick(row.label, labels, one, many=False), chosen)
