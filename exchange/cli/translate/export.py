"""fusion translate export: a bulletin as a file for translators (XLIFF 2.1)."""

from typing import Annotated

import typer

from exchange.cli import desk_session, options
from exchange.cli.translate import common

WithMachine = Annotated[
    bool,
    typer.Option(
        "--with-machine", help=("Include machine translations to choose from.")
    ),
]


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(command)


def command(
    name: options.Name,
    to: common.To,
    out: options.Out0600,
    with_machine: WithMachine = False,
    force: options.Force = False,
    home: options.Home = options.HOME_DEFAULT,
    officer: desk_session.Officer = "",
    passphrase_fd: options.PassphraseFd = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Write a bulletin to FILE, to be translated by other tools (XLIFF 2.1).

    It includes what is translated so far, earlier translations of the same label and
    agreed terms. FILE holds readable text: handle it by the label that is shown. fusion
    translate import reads what comes back.
    """
    from exchange import atomic_file as files
    from exchange.desk.translation import files_and_machine
    from exchange.words import say
    from tui.text.safe_text import safe

    options.check_free(out, force=force)
    with common.open_translation(name, to, home, officer, passphrase_fd) as at:
        label = files_and_machine.leaving(at.desk, at.name, at.lang).label
        if files_and_machine.is_grave(label):
            options.confirm(common.question(label, out), yes=yes)
        machines = common.ask_machine(at, home, None) if with_machine else {}
        data = files_and_machine.export(at.desk, at.name, at.lang, machines)
    with files.atomic(out) as file:
        file.write(data)
    line = files_and_machine.label_line(label)
    if json:
        options.emit(
            {"name": at.name.hex(), "lang": at.lang, "out": str(out), "label": line}
        )
    else:
        print(safe(say("{file} holds text of {label}", file=out, label=line)))
