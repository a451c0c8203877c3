"""fusion store: the node's database as a file."""

from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.errors import Reason, Refusal
from exchange.words import say

app = typer.Typer(help="Manage the node's database.")


@app.callback()
def _nothing() -> None:
    """Manage the node's database."""


@app.command()
def copy(
    to: Annotated[Path, typer.Option(metavar="FILE", help="The file to write.")],
    home: options.Home = options.HOME_DEFAULT,
) -> None:
    """Copy the node's database to a file; the node may be running or stopped.

    The copy holds one consistent state, with sealed texts: protect it like the
    database. No other program may open the database of a running node.
    """
    from exchange import config
    from exchange.store.copy_file import copy_database

    database = config.node_home(home).database
    if not database.is_file():
        raise Refusal(Reason.DATABASE, config.short(database))
    copy_database(database, to)
    print(say("written to {file}", file=to))
