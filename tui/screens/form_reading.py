"""The reading beside a form: what is filled in so far, in a reader's language."""

from collections.abc import Iterator
from dataclasses import replace

from tui.form import Form
from tui.widgets.page import Item, Pair, Text


def reading(form: Form, reader: str) -> Iterator[Item]:
    """Show kind, texts and values; a text stays in the language it is written in."""
    yield Text(form.kind.labels[reader], reader, "heading")
    for at, one in enumerate(form.prose):
        if one.text.strip():
            yield Text("", "")
            yield Text(one.text, one.lang, "" if at else "subject", gutter=True)
    yield Text("", "")
    read = replace(form, language=reader)
    for row in read.rows():
        text = "" if read.prose_at(row.path) else read.display(row)[0]
        if text:
            yield Pair(row.label, text, reader)
