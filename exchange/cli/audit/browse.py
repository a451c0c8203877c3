"""fusion audit browse: look into an export or a node's database, without any key."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.audit.common import read_trust_files
from exchange.errors import Reason, Refusal, Why

_NO_TERMINAL = Why("there is no terminal to show it at; see fusion audit verify")


def command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE", help="Audit export to look into."),
    ] = None,
    home: options.Home = options.HOME_DEFAULT,
    trust: Annotated[
        list[Path] | None,
        typer.Option("--trust", metavar="FILES", help="Trust file of each nation."),
    ] = None,
) -> None:
    """Look into an audit export, or without FILE into the node of a home.

    Shows logs, heads with their cosignatures, and entries; verifies each step by step,
    or everything. Needs no passphrase, and changes nothing. An export needs the trust
    file of each nation.
    """
    if not options.at_terminal():
        raise Refusal(Reason.INPUT, "", _NO_TERMINAL)
    from tui.audit_browser import browse

    if not files:
        from exchange.audit.browse.home_shelf import HomeShelf

        browse(HomeShelf(home, options.now))
        return
    from exchange.audit.browse.export_shelf import ExportFiles, ExportShelf
    from exchange.audit.sources.export_file import Export

    file, *more = files  # --trust takes one; those that follow it stand here
    given = read_trust_files([*(trust or []), *more])
    with Export.open(file) as export:
        browse(ExportShelf(ExportFiles(export, given), options.now))
