"""Titles of drafts, for people."""

from exchange.bulletin.codes import DRILLS
from exchange.bulletin.codes import label as code_label
from exchange.bulletin.punctuation import COLON
from exchange.desk.records import Row
from exchange.errors import Refusal
from tui.bulletin_names import name_of
from tui.drafts import BACK, FORM, EditorDraft
from tui.form import Form
from tui.words import lang, say

SHOWN = 40  # characters shown of an unreadable draft
_BETWEEN = " · "


def title(draft: EditorDraft) -> str:
    """Return one line; for a damaged draft, its beginning."""
    here = lang()
    if draft.editor != FORM:
        return (
            f"{what_of(draft)}{COLON[here]}{code_label('language', draft.lang, here)}"
        )
    try:
        form = Form.load(draft.stored.text, here)
    except Refusal:
        return draft.stored.text[:SHOWN]
    kind, subject = _kind_of(form), form.prose[0].text
    return f"{kind}{COLON[here]}{subject}" if subject.strip() else kind


def what_of(draft: EditorDraft, about: Row | None = None) -> str:
    """Return the sort of a draft: a bulletin's kind, or a translation.

    `about` is the bulletin that it refers to, if that is at this desk.
    """
    here = lang()
    if draft.editor != FORM:
        how = say("Translate back") if draft.editor == BACK else say("Translate")
        return with_drill(f"{how} {name_of(about)}", about.mode) if about else how
    try:
        form = Form.load(draft.stored.text, here)
    except Refusal:
        return say("A draft that cannot be read")
    kind = _kind_of(form)
    if not form.references:
        return kind
    relation = code_label("relation", form.references[0].relation, here)
    named = f"{name_of(about)} {about.subject}" if about else "?"
    return f"{kind} ({relation} {named})"


def with_drill(words: str, mode: str) -> str:
    """Put the mode before them, if it is a drill: Exercise · Warning."""
    if mode not in DRILLS:
        return words
    return _BETWEEN.join((code_label("mode", mode, lang()), words))


def _kind_of(form: Form) -> str:
    mode = next(iter(form.values.get("mode", [])), "")
    return with_drill(form.kind.labels[lang()], mode)


def shown_begin(draft: EditorDraft, about: Row | None) -> tuple[str, str]:
    """Return the identifying text of a draft, and its language.

    For a translation, its bulletin's subject in the target language; for a damaged
    draft its first characters, in no language.
    """
    if draft.editor != FORM:
        return (about.subject if about else ""), draft.lang
    try:
        subject = Form.load(draft.stored.text, lang()).prose[0]
    except Refusal:
        return draft.stored.text[:SHOWN], ""
    return subject.text, subject.lang
