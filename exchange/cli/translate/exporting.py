"""fusion translate export: a bulletin as a file for translators (XLIFF 2.1)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import desks, options
from exchange.cli.translate import common

if TYPE_CHECKING:
    from exchange.v1 import envelope_pb2 as env


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(command)


def command(
    name: options.Name,
    to: common.To,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where it is written, 0600.")
    ],
    with_machine: Annotated[
        bool,
        typer.Option("--with-machine", help="With a machine's texts to choose from."),
    ] = False,
    force: options.Force = False,
    home: options.Home = options.HOME_DEFAULT,
    officer: desks.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Write a bulletin to FILE, to be translated by other tools (XLIFF 2.1).

    With what is translated so far, earlier translations of the same label and agreed
    terms. FILE holds the text in clear: handle it by the label that is shown. What
    comes back is read by fusion translate import.
    """
    from exchange.audit.export import out as files
    from exchange.desk.translation import outside
    from exchange.words import say
    from tui.text.safe import safe

    options.check_free(out, force=force)
    with common.opened(name, to, home, officer, passphrase_fd) as at:
        core = at.translating.source(at.name, at.lang).about.core
        outside.check_export(core, at.desk.officer.desk)
        if outside.is_grave(core):
            options.confirm(_question(core, out), yes=yes)
        machines = common.asked(at, home, None) if with_machine else {}
        data = outside.export(at.desk, at.name, at.lang, machines)
    with files.atomic(out) as file:
        file.write(data)
    label = outside.label(core)
    if json:
        options.emit(
            {"name": at.name.hex(), "lang": at.lang, "out": str(out), "label": label}
        )
    else:
        print(safe(say("{file} holds text of {label}", file=out, label=label)))


def _question(core: "env.Core", out: Path) -> str:
    from exchange.desk.translation import outside
    from exchange.words import say
    from tui.text.safe import safe

    return safe(
        say(
            "Whoever holds {file} will read this text of {label}. Type yes to write"
            " it:",
            file=out,
            label=outside.label(core),
        )
    )
