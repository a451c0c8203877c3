"""The text of an error for a person: the field by its name, not only by its path.

The path stays, since users type it; the name follows in the language in use:
`details.state (路况)`. A terminal shows only names, so there the name is first.
"""

from collections.abc import Mapping
from functools import cache

from exchange.bulletin.codes import label
from exchange.bulletin.common_fields import HEADER, KIND, SECTIONS
from exchange.bulletin.form import form
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.punctuation import COLON
from exchange.bulletin.schema import Field, Labels
from exchange.bulletin.schema import say as labels
from exchange.errors import FusionError, Reason
from exchange.words import lang, means, say, with_reason, word

# For other reasons, a word such as `subject` or `kind` belongs to a statement or an
# envelope.
_OF_FIELDS = frozenset(
    {
        Reason.FIELD_MISSING,
        Reason.FIELD_VALUE,
        Reason.CODE_UNKNOWN,
        Reason.TOO_LONG,
        Reason.LANGUAGE,
        Reason.SPAN,
        Reason.UNMARKED,
        Reason.PERSONAL_DATA,
        Reason.TRANSLATION,
        Reason.RECIPIENTS,
        Reason.RECIPIENT_UNKNOWN,
        Reason.REFERENCES,
        Reason.NOT_RELEASABLE,
    }
)
_HANDLING = next(field for field in HEADER if field.name == "label.tlp")
_TITLES: Mapping[str, Labels] = {
    "label": _HANDLING.labels,
    **{section.name: section.labels for section in SECTIONS},
    # Receipts, recalls and sources.
    "remark": labels("Remark", "تبصرہ", "备注"),
    "reason": labels("Reason", "وجہ", "原因"),
    "why": labels("Reason", "وجہ", "原因"),
    "instruction": labels("Instruction", "ہدایت", "处置要求"),
    "reliability": labels("Source reliability", "ذریعے کا اعتبار", "来源可靠性"),
}
_WORDS = {
    "references": "REFERENCE",
    "attachments": "ATTACHMENTS",
    "terms": "TERMS",
    "confirmed": "CONFIRMED",
    "translation": "TRANSLATION",
    "translations": "TRANSLATION",
}

_PARTS = {
    "translator": word("translator"),
    "reviewer": word("reviewer"),
    "back": word("back-translation"),
    "back.translator": word("back-translator"),
    "back.judge": word("judge of the back-translation"),
}
"""The officers and parts of a translation: nobody types these paths."""


# Advice on refusals of lower layers, which do not know the request.
_ADVICE = {
    (Reason.INPUT, "NAME"): word(
        "give 8 or more hex digits of its name, or its place (islamabad.pk#412)"
    ),
    (Reason.NOT_FOUND, "NAME"): word("no such bulletin here; fusion list lists them"),
    (Reason.UNREACHABLE, "node"): word(
        "does not answer; check that fusion serve is running, then try again"
    ),
}
_CONDITION = word("unknown condition or value; fusion list --help lists them")


def refusal(error: FusionError, *, name_first: bool = False) -> str:
    """Return one line: path and name of the field, and the fault."""
    place = _named(error, name_first=name_first).removesuffix(":")
    head = f"{place}{COLON[lang()]}" if place else ""
    return with_reason(f"{head}{_said(error)}", error.reason)


def _said(error: FusionError) -> str:
    advice = _ADVICE.get((error.reason, error.where))
    if error.reason is Reason.CODE_UNKNOWN and error.where.endswith(":"):
        advice = _CONDITION
    return say(advice) if advice and error.why is None else means(error)


def _named(error: FusionError, *, name_first: bool) -> str:
    """Return the place, with the field's name unless the path says it."""
    if error.reason not in _OF_FIELDS:
        return error.where
    path, colon, rest = error.where.partition(":")
    if name_first and (part := _PARTS.get(path) or _PARTS.get(path.partition(".")[0])):
        return f"{say(part)}{colon}{rest}"
    name = name_of(path, lang(), error.kind)
    if not name:
        return error.where
    if name.casefold() == path.rpartition(".")[2].replace("_", " "):
        return f"{name}{colon}{rest}" if name_first else error.where
    first, second = (name, path) if name_first else (path, name)
    return f"{first} ({second}){colon}{rest}"


def name_of(path: str, lang: str, kind: str = "") -> str:
    """Return the name in `lang`, or "" if it has none.

    `segments.0.text` has the name of `segments`. Without `kind`, a kind's own field has
    a name only if all its kinds agree.
    """
    field = field_of(path, kind)
    if field is not None:
        return field.labels[lang]
    head = path.partition(".")[0]
    if head in _TITLES:
        return _TITLES[head][lang]
    return label("word", _WORDS[head], lang) if head in _WORDS else ""


def field_of(path: str, kind: str = "") -> Field | None:
    steps = [step for step in path.split(".") if not step.isdecimal()]
    known = _fields(kind if kind in KINDS else "")
    for end in range(len(steps), 0, -1):
        found = known.get(".".join(steps[:end]))
        if found is not None:
            parts = {part.name: part for part in found.parts}
            return parts.get("".join(steps[end : end + 1]), found)
    return None


@cache
def _fields(kind: str) -> Mapping[str, Field]:
    """Return the fields of a kind; for "", those that all kinds share."""
    kinds = [KINDS[kind]] if kind else KINDS.values()
    fields: dict[str, Field] = {KIND.name: KIND}
    unlike = set[str]()
    for each in kinds:
        for path, field in form(each):
            if fields.setdefault(path, field).labels != field.labels:
                unlike.add(path)
    return {path: field for path, field in fields.items() if path not in unlike}
