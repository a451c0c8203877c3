"""The first line over a form: kind, mode, label, addressees, fields still needed."""

from exchange.bulletin.common_fields import HEADER
from exchange.bulletin.punctuation import COLON
from tui.form import Form
from tui.widgets.bar import BarPart
from tui.words import join_words, label, lang, say, say_n


def head_parts(form: Form, lacks: int) -> list[BarPart]:
    title = join_words(f"{say('Compose')}{COLON[lang()]}{form.kind.labels[lang()]}")
    header = [row for row in form.rows() if row.field in HEADER]
    said = {row.path: form.display(row)[0] for row in header}
    real = form.values.get("mode") == ["ACTUAL"]
    tlp = "".join(form.values.get("label.tlp", ()))
    marks = (f"TLP:{tlp}", *form.values.get("label.releasable_to", ()))
    missing = say_n("{n} field is needed", "{n} fields are needed", lacks)
    return [
        BarPart(title, "key"),
        BarPart(label(said["mode"].upper()), "alarm" if real else "mode", keep=7),
        BarPart(join_words(*marks) if tlp else "", keep=6),
        BarPart(join_words(said["to"]), keep=5),
        BarPart(join_words(missing) if lacks else "", "unsure", keep=8),
    ]
