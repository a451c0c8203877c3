"""The words of a translation or a receipt, in one line below its bulletin."""

from collections.abc import Mapping

from exchange.bulletin.codes import label as code_label
from exchange.desk.fold_records import MORE, FoldedAnswer
from tui.state_signs import StateSign
from tui.widgets.bulletin_context import BETWEEN, reason_of
from tui.widgets.list_columns import RENDERED
from tui.words import lang, say

RECEIPT_SIGNS: Mapping[str, tuple[str, str]] = {
    "OPENED": ("·", ""),
    "ACKNOWLEDGED": ("✔", ""),
    "COMPLETED": ("✔", "good"),
    "CANNOT_COMPLY": ("✘", "bad"),
    "UNOPENABLE": ("✘", "bad"),
    "COUNTERSIGNED": ("✔", ""),
}
"""The sign and the style of what a desk said."""


def answer_words(answer: FoldedAnswer) -> tuple[StateSign, str]:
    """Return the sign of an answer, and its description with the author.

    The words are translated, but not yet safe to be shown: they name officers.
    """
    here = lang()
    if answer in MORE:
        return StateSign("", "", ""), say("There are more than are shown here.")
    if answer.is_translation:
        said = [
            code_label("language", answer.lang, here),
            code_label("translation_state", answer.state, here),
        ]
        sign = StateSign(RENDERED, "", "")
    else:
        why = reason_of(answer.relation, answer.reason) if answer.reason else ""
        said = [code_label("relation", answer.relation, here), why]
        signs = RECEIPT_SIGNS.get(answer.relation, ("?", "unsure"))
        sign = StateSign(signs[0], "", signs[1])
    return sign, BETWEEN.join(filter(None, (*said, *answer.officers)))
