"""The facts of a bulletin in the reader's language, from coded fields alone.

The one module that imports Babel, which takes long to load. What it returns may hold
anything that a partner wrote: a terminal gets it through `tui.text` only.
"""

from datetime import UTC, date, datetime
from typing import NamedTuple

from babel.dates import format_date
from babel.numbers import format_decimal

from exchange.bulletin.codes import label
from exchange.bulletin.common import HEADER, KIND, REQUEST
from exchange.bulletin.declare import Field, Type
from exchange.bulletin.draft import Draft, acknowledgement
from exchange.bulletin.index import coded
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.translations import stale
from exchange.bulletin.values import milliseconds
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

_LOCALES = {"en": "en_GB", "ur": "ur", "zh-Hans": "zh_Hans"}
_BETWEEN = {"en": "; ", "ur": "؛ ", "zh-Hans": "；"}
_COLON = {"en": ": ", "ur": ": ", "zh-Hans": "："}
_HEADER = {field.name: field for field in HEADER}


class Fact(NamedTuple):
    """One field of a bulletin: its dotted name, and label and value to show."""

    field: str
    label: str
    value: str


def date_text(day: date, lang: str) -> str:
    """Return a day as the language writes it."""
    return format_date(day, "long", locale=_LOCALES[lang])


def time_text(ms: int, lang: str) -> str:
    """Return a moment (ms UTC) as day and time, said to be UTC."""
    moment = datetime.fromtimestamp(ms // 1_000, UTC)
    clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
    return f"{date_text(moment.date(), lang)} {clock} UTC"


def value_text(field: Field, text: str, lang: str) -> str:
    """Return one value, given in its text form, in words of the language."""
    if field.type is Type.TALLY:
        code, _, count = text.partition(":")
        return f"{label(field.codes, code, lang)}{_COLON[lang]}{_number(count, lang)}"
    if field.codes:
        return label(field.codes, text, lang)
    if field.type is Type.FLAG:
        return label("word", "YES" if text == "true" else "NO", lang)
    if field.type is Type.TIME:
        return time_text(milliseconds(text, field.name), lang)
    if field.type is Type.DATE:
        return date_text(date.fromisoformat(text), lang)
    shown = _number(text, lang) if field.type is Type.COUNT else text
    return f"{shown} {label('unit', field.unit, lang)}" if field.unit else shown


def _number(text: str, lang: str) -> str:
    return format_decimal(int(text), locale=_LOCALES[lang])


def _fact(name: str, field: Field, texts: list[str], lang: str) -> Fact:
    shown = [value_text(field, text, lang) for text in texts]
    return Fact(name, field.labels[lang], _BETWEEN[lang].join(shown))


def facts(content: pb.Content, lang: str) -> list[Fact]:
    """Return what the coded fields say, in `lang` (en, ur, zh-Hans).

    The acknowledgement asked is there also where it is the kind's own. What only a
    newer release knows is shown as it came.
    """
    kind = KINDS.get(content.kind)
    shown = kind.labels[lang] if kind else content.kind
    found = [Fact(KIND.name, KIND.labels[lang], shown)]
    found += [_fact(name, f, texts, lang) for name, f, texts in coded(content)]
    known = {field.name for field in kind.fields} if kind else set()
    found += [
        Fact(f"details.{detail.field}", detail.field, detail.value)
        for detail in content.details
        if detail.field not in known
    ]
    asked = acknowledgement(content)
    if asked != "NONE" and not content.request.acknowledge:
        field = next(f for f in REQUEST.fields if f.name == "acknowledge")
        found.append(_fact("request.acknowledge", field, [asked], lang))
    return found


def _desks(
    header: env.Core | Draft, recipient_class: "env.RecipientClass.ValueType"
) -> list[str]:
    if isinstance(header, Draft):
        return list(
            header.to if recipient_class == env.RECIPIENT_CLASS_ACTION else header.info
        )
    found = [r.desk for r in header.recipients if r.recipient_class == recipient_class]
    return sorted(set(found))


def header_facts(header: env.Core | Draft, lang: str) -> list[Fact]:
    """Return what the clear header says, of an envelope or of a draft."""
    texts = {
        "precedence": [env.Precedence.Name(header.precedence)[len("PRECEDENCE_") :]],
        "mode": [env.Mode.Name(header.mode)[len("MODE_") :]],
        "label.tlp": [env.Tlp.Name(header.tlp)[len("TLP_") :]],
        "label.releasable_to": list(header.releasable_to),
        "label.caveats": list(header.caveats),
        "to": _desks(header, env.RECIPIENT_CLASS_ACTION),
        "info": _desks(header, env.RECIPIENT_CLASS_INFO),
    }
    found = [_fact(n, _HEADER[n], t, lang) for n, t in texts.items() if t]
    times = {name: getattr(header, name) for name in ("valid_from", "expires")}
    found += [
        Fact(name, _HEADER[name].labels[lang], time_text(ms, lang))
        for name, ms in times.items()
        if ms
    ]
    if isinstance(header, env.Core):
        found.append(
            Fact("filed", label("word", "FILED", lang), time_text(header.filed, lang))
        )
    return found


def render(
    content: pb.Content,
    header: env.Core | Draft,
    lang: str,
    translation: pb.Translation | None = None,
) -> str:
    """Return a bulletin as plain text: facts in `lang`, prose as it was written.

    A translation stands under its source, which is said to be authoritative. A mode
    other than ACTUAL is the first and the last line.
    """
    mode = env.Mode.Name(header.mode)[len("MODE_") :]
    banner = [] if mode == "ACTUAL" else [f"*** {label('mode', mode, lang)} ***"]
    rows = header_facts(header, lang) + facts(content, lang)
    lines = [f"{row.label}{_COLON[lang]}{row.value}" for row in rows]
    prose = [segment.text for segment in (content.subject, *content.segments)]
    parts = ["\n".join(banner + lines), *prose]
    if translation:
        parts += _translation(content, translation, lang)
    return "\n\n".join(parts + banner) + "\n"


def _translation(
    content: pb.Content, translation: pb.Translation, lang: str
) -> list[str]:
    words = [
        label("language", translation.lang, lang),
        label("translation_state", translation.state, lang),
        label("translation_origin", translation.origin, lang),
        label("word", "AUTHORITATIVE", lang),
    ]
    title = label("word", "TRANSLATION", lang) + _COLON[lang]
    old = set(stale(content, translation))
    note = label("word", "STALE", lang)
    texts = [
        f"[{note}] {segment.text}" if segment.id in old else segment.text
        for segment in translation.segments
    ]
    return [f"--- {title}{_BETWEEN[lang].join(words)} ---", *texts]
