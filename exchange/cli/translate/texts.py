"""fusion translate: texts, findings of the checks, and the officers responsible."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated

from exchange.cli import desk_session, options
from exchange.cli.frame import AtDesk, Reply, signed, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.translate import common
from exchange.cli.translate.common import app, open_translation
from exchange.errors import ONE_OF_THEM, Reason, Refusal, Why
from exchange.words import say, word

with lazy_imports():
    from exchange.bulletin import json_reader, prose
    from exchange.desk.deadlines import due_list
    from exchange.desk.incoming import translation_memory
    from exchange.desk.outgoing import result
    from exchange.desk.records import BackTranslation, TranslationUnit
    from exchange.desk.translation import pending_translation
    from exchange.translation.memory import Suggestion

KINDS = {
    "UNDER_WAY": word("under way"),
    "STALE": word("of an older text"),
    "TO_TRANSLATE": word("to be translated"),
}
# The command, the texts' next state, and its help.
STEPS = (
    ("done", "TRANSLATED", "Mark the texts as translated. Only their translator can."),
    (
        "review",
        "REVIEWED",
        (
            "Mark the texts as reviewed. Only an officer other than the translator can."
            "\n\nA FLASH must be translated back and judged first."
        ),
    ),
    ("final", "FINAL", "Mark the reviewed texts as final."),
    ("reject", "INITIAL", "Return the texts to their translator."),
)
FILE_MEMBERS = "lang", "state", "origin", "translator", "reviewer", "segments"
Given = Annotated[
    list[str] | None,
    option("--segment", "The text of one segment. Repeatable.", "ID=TEXT"),
]


class Verdict(StrEnum):
    SAME = "same"
    OTHER = "other"


@subcommand(app, "list")
def list_(at: AtDesk) -> Reply:
    """List translations in progress, outdated ones, and those to be made.

    Those to be made are of recent bulletins in another language than the desk's own.
    """
    with at.open_refreshed() as desk:
        found = [one for one in due_list.due(desk, *desk.moment().times) if one.lang]
    return Reply({"translations": list(map(_listed, found))}, map(_line, found))


def _listed(item: "due_list.Due") -> dict[str, object]:
    return {
        "kind": item.kind,
        "name": item.row.name.hex(),
        "lang": item.lang,
        "source": item.row.lang,
        "subject": item.row.subject,
        "precedence": item.row.precedence,
        "mode": item.row.mode,
        "officer": item.officer,
    }


def _line(item: "due_list.Due") -> str:
    row, by = item.row, f" {item.officer}" if item.officer else ""
    urgent = desk_session.column(desk_session.code("precedence", row.precedence), 9)
    return (
        f"{row.name.hex()[:8]} {urgent} {row.lang} → {item.lang}"
        f"  {say(KINDS[item.kind])}{by}  {desk_session.drill(row)}{row.subject}"
    )


@subcommand(app, "show")
def show(at: AtDesk, name: options.Name, to: common.To) -> Reply:
    """Show each segment with its translation, findings, terms and suggestions.

    If the translation has not been started, shows the texts that it would start from:
    those of an earlier translation. Makes no changes.
    """
    with open_translation(at, name, to) as opened:
        work, parts = opened.pending.current(), opened.pending.parts()
        about = opened.pending.source().about
        known = translation_memory.suggest_by_segment(
            opened.desk.mailbox, about, opened.lang
        )
        found = common.as_json(opened, work, parts)
        lines = [common.heading(opened, work)]
    found["suggestions"] = {i: list(map(_said, s)) for i, s in known.items() if s}
    for part in parts:
        lines += _shown(part, opened.lang, known.get(part.source.id, ()))
    return Reply(found, lines)


def _said(suggestion: "Suggestion") -> dict[str, object]:
    return {
        "text": suggestion.text,
        "percent": suggestion.percent,
        "source": suggestion.source,
    }


def _shown(
    part: "TranslationUnit", lang: str, suggestions: "Sequence[Suggestion]"
) -> Iterator[str]:
    translated, source = part.translation, part.source
    state = common.label("translation_state", translated.state)
    origin = common.label("translation_origin", translated.origin)
    match = f" {translated.match} %" if translated.match else ""
    yield ""
    yield f"{source.id}  {state}  {origin if translated.text else ''}{match}".rstrip()
    yield from common.prose_lines(source.lang, source.text)
    yield from common.prose_lines(lang, translated.text)
    yield from (f"  {common.line_of(finding)}" for finding in part.findings)
    yield from (f"  = {theirs} → {ours}" for theirs, ours in part.terms)
    yield from (f"  ~ {one.percent} %  {one.text}" for one in suggestions)


@subcommand(app, "set")
def set_texts(
    at: AtDesk,
    name: options.Name,
    to: common.To,
    file: options.File = "",
    segment: Given = None,
) -> Reply:
    """Enter translated texts, and list the findings of the checks.

    FILE (- is stdin) is a translation as in the samples: {"segments": {"s1": "..."}}.
    An empty text removes a segment. By entering a text you become the translator of all
    of them, and must check another officer's texts again.
    """
    texts = _read(file, prose.known_language(to, "--to")) if file else {}
    texts |= dict(map(_parse, segment or ()))
    if not texts:
        raise Refusal(Reason.FIELD_MISSING, say("FILE or --segment"), ONE_OF_THEM)
    with open_translation(at, name, to) as opened:
        opened.pending.put(texts)
        return common.standing(opened)


def _parse(option: str) -> "tuple[str, pending_translation.Put]":
    """Split ID=TEXT; Refusal(FIELD_VALUE)."""
    i, equals, text = option.partition("=")
    if not equals:
        raise Refusal(Reason.FIELD_VALUE, "--segment", Why("expected ID=TEXT"))
    return i, pending_translation.Put(prose.require_nfc(text, "--segment"))


def _read(file: str, lang: str) -> "dict[str, pending_translation.Put]":
    """Read the samples' form; Refusal names the member."""
    members = json_reader.JsonValue(options.read_object(file)).members(*FILE_MEMBERS)
    said = members["lang"].text() if "lang" in members else lang
    if prose.known_language(said, "--to") != lang:
        why = Why("FILE is in another language than --to asks for")
        raise Refusal(Reason.LANGUAGE, "lang", why)
    origin = members["origin"].text() if "origin" in members else "HUMAN"
    segments = json_reader.need(members, "segments").all_members()
    return {i: _put(each, origin) for i, each in segments.items()}


