"""fusion store: copy, back up, move the node's database."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.frame import Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import argument, option
from exchange.cli.terminal import show_progress
from exchange.words import say, say_n

with lazy_imports():
    from exchange import config
    from exchange.audit.text import database_text
    from exchange.config.database_url import read_url
    from exchange.home.ledger_move import Move, move
    from exchange.home.node_backup import DrilledLog, back_up
    from exchange.home.node_backup import drill as run
    from exchange.store.copy_file import copy_database
    from exchange.store.copy_server import copy_server

SQLITE = "sqlite"  # the value of --to for the file in the home

app = typer.Typer(help="Manage the node's database.")


@subcommand(app, "copy", json=False)
def copy(
    to: Annotated[Path, option("--to", "The file to write.", "FILE")],
    home: options.Home = options.HOME_DEFAULT,
) -> Reply:
    """Copy the node's database to a file; the node may be running or stopped.

    The copy holds one consistent state, with sealed texts: protect it like the
    database. No other program may open the database of a running node.
    """
    node = config.node_home(home)
    place = config.database_of(node)
    config.check_there(place)
    if isinstance(place, Path):
        copy_database(place, to)
    else:
        copy_server(place, to, config.read_node(node).name)
    return Reply({}, [say("written to {file}", file=to)])


@subcommand(app, "backup")
def backup(
    out: Annotated[Path, option("--out", "The folder to write.", "DIR")],
    home: options.Home = options.HOME_DEFAULT,
) -> Reply:
    """Back up the node's database into a folder; the node may be running.

    The folder records its node and the size of each log. It contains sealed texts but
    no keys. Test it with `fusion store drill`.
    """
    made = back_up(config.node_home(home), out, options.now())
    lines = [_entries(log.origin, log.size) for log in made.logs]
    written = say("written to {file}", file=out)
    return Reply(made.as_json() | {"out": str(out)}, [*lines, written])


@subcommand(app, "drill")
def drill(
    backup: Annotated[Path, argument("DIR", "A folder of `fusion store backup`.")],
    home: options.Home = options.HOME_DEFAULT,
) -> Reply:
    """Test a backup: restore it beside the node, and verify its contents.

    Opens the copy like a restored node and verifies everything in it; each log of the
    node's database must begin with it. Makes no changes to the node, running or
    stopped. Exit code 1 if anything differs from its signature.
    """
    with show_progress() as tell:
        found = run(config.node_home(home), backup, tell, options.now())
    made = found.backup
    data = {
        "backup": made.as_json(),
        "now": {log.head.origin: log.now for log in found.logs},
    }
    lines = [
        *database_text.lines(found.report),
        say("backup of {node}, made {when}", node=made.node, when=made.made),
        *map(_drill_line, found.logs),
    ]
    return Reply(data | database_text.as_json(found.report), lines, found.report.ok)


@subcommand(app, "migrate")
def migrate(
    to: Annotated[
        str,
        option(
            "--to",
            "A new, empty database of a PostgreSQL server, or the file at home.",
            "URL|sqlite",
        ),
    ],
    password_file: Annotated[
        str,
        option(
            "--password-file",
            "The file with the server's password, beside node/config.toml.",
            "NAME",
        ),
    ] = "",
    home: options.Home = options.HOME_DEFAULT,
) -> Reply:
    """Move the ledger of a stopped node to another database, and prove it equal.

    Every row is copied and then compared byte for byte, and each log's root is computed
    again from its entries; only then are the settings switched to the new database. The
    old one is kept read-only. If the command is interrupted, run it again. A URL must
    not contain a password.
    """
    node = config.node_home(home)
    # The path as the settings have it, so that the node finds the same file.
    password = node.folder / Path(password_file).name if password_file else None
    url = None if to == SQLITE else read_url(to, "--to", password)
    with show_progress() as tell:
        moved = move(node, url, tell)
    return Reply(_move_json(moved), _move_lines(moved))


def _move_json(moved: "Move") -> dict[str, object]:
    equality = moved.equality
    return {
        "node": moved.node,
        "from": moved.source,
        "to": moved.target,
        "kept": moved.kept,
        "logs": [
            {
                "origin": log.origin,
                "size": log.size,
                "root": base64.b64encode(log.root).decode(),
            }
            for log in (equality.logs if equality else ())
        ],
        "tables": {
            table.name: {"rows": table.rows, "sha256": table.digest.hexdigest()}
            for table in (equality.tables if equality else ())
        },
    }


def _move_lines(moved: "Move") -> "Iterator[str]":
    equality = moved.equality
    if equality is None:
        yield say("the move had already been proven; it is finished now")
    else:
        for log in equality.logs:
            entries, root = _entries(log.origin, log.size), log.root.hex()
            yield say("{entries}, root {root}", entries=entries, root=root)
        rows = say_n("{n} row", "{n} rows", equality.rows)
        yield say("{rows} in {n} tables: all equal", rows=rows, n=len(equality.tables))
    yield say("the ledger is now in {name}", name=moved.target)
    if moved.kept:
        yield say(
            "kept, but no longer written to: {name}; remove it once a backup of the new"
            " one has passed a drill",
            name=moved.kept,
        )


def _entries(origin: str, size: int) -> str:
    count = say_n("{n} entry", "{n} entries", size)
    return f"{origin}: {count}"


def _drill_line(log: "DrilledLog") -> str:
    begins = _entries(log.head.origin, log.head.size)
    if log.now is None:
        return say("{log}; there is no later state here to compare with", log=begins)
    later = say_n(
        "{n} entry is later", "{n} entries are later", log.now - log.head.size
    )
    return say(
        "{log}: matches the start of today's database; {later}", log=begins, later=later
    )
