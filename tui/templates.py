"""The desk's defaults for a new bulletin, and templates: forms saved under a name.

Each is a JSON text saved by the desk. None holds a time, a reference or a confirmation:
those belong to one bulletin.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import Struct, field

from exchange.bulletin.kinds import KINDS
from exchange.bulletin.schema import LANGUAGES, Type
from exchange.errors import Reason, Refusal
from tui.drafts import DAMAGED
from tui.form import DRAWN, Form

DEFAULTS = ""
"""The name under which the desk keeps its defaults."""
PATHS = (
    *("mode", "label.tlp", "label.releasable_to", "label.caveats"),
    *("to", "info", "review", "release"),
)
"""The fields of which a desk may have a default."""


class Defaults(Struct, frozen=True):
    """Values by path (PATHS), and the desk's language, or ""."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    language: str = ""


class KeptTemplates(NamedTuple):
    """A desk's defaults, and its templates by name.

    `damaged`: the defaults cannot be read.
    """

    defaults: Defaults
    templates: Mapping[str, str]
    damaged: bool = False

    @classmethod
    def read(cls, kept: Sequence[tuple[str, str]]) -> "KeptTemplates":
        texts = dict(kept)
        text = texts.pop(DEFAULTS, "")
        try:
            return cls(read_defaults(text) if text else Defaults(), texts)
        except Refusal:
            return cls(Defaults(), texts, damaged=True)


def defaults_text(form: Form) -> str:
    values = {path: form.values[path] for path in PATHS if path in form.values}
    kept = {"defaults": values, "language": form.prose[0].lang}
    return json.dumps(kept, ensure_ascii=False)


def read_defaults(text: str) -> Defaults:
    """Raise Refusal(INPUT, "defaults") for any text but that of `defaults_text`."""
    try:
        kept = json.loads(text)
        given = {str(k): [str(v) for v in vs] for k, vs in kept["defaults"].items()}
        language = str(kept["language"])
    except DAMAGED as error:
        raise Refusal(Reason.INPUT, "defaults") from error
    values = {path: given[path] for path in PATHS if given.get(path)}
    return Defaults(values, language if language in LANGUAGES else "")


def begin(code: str, language: str, defaults: Defaults) -> Form:
    form = Form.new(KINDS[code], defaults.language or language)
    form.language = language
    form.put_defaults(defaults.values)
    return form


def template_text(form: Form) -> str:
    return _bare(form).keep()


def from_template(text: str, language: str) -> Form:
    """Raise Refusal(INPUT, "template") if it is invalid."""
    try:
        return _bare(Form.load(text, language))
    except Refusal as error:
        raise Refusal(Reason.INPUT, "template") from error


def _bare(form: Form) -> Form:
    of_one = {row.path for row in form.rows() if row.field.type is Type.TIME} | {DRAWN}
    values = {path: v for path, v in form.values.items() if path not in of_one}
    made = replace(form, values=values, prose=list(form.prose), references=[])
    made.confirmed, made.given, made.instead = [], set(), ""
    return made


def kind_label(text: str, language: str) -> str:
    """Return the kind of a template in words, "" if it cannot be read."""
    try:
        return Form.load(text, language).kind.labels[language]
    except Refusal:
        return ""