def _put(at: "json_reader.JsonValue", origin: str) -> "pending_translation.Put":
    if not isinstance(at.value, dict):
        return pending_translation.Put(prose.require_nfc(at.text(), at.path), origin)
    members = at.members("text", "state", "origin", "match")
    text = json_reader.need(members, "text", at.path)
    return pending_translation.Put(
        prose.require_nfc(text.text(), text.path),
        members["origin"].text() if "origin" in members else origin,
        members["match"].integer(0, 100) if "match" in members else 0,
    )


@subcommand(app, "check")
def check(at: AtDesk, name: options.Name, to: common.To) -> Reply:
    """List the findings of the checks: ! must be corrected, ? may be confirmed.

    Exit code 1 if anything was found.
    """
    with open_translation(at, name, to) as opened:
        ok = not opened.pending.findings()
        return common.standing(opened)._replace(ok=ok)


@subcommand(app, "confirm")
def confirm(
    at: AtDesk,
    name: options.Name,
    keys: Annotated[
        list[str], argument("ID:CHECK...", "Finding to confirm: s1:NEGATION.")
    ],
    to: common.To,
) -> Reply:
    """Confirm the points that the checks cannot judge, such as the sense of "not".

    It is signed with the translation.
    """
    asked = list(map(_key, keys))
    with open_translation(at, name, to) as opened:
        opened.pending.confirm(asked)
        return common.standing(opened)


def _key(text: str) -> str:
    segment, colon, check_ = text.partition(":")
    if not colon:
        why = Why("expected a finding as the checks list it: s1:NEGATION")
        raise Refusal(Reason.FIELD_VALUE, "ID:CHECK", why)
    return f"{segment} {check_.upper()}"


@subcommand(app, "take")
def take(at: AtDesk, name: options.Name, to: common.To) -> Reply:
    """Take over, as translator, texts that another officer or a partner began."""
    with open_translation(at, name, to) as opened:
        opened.pending.take()
        return common.standing(opened)


