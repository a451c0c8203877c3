"""The facts of a bulletin: its coded fields in the reader's language.

They may contain a partner's text: show them in a terminal only through `tui.text`.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from exchange.bulletin.codes import gazetteer, label
from exchange.bulletin.common_fields import HEADER, KIND, REQUEST, SECTIONS
from exchange.bulletin.draft import Draft, acknowledge_by, acknowledgement
from exchange.bulletin.format_value import number_text, time_text, value_text
from exchange.bulletin.kinds import KINDS
from exchange.bulletin.punctuation import ASIDE, BETWEEN, COLON, WITHIN
from exchange.bulletin.schema import Field, Type
from exchange.bulletin.search_words import coded_fields
from exchange.v1 import bulletin_pb2 as pb
from exchange.v1 import envelope_pb2 as env

_HEADER = {field.name: field for field in HEADER}
_REQUEST = {field.name: field for field in REQUEST.fields}


Named = Callable[[bytes], str]
"""Returns a one-line name for a referenced bulletin."""


class Fact(NamedTuple):
    """One field of a bulletin: its dotted name, and label and value to show.

    A table has a line for each row.
    """

    field: str
    label: str
    value: str


class FactGroup(NamedTuple):
    title: str
    facts: list[Fact]


def _fact(name: str, field: Field, texts: list[str], lang: str) -> Fact:
    shown = [value_text(field, text, lang) for text in texts]
    between = "\n" if field.type is Type.RECORD else BETWEEN[lang]
    return Fact(name, field.labels[lang], between.join(shown))


def _line(text: str) -> str:
    return text.replace("\n", "\u240a")


def facts(content: pb.Content, lang: str, filed: int = 0) -> list[Fact]:
    """Return the coded fields in words of `lang` (en, ur, zh-Hans).

    Includes an acknowledgement that the kind requests by default, and its deadline if
    `filed` (ms UTC) is given. Fields of a newer release are shown as they came.
    """
    kind = KINDS.get(content.kind)
    shown = kind.labels[lang] if kind else content.kind
    fact_list = [Fact(KIND.name, KIND.labels[lang], shown)]
    fact_list += [
        _fact(name, f, texts, lang) for name, f, texts in coded_fields(content)
    ]
    fact_list += _unknown(content)
    fact_list += _asked(content, lang, filed)
    place = content.place
    if place.site in gazetteer() and not place.lat:
        fact_list = [_at(fact, place.site, lang) for fact in fact_list]
    return fact_list


def _unknown(content: pb.Content) -> Iterator[Fact]:
    kind = KINDS.get(content.kind)
    known = {field.name for field in kind.fields} if kind else set()
    for detail in content.details:
        if detail.field not in known:
            yield Fact(f"details.{detail.field}", detail.field, _line(detail.value))


def _asked(content: pb.Content, lang: str, filed: int) -> Iterator[Fact]:
    asked, request = acknowledgement(content), content.request
    if asked != "NONE" and not request.acknowledge:
        field = _REQUEST["acknowledge"]
        yield _fact("request.acknowledge", field, [asked], lang)
    if asked != "NONE" and filed and not request.acknowledge_by:
        text = time_text(acknowledge_by(content, filed), lang)
        name = "acknowledge_by"
        yield Fact(f"request.{name}", _REQUEST[name].labels[lang], text)


def _at(fact: Fact, site: str, lang: str) -> Fact:
    if fact.field != "place.site":
        return fact
    known = gazetteer()[site]
    where = ASIDE[lang].format(WITHIN[lang].join((known.lat, known.lon)))
    return fact._replace(value=fact.value + where)


def _desks(
    header: env.Core | Draft, recipient_class: "env.RecipientClass.ValueType"
) -> list[str]:
    if isinstance(header, Draft):
        return {
            env.RECIPIENT_CLASS_ACTION: list(header.to),
            env.RECIPIENT_CLASS_INFO: list(header.info),
        }.get(recipient_class, [header.review] if header.review else [])
    found = [r.desk for r in header.recipients if r.recipient_class == recipient_class]
    return sorted(set(found))


def _release(header: env.Core | Draft) -> list[str]:
    if header.release in {env.RELEASE_UNSPECIFIED, env.RELEASE_NONE}:
        return []
    return [env.Release.Name(header.release)[len("RELEASE_") :]]


def header_facts(
    header: env.Core | Draft, lang: str, named: Named = bytes.hex
) -> list[Fact]:
    texts = {
        "precedence": [env.Precedence.Name(header.precedence)[len("PRECEDENCE_") :]],
        "mode": [env.Mode.Name(header.mode)[len("MODE_") :]],
        "label.tlp": [env.Tlp.Name(header.tlp)[len("TLP_") :]],
        "label.releasable_to": list(header.releasable_to),
        "label.caveats": list(header.caveats),
        "to": _desks(header, env.RECIPIENT_CLASS_ACTION),
        "info": _desks(header, env.RECIPIENT_CLASS_INFO),
        "review": _desks(header, env.RECIPIENT_CLASS_REVIEW),
        "release": _release(header),
    }
    fact_list = [_fact(n, _HEADER[n], t, lang) for n, t in texts.items() if t]
    fact_list += [
        _reference(i, one, lang, named) for i, one in enumerate(header.references)
    ]
    times = {name: getattr(header, name) for name in ("valid_from", "expires")}
    fact_list += [
        Fact(name, _HEADER[name].labels[lang], time_text(ms, lang))
        for name, ms in times.items()
        if ms
    ]
    if isinstance(header, env.Core):
        filed = time_text(header.filed, lang)
        fact_list.append(Fact("filed", label("word", "FILED", lang), filed))
    return fact_list


def _reference(i: int, reference: env.Reference, lang: str, named: Named) -> Fact:
    code = env.Relation.Name(reference.relation)[len("RELATION_") :]
    relation = ASIDE[lang].format(label("relation", code, lang))
    value = f"{named(reference.name)}{relation}"
    return Fact(f"references.{i}", label("word", "REFERENCE", lang), value)


def terms_facts(content: pb.Content, lang: str) -> list[Fact]:
    """Return each with all its forms; preferred ones unmarked."""
    return [
        Fact(f"terms.{i}", term.id, BETWEEN[lang].join(_forms(term, lang)))
        for i, term in enumerate(content.terms)
    ]


def _forms(term: pb.Term, lang: str) -> Iterator[str]:
    yield label("term_domain", term.domain, lang)
    for form in term.forms:
        plain = form.status == "PREFERRED"
        note = "" if plain else label("term_status", form.status, lang)
        yield _line(form.text) + (ASIDE[lang].format(note) if note else "")


def _bytes(size: int, lang: str) -> str:
    return f"{number_text(size)} {label('word', 'BYTES', lang)}"


def _attachments(content: pb.Content, lang: str) -> list[Fact]:
    title = label("word", "ATTACHMENTS", lang)
    fact_list = []
    for i, one in enumerate(content.attachments):
        size = _bytes(one.size, lang)
        words = (_line(one.media_type), size)
        aside = ASIDE[lang].format(WITHIN[lang].join(filter(None, words)))
        name = f"{_line(one.name)}{aside}"
        fact_list.append(Fact(f"attachments.{i}", f"{title} {i + 1}", name))
    return fact_list


def _confirmed(content: pb.Content, lang: str) -> list[Fact]:
    if not content.confirmed:
        return []
    title = label("word", "CONFIRMED", lang)
    return [Fact("confirmed", title, BETWEEN[lang].join(content.confirmed))]


def parts(
    content: pb.Content,
    header: env.Core | Draft | None,
    lang: str,
    filed: int = 0,
    named: Named = bytes.hex,
) -> list[FactGroup]:
    """Return the coded facts in groups, in reading order.

    `filed` (ms UTC) is ignored if `header` is an envelope's.
    """
    filed = header.filed if isinstance(header, env.Core) else filed
    kind = KINDS.get(content.kind)
    own = kind.labels[lang] if kind else content.kind
    titles = {section.name: section.labels[lang] for section in SECTIONS}
    order = {name: titles[name] for name in ("when", "place")}
    order |= {"details": own, "assessment": titles["assessment"]}
    order |= {"request": titles["request"]}
    first, *rest = facts(content, lang, filed)
    above = header_facts(header, lang, named) if header else []
    groups = [FactGroup("", [first, *above, *_confirmed(content, lang)])]
    for name, title in order.items():
        groups.append(
            FactGroup(title, [f for f in rest if f.field.startswith(f"{name}.")])
        )
    groups.append(FactGroup(label("word", "TERMS", lang), terms_facts(content, lang)))
    title = label("word", "ATTACHMENTS", lang)
    groups.append(FactGroup(title, _attachments(content, lang)))
    return [part for part in groups if part.facts]


def line(fact: Fact, lang: str) -> str:
    """Return a table as its label and a line for each row."""
    if "\n" not in fact.value:
        return f"{fact.label}{COLON[lang]}{fact.value}"
    rows = "".join(f"\n  - {row}" for row in fact.value.split("\n"))
    return f"{fact.label}{COLON[lang].rstrip()}{rows}"
