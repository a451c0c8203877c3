"""fusion bench: how fast this machine does what the figures are about.

Each command measures beside it, in the same run, what the machine could do at best,
and prints one object as the last line of stdout (DESIGN section 10).
"""

import typer

app = typer.Typer(help="Measure this machine against the figures.")


@app.callback()
def _nothing() -> None:
    """Measure this machine against the figures."""


def _add() -> None:
    from exchange.cli.bench import audit, ledger, search

    app.command("audit")(audit.command)
    app.command("ledger")(ledger.command)
    app.command("search")(search.command)


_add()
