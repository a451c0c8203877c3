"""Titles by which a person knows what is unfinished."""

from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.errors import Refusal
from tui.drafts import BACK, FORM, EditorDraft
from tui.form import Form
from tui.words import lang, say

SHOWN = 40  # characters of what cannot be read


def title(draft: EditorDraft) -> str:
    """Return a draft as a person knows it; what is damaged by its begin."""
    here = lang()
    if draft.editor != FORM:
        how = say("Translate back") if draft.editor == BACK else say("Translate")
        into = code_label("language", draft.lang, here)
        return f"{how} #{draft.number}{COLON[here]}{into}"
    try:
        form = Form.load(draft.stored.text, here)
    except Refusal:
        return draft.stored.text[:SHOWN]
    return f"{form.kind.labels[here]}{COLON[here]}{form.prose[0].text}"
