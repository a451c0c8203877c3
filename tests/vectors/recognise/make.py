"""Keep what is recognised in 2,000 texts and 700 translations, or compare it.

`python -m tests.vectors.recognise.make` compares what is recognised now with what is
kept, and prints each difference; with `--write-values` it keeps today's values of the
kept texts. Values are signed: who writes them anew must be able to say why each
changed. With `--write-texts` it draws the texts anew, too.
"""

import ast
import json
import sys
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import Any

from exchange.bulletin.span_values import check_spans
from exchange.bulletin.content import from_json
from exchange.bulletin.personal_data import find_kinds
from exchange.bulletin.json_reader import read_json
from exchange.bulletin.spans import fill, find, mark_span, scan
from exchange.errors import Refusal
from exchange.recognise.scan import possible_numbers, may_say, modals, negations
from exchange.translation.checks import check
from exchange.translation.glossary import Glossary
from exchange.translation.placeholders import locate_marks
from exchange.v1 import bulletin_pb2 as pb
from tests.vectors.recognise import mixtures

HERE = Path(__file__).parent
TEXTS, PAIRS = HERE / "texts.jsonl", HERE / "translations.jsonl"
COUNT, TRANSLATIONS = 2_000, 700
KINDS = "NUMBER", "DATE", "TIME", "GRID", "COORD", "CODE", "PLACE"
_TESTS = (
    *("bulletin/test_spans.py", "bulletin/test_perhaps.py", "bulletin/test_personal.py"),
    *("translation/test_checks.py", "translation/test_doubts.py"),
    *("translation/test_marks.py", "bulletin/examples.py", "cli/desk/test_doubted.py"),
)
Json = dict[str, Any]


def values_of_text(lang: str, text: str, cuts: list[list[Any]]) -> Json:
    """Return all that is recognised in a text; empty members are left out.

    `cuts` are pieces that a writer marks, start, end and kind; each comes back with its
    value, or with the member that it is refused for.
    """
    found = list(scan(text, lang))
    spans, segment = find(text, lang), pb.Segment(id="s1", lang=lang, text=text)
    fill(segment)
    every = {
        "refused": _refused(lambda: check_spans(segment, "s1")),
        "found": [list(each) for each in found],
        "spans": [[span.text, span.occurrence, span.value] for span in spans],
        "may": [[e.start, e.end, e.value] for e in may_say(text, lang, found)],
        "explained": sorted(possible_numbers(text, lang)),
        "personal": find_kinds(text),
        "negation": negations(text, lang),
        "modality": modals(text, lang),
        "marked": [[*cut[:3], _marked(text, lang, *cut[:3])] for cut in cuts],
    }
    if every["spans"] == [[text[s:e], 0, value] for _, s, e, value in found]:
        del every["spans"]  # as usual
    return {name: value for name, value in every.items() if value}


def _marked(text: str, lang: str, start: int, end: int, kind: str) -> str:
    made: list[pb.Span] = []
    return (
        _refused(lambda: made.append(mark_span(text, start, end, kind, lang)))
        or made[0].value
    )


def _refused(do: Callable[[], None]) -> str:
    try:
        do()
    except Refusal as refusal:
        return f"{refusal.reason} {refusal.where}"
    return ""


def values_of_pair(lang: str, text: str, other: str, target: str) -> Json:
    """Return what the checks of a translation say, and where its marks stand."""
    segment = pb.Segment(id="s1", lang=lang, text=text)
    fill(segment)
    findings = check(segment, target, other, Glossary(0, []))
    marks = locate_marks(segment, target, other)
    return {
        "findings": [[f.check, f.where, f.before, f.answerable] for f in findings],
        "marks": marks and [[mark.id, mark.start, mark.end] for mark in marks],
    }


def differences_of_texts() -> Iterator[str]:
    """Yield each kept text of which something else is recognised now."""
    for kept in read(TEXTS):
        lang, text = kept.pop("lang"), kept.pop("text")
        now = values_of_text(lang, text, kept.get("marked", []))
        for name in sorted(kept.keys() | now.keys()):
            if kept.get(name) != now.get(name):
                yield f"{lang} {text!r} {name}: {kept.get(name)} -> {now.get(name)}"


