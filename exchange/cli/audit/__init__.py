"""fusion audit: the signed history, verified by public keys alone."""

import typer

from exchange.cli.audit.common import Progress
from exchange.cli.audit.home_database import verify

__all__ = ["Progress", "app", "verify"]

app = typer.Typer(help="Export and verify the signed history.")


@app.callback()
def _nothing() -> None:
    """Export and verify the signed history."""


def _add() -> None:
    """Add the commands; what they share stands above them."""
    from exchange.cli.audit import comparing, exporting, proving, reporting, verifying

    app.command("export")(exporting.command)
    app.command("verify")(verifying.command)
    app.command("compare")(comparing.command)
    app.command("prove")(proving.command)
    app.command("report")(reporting.command)


_add()
