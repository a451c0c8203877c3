"""fusion translate back, judge: what somebody makes of it who has not seen the source.

Needed before the translation of a FLASH is reviewed.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common, set_texts

if TYPE_CHECKING:
    from exchange.desk.records import BackTranslation


class Verdict(StrEnum):
    """The verdicts of a judge."""

    SAME = "same"
    OTHER = "other"


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("back")(back)
    app.command("judge")(judge)


def back(
    name: options.Name,
    to: common.To,
    file: options.File = "",
    segment: set_texts.Given = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Translate back: print the translated texts alone, or enter the result.

    Blind: the source is not shown, and no officer who has seen it may do this. Without
    FILE or --segment the texts are printed, one per line; with them, all texts are
    entered in the language of the source: {"segments": {"s0": "...", "s1": "..."}}.
    """
    texts = _read(file) if file else {}
    texts |= {i: put.text for i, put in map(set_texts.parse_text, segment or ())}
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        if texts:
            at.pending.put_back(texts)
        shown = at.pending.blind()
    if json:
        found = {"name": at.name.hex(), "lang": at.lang, "segments": shown}
        options.emit(found | {"put": bool(texts)})
        return
    from tui.text.safe_text import safe

    for i, text in shown.items():
        print(safe(f"{i}  {texts.get(i, text)}"))


def _read(file: str) -> dict[str, str]:
    from exchange.bulletin.json_reader import JsonValue, need
    from exchange.bulletin.prose import require_nfc

    members = JsonValue(options.read_object(file)).members("lang", "segments")
    segments = need(members, "segments").all_members()
    return {i: require_nfc(each.text(), each.path) for i, each in segments.items()}


def judge(
    name: options.Name,
    to: common.To,
    verdict: Annotated[
        Verdict | None,
        typer.Option(
            "--verdict", help="Verdict: does it say the same?", show_choices=True
        ),
    ] = None,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Show source, translation and back-translation; with --verdict, judge it.

    Only a third officer can. After "other" the translator starts again.
    """
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        rows = at.pending.compare()
        work = at.pending.current()
        lang = work.back.lang
        if verdict is not None:
            same = verdict is Verdict.SAME
            work = at.pending.judge(same=same)
    if json:
        options.emit(
            {
                "name": at.name.hex(),
                "lang": at.lang,
                "segments": [_row(row) for row in rows],
                "translator": work.back.translator,
                "judge": work.back.judge,
                "state": work.state,
            }
        )
        return
    print(common.heading(at, work))
    print("\n".join(_lines(rows, at.lang, lang)))


def _row(row: "BackTranslation") -> dict[str, object]:
    return {
        "id": row.source.id,
        "source": row.source.text,
        "text": row.text,
        "back": row.back,
        "spans": [span.text for span in row.source.spans],
    }


def _lines(rows: "Sequence[BackTranslation]", lang: str, back: str) -> list[str]:
    from tui.text.safe_text import safe

    output = []
    for row in rows:
        source = row.source
        output += [
            "",
            source.id,
            common.prose(source.lang, source.text),
            common.prose(lang, row.text),
            common.prose(back, row.back),
        ]
        if source.spans:
            spans = "  |  ".join(span.text for span in source.spans)
            output.append(safe(f"  [{spans}]"))
    return output
