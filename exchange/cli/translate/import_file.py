"""fusion translate import: what translators made of an exported file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common
from exchange.input_file import read_file

if TYPE_CHECKING:
    from exchange.desk.translation.files_and_machine import ImportedTexts


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(command)


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="XLIFF 2.1.")],
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    json: options.Json = False,
) -> None:
    """Enter the texts of FILE, a translated export, and show their state.

    Only targets and states may have changed in it, and every fixed part must be there.
    You answer for the texts as their translator; what the file calls translated,
    reviewed or final becomes translated at most, where the checks allow it.
    """
    from exchange.desk.translation import files_and_machine
    from exchange.desk.translation.pending_translation import PendingTranslation
    from exchange.limits import XLIFF_MAX
    from exchange.translation import xliff

    data = read_file(file, XLIFF_MAX)
    xliff.read(data, str(file))  # before anybody is asked for a passphrase
    with desk_session.open_refreshed(home, officer, passphrase_fd) as desk:
        taken = files_and_machine.take(desk, data, str(file))
        at = common.OpenTranslation(
            desk, PendingTranslation(desk, taken.name, taken.lang)
        )
        _tell(at, taken, json=json)


def _tell(at: common.OpenTranslation, taken: "ImportedTexts", *, json: bool) -> None:
    from exchange.words import say, say_n

    if json:
        work = at.pending.current()
        parts = at.pending.parts()
        found = {"put": taken.put, "over": taken.over, "translated": taken.translated}
        options.emit(common.translation_json(at, work, parts) | found)
        return
    print(say_n("{n} text taken over", "{n} texts taken over", len(taken.put)))
    for i in taken.over:
        print(say("{segment}: replaced what had been changed here", segment=i))
    common.tell(at, json=False)
