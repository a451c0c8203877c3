"""fusion translate export, import, machine: exchange of texts with other tools."""

from pathlib import Path
from typing import Annotated

from exchange.cli import options
from exchange.cli.frame import AtDesk, Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.translate import common
from exchange.cli.translate.common import app, open_translation
from exchange.input_file import read_file
from exchange.limits import XLIFF_MAX
from exchange.words import say, say_n

with lazy_imports():
    from exchange import atomic_file
    from exchange.desk.translation import files_and_machine
    from exchange.translation import xliff


@subcommand(app, "export")
def export(
    at: AtDesk,
    name: options.Name,
    to: common.To,
    out: options.Out0600,
    with_machine: Annotated[
        bool, option("--with-machine", "Include machine translations to choose from.")
    ] = False,
    force: options.Force = False,
    yes: options.Yes = False,
) -> Reply:
    """Write a bulletin to FILE, to be translated by other tools (XLIFF 2.1).

    It includes the texts translated so far, earlier translations of the same label and
    agreed terms. FILE contains readable text: handle it by the label shown. Read the
    returned file with fusion translate import.
    """
    options.check_free(out, force=force)
    with open_translation(at, name, to) as opened:
        label = files_and_machine.leaving(opened.desk, opened.name, opened.lang).label
        common.confirm_file(label, out, yes=yes)
        machines = common.ask_machine(opened, at.home, None) if with_machine else {}
        data = files_and_machine.export(opened.desk, opened.name, opened.lang, machines)
    with atomic_file.atomic(out) as file:
        file.write(data)
    line = files_and_machine.label_line(label)
    return common.holds(line, out, name=opened.name.hex(), lang=opened.lang)


@subcommand(app, "import")
def import_(at: AtDesk, file: Annotated[Path, argument("FILE", "XLIFF 2.1.")]) -> Reply:
    """Enter the texts of FILE, a translated export, and show their state.

    Only targets and states may differ from the export, and every fixed part must be
    present. You become the translator of the texts; segments marked translated,
    reviewed or final are entered as translated, if they pass the checks.
    """
    data = read_file(file, XLIFF_MAX)
    xliff.read(data, str(file))  # before asking for a passphrase
    with at.open_refreshed() as desk:
        taken = files_and_machine.take(desk, data, str(file))
        opened = common.open_at(desk, taken.name, taken.lang)
        put = {"put": taken.put, "over": taken.over, "translated": taken.translated}
        found = common.standing(opened, **put)
    over = (say("{segment}: replaced changes made here", segment=i) for i in taken.over)
    count = say_n("{n} text imported", "{n} texts imported", len(taken.put))
    return found._replace(lines=[count, *over, *found.lines])


@subcommand(app, "machine")
def machine(
    at: AtDesk, name: options.Name, to: common.To, segment: common.Segments = None
) -> Reply:
    """Enter machine translations from the service that the desk's settings name.

    For the texts that are missing, or those named. It is off by default; the label must
    allow it, and fixed parts never leave. A machine translation is a draft: one person
    must correct it, and another review it.
    """
    with open_translation(at, name, to) as opened:
        if texts := common.ask_machine(opened, at.home, segment):
            files_and_machine.take_machine(opened.desk, opened.name, opened.lang, texts)
        return common.standing(opened)
