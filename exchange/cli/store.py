"""fusion store: the node's database as a file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from exchange.cli import options
from exchange.cli.progress import show_progress
from exchange.errors import Reason, Refusal
from exchange.words import say, say_n

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange.home.node_backup import Drill, DrilledLog

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


@app.command()
def backup(
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write.")],
    home: options.Home = options.HOME_DEFAULT,
    json: options.Json = False,
) -> None:
    """Back up the node's database into a folder; the node may be running.

    The folder says of which node it is and where each log stands in it. It holds sealed
    texts and no key. Try it by `fusion store drill`.
    """
    from exchange import config
    from exchange.home.node_backup import back_up

    made = back_up(config.node_home(home), out, options.now())
    if json:
        options.emit(made.as_json() | {"out": str(out)})
        return
    for log in made.logs:
        print(_entries(log.origin, log.size))
    print(say("written to {file}", file=out))


@app.command()
def drill(
    backup: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder of `fusion store backup`.")
    ],
    home: options.Home = options.HOME_DEFAULT,
    json: options.Json = False,
) -> int:
    """Try a backup: restore it beside the node, and prove what it holds.

    The copy is opened as a restored node would open it, everything in it is verified,
    and each log of the node's database must begin with it. Nothing of the node is
    changed, running or stopped. Exit code 1 if anything is not as it was signed.
    """
    from exchange import config
    from exchange.audit.text import database_text
    from exchange.home.node_backup import drill as run

    with show_progress() as tell:
        found = run(config.node_home(home), backup, tell, options.now())
    if json:
        options.emit(_drill_json(found) | database_text.as_json(found.report))
    else:
        print("\n".join((*database_text.lines(found.report), *_drill_lines(found))))
    return 0 if found.report.ok else options.CHECK_FAILED


def _entries(origin: str, size: int) -> str:
    count = say_n("{n} entry", "{n} entries", size)
    return f"{origin}: {count}"


def _drill_json(found: "Drill") -> dict[str, object]:
    return {
        "backup": found.backup.as_json(),
        "now": {log.head.origin: log.now for log in found.logs},
    }


def _drill_lines(found: "Drill") -> "Iterator[str]":
    """Yield what a restore would begin with, a line for each log."""
    yield say(
        "backup of {node}, made {when}", node=found.backup.node, when=found.backup.made
    )
    yield from map(_drill_line, found.logs)


def _drill_line(log: "DrilledLog") -> str:
    begins = _entries(log.head.origin, log.head.size)
    if log.now is None:
        return say("{log}; there is no later state here to compare with", log=begins)
    later = say_n(
        "{n} entry is later", "{n} entries are later", log.now - log.head.size
    )
    return say(
        "{log}, as the database of today begins; {later}", log=begins, later=later
    )