def _step(state: str) -> Callable[..., Reply]:
    def advance(
        at: AtDesk, name: options.Name, to: common.To, segment: common.Segments = None
    ) -> Reply:
        with open_translation(at, name, to) as opened:
            opened.pending.advance(state, segment)
            return common.standing(opened)

    return advance


for _name, _state, _help in STEPS:
    subcommand(app, _name, text=_help)(_step(_state))


@subcommand(app, "drop", json=False)
def drop(
    at: AtDesk, name: options.Name, to: common.To, yes: options.Yes = False
) -> Reply:
    """Abandon a translation in progress; translations already sent stay."""
    with open_translation(at, name, to) as opened:
        options.confirm(say("Forget this translation? yes/no:"), yes=yes)
        opened.pending.drop()
    return Reply({})


@subcommand(app, "back")
def back(
    at: AtDesk,
    name: options.Name,
    to: common.To,
    file: options.File = "",
    segment: Given = None,
) -> Reply:
    """Translate back: print the translated texts alone, or enter the result.

    Blind: the source is not shown, and an officer who has seen it may not do this.
    Without FILE or --segment the texts are printed, one per line; with them, all texts
    are entered in the language of the source: {"segments": {"s0": "...", "s1": "..."}}.
    """
    texts = _read_back(file) if file else {}
    texts |= {i: put.text for i, put in map(_parse, segment or ())}
    with open_translation(at, name, to) as opened:
        if texts:
            opened.pending.put_back(texts)
        shown = opened.pending.blind()
    found = {"name": opened.name.hex(), "lang": opened.lang, "segments": shown}
    lines = (f"{i}  {texts.get(i, text)}" for i, text in shown.items())
    return Reply(found | {"put": bool(texts)}, lines)


def _read_back(file: str) -> dict[str, str]:
    members = json_reader.JsonValue(options.read_object(file)).members(
        "lang", "segments"
    )
    segments = json_reader.need(members, "segments").all_members()
    return {
        i: prose.require_nfc(each.text(), each.path) for i, each in segments.items()
    }


@subcommand(app, "judge")
def judge(
    at: AtDesk,
    name: options.Name,
    to: common.To,
    verdict: Annotated[
        Verdict | None,
        option("--verdict", "Verdict: does it say the same?", show_choices=True),
    ] = None,
) -> Reply:
    """Show source, translation and back-translation; with --verdict, judge it.

    Only a third officer can. After "other" the translator starts again.
    """
    with open_translation(at, name, to) as opened:
        rows, work = opened.pending.compare(), opened.pending.current()
        lang = work.back.lang
        if verdict is not None:
            work = opened.pending.judge(same=verdict is Verdict.SAME)
        lines = [common.heading(opened, work)]
    for row in rows:
        lines += _compared(row, opened.lang, lang)
    found = {
        "name": opened.name.hex(),
        "lang": opened.lang,
        "segments": list(map(_row, rows)),
    }
    persons = {"translator": work.back.translator, "judge": work.back.judge}
    return Reply(found | persons | {"state": work.state}, lines)


def _row(row: "BackTranslation") -> dict[str, object]:
    return {
        "id": row.source.id,
        "source": row.source.text,
        "text": row.text,
        "back": row.back,
        "spans": [span.text for span in row.source.spans],
    }


def _compared(row: "BackTranslation", lang: str, back: str) -> Iterator[str]:
    source = row.source
    yield ""
    yield source.id
    for tag, text in ((source.lang, source.text), (lang, row.text), (back, row.back)):
        yield from common.prose_lines(tag, text)
    if source.spans:
        yield f"  [{'  |  '.join(span.text for span in source.spans)}]"


@subcommand(app, "send")
def send(at: AtDesk, name: options.Name, to: common.To) -> Reply:
    """Sign the translation as it is now, and send it to the readers of its source.

    Only its translator or its reviewer can. The source stays the authoritative text.
    """
    with open_translation(at, name, to) as opened:
        desk, made = opened.desk, opened.pending.send()
        sent = result.Sent(made, desk.state_of(made))
        return signed(desk, sent, "TRANSLATES", opened.name, lang=opened.lang)
