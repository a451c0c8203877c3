"""Templates: use, save or delete one; set the desk's defaults."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from exchange.bulletin.punctuation import COLON
from exchange.limits import TEMPLATE_NAME_MAX
from exchange.words import word
from tui.desk import Desk
from tui.form import Form
from tui.keys import bind
from tui.screens.named_texts import NamedTexts
from tui.templates import DEFAULTS, PATHS, defaults_text, kind_label, template_text
from tui.words import join_words, lang, say


class TemplateBox(NamedTexts):
    """Ends with the text of a template to begin with, or with None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bind("k,f3", "keep", "Keep this form as a template"),
        bind(
            "d,f4",
            "defaults",
            "Make its label and desks those of every new bulletin",
        ),
        bind("delete", "forget", "Forget this template"),
    ]
    HEAD = "Templates of this desk"
    NONE = word("No template is kept yet.")
    NAME = word("Name of the template")
    NAME_MAX = TEMPLATE_NAME_MAX

    def __init__(self, desk: Desk, form: Form) -> None:
        super().__init__(desk.forget_template)
        self.desk, self.form = desk, form

    def read(self) -> Sequence[tuple[str, str]]:
        return [one for one in self.desk.templates() if one[0] != DEFAULTS]

    def save(self, name: str) -> None:
        self.desk.save_template(name, template_text(self.form))

    def line(self, name: str, text: str) -> str:
        kind = kind_label(text, lang()) or say("cannot be read; Del forgets it")
        return join_words(f"{name}{COLON[lang()]}{kind}")

    def keys(self) -> Sequence[tuple[str, str]]:
        return [
            ("↵", word("use")),
            ("k", word("keep this form")),
            ("d", word("set as default")),
            ("Del", word("forget")),
        ]

    def action_keep(self) -> None:
        self.ask_name()

    def action_defaults(self) -> None:
        text = defaults_text(self.form)
        rows = {row.path: row for row in self.form.rows()}
        said = (self.form.display(rows[path])[0] for path in PATHS if path in rows)
        self.do(lambda: self.desk.save_template(DEFAULTS, text))
        words = say("Every new bulletin begins with")
        self.notify(
            f"{words}{COLON[lang()]}{' · '.join(filter(None, said))}", markup=False
        )