def differences_of_translations() -> Iterator[str]:
    """Yield each kept translation of which something else is said now."""
    for kept in read(PAIRS):
        pair = [kept.pop(name) for name in ("lang", "text", "other", "target")]
        now = values_of_pair(*pair)
        if kept != now:
            yield f"{pair}: {kept} -> {now}"


def read(path: Path) -> list[Json]:
    """Return the lines of a kept file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def texts() -> list[tuple[str, str]]:
    """Return language and text of those that other tests hold, then of mixtures."""
    found = list(dict.fromkeys(_known()))
    for each in mixtures.mixtures(COUNT):
        if each not in found:
            found.append(each)
        if len(found) == COUNT:
            break
    return found


def _known() -> Iterator[tuple[str, str]]:
    vectors = json.loads((HERE.parent / "spans/spans.json").read_text("utf-8"))
    for case in vectors["cases"]:
        yield case["lang"], case["text"]
    for same in vectors["same"]:
        yield from same.items()
    for lang, text, other, target in translations():
        yield from ((lang, text), (other, target))
    for name in _TESTS:
        source = (HERE.parent.parent / name).read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if text.isprintable() and (" " in text or not text.isascii()):
                    yield _language(text), text


def _language(text: str) -> str:
    if any("\u4e00" <= letter <= "\u9fff" for letter in text):
        return "zh-Hans"
    return "ur" if any("\u0600" <= letter <= "\u06ff" for letter in text) else "en"


def translations() -> Iterator[tuple[str, str, str, str]]:
    """Yield what the samples and the tests of translations hold."""
    for file in sorted(files("exchange.cli").joinpath("samples").iterdir(), key=str):
        draft = from_json(read_json(file.read_bytes()))
        segments = {s.id: s for s in (draft.content.subject, *draft.content.segments)}
        for translation in draft.translations:
            for said in translation.segments:
                source = segments[said.id]
                yield source.lang, source.text, translation.lang, said.text
    vectors = json.loads((HERE.parent / "spans/spans.json").read_text("utf-8"))
    for same in vectors["same"]:
        for lang, text in same.items():
            yield from ((lang, text, *each) for each in same.items() if each[0] != lang)
    cases = json.loads((HERE.parent / "translation/checks.json").read_text("utf-8"))
    for lang, source in cases["source"].items():
        for other, good in cases["good"].items():
            if other != lang:
                spoilt = [good[0].replace(*bad[1:]) for bad in cases["bad"][other]]
                for target in (*good, *spoilt):
                    yield lang, source["text"], other, target


def _cuts(draw: Random, lang: str, text: str) -> list[list[Any]]:
    """Return two pieces that a writer might mark: one found, one drawn."""
    found = list(scan(text, lang))
    cuts: list[list[Any]] = []
    if found:
        each = draw.choice(found)
        cuts.append([each.start, each.end, draw.choice([each.kind, *KINDS])])
    if len(text) > 1:
        start = draw.randrange(len(text) - 1)
        end = min(len(text), start + draw.randint(1, 8))
        cuts.append([start, end, draw.choice(KINDS)])
    return cuts


def write(*, anew: bool) -> None:
    """Keep today's values, of the kept texts or of those drawn anew."""
    draw = Random(13)
    if anew:
        every = [(*each, _cuts(draw, *each)) for each in texts()]
        pairs = list(dict.fromkeys(translations()))
        pairs += mixtures.pairs(TRANSLATIONS - len(pairs))
    else:
        every = [(k["lang"], k["text"], k.get("marked", [])) for k in read(TEXTS)]
        pairs = [(k["lang"], k["text"], k["other"], k["target"]) for k in read(PAIRS)]
    _keep(TEXTS, ({"lang": e[0], "text": e[1], **values_of_text(*e)} for e in every))
    names = "lang", "text", "other", "target"
    _keep(PAIRS, (dict(zip(names, p, strict=True)) | values_of_pair(*p) for p in pairs))


def _keep(path: Path, lines: Iterator[Json]) -> None:
    dumped = (json.dumps(line, ensure_ascii=False) for line in lines)
    path.write_text("".join(f"{line}\n" for line in dumped), "utf-8")


if __name__ == "__main__":
    if "--write-texts" in sys.argv or "--write-values" in sys.argv:
        write(anew="--write-texts" in sys.argv)
    else:
        found = [*differences_of_texts(), *differences_of_translations()]
        print("\n".join(found) or "all as kept")
