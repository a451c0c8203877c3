"""fusion node: an operator's orders to a running node."""

import secrets
from typing import Annotated

import typer

from exchange.cli import options
from exchange.cli.frame import Reply, subcommand
from exchange.cli.lazy import lazy_imports
from exchange.cli.options import option
from exchange.errors import Reason, Refusal, Why
from exchange.limits import ENTRIES_A_DAY_MAX
from exchange.words import say

with lazy_imports():
    from exchange import config
    from exchange.trust.bundle import load_all
    from keys import files

app = typer.Typer(help="Raise the running node's budget for a partner.")
FILE_NAME = 8  # random bytes


@app.callback()
def _nothing() -> None:
    """Raise the running node's budget for a partner."""


Partner = Annotated[str, typer.Argument(metavar="NAME", help="A partner's node.")]
Entries = Annotated[
    int,
    option("--entries", "MiB of entries to add.", "MIB", min=1, max=ENTRIES_A_DAY_MAX),
]


@subcommand(app, "allow", json=False)
def allow(
    name: Partner, entries: Entries, home: options.Home = options.HOME_DEFAULT
) -> Reply:
    """Let a partner's log grow by more MiB than its budget of a day, once.

    Fetching a longer log takes days: from a new partner, or if its replica was lost
    here. This also resets the budget of the partner's REFUSED entries. A running node
    applies it within a second, a stopped one when it starts.
    """
    node = config.node_home(home)
    own = config.read_node(node).name
    bundles = load_all(node.trust).values()
    partners = sorted({one for bundle in bundles for one in bundle.nodes} - {own})
    if name not in partners:
        listed = ", ".join(partners)
        raise Refusal(
            Reason.NOT_PINNED, name, Why("partners here: {nodes}", nodes=listed)
        )
    config.private_folder(node.allowed)
    path = node.allowed / f"{secrets.token_hex(FILE_NAME)}.allow"
    files.replace(path, f"{name} {entries}\n".encode())
    line = say("{name} may store {n} MiB more here, once", name=name, n=entries)
    return Reply({"node": name, "mib": entries}, [line])
