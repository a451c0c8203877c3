"""fusion translate list: what waits for a translation, is under way, or stale."""

from typing import TYPE_CHECKING

import typer

from exchange.cli import desk_session, options

if TYPE_CHECKING:
    from exchange.desk.deadlines.due_list import Due


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list")(command)


def command(
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """List translations in progress, outdated ones, and those to be made.

    Those to be made are of recent bulletins in another language than the desk's own.
    """
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        from exchange.desk.deadlines.due_list import due

        found = [one for one in due(desk, *desk.moment().times) if one.lang]
    if json:
        options.emit({"translations": [_listed(one) for one in found]})
        return
    for one in found:
        print(_line(one))


def _listed(item: "Due") -> dict[str, object]:
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


def _line(item: "Due") -> str:
    from exchange.words import say, word
    from tui.text.safe_text import safe

    kinds = {
        "UNDER_WAY": word("under way"),
        "STALE": word("of an older text"),
        "TO_TRANSLATE": word("to be translated"),
    }
    row, kind = item.row, say(kinds[item.kind])
    urgent = desk_session.column(desk_session.code("precedence", row.precedence), 9)
    by = f" {item.officer}" if item.officer else ""
    return safe(
        f"{row.name.hex()[:8]} {urgent} {row.lang} → {item.lang}"
        f"  {kind}{by}  {desk_session.drill(row)}{row.subject}"
    )
