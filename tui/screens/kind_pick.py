"""Choose a kind of bulletin, or a template of the desk, to begin with."""

from collections.abc import Mapping

from exchange.bulletin.kinds import KINDS
from exchange.bulletin.punctuation import COLON
from exchange.words import word
from tui.form import Form
from tui.screens.dialogs import Pick
from tui.templates import KeptTemplates, begin, from_template, kind_label
from tui.words import lang, say

GLOSSARY = word("A glossary is sent by the command line.")
_TEMPLATE = "="  # before the name of a template; no kind has it in its code
FIRST = (
    *("WARNING", "INCIDENT", "MEDEVAC", "SIGHTING", "SITREP", "RFI", "MOVEMENT"),
    *("ROUTE_STATUS", "ALL_CLEAR"),
)
"""Those that are needed in a hurry or daily; the others follow by their label."""
_KINDS = {code: tuple(kind.labels.values()) for code, kind in KINDS.items()}


class KindPick(Pick):
    def __init__(self) -> None:
        labels = {c: kind.labels[lang()] for c, kind in KINDS.items() if not kind.terms}
        others = sorted(labels.keys() - set(FIRST), key=labels.__getitem__)
        kinds = {code: labels[code] for code in (*FIRST, *others)}
        super().__init__("Kind of bulletin", kinds, [], many=False, words=_KINDS)
        self.note = GLOSSARY

    def offer_templates(self, templates: Mapping[str, str]) -> None:
        here, word_of = lang(), say("Template")
        said = {
            f"{_TEMPLATE}{name}": (
                f"{word_of}{COLON[here]}{name} ({kind_label(text, here) or '?'})"
            )
            for name, text in templates.items()
        }
        if said and self.is_attached:
            self.add(said)


def begin_chosen(code: str, kept: KeptTemplates) -> Form:
    """Begin a form of the chosen kind or template; the desk's defaults fill its gaps.

    Raises Refusal(INPUT, "template") for a template that cannot be read.
    """
    here = lang()
    if not code.startswith(_TEMPLATE):
        return begin(code, here, kept.defaults)
    form = from_template(kept.templates[code.removeprefix(_TEMPLATE)], here)
    form.put_defaults(kept.defaults.values)
    return form
