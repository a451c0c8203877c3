"""fusion translate show: each segment beside its translation."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common

if TYPE_CHECKING:
    from exchange.desk.records import TranslationUnit
    from exchange.translation.memory import Suggestion


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(command)


def command(
    name: options.Name,
    to: common.To,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Show each segment with its translation, findings, terms and suggestions.

    A translation nobody has begun is shown as it would begin: with the texts of an
    earlier translation. Nothing is changed.
    """
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        from exchange.desk.incoming.translation_memory import suggest_by_segment

        work = at.pending.current()
        parts = at.pending.parts()
        about = at.pending.source().about
        known = suggest_by_segment(at.desk.mailbox, about, at.lang)
    if json:
        found = common.translation_json(at, work, parts)
        found["suggestions"] = {i: list(map(_said, s)) for i, s in known.items() if s}
        options.emit(found)
        return
    print(common.heading(at, work))
    for part in parts:
        print("\n".join(_lines(part, at.lang, known.get(part.source.id, ()))))


def _said(suggestion: "Suggestion") -> dict[str, object]:
    return {
        "text": suggestion.text,
        "percent": suggestion.percent,
        "source": suggestion.source,
    }


def _lines(
    part: "TranslationUnit", lang: str, suggestions: "Sequence[Suggestion]"
) -> Iterator[str]:
    from exchange import words
    from exchange.bulletin.codes import label
    from tui.text.safe_text import safe

    translated, source = part.translation, part.source
    state = label("translation_state", translated.state, words.lang())
    origin = (
        label("translation_origin", translated.origin, words.lang())
        if translated.text
        else ""
    )
    match = f" {translated.match} %" if translated.match else ""
    yield ""
    yield safe(f"{source.id}  {state}  {origin}{match}").rstrip()
    yield common.prose(source.lang, source.text)
    yield common.prose(lang, translated.text).rstrip()
    for finding in part.findings:
        yield f"  {common.line_of(finding)}"
    for theirs, ours in part.terms:
        yield safe(f"  = {theirs} → {ours}")
    for one in suggestions:
        yield safe(f"  ~ {one.percent} %  {one.text}")
