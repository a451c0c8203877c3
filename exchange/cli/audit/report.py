"""fusion audit report: an export as one readable page."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.audit.common import (
    STRAY,
    AllowMissing,
    AllowTime,
    At,
    KnownHeads,
    MoreTrust,
    NewerExport,
    RequireCosigned,
    Taken,
    export_request,
)
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.cli.terminal import show_progress
from exchange.errors import ONE_OF_THEM, UNKNOWN_LANGUAGE, Reason, Refusal
from exchange.words import say, say_n

with lazy_imports():
    from exchange.atomic_file import atomic
    from exchange.audit import verify_export
    from exchange.audit.result import Audit
    from exchange.audit.sources.export_file import Export
    from exchange.audit.text.audit_text import verdict
    from exchange.audit.text.database_text import counted
    from exchange.audit.verify_export import ExportRequest
    from exchange.report.as_json import Json, as_json
    from exchange.report.build import ExportReport, build_report
    from exchange.report.page import write_page
    from exchange.report.verification import judged_logs

TAGS = {"en": "en", "ur": "ur", "zh": "zh-Hans", "zh-Hans": "zh-Hans"}

Page = Annotated[Path | None, option("--out", "File for the page (HTML).", "FILE")]
TrustFiles = Annotated[
    list[Path] | None,
    option("--trust", "Trust file of each nation; needed for verification.", "FILES"),
]
PageLanguage = Annotated[
    str | None, option("--lang", "en, ur or zh alone; else all.", "LANG")
]


def command(
    bundle: Annotated[Path, option("--bundle", "The export to report on.", "FILE")],
    out: Page = None,
    trust: TrustFiles = None,
    more_trust: MoreTrust = None,
    lang: PageLanguage = None,
    at: At = None,
    against: NewerExport = None,
    require_cosigned: RequireCosigned = True,
    allow_missing: AllowMissing = None,
    allow_time: AllowTime = False,
    known: KnownHeads = None,
    json: options.Json = False,
) -> int:
    """Write a report page: traffic by desk and time, waiting messages, faults.

    One file without scripts, for any browser or printer. --json prints the complete
    lists; the page has their first rows. The export is verified as by `fusion audit
    verify --bundle`, by the same options, and with the same exit code.
    """
    langs = _languages(lang)
    if more_trust and not trust:
        raise Refusal(Reason.INPUT, str(more_trust[0]), STRAY)
    if out is None and not json:
        raise Refusal(Reason.INPUT, say("--out or --json"), ONE_OF_THEM)
    taken = Taken(at, against, allow_missing, allow_time, known, require_cosigned)
    files = [*(trust or []), *(more_trust or [])]
    with Export.open(bundle) as export:
        audit = None
        if files or taken != Taken():
            audit = _verify(export_request(bundle, files, taken))
        judged = judged_logs(export, audit) if audit else {}
        trusted = [(one.domain, one.serial) for one in audit.trust] if audit else []
        with build_report(export, judged, trusted, audit) as report:
            _put_out(report, out, langs, as_object=json)
    return 0 if audit is None or audit.ok else options.CHECK_FAILED


def _languages(lang: str | None) -> list[str]:
    """Return the languages, the one shown first in front."""
    if lang is None:
        return list(dict.fromkeys(TAGS.values()))
    if lang not in TAGS:
        raise Refusal(Reason.LANGUAGE, f"--lang {lang}", UNKNOWN_LANGUAGE)
    return [TAGS[lang]]


def _verify(request: "ExportRequest") -> "Audit":
    with show_progress() as tell:
        return verify_export.verify(request, tell)


def _put_out(
    report: "ExportReport", out: Path | None, langs: list[str], *, as_object: bool
) -> None:
    if out is not None:
        _write(report, out, langs)
    if as_object:
        for piece in _pieces(as_json(report)):  # can be as long as the ledger
            print(piece, end="")
        print()
    elif out is not None:
        print(_line(report, out))


def _write(report: "ExportReport", out: Path, langs: list[str]) -> None:
    with atomic(out) as file:
        for piece in write_page(report, langs):
            file.write(piece.encode())


def _line(report: "ExportReport", out: Path) -> str:
    entries = say_n("{n} entry", "{n} entries", report.entries)
    if report.audit is None:
        told = say("{entries}, not verified (give --trust)", entries=entries)
        return f"{out}: {told}"
    signatures = say_n("{n} signature", "{n} signatures", report.signatures)
    found = counted(entries, signatures, verdict=verdict(report.audit))
    return f"{out}: {found}"


def _pieces(part: "Json") -> Iterator[str]:
    if isinstance(part, Mapping):
        yield "{"
        for number, (key, value) in enumerate(part.items()):
            yield f"{', ' * (number > 0)}{options.encode_json(key)}: "
            yield from _pieces(value)
        yield "}"
    elif isinstance(part, Iterator):
        yield "["
        for number, value in enumerate(part):
            yield f"{', ' * (number > 0)}{options.encode_json(value)}"
        yield "]"
    else:
        yield options.encode_json(part)
