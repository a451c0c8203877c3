"""The page: one HTML file without scripts that loads nothing from a network.

It has one language, or all: then radio buttons at the top choose, by style alone, and
only the chosen language prints. In one file partners hold the same digest, whatever
they read.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from importlib.resources import files

from markupsafe import Markup

from exchange.audit.result import Audit
from exchange.audit.text.audit_text import demands
from exchange.limits import SECOND
from exchange.report import ledger_section, mode_section
from exchange.report.anomaly_queries import Sort
from exchange.report.build import ExportReport
from exchange.report.derived_tables import GOALS
from exchange.report.html import ENVIRONMENT, PARTS, join_parts
from exchange.report.statistics import MODES
from exchange.report.tables import name, precedence
from exchange.report.words import Words, word
from exchange.v1 import envelope_pb2 as pb

EXAMPLE = "islamabad.pk"
CHOSEN = "background: var(--ink); color: white"
FOCUS = "outline: 3px solid var(--link)"

NOTES = (
    word(
        "The text of messages is sealed. The figures count the unencrypted, signed"
        " headers: sender, recipients, time and urgency."
    ),
    word(
        "All times are UTC. Times of messages are by their signer's clock; the order"
        " in a log is by place, not by a clock."
    ),
    word(
        "Whether an acknowledgement is asked for is sealed too. So every desk that"
        " a bulletin or a recall is addressed to for action is expected to"
        " acknowledge it. The goals are: {goals}."
    ),
    word(
        "A response time runs from the filing of a message to the filing of the"
        " first receipt of its sort by a desk addressed for action. A recalled"
        " message no longer waits."
    ),
    word(
        "Exercise and test are counted separately from actual messages; a receipt"
        " counts only for a message of its own mode."
    ),
    word(
        "A head of a log waits from when the log signed it until the cosigner"
        " signed it, or a larger one. The two times are by two clocks."
    ),
    word("{node}#12 is entry 12 of the log of that node, as the commands take it."),
)


def write_page(report: ExportReport, langs: Sequence[str]) -> Iterator[str]:
    """Yield the page; it shows the first language first."""
    every = [Words(lang) for lang in langs]
    style = _style(report, every)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    titles = " · ".join(_title(words) for words in every)
    return ENVIRONMENT.get_template("page.html").generate(
        languages=[words.language for words in every],
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none';"
        " form-action 'none'",
        title=f"{titles} · {report.node}",
        style=Markup(style),  # noqa: S704 - our own, and _css writes out what is put in
        mains=(_main(words, report) for words in every),
    )


def _title(words: Words) -> str:
    return words.say("Audit of the shared ledger")


def _style(report: ExportReport, every: Sequence[Words]) -> str:
    """Return the shared sheet, and the text on each printed page."""
    texts = []
    for words in every:
        begin, end = ("right", "left") if words.rtl else ("left", "right")
        tag_ = words.language.tag
        title = _css(f"{_title(words)} · {report.node}")
        moment = _css(f"{words.moment(report.exported)} UTC")
        texts.append(
            f"@page {tag_} {{ @top-{begin} {{ content: {title} }}"
            f" @top-{end} {{ content: {moment} }} }}\n"
            f"main[lang={tag_}] {{ page: {tag_} }}\n"
            f"#lang-{tag_}:checked ~ main[lang={tag_}] {{ display: block }}\n"
            f"#lang-{tag_}:checked ~ nav label[for=lang-{tag_}] {{ {CHOSEN} }}\n"
            f"#lang-{tag_}:focus-visible ~ nav label[for=lang-{tag_}] {{ {FOCUS} }}\n"
        )
    sheet = files(__package__).joinpath("style.css").read_text("utf-8")
    return sheet + "".join(texts)


def _css(text: str) -> str:
    return '"' + "".join(f"\\{ord(char):x} " for char in text) + '"'


def _main(words: Words, report: ExportReport) -> str:
    tag, oddities = words.language.tag, report.oddities
    sections = [
        ledger_section.section(words, f"{tag}-ledger", report.cosigning, oddities)
    ]
    for mode in MODES:
        ident, found = f"{tag}-mode-{mode}", report.figures[mode]
        if found:
            sections.append(mode_section.section(words, ident, found, oddities))
        else:
            sections.append(mode_section.nothing(words, ident, mode))
    sections.append(_notes(words, f"{tag}-notes"))
    main: str = PARTS.main(
        words.language,
        _title(words),
        _verdict(words, report),
        _facts(words, report),
        list(_tiles(words, report)),
        sections,
    )
    return main


def _facts(words: Words, report: ExportReport) -> list[tuple[str, str]]:
    say = words.say
    return [
        (say("Exported by"), name(report.node)),
        (say("Exported at"), f"{words.moment(report.exported)} UTC"),
        (say("Digest of the export"), name(report.digest.hex())),
        (say("Trust bundles"), _trusted(words, report)),
    ]


def _trusted(words: Words, report: ExportReport) -> str:
    if not report.trusted:
        return words.say("none")
    bundles = ", ".join(f"{domain} {serial}" for domain, serial in report.trusted)
    return name(bundles)


def _verdict(words: Words, report: ExportReport) -> str:
    """Return how far it can be trusted, and unmet demands."""
    lacking = report.audit.lacking if report.audit else ()
    if not report.trusted:
        text = words.say(
            "Not verified: no trust bundles were given. The rest of this page is the"
            " file's unverified claim."
        )
        kind, sign = "unknown", "⚠"
    elif report.wrong or lacking:
        text = " ".join(_against(words, report.wrong, lacking))
        kind, sign = "wrong", "✘"
    else:
        signatures = words.count(
            "{n} signature verified.", "{n} signatures verified.", report.signatures
        )
        text = f"{words.say('All is as it was signed.')} {signatures}"
        kind, sign = "sound", "✔"
    return join_parts(PARTS.verdict(kind, sign, text), *_demands(words, report.audit))


def _against(words: Words, wrong: int, lacking: Sequence[str]) -> Iterator[str]:
    if wrong:
        yield words.count(
            "{n} thing is not as it was signed: see the anomalies of the ledger.",
            "{n} things are not as they were signed: see the anomalies of the ledger.",
            wrong,
        )
    if lacking:
        found = words.join(lacking)
        yield words.say("This export is no evidence: {found}.", found=found)


def _demands(words: Words, audit: Audit | None) -> Iterator[str]:
    def part(value: object) -> str:
        if isinstance(value, Markup):
            return value
        return words.number(value) if isinstance(value, int) else name(str(value))

    def tell(text: str, **values: object) -> str:
        return words.fill(text, **{key: part(value) for key, value in values.items()})

    if audit is not None and (lines := list(demands(audit, tell))):
        yield PARTS.notes(lines)


def _tiles(words: Words, report: ExportReport) -> Iterator[tuple[str, str]]:
    """Count traffic in actual mode only."""
    actual = report.figures[pb.MODE_ACTUAL]
    backlog = actual.backlog if actual else []
    yield words.say("Entries of all logs"), words.number(report.entries)
    sent = actual.totals.bulletins if actual else 0
    yield words.say("Bulletins, actual"), words.number(sent)
    outcomes = actual.outcomes if actual else []
    done = sum(row.done for row in outcomes)
    yield words.say("Done, actual"), words.number(done)
    received = sum(row.acknowledged for row in outcomes)
    yield words.say("Acknowledged and not done, actual"), words.number(received)
    waiting = sum(row.waiting for row in backlog)
    yield words.say("Not acknowledged, actual"), words.number(waiting)
    overdue = sum(row.overdue for row in backlog)
    yield words.say("Overdue, actual"), words.number(overdue)
    refused = sum(1 for _ in report.oddities.of(Sort.REFUSED))
    yield words.say("Refused entries"), words.number(refused)
    ages = [row.age for row in report.cosigning.cosigners.rows if row.by]
    oldest = words.span(max(ages)) if ages else "–"
    yield words.say("Oldest cosignature"), oldest


def _notes(words: Words, ident: str) -> str:
    goals = words.join(
        f"{precedence(words, code)} {words.span(goal // SECOND)}"
        for code, goal in GOALS.items()
    )
    notes = [words.say(note, goals=goals, node=EXAMPLE) for note in NOTES]
    title = words.say("How to read this page")
    section: str = PARTS.section(ident, title, [PARTS.notes(notes)], style="notes")
    return section
